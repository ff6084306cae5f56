//! The floor: hyper's `client::conn::http1`, a connection for each task, and nothing around it that would choose one.

#![forbid(unsafe_code)]

use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wharf_bench::client::drive::{Client, Threads, run};
use wharf_bench::client::order::Order;
use wharf_bench::client::{exchange, trust};
use wharf_bench::content::Content;

fn main() -> anyhow::Result<()> {
    let order = Order::from_args()?;
    let tls = match &order.trusted {
        None => None,
        Some(trusted) => Some(TlsConnector::from(Arc::new(trust::config(trusted)?))),
    };
    let client = HyperConn {
        tls,
        connection: None,
    };
    run(&order, Threads::One, client)
}

struct HyperConn {
    tls: Option<TlsConnector>,
    connection: Option<SendRequest<Content>>,
}

/// Without the connection: each has its own.
impl Clone for HyperConn {
    fn clone(&self) -> Self {
        Self {
            tls: self.tls.clone(),
            connection: None,
        }
    }
}

impl HyperConn {
    async fn send(
        &mut self,
        mut request: Request<Content>,
        last: bool,
    ) -> anyhow::Result<Response<Incoming>> {
        // This layer wants the request as it will be on the wire.
        let parts = std::mem::take(request.uri_mut()).into_parts();
        let authority = parts.authority.context("an authority")?;
        *request.uri_mut() = parts.path_and_query.context("a path")?.into();
        let host = HeaderValue::from_str(authority.as_str())?;
        request.headers_mut().insert(HOST, host);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.connect(authority.as_str(), authority.host()).await?,
        };
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        if !last {
            self.connection = Some(connection);
        }
        Ok(response)
    }

    async fn connect(&self, address: &str, host: &str) -> anyhow::Result<SendRequest<Content>> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => spawn(stream).await,
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned())?;
                spawn(tls.connect(name, stream).await?).await
            }
        }
    }
}

async fn spawn<IO>(stream: IO) -> anyhow::Result<SendRequest<Content>>
where
    IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

impl Client for HyperConn {
    type Target = Uri;

    async fn get(&mut self, target: &Uri, last: bool) -> anyhow::Result<Bytes> {
        let response = self.send(exchange::get(target, last)?, last).await?;
        exchange::text(response).await
    }

    async fn download(&mut self, target: &Uri) -> anyhow::Result<u64> {
        let response = self.send(exchange::get(target, false)?, false).await?;
        exchange::length(response).await
    }

    async fn upload(&mut self, target: &Uri, content: Content) -> anyhow::Result<Bytes> {
        let response = self.send(exchange::post(target, content)?, false).await?;
        exchange::text(response).await
    }
}

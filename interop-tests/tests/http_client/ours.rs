use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use tokio::task::JoinHandle;
use wharf_http::h1::Limits;
use wharf_http::{HttpService, Incoming, PeerIdentity, Server, ServerConfig, service_fn};
use wharf_interop_tests::tls::content;
use wharf_net::{Addr, Bind, ConnInfo, Drain, Listener};
use wharf_tls::ServerTls;

/// Our own server, on a port of each address of `localhost`.
pub(crate) struct Ours {
    pub(crate) port: u16,
    task: JoinHandle<()>,
}

impl Ours {
    pub(crate) async fn start(tls: Option<ServerTls>, service: impl HttpService) -> Self {
        let endpoint = "localhost:0".parse().unwrap();
        let listener = Listener::bind(&endpoint, &Bind::default()).await.unwrap();
        let port = listener.local_addr().port().unwrap();
        let mut server = Server::new(service).config(ServerConfig {
            limits: Limits {
                content_bytes_max: None,
                ..Limits::default()
            },
            ..ServerConfig::default()
        });
        if let Some(tls) = tls {
            server = server.tls(tls);
        }
        let task = tokio::spawn(async move {
            server.serve(listener, Drain::new()).await.unwrap();
        });
        Self { port, task }
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// More than the buffers of a connection hold.
pub(crate) const LARGE: usize = 20_000_000;

type Answer = UnsyncBoxBody<Bytes, wharf_http::Error>;

/// Echoes what comes to `/echo`, has something large at `/large`, and else says `hello`. `x-port` is the client's port, `x-via` the request's `Via`, and `x-client` and
/// `x-serial` who the client is over TLS.
pub(crate) fn echo() -> impl HttpService {
    service_fn(|request: Request<Incoming>| async move {
        let mut response = Response::new(());
        let fields = response.headers_mut();
        let extensions = request.extensions();
        if let Addr::Inet(peer) = extensions.get::<ConnInfo>().unwrap().peer {
            fields.insert("x-port", peer.port().into());
        }
        if let Some(via) = request.headers().get("via") {
            fields.insert("x-via", via.clone());
        }
        if let Some(peer) = extensions.get::<PeerIdentity>() {
            fields.insert("x-client", peer.dns_names().join(" ").parse().unwrap());
            fields.insert("x-serial", peer.serial_hex().parse().unwrap());
        }
        let content: Answer = match request.uri().path() {
            "/echo" => request.into_body().boxed_unsync(),
            "/large" => full(content(LARGE)),
            _ => full("hello"),
        };
        Ok::<_, Infallible>(response.map(|()| content))
    })
}

fn full(content: impl Into<Bytes>) -> Answer {
    Full::new(content.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

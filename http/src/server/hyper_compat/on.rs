//! `hyper::upgrade::OnUpgrade` for handlers that want one, with the feature `hyper-compat`.
//!
//! axum's `WebSocketUpgrade` and others look for an `OnUpgrade` in the extensions of a request, and hyper makes none
//! for others than its own connections. So it gets a connection of its own, in memory: a request to upgrade goes in,
//! 101 comes out, and the `OnUpgrade` of that connection is now a stream whose other end is here. Behind our own 101
//! the two ends are joined: one copy more than [`switch`] takes.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWriteExt, DuplexStream, ReadBuf, copy, duplex, split,
};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::server::switch::Next;
use crate::{Switched, switch};

/// What fits between the two ends.
const PIPE_BYTES: usize = 64 * 1024;

/// How long a client may go on behind the end of what the handler had to say.
const CLIENT_CLOSES_MAX: Duration = Duration::from_secs(30);

const UPGRADE: &[u8] =
    b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: any\r\n\r\n";

/// Our end.
pub(in crate::server) struct Bridge {
    near: DuplexStream,
    is_connect: bool,
}

impl Bridge {
    /// Puts an `OnUpgrade` into a request. Nothing in here waits for anybody else.
    pub(in crate::server) async fn offer<B>(request: &mut Request<B>) -> Option<Self> {
        let (mut near, far) = duplex(PIPE_BYTES);
        let (tell, told) = oneshot::channel::<OnUpgrade>();
        let tell = Cell::new(Some(tell));
        let answer = service_fn(move |mut request| {
            let told = tell
                .take()
                .map(|tell| tell.send(hyper::upgrade::on(&mut request)));
            async move {
                let mut response = Response::new(Nothing);
                *response.status_mut() = match told {
                    Some(Ok(())) => StatusCode::SWITCHING_PROTOCOLS,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                Ok::<_, std::convert::Infallible>(response)
            }
        });
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(far), answer)
            .with_upgrades();
        let asking = async {
            near.write_all(UPGRADE).await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(near.read_u8().await?);
            }
            std::io::Result::Ok(())
        };
        let (connection, asked) = tokio::join!(connection, asking);
        connection.ok()?;
        asked.ok()?;
        request.extensions_mut().insert(told.await.ok()?);
        Some(Self {
            near,
            is_connect: request.method() == Method::CONNECT,
        })
    }

    /// Joins the ends behind a response that switches protocols, if its handler has taken the other one, and does not
    /// go on by itself.
    pub(in crate::server) fn join_behind<B>(mut self, response: &mut Response<B>) {
        let status = response.status();
        let switches =
            status == StatusCode::SWITCHING_PROTOCOLS || self.is_connect && status.is_success();
        if !switches || response.extensions().get::<Next>().is_some() {
            return;
        }
        if let Some(early) = self.early() {
            switch(response, move |stream| join(self.near, early, stream));
        }
    }

    /// What the handler has said already; `None` if it has let go of its end, or never took it.
    fn early(&mut self) -> Option<Vec<u8>> {
        let mut byte = [0];
        let mut buf = ReadBuf::new(&mut byte);
        let mut cx = Context::from_waker(Waker::noop());
        match Pin::new(&mut self.near).poll_read(&mut cx, &mut buf) {
            Poll::Ready(Ok(())) if buf.filled().is_empty() => None,
            Poll::Ready(Err(_)) => None,
            Poll::Ready(Ok(())) | Poll::Pending => Some(buf.filled().to_vec()),
        }
    }
}

/// Until both sides have nothing more to say. A handler that lets go of its end looks as if it had closed its side of
/// the stream, and nothing more can be heard of it; the client is then given a while to close its own.
async fn join(near: DuplexStream, early: Vec<u8>, stream: Switched) {
    let (mut from_handler, mut to_handler) = split(near);
    let (mut from_client, mut to_client) = split(stream);
    // How a protocol ends is for the two to know that speak it.
    let up = async {
        let _ = copy(&mut from_client, &mut to_handler).await;
        let _ = to_handler.shutdown().await;
    };
    let down = async {
        if to_client.write_all(&early).await.is_err() {
            return;
        }
        let _ = copy(&mut from_handler, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    let (mut up, mut down) = (pin!(up), pin!(down));
    tokio::select! {
        () = &mut up => down.await,
        () = &mut down => {
            let _ = timeout(CLIENT_CLOSES_MAX, up).await;
        }
    }
}

/// No content.
struct Nothing;

impl Body for Nothing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        true
    }
}

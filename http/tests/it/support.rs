//! A server on an in-memory pipe, and the client's end of it.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use wharf_http::h1::Limits;
use wharf_http::{CloseReason, HttpService, Incoming, Server, ServerConfig, service_fn};
use wharf_net::{Drain, Linger};

pub(crate) type Body = BoxBody<Bytes, wharf_http::Error>;

/// Much longer than any of these tests takes, for waits that only fail if something hangs.
pub(crate) const GENEROUS: Duration = Duration::from_secs(120);

pub(crate) fn full(content: impl Into<Bytes>) -> Body {
    Full::new(content.into())
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// Answers `GET /…` with the path, streams the content of `POST /echo` back, collects that of `POST /collect`, and
/// answers `POST /ignore` without looking at it.
pub(crate) fn sample() -> impl HttpService<ResponseBody = Body, ServiceError = wharf_http::Error> {
    service_fn(|request: Request<Incoming>| async move {
        Ok(Response::new(match request.uri().path() {
            "/echo" => request.into_body().boxed(),
            "/collect" => full(request.into_body().collect().await?.to_bytes()),
            "/ignore" => full("ignored"),
            path => full(path.to_owned()),
        }))
    })
}

pub(crate) fn config() -> ServerConfig {
    ServerConfig {
        limits: Limits {
            content_bytes_max: Some(1024 * 1024),
            ..Limits::default()
        },
        linger: Linger {
            time_max: Duration::from_secs(1),
            ..Linger::default()
        },
        ..ServerConfig::default()
    }
}

/// A connection to a server that runs in a task of its own.
pub(crate) struct Peer {
    pub(crate) io: DuplexStream,
    pub(crate) drain: Drain,
    server: JoinHandle<Option<CloseReason>>,
}

impl Peer {
    pub(crate) fn of(service: impl HttpService, config: ServerConfig) -> Self {
        Self::over(64 * 1024, service, config)
    }

    /// `pipe` bytes fit into each direction before its writer has to wait.
    pub(crate) fn over(pipe: usize, service: impl HttpService, config: ServerConfig) -> Self {
        let (io, far) = duplex(pipe);
        let drain = Drain::new();
        let server = Server::new(service).config(config);
        let its_drain = drain.clone();
        let server = tokio::spawn(async move {
            server
                .serve_connection(far, Extensions::new(), &its_drain)
                .await
        });
        Self { io, drain, server }
    }

    pub(crate) fn sample() -> Self {
        Self::of(sample(), config())
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.io.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads until what was read ends with `end`.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        let mut read = Vec::new();
        while !read.ends_with(end.as_bytes()) {
            match tokio::time::timeout(GENEROUS, self.io.read_u8()).await {
                Ok(Ok(byte)) => read.push(byte),
                other => panic!("{other:?} after {}", read.escape_ascii()),
            }
        }
        String::from_utf8(read).unwrap()
    }

    /// Reads a head.
    pub(crate) async fn head(&mut self) -> String {
        self.read_until("\r\n\r\n").await
    }

    /// Reads to the end.
    pub(crate) async fn rest(&mut self) -> String {
        let mut rest = Vec::new();
        let read = tokio::time::timeout(GENEROUS, self.io.read_to_end(&mut rest)).await;
        read.expect("the connection was not closed").unwrap();
        String::from_utf8(rest).unwrap()
    }

    /// Sends, says that nothing more will come, and reads everything.
    pub(crate) async fn exchange(mut self, bytes: impl AsRef<[u8]>) -> (String, CloseReason) {
        self.send(bytes).await;
        self.io.shutdown().await.unwrap();
        let rest = self.rest().await;
        (rest, self.closed().await)
    }

    /// The client's end, held open, and why the server closes.
    pub(crate) fn into_held(self) -> (DuplexStream, impl Future<Output = CloseReason>) {
        let server = self.server;
        (self.io, async {
            server
                .await
                .unwrap()
                .expect("there is no handshake to fail")
        })
    }

    /// Whether the connection's task ended in a panic.
    pub(crate) async fn panicked(self) -> bool {
        drop(self.io);
        self.server.await.is_err_and(|error| error.is_panic())
    }

    /// Why the server closed.
    pub(crate) async fn closed(self) -> CloseReason {
        drop(self.io);
        self.server
            .await
            .unwrap()
            .expect("there is no handshake to fail")
    }
}

/// The status codes of the responses in `text`, one after the other.
pub(crate) fn statuses(text: &str) -> Vec<u16> {
    text.match_indices("HTTP/1.1 ")
        .map(|(at, _)| text[at + 9..at + 12].parse().unwrap())
        .collect()
}

/// What follows the first head.
pub(crate) fn content_of(text: &str) -> &str {
    text.split_once("\r\n\r\n").unwrap().1
}

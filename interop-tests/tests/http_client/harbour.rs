use std::convert::Infallible;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::time::timeout;
use wharf_http::{Client, ClientConfig, Error};
use wharf_interop_tests::PATIENCE;

use crate::identity::Identity;

/// A server, as our client reaches it.
pub(crate) struct Far {
    pub(crate) client: Client,
    base: String,
    /// For the messages of what fails.
    pub(crate) name: String,
}

/// A response with all of its content.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) status: StatusCode,
    pub(crate) fields: HeaderMap,
    pub(crate) content: Bytes,
    pub(crate) trailers: Option<HeaderMap>,
}

impl Far {
    pub(crate) fn new(name: &str, port: u16, identity: Option<&Identity>) -> Self {
        Self::with(name, port, identity, ClientConfig::default())
    }

    /// With a client of these settings, which trusts the server.
    pub(crate) fn with(
        name: &str,
        port: u16,
        identity: Option<&Identity>,
        config: ClientConfig,
    ) -> Self {
        let scheme = identity.map_or("http", |_| "https");
        let tls = identity.map(|identity| identity.tls.clone()).or(config.tls);
        Self {
            client: Client::new(ClientConfig { tls, ..config }),
            base: format!("{scheme}://127.0.0.1:{port}"),
            name: format!("{name} over {scheme}"),
        }
    }

    /// The same server, called by this name.
    pub(crate) fn at(self, host: &str) -> Self {
        Self {
            base: self.base.replace("127.0.0.1", host),
            ..self
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
    }

    /// A request with content that may wait for 100 (Continue).
    pub(crate) fn upload(&self, path: &str, expects: bool) -> http::request::Builder {
        let request = self.request("POST", path);
        if expects {
            request.header("expect", "100-continue")
        } else {
            request
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Fetched {
        self.fetch(self.empty("GET", path)).await
    }

    /// A request without content.
    pub(crate) fn empty(&self, method: &str, path: &str) -> Request<Full<Bytes>> {
        let request = self.request(method, path);
        request.body(Full::default()).unwrap()
    }

    /// Sends a request and reads its response to the end.
    pub(crate) async fn fetch<B>(&self, request: Request<B>) -> Fetched
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let shown = format!("{}: {} {}", self.name, request.method(), request.uri());
        let fetched = self.try_fetch(request).await;
        fetched.unwrap_or_else(|error| panic!("{shown}: {error:?}"))
    }

    /// The same, for what may fail.
    pub(crate) async fn try_fetch<B>(&self, request: Request<B>) -> Result<Fetched, Error>
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let shown = format!("{}: {} {}", self.name, request.method(), request.uri());
        let whole = async {
            let (head, content) = self.client.send(request).await?.into_parts();
            let collected = content.collect().await?;
            Ok(Fetched {
                status: head.status,
                fields: head.headers,
                trailers: collected.trailers().cloned(),
                content: collected.to_bytes(),
            })
        };
        timeout(PATIENCE, whole).await.expect(&shown)
    }
}

impl Fetched {
    /// The client's port, as the server has seen it.
    pub(crate) fn port(&self) -> u16 {
        self.fields["x-port"].to_str().unwrap().parse().unwrap()
    }
}

/// The same content in pieces, so that it is sent chunked.
pub(crate) fn chunked(content: &Bytes) -> impl Body<Data = Bytes, Error = Infallible> + use<> {
    let pieces: Vec<_> = content
        .chunks(10_000)
        .map(|piece| Ok(Frame::data(content.slice_ref(piece))))
        .collect();
    StreamBody::new(stream::iter(pieces))
}

use std::error::Error as StdError;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, request};
use http_body::Body;
use tower_service::Service;

use super::ClientConfig;
use super::send::send;
use super::shared::Shared;
use super::upload::Upload;
use crate::{Error, Incoming};

/// A client for HTTP/1.1 and HTTPS that keeps its connections.
///
/// A cheap handle: clones share connections and settings. A connection is driven by the future that sends, and then by
/// whoever reads the content; there is no task behind each. One task looks after idle connections, and ends when there are none.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use http_body_util::Empty;
/// use wharf_http::{Client, ReadContent};
///
/// let client = Client::default();
/// let response = client.get("https://example.com/").send().await?;
/// println!("{}: {}", response.status(), response.text(1 << 20).await?);
///
/// // Any request, with any body, is sent in the same way.
/// let request = http::Request::head("https://example.com/").body(Empty::<bytes::Bytes>::new())?;
/// println!("{:?}", client.send(request).await?.headers());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    shared: Arc<Shared>,
}

impl Client {
    /// A client without connections.
    pub fn new(config: ClientConfig) -> Self {
        Self {
            shared: Arc::new(Shared::new(config)),
        }
    }

    /// Sends a request, and is ready with the head of the final response. Its content is read from there.
    ///
    /// The URI is absolute; scheme, host and port in it say where to send it, and that of a CONNECT is a host and a port
    /// ([`Route`](super::Route)). A `Host` field says otherwise only to the server. Content
    /// of known length is sent with `Content-Length`, other content chunked; trailers follow the latter.
    ///
    /// Most servers send trailers only to who says `te: trailers`; that is for the caller to say ([RFC 9110 §6.5.1]).
    ///
    /// A field `Proxy-Authorization` is for an HTTP proxy of the route, in place of its own credentials: it goes to that which the
    /// request, or its CONNECT, is sent to first, and to nobody else. A tunnel that is kept is not asked for again.
    ///
    /// A kept connection may be closed by its server in the moment in which the request is sent. When it ends before a byte of
    /// a response has come, the request is sent once more over a fresh connection, if its method is idempotent ([RFC 9110
    /// §9.2.2]) and its content is remembered ([`ClientConfig::replay_bytes_max`]); one of another method only if not a byte of it
    /// had been sent. The same holds when all that comes is a 408 (Request Timeout) that closes the connection: it was said before
    /// the request was known ([RFC 9110 §15.5.9]).
    ///
    /// A final response that comes before all content is sent ends the upload, unless it is a 2xx. Behind that, the rest is
    /// sent while the content of the response is read, and to drop it unread ends the upload; if all of the response is here,
    /// the rest is sent before it is handed out. That the server then takes no more of it is no error.
    ///
    /// # Errors
    ///
    /// When there is no final response: [`Error`] says what was tried and in which [`Phase`](crate::Phase) it failed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the connection, whatever has been sent by then: the server may have acted on the request, or
    /// seen it end in the middle. A place in the line for a connection is given up. Nothing else is lost.
    ///
    /// [RFC 9110 §6.5.1]: https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
    /// [RFC 9110 §9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
    /// [RFC 9110 §15.5.9]: https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9
    pub fn send<B>(
        &self,
        request: Request<B>,
    ) -> impl Future<Output = Result<Response<Incoming>, Error>> + Send + use<B>
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let upload = Upload::new(body, self.shared.config.replay_bytes_max);
        self.run(head, upload)
    }

    pub(super) fn run(
        &self,
        head: request::Parts,
        upload: Upload,
    ) -> impl Future<Output = Result<Response<Incoming>, Error>> + Send + use<> {
        send(Arc::clone(&self.shared), Box::new(head), upload)
    }

    /// Closes the connections that are idle now.
    pub fn close_idle(&self) {
        self.shared.pool.close_idle();
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new(ClientConfig::default())
    }
}

impl<B> Service<Request<B>> for Client
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    type Response = Response<Incoming>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Incoming>, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        Box::pin(self.send(request))
    }
}

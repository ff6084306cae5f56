use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use http::Response;

use crate::Switched;

/// Goes on in another protocol behind `response`, which is a 101 (Switching Protocols) with an `Upgrade` field that
/// names one of those the request asks for ([RFC 9110 §7.8]), or a 2xx to CONNECT ([RFC 9110 §9.3.6]). `Connection:
/// upgrade` is added.
///
/// When the response has left, `protocol` is called with the stream, and runs in the connection's own task: a drain
/// waits for it and cuts it at its deadline, like any other connection. When it returns, the connection is over. A
/// response that the request did not ask for is a 500 to the client, and `protocol` is dropped.
///
/// ```
/// # use wharf_http::{Incoming, switch};
/// # use http::{Request, Response, StatusCode, header::UPGRADE};
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
///
/// async fn echo(request: Request<Incoming>) -> Response<String> {
///     if request.headers().get(UPGRADE).is_none_or(|protocol| protocol != "echo") {
///         let mut response = Response::new("this is for those who speak echo\n".to_owned());
///         *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
///         response.headers_mut().insert(UPGRADE, "echo".parse().unwrap());
///         return response;
///     }
///     let mut response = Response::new(String::new());
///     *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
///     response.headers_mut().insert(UPGRADE, "echo".parse().unwrap());
///     switch(&mut response, |mut stream| async move {
///         let mut buffer = [0; 1024];
///         while let Ok(n @ 1..) = stream.read(&mut buffer).await {
///             if stream.write_all(&buffer[..n]).await.is_err() {
///                 break;
///             }
///         }
///         let _ = stream.shutdown().await;
///     });
///     response
/// }
/// ```
///
/// [RFC 9110 §7.8]: https://www.rfc-editor.org/rfc/rfc9110#section-7.8
/// [RFC 9110 §9.3.6]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
pub fn switch<B, F, Fut>(response: &mut Response<B>, protocol: F)
where
    F: FnOnce(Switched) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let protocol: Protocol = Box::new(|stream| Box::pin(protocol(stream)));
    let next = Next(Arc::new(Mutex::new(Some(protocol))));
    response.extensions_mut().insert(next);
}

type Protocol = Box<dyn FnOnce(Switched) -> Running + Send>;

/// A protocol on its way.
pub(super) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What a response goes on with. Extensions have to be cloned, but it runs once.
#[derive(Clone)]
pub(super) struct Next(Arc<Mutex<Option<Protocol>>>);

impl Next {
    /// The protocol, the first time.
    pub(super) fn start(&self, stream: Switched) -> Option<Running> {
        let protocol = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        protocol.map(|protocol| protocol(stream))
    }
}

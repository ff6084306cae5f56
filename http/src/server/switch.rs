use std::any::Any;
use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::Response;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_net::Drain;

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

/// A connection behind a switch of protocols: first what had been read of it already, then the stream itself.
pub struct Switched {
    received: Bytes,
    io: Box<dyn Io>,
    drain: Drain,
}

impl Switched {
    pub(super) fn new<IO>(received: Bytes, io: IO, drain: Drain) -> Self
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self {
            received,
            io: Box::new(io),
            drain,
        }
    }

    /// The shutdown that this connection takes part in. A protocol that can say goodbye does so when it
    /// [begins](Drain::begun); at its deadline the connection is cut.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }

    /// What had been read already, and the stream, if it is of that type: [`wharf_net::Conn`] for a connection that
    /// [`Server::serve`](crate::Server::serve) accepted without TLS, `wharf_tls::TlsStream<Conn>` with it.
    ///
    /// # Errors
    ///
    /// Itself, unchanged, if the stream is of another type.
    pub fn into_parts<IO: 'static>(self) -> Result<(Bytes, IO), Self> {
        let any: &dyn Any = &*self.io;
        if !any.is::<IO>() {
            return Err(self);
        }
        let io: Box<dyn Any> = self.io;
        match io.downcast() {
            Ok(io) => Ok((self.received, *io)),
            // It was looked at right above.
            Err(_) => unreachable!("a type does not change"),
        }
    }
}

impl fmt::Debug for Switched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switched")
            .field("received", &self.received.len())
            .finish_non_exhaustive()
    }
}

/// Any stream that can be told what it was.
trait Io: AsyncRead + AsyncWrite + Unpin + Send + Any {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + Any> Io for T {}

impl AsyncRead for Switched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.received.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buf);
        }
        let n = self.received.len().min(buf.remaining());
        buf.put_slice(self.received.get(..n).unwrap_or_default());
        self.received.advance(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Switched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

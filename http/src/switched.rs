use std::any::Any;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use sync_wrapper::SyncWrapper;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_net::Drain;

/// A connection behind a switch of protocols: first what had been read of it already, then the stream itself.
pub struct Switched {
    received: Bytes,
    io: SyncWrapper<Box<dyn Io>>,
    is_write_vectored: bool,
    drain: Drain,
}

impl Switched {
    pub(crate) fn new<IO>(received: Bytes, io: IO, drain: Drain) -> Self
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        Self {
            received,
            is_write_vectored: io.is_write_vectored(),
            io: SyncWrapper::new(Box::new(io)),
            drain,
        }
    }

    /// The shutdown that this connection takes part in. A protocol that can say goodbye does so when it
    /// [begins](Drain::begun); at its deadline the connection is cut.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }

    /// What had been read already, and the stream, if it is of that type: [`wharf_net::Conn`] for a connection that
    /// [`Server::serve`](crate::Server::serve) accepted or a [`Client`](crate::Client) made without TLS,
    /// `wharf_tls::TlsStream<Conn>` with it.
    ///
    /// # Errors
    ///
    /// Itself, unchanged, if the stream is of another type.
    pub fn into_parts<IO: 'static>(mut self) -> Result<(Bytes, IO), Self> {
        let any: &dyn Any = &**self.io.get_mut();
        if !any.is::<IO>() {
            return Err(self);
        }
        let io: Box<dyn Any> = self.io.into_inner();
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
            return Pin::new(self.io.get_mut()).poll_read(cx, buf);
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
        Pin::new(self.io.get_mut()).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(self.io.get_mut()).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.is_write_vectored
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.io.get_mut()).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.io.get_mut()).poll_shutdown(cx)
    }
}

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::TlsInfo;
use crate::client::Watched;

/// A TLS stream after its handshake.
///
/// - Reading also sends what is waiting to be sent. Encrypted bytes can be left in the TLS layer by a write that was
///   not flushed; a reader that waits for the answer to them would wait for ever.
/// - An end of stream without `close_notify` is [`io::ErrorKind::UnexpectedEof`] ([RFC 8446 §6.1]).
/// - `AsyncWriteExt::shutdown` sends what is buffered, then `close_notify`, then FIN. Dropping the stream sends none of
///   them.
///
/// [RFC 8446 §6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-6.1
#[derive(Debug)]
pub struct TlsStream<IO> {
    inner: tokio_rustls::TlsStream<Watched<IO>>,
    info: TlsInfo,
}

impl<IO> TlsStream<IO> {
    pub(crate) fn new(inner: tokio_rustls::TlsStream<Watched<IO>>, info: TlsInfo) -> Self {
        Self { inner, info }
    }

    /// What the handshake agreed on.
    pub fn info(&self) -> &TlsInfo {
        &self.info
    }

    /// The stream under TLS.
    pub fn get_ref(&self) -> &IO {
        self.inner.get_ref().0.get_ref()
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> TlsStream<IO> {
    /// Sends what is parked, as far as the transport takes it. An error shows at the next write or flush.
    fn push_parked(&mut self, cx: &mut Context<'_>) {
        if self.inner.get_ref().1.wants_write() {
            let _ = Pin::new(&mut self.inner).poll_flush(cx);
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.push_parked(cx);
        let read = Pin::new(&mut self.inner).poll_read(cx, buf);
        // Reading may have produced an answer of its own, to a key update for example.
        self.push_parked(cx);
        read
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

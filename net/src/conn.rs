use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::{ConnInfo, Linger, LingerEnd, close_lingering};

/// An accepted TCP stream and what is known of it.
///
/// Half-close is in the caller's hands: an end of stream from the peer leaves the writing side open, and
/// `AsyncWriteExt::shutdown` sends FIN and leaves the reading side open.
#[derive(Debug)]
pub struct Conn {
    stream: TcpStream,
    info: ConnInfo,
}

impl Conn {
    pub(crate) fn new(stream: TcpStream, info: ConnInfo) -> Self {
        Self { stream, info }
    }

    /// What is known of the connection.
    pub fn info(&self) -> &ConnInfo {
        &self.info
    }

    /// The stream alone.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Sends FIN, reads what the peer still sends, and closes: see [`close_lingering`].
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub async fn close_lingering(mut self, linger: &Linger) -> io::Result<LingerEnd> {
        close_lingering(&mut self.stream, linger).await
    }

    /// Makes dropping this send RST instead of FIN, so that the peer cannot take the end for an orderly one.
    pub fn reset_when_dropped(&self) {
        // It fails on a socket that is gone already, which no longer needs it.
        let _ = socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO));
    }

    /// Closes at once with RST: what was not yet delivered is thrown away, and the peer's next call fails.
    ///
    /// # Errors
    ///
    /// When the socket refuses `SO_LINGER`; it is then closed in the ordinary way.
    pub fn reset(self) -> io::Result<()> {
        socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO))
    }
}

impl AsyncRead for Conn {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Conn {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

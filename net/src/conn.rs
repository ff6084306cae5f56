use std::io::{self, IoSlice};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::io::Errno;
use rustix::net::RecvFlags;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::{
    ConnInfo, Counters, Linger, LingerEnd, Permit, Stream, TcpInfo, close, close_lingering,
};

/// A connection: a stream, what is known of it, and its place among the connections that a listener admits.
///
/// Half-close is in the caller's hands: an end of stream from the peer leaves the writing side open, and
/// `AsyncWriteExt::shutdown` sends FIN and leaves the reading side open.
///
/// Dropping it closes the stream and gives its place back. A socket that is dropped with unread bytes in it sends RST,
/// and what was written just before may be lost: end a conversation with [`close`](Self::close) or
/// [`close_lingering`](Self::close_lingering).
#[derive(Debug)]
pub struct Conn<IO = Stream> {
    io: IO,
    /// Boxed, since a connection is moved from future to future, and each keeps the room for it.
    details: Box<Details>,
}

#[derive(Debug)]
struct Details {
    info: ConnInfo,
    counters: Counters,
    permit: Option<Permit>,
}

impl<IO> Conn<IO> {
    /// A connection over any stream, which counts against no limit.
    pub fn new(io: IO, info: ConnInfo) -> Self {
        Self::with_permit(io, info, None)
    }

    pub(crate) fn admitted(io: IO, info: ConnInfo, permit: Permit) -> Self {
        Self::with_permit(io, info, Some(permit))
    }

    fn with_permit(io: IO, info: ConnInfo, permit: Option<Permit>) -> Self {
        let details = Box::new(Details {
            info,
            counters: Counters::default(),
            permit,
        });
        Self { io, details }
    }

    /// What is known of the connection.
    pub fn info(&self) -> &ConnInfo {
        &self.details.info
    }

    /// How many bytes it has carried. A clone of them can be kept beyond the connection.
    pub fn counters(&self) -> &Counters {
        &self.details.counters
    }

    /// The stream below. What is read and written there is not counted.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The stream below. What is read and written there is not counted.
    pub fn get_mut(&mut self) -> &mut IO {
        &mut self.io
    }

    /// The same connection over another stream, such as the one in a layer of buffering.
    pub fn map<T>(self, wrap: impl FnOnce(IO) -> T) -> Conn<T> {
        Conn {
            io: wrap(self.io),
            details: self.details,
        }
    }

    /// The stream, what is known of it, and its place: the listener counts the connection as open until the permit is
    /// dropped. There is none if the connection was dialed.
    pub fn into_parts(self) -> (IO, ConnInfo, Option<Permit>) {
        let Details { info, permit, .. } = *self.details;
        (self.io, info, permit)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Conn<IO> {
    /// Ends a conversation in which both sides know that it is over: see [`close`].
    ///
    /// # Errors
    ///
    /// Those of the stream, and those of [`close`].
    pub async fn close(mut self, linger: &Linger) -> io::Result<u64> {
        close(&mut self, linger).await
    }

    /// Ends a conversation with a peer that may still be sending: see [`close_lingering`].
    ///
    /// # Errors
    ///
    /// Those of the stream.
    pub async fn close_lingering(mut self, linger: &Linger) -> io::Result<LingerEnd> {
        close_lingering(&mut self, linger).await
    }
}

impl<IO: AsFd> Conn<IO> {
    /// What the kernel knows of the connection.
    ///
    /// # Errors
    ///
    /// When the socket is not TCP.
    pub fn tcp_info(&self) -> io::Result<TcpInfo> {
        TcpInfo::of(&self.io)
    }

    /// Whether something has arrived that nobody has read: bytes, the end of the stream, or an error. For who is about
    /// to use a connection that has been idle.
    ///
    /// It asks the kernel. A read that is [`Poll::Pending`] says less: a runtime looks at its sockets from time to time,
    /// and does not ask again in between.
    pub fn has_arrived(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let peeked =
            rustix::io::retry_on_intr(|| rustix::net::recv(&self.io, &mut [0_u8; 1], flags));
        peeked.err() != Some(Errno::AGAIN)
    }

    /// Makes dropping this send RST instead of FIN, so that the peer cannot take the end for an orderly one. A Unix
    /// socket knows no RST: its peer sees the end of the stream.
    pub fn reset_when_dropped(&self) {
        // It fails on a socket that is gone already, which no longer needs it.
        let _ = self.set_zero_linger();
    }

    /// Takes [`reset_when_dropped`](Self::reset_when_dropped) back: dropping this sends FIN.
    pub fn close_when_dropped(&self) {
        let _ = socket2::SockRef::from(&self.io.as_fd()).set_linger(None);
    }

    /// Closes at once with RST: what was not yet delivered is thrown away, and the peer's next call fails. A Unix
    /// socket knows no RST: its peer sees the end of the stream.
    ///
    /// # Errors
    ///
    /// When the socket refuses `SO_LINGER`; it is then closed in the ordinary way.
    pub fn reset(self) -> io::Result<()> {
        self.set_zero_linger()
    }

    fn set_zero_linger(&self) -> io::Result<()> {
        socket2::SockRef::from(&self.io.as_fd()).set_linger(Some(Duration::ZERO))
    }
}

impl<IO: AsFd> AsFd for Conn<IO> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Conn<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        self.details.counters.add_read(buf.filled().len() - before);
        polled
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Conn<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.count_written(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.count_written(polled)
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

impl<IO> Conn<IO> {
    fn count_written(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = &polled {
            self.details.counters.add_written(*bytes);
        }
        polled
    }
}

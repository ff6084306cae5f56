use std::future::Future as _;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A stream that fails with `TimedOut` when nothing has moved on it for a while.
///
/// Any byte read or written counts, in either direction; so does a FIN that was sent. The time is looked at only while
/// somebody waits for the stream: a handler that computes for an hour is not idle on it, but its next wait is.
///
/// ```
/// # use std::time::Duration;
/// # fn example(conn: wharf_net::Conn) {
/// use wharf_net::IdleTimeout;
/// let conn = conn.map(|stream| IdleTimeout::new(stream, Duration::from_secs(60))); // still a `Conn`
/// # }
/// ```
#[derive(Debug)]
pub struct IdleTimeout<IO> {
    io: IO,
    idle: Duration,
    last_moved: Instant,
    /// Whether a flush is under way: only then does its end mean that something moved.
    is_flushing: bool,
    timers: Timers,
}

/// One for each direction: a timer wakes the task that polled it last, and a reader and a writer may be two tasks.
#[derive(Debug)]
struct Timers {
    read: Pin<Box<Sleep>>,
    write: Pin<Box<Sleep>>,
}

#[derive(Clone, Copy)]
enum Way {
    Read,
    Write,
}

impl Timers {
    fn until(deadline: Instant) -> Self {
        Self {
            read: Box::pin(sleep_until(deadline)),
            write: Box::pin(sleep_until(deadline)),
        }
    }

    fn of(&mut self, way: Way) -> Pin<&mut Sleep> {
        match way {
            Way::Read => self.read.as_mut(),
            Way::Write => self.write.as_mut(),
        }
    }
}

impl<IO> IdleTimeout<IO> {
    /// The time begins to run now. There is no default: how long silence means anything is the protocol's to say.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time enabled.
    pub fn new(io: IO, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            io,
            idle,
            last_moved: now,
            is_flushing: false,
            timers: Timers::until(after(now, idle)),
        }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The stream below, past the timeout.
    pub fn get_mut(&mut self) -> &mut IO {
        &mut self.io
    }

    /// The stream below, without the timeout.
    pub fn into_inner(self) -> IO {
        self.io
    }

    /// What the stream said, unless it is waiting and its time is over.
    fn check<T>(
        &mut self,
        way: Way,
        polled: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.last_moved = Instant::now();
            return polled;
        }
        // The timer is not set anew with every byte, but when it fires too early.
        let deadline = after(self.last_moved, self.idle);
        let mut timer = self.timers.of(way);
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(Err(timed_out("the stream was idle for too long")));
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// A stream that fails with `TimedOut` once a point in time has passed, however busy it is.
#[derive(Debug)]
pub struct TotalTimeout<IO> {
    io: IO,
    timers: Timers,
}

impl<IO> TotalTimeout<IO> {
    /// The time begins to run now.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with time enabled.
    pub fn new(io: IO, total: Duration) -> Self {
        Self {
            io,
            timers: Timers::until(after(Instant::now(), total)),
        }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The stream below, past the timeout.
    pub fn get_mut(&mut self) -> &mut IO {
        &mut self.io
    }

    /// The stream below, without the timeout.
    pub fn into_inner(self) -> IO {
        self.io
    }

    /// Asked before the stream, so that a peer who never stops sending is cut too.
    fn check(&mut self, way: Way, cx: &mut Context<'_>) -> io::Result<()> {
        let timer = self.timers.of(way);
        if timer.is_elapsed() || timer.poll(cx).is_ready() {
            return Err(timed_out("the stream's time is over"));
        }
        Ok(())
    }
}

impl<IO: AsFd> AsFd for IdleTimeout<IO> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

impl<IO: AsFd> AsFd for TotalTimeout<IO> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.io.as_fd()
    }
}

/// A time that is too long for the clock, such as `Duration::MAX` for none, ends in a century.
fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(Duration::from_secs(100 * 365 * 86_400))
}

fn timed_out(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, why)
}

impl<IO: AsyncRead + Unpin> AsyncRead for IdleTimeout<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_read(cx, buf);
        self.check(Way::Read, polled, cx)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for IdleTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.check(Way::Write, polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.check(Way::Write, polled, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_flush(cx);
        let was_flushing = std::mem::replace(&mut self.is_flushing, polled.is_pending());
        if polled.is_ready() && !was_flushing {
            return polled;
        }
        self.check(Way::Write, polled, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_shutdown(cx);
        self.check(Way::Write, polled, cx)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for TotalTimeout<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(Way::Read, cx)?;
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for TotalTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(Way::Write, cx)?;
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(Way::Write, cx)?;
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(Way::Write, cx)?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(Way::Write, cx)?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

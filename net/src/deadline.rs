use std::future::Future as _;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// A stream that fails with `TimedOut` when nothing has moved on it for a while.
///
/// Any byte read or written counts, in either direction; so does a FIN that was sent. The time is looked at only while
/// somebody waits for the stream: a handler that computes for an hour is not idle on it, but its next wait is.
#[derive(Debug)]
pub struct IdleTimeout<IO> {
    io: IO,
    idle: Duration,
    last_moved: Instant,
    /// Whether a flush is under way: only then does its end mean that something moved.
    is_flushing: bool,
    timer: Pin<Box<Sleep>>,
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
            timer: Box::pin(sleep_until(after(now, idle))),
        }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The stream below, without the timeout.
    pub fn into_inner(self) -> IO {
        self.io
    }

    /// What the stream said, unless it is waiting and its time is over.
    fn check<T>(
        &mut self,
        polled: Poll<io::Result<T>>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.last_moved = Instant::now();
            return polled;
        }
        // The timer is not set anew with every byte, but when it fires too early.
        while self.timer.as_mut().poll(cx).is_ready() {
            let deadline = after(self.last_moved, self.idle);
            if Instant::now() >= deadline {
                return Poll::Ready(Err(timed_out("the stream was idle for too long")));
            }
            self.timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// A stream that fails with `TimedOut` once a point in time has passed, however busy it is.
#[derive(Debug)]
pub struct TotalTimeout<IO> {
    io: IO,
    timer: Pin<Box<Sleep>>,
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
            timer: Box::pin(sleep_until(after(Instant::now(), total))),
        }
    }

    /// The stream below.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The stream below, without the timeout.
    pub fn into_inner(self) -> IO {
        self.io
    }

    /// Asked before the stream, so that a peer who never stops sending is cut too.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.timer.is_elapsed() || self.timer.as_mut().poll(cx).is_ready() {
            return Err(timed_out("the stream's time is over"));
        }
        Ok(())
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
        self.check(polled, cx)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for IdleTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write(cx, buf);
        self.check(polled, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        self.check(polled, cx)
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
        self.check(polled, cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.io).poll_shutdown(cx);
        self.check(polled, cx)
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for TotalTimeout<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for TotalTimeout<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::io::poll_read_buf;

use super::ServerConfig;
use super::timer::{Timer, deadline_in};
use crate::Phase;
use crate::h1::OutBuf;

/// The room offered to a read while requests are small, and to one that may well find nothing.
const READ_MIN: usize = 8 * 1024;
/// Below this much room a new buffer is taken.
const READ_LOW: usize = 1024;
/// How many pieces are written at once.
const PIECES_MAX: usize = 64;

thread_local! {
    /// Where a connection reads that has nothing of its own to add to: most are idle most of the time, and a buffer for
    /// each would be most of what they cost. What arrives is copied into a buffer of its size.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// A stream with what has been read from it and what is to be written to it.
#[derive(Debug)]
pub(super) struct Transport<IO> {
    pub(super) io: IO,
    pub(super) received: BytesMut,
    pub(super) out: OutBuf,
    /// How many bytes the transport has taken.
    pub(super) written: u64,
    /// How many bytes have been read.
    pub(super) read: u64,
    /// The client will send no more.
    pub(super) at_eof: bool,
    /// The room offered to the next read, and the most there may be of it: a large upload fills what it is offered, and
    /// each system call should carry much.
    read_room: usize,
    read_max: usize,
    is_flushed: bool,
    timer: Timer,
    /// When the client must have taken some more of the output that waits.
    write_deadline: Option<Instant>,
}

/// Why reading or writing cannot go on.
#[derive(Debug)]
pub(super) enum Stuck {
    Timeout(Phase),
    Io(io::Error),
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Transport<IO> {
    pub(super) fn new(io: IO, read_max: usize) -> Self {
        Self {
            io,
            received: BytesMut::new(),
            out: OutBuf::default(),
            written: 0,
            read: 0,
            at_eof: false,
            read_room: READ_MIN,
            read_max: read_max.max(READ_MIN),
            is_flushed: true,
            timer: Timer::default(),
            write_deadline: None,
        }
    }

    /// Reads more into `received`; `false` at the end of the stream.
    pub(super) fn poll_read_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.at_eof {
            return Poll::Ready(Ok(false));
        }
        let (n, room) = if self.received.is_empty() && self.read_room == READ_MIN {
            let n = ready!(self.poll_read_scratch(cx))?;
            (n, READ_MIN)
        } else {
            ready!(self.poll_read_on(cx))?
        };
        self.at_eof = n == 0;
        self.read += n as u64;
        self.read_room = if n == room {
            (self.read_room * 2).min(self.read_max)
        } else {
            READ_MIN
        };
        Poll::Ready(Ok(n > 0))
    }

    /// At which byte of the stream `received` begins.
    pub(super) fn position(&self) -> u64 {
        self.read - self.received.len() as u64
    }

    /// Reads when nothing is there to add to.
    fn poll_read_scratch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Taken, not borrowed: the stream below may itself be read through here.
        let mut scratch = SCRATCH.take();
        if scratch.is_empty() {
            scratch = vec![0; READ_MIN];
        }
        let mut buf = ReadBuf::new(&mut scratch);
        let read = Pin::new(&mut self.io).poll_read(cx, &mut buf);
        match read {
            Poll::Ready(Ok(())) => self.received.extend_from_slice(buf.filled()),
            Poll::Ready(Err(_)) => {}
            // Whoever waits here waits without a buffer.
            Poll::Pending => self.received = BytesMut::new(),
        }
        let n = buf.filled().len();
        SCRATCH.set(scratch);
        read.map_ok(|()| n)
    }

    /// Reads on behind what is there. The result is how much, and how much it could have been.
    fn poll_read_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(usize, usize)>> {
        // Small reads go on in the buffer they are in: with a new one for each, a handler that keeps the pieces would
        // keep a buffer for every byte. A bulk transfer wants a large read each time.
        let room = self.received.capacity() - self.received.len();
        let low = if self.read_room == READ_MIN {
            READ_LOW
        } else {
            self.read_room / 2
        };
        if room < low {
            self.received.reserve(self.read_room);
        }
        let room = self.received.capacity() - self.received.len();
        let read = poll_read_buf(Pin::new(&mut self.io), cx, &mut self.received);
        read.map_ok(|n| (n, room))
    }

    /// Whether there is something that the transport has not taken, or not sent on yet.
    pub(super) fn owes_output(&self) -> bool {
        !self.out.is_empty() || !self.is_flushed
    }

    /// Writes everything that waits and flushes it. Pending for longer than the write timeout without any progress is
    /// an error.
    pub(super) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        config: &ServerConfig,
    ) -> Poll<Result<(), Stuck>> {
        let polled = self.poll_flush_io(cx);
        self.poll_in_time(cx, config, polled)
    }

    /// Writes everything that waits and ends our side of the stream, within the same bound.
    pub(super) fn poll_shutdown(
        &mut self,
        cx: &mut Context<'_>,
        config: &ServerConfig,
    ) -> Poll<Result<(), Stuck>> {
        let polled = self.poll_shutdown_io(cx);
        self.poll_in_time(cx, config, polled)
    }

    fn poll_in_time(
        &mut self,
        cx: &mut Context<'_>,
        config: &ServerConfig,
        polled: Poll<io::Result<()>>,
    ) -> Poll<Result<(), Stuck>> {
        match polled {
            Poll::Ready(result) => {
                self.write_deadline = None;
                Poll::Ready(result.map_err(Stuck::Io))
            }
            Poll::Pending => {
                let deadline = *self
                    .write_deadline
                    .get_or_insert_with(|| deadline_in(config.write_timeout));
                ready!(self.timer.poll_until(cx, deadline));
                Poll::Ready(Err(Stuck::Timeout(Phase::Write)))
            }
        }
    }

    fn poll_flush_io(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        if !self.is_flushed {
            ready!(Pin::new(&mut self.io).poll_flush(cx))?;
            self.is_flushed = true;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown_io(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_write_out(cx))?;
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_out(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.out.is_empty() {
            let is_vectored = self.out.has_large_piece() && self.io.is_write_vectored();
            let io = Pin::new(&mut self.io);
            let written = if is_vectored {
                let mut slices = [IoSlice::new(&[]); PIECES_MAX];
                let count = self.out.fill(&mut slices);
                io.poll_write_vectored(cx, slices.get(..count).unwrap_or_default())
            } else {
                io.poll_write(cx, self.out.first_piece())
            };
            match ready!(written)? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                n => {
                    self.out.advance(n);
                    self.written += n as u64;
                }
            }
            self.is_flushed = false;
            self.write_deadline = None;
        }
        Poll::Ready(Ok(()))
    }

    /// Ready once `deadline` has passed.
    pub(super) fn poll_deadline(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        self.timer.poll_until(cx, deadline)
    }
}

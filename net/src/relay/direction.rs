use std::any::Any;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::coop;

use super::copy::{self, Buffer};
use super::socket::socket_of;
use super::splice::{self, Filled, Pipe};
use super::{RelayOptions, RelayPhase, Splice};

/// A read that brings less than this is copied, one that brings more is followed by splicing.
const BULK_BYTES: usize = 32 * 1024;

/// From one stream to the other.
pub(super) struct Direction {
    state: State,
    carrier: Carrier,
    /// Something was written since the last flush.
    unflushed: bool,
    /// Whether an end of the reader's stream is its own doing.
    trusts_end: bool,
    /// Whether the last read brought so much that splicing pays.
    bulk: bool,
    /// Whether the kernel splices between these two.
    spliceable: bool,
    /// What the writer took.
    bytes: u64,
    progressed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Moving,
    Ending,
    Flushing,
    Finished,
    Stopped,
}

/// What was read and not yet written.
enum Carrier {
    Empty,
    Buffer(Buffer),
    Pipe(Pipe),
}

/// What went wrong: in reading from this direction's reader, or in writing to its writer.
pub(super) struct Failure {
    pub(super) phase: RelayPhase,
    pub(super) error: io::Error,
}

impl Direction {
    pub(super) fn new(splice: Splice) -> Self {
        Self {
            state: State::Moving,
            carrier: Carrier::Empty,
            unflushed: false,
            trusts_end: true,
            bulk: false,
            spliceable: splice == Splice::Auto,
            bytes: 0,
            progressed: false,
        }
    }

    /// What the writer took.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the writer was told of the reader's end.
    pub(super) fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// Whether nothing more will move.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Finished | State::Stopped)
    }

    /// Whether the reader has nothing more to give.
    pub(super) fn is_past_reading(&self) -> bool {
        self.state != State::Moving
    }

    /// Whether anything moved since this was last asked.
    pub(super) fn take_progress(&mut self) -> bool {
        std::mem::take(&mut self.progressed)
    }

    /// The other direction failed: its reader is this one's writer, and the other way round.
    pub(super) fn opposite_failed(&mut self, failure: &Failure) {
        match failure.phase {
            RelayPhase::Read if !self.is_over() => self.stop(),
            RelayPhase::Read => {}
            // What that stream sent before it died is still delivered. Its error was told once, to the write, and reads
            // now end as if it had sent FIN. Linux says EPIPE only where FIN had come before; after a reset or a
            // timeout the end is not the peer's, and passing it on would make a cut stream look whole. ENOTCONN comes
            // from shutdown(2), which leaves the error for the next read to find.
            RelayPhase::Write => {
                self.trusts_end = matches!(
                    failure.error.kind(),
                    io::ErrorKind::BrokenPipe | io::ErrorKind::NotConnected
                );
            }
        }
    }

    fn stop(&mut self) {
        self.state = State::Stopped;
        self.carrier = Carrier::Empty;
    }

    /// Moves what can be moved. Ready when over, or with a failure, after which it wants to be polled again.
    pub(super) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
        options: &RelayOptions,
    ) -> Poll<Result<(), Failure>>
    where
        R: AsyncRead + Unpin + 'static,
        W: AsyncWrite + Unpin + 'static,
    {
        loop {
            // Streams that are always ready must not keep the thread; those of tokio see to it, others may not.
            let turn = ready!(coop::poll_proceed(cx));
            let step = match self.state {
                State::Moving => self.poll_move(cx, reader, writer, options),
                State::Ending => Pin::new(&mut *writer)
                    .poll_shutdown(cx)
                    .map_ok(|()| self.enter(State::Finished))
                    .map_err(Failure::write),
                State::Flushing => Pin::new(&mut *writer)
                    .poll_flush(cx)
                    .map_ok(|()| self.enter(State::Stopped))
                    .map_err(Failure::write),
                State::Finished | State::Stopped => return Poll::Ready(Ok(())),
            };
            let result = ready!(step);
            turn.made_progress();
            if let Err(failure) = result {
                match failure.phase {
                    RelayPhase::Read => self.enter(State::Flushing),
                    RelayPhase::Write => self.stop(),
                }
                return Poll::Ready(Err(failure));
            }
        }
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.progressed = true;
    }

    /// One write of what is held, or one read if nothing is.
    fn poll_move<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
        options: &RelayOptions,
    ) -> Poll<Result<(), Failure>>
    where
        R: AsyncRead + Unpin + 'static,
        W: AsyncWrite + Unpin + 'static,
    {
        if !matches!(self.carrier, Carrier::Empty) {
            let written = ready!(self.poll_drain(cx, writer)).map_err(Failure::write)?;
            self.bytes += written as u64;
            self.unflushed = true;
            self.progressed |= written > 0;
            return Poll::Ready(Ok(()));
        }
        let Poll::Ready(read) = self.poll_fill(cx, reader, writer, options) else {
            // Nothing more for now: what the writer keeps back must not wait for it.
            if self.unflushed {
                ready!(Pin::new(writer).poll_flush(cx)).map_err(Failure::write)?;
                self.unflushed = false;
            }
            return Poll::Pending;
        };
        if read.map_err(Failure::read)? == 0 {
            self.enter(if self.trusts_end {
                State::Ending
            } else {
                State::Flushing
            });
        }
        self.progressed = true;
        Poll::Ready(Ok(()))
    }

    /// How many bytes were read; 0 is the end of the stream.
    fn poll_fill<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &W,
        options: &RelayOptions,
    ) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + Unpin + 'static,
        W: Any,
    {
        if self.bulk
            && self.spliceable
            && let (Some(from), Some(_to)) = (socket_of(reader), socket_of(writer))
        {
            match ready!(splice::poll_fill(cx, from, options.pipe_bytes))? {
                Filled::Bytes(pipe) => {
                    let filled = pipe.held();
                    self.bulk = filled >= BULK_BYTES.min(options.pipe_bytes);
                    self.carrier = Carrier::Pipe(pipe);
                    return Poll::Ready(Ok(filled));
                }
                Filled::EndOfStream => return Poll::Ready(Ok(0)),
                Filled::NoPipe => {}
                Filled::Unable => self.spliceable = false,
            }
        }
        let Some(buffer) = ready!(copy::poll_fill(cx, reader, options.buffer_bytes))? else {
            return Poll::Ready(Ok(0));
        };
        let filled = buffer.held();
        self.bulk = filled >= BULK_BYTES.min(options.buffer_bytes);
        self.carrier = Carrier::Buffer(buffer);
        Poll::Ready(Ok(filled))
    }

    /// How many bytes were written.
    fn poll_drain<W>(&mut self, cx: &mut Context<'_>, writer: &mut W) -> Poll<io::Result<usize>>
    where
        W: AsyncWrite + Unpin + 'static,
    {
        let (written, held) = match &mut self.carrier {
            Carrier::Empty => return Poll::Ready(Ok(0)),
            Carrier::Buffer(buffer) => {
                let written = ready!(buffer.poll_drain(cx, writer))?;
                (written, buffer.held())
            }
            Carrier::Pipe(pipe) => {
                let to = socket_of(writer).expect("only sockets were given a pipe");
                match ready!(pipe.poll_drain(cx, to)) {
                    Ok(written) => (written, pipe.held()),
                    Err(error) if splice::is_unable(&error) => return self.leave_pipe(),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        };
        if held == 0 {
            match std::mem::replace(&mut self.carrier, Carrier::Empty) {
                Carrier::Empty => {}
                Carrier::Buffer(buffer) => buffer.give_back(),
                Carrier::Pipe(pipe) => pipe.give_back(),
            }
        }
        Poll::Ready(Ok(written))
    }

    /// The kernel took bytes into a pipe and does not give them to this target: they go on by copying, like all others.
    fn leave_pipe(&mut self) -> Poll<io::Result<usize>> {
        self.spliceable = false;
        if let Carrier::Pipe(pipe) = std::mem::replace(&mut self.carrier, Carrier::Empty) {
            self.carrier = Carrier::Buffer(Buffer::of(pipe.into_bytes()?));
        }
        Poll::Ready(Ok(0))
    }
}

impl Failure {
    fn read(error: io::Error) -> Self {
        Self {
            phase: RelayPhase::Read,
            error,
        }
    }

    fn write(error: io::Error) -> Self {
        Self {
            phase: RelayPhase::Write,
            error,
        }
    }
}

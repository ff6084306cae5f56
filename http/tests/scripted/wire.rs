use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_net::Drain;

use crate::gate::{Gate, Pace, Wake};

/// What the client does, one after the other; then it ends its side.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Send(&'static str),
    /// Waits until it has seen this so many times in all.
    Await(usize, &'static str),
    /// Waits until the server has ended its side.
    AwaitEnd,
    /// The server is told to drain.
    Drain,
}

/// How a transport behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    pub(crate) reads: Pace,
    pub(crate) writes: Pace,
    pub(crate) wake: Wake,
    pub(crate) is_vectored: bool,
}

/// The server's end of a transport.
#[derive(Clone, Debug)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Debug)]
pub(crate) struct State {
    steps: VecDeque<Step>,
    /// What the client has sent and the server has not read.
    sent: VecDeque<u8>,
    pub(crate) reads: Gate,
    pub(crate) writes: Gate,
    is_vectored: bool,
    wake: Wake,
    /// A read waits for the client to send, and not for the gate.
    starves: bool,
    written: Vec<u8>,
    /// How much of it the client can see: what is not flushed has not left.
    flushed: usize,
    is_shut: bool,
    pub(crate) drain: Drain,
}

impl Wire {
    pub(crate) fn new(steps: &[Step], script: Script) -> Self {
        let mut state = State {
            steps: steps.iter().copied().collect(),
            sent: VecDeque::new(),
            reads: Gate::new(script.reads, script.wake),
            writes: Gate::new(script.writes, script.wake),
            is_vectored: script.is_vectored,
            wake: script.wake,
            starves: false,
            written: Vec::new(),
            flushed: 0,
            is_shut: false,
            drain: Drain::new(),
        };
        state.go_on();
        Self(Arc::new(Mutex::new(state)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// What has reached the client.
    pub(crate) fn seen(&self) -> &[u8] {
        &self.written[..self.flushed]
    }

    /// How often somebody was woken who waited for the transport.
    pub(crate) fn events(&self) -> u64 {
        self.reads.wakes + self.writes.wakes
    }

    /// Whether the server waits to read something that is there.
    pub(crate) fn read_is_due(&self) -> bool {
        self.reads.is_awaited() && (!self.starves || self.has_input())
    }

    /// Begins the drain, if it is its turn. It comes from outside, when nothing else goes on.
    pub(crate) fn begin_drain(&mut self) -> bool {
        let is_due = matches!(self.steps.front(), Some(Step::Drain));
        if is_due {
            self.steps.pop_front();
            self.drain.begin(Duration::from_secs(3600));
            self.go_on();
        }
        is_due
    }

    /// A byte, or the end.
    fn has_input(&self) -> bool {
        !self.sent.is_empty() || self.steps.is_empty()
    }

    /// Lets the client do what it can.
    fn go_on(&mut self) {
        while let Some(step) = self.steps.front() {
            match step {
                // A write for each step, so that requests do not run into one another.
                Step::Send(_) if !self.sent.is_empty() => break,
                Step::Send(bytes) => self.sent.extend(bytes.bytes()),
                Step::Await(times, text) if self.count(text) < *times => break,
                Step::AwaitEnd if !self.is_shut => break,
                Step::Drain => break,
                Step::Await(..) | Step::AwaitEnd => {}
            }
            self.steps.pop_front();
        }
        if self.starves && self.wake == Wake::AtOnce && self.has_input() {
            self.reads.open();
        }
    }

    /// Takes as much as may pass.
    fn poll_take(&mut self, cx: &Context<'_>, pieces: &[&[u8]]) -> Poll<io::Result<usize>> {
        assert!(!self.is_shut, "a write behind the end");
        let room = ready!(self.writes.poll_open(cx));
        let before = self.written.len();
        for piece in pieces {
            let n = piece.len().min(room - (self.written.len() - before));
            self.written.extend_from_slice(&piece[..n]);
        }
        let n = self.written.len() - before;
        self.writes.passed(n);
        Poll::Ready(Ok(n))
    }

    fn count(&self, text: &str) -> usize {
        let windows = self.seen().windows(text.len());
        windows.filter(|window| *window == text.as_bytes()).count()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        state.go_on();
        if !state.has_input() {
            state.starves = true;
            state.reads.wait(cx);
            return Poll::Pending;
        }
        let room = ready!(state.reads.poll_open(cx)).min(buf.remaining());
        state.starves = false;
        let n = room.min(state.sent.len());
        let bytes: Vec<u8> = state.sent.drain(..n).collect();
        buf.put_slice(&bytes);
        state.reads.passed(n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.lock().poll_take(cx, &[buf])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.lock();
        assert!(state.is_vectored, "it did not offer that");
        let pieces: Vec<&[u8]> = bufs.iter().map(|piece| &piece[..]).collect();
        state.poll_take(cx, &pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.lock().is_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        if state.flushed < state.written.len() {
            ready!(state.writes.poll_open(cx));
            state.writes.passed(0);
            state.flushed = state.written.len();
            state.go_on();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut state = self.lock();
        if !state.is_shut {
            ready!(state.writes.poll_open(cx));
            state.writes.passed(0);
            state.flushed = state.written.len();
            state.is_shut = true;
            state.go_on();
        }
        Poll::Ready(Ok(()))
    }
}

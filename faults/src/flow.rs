use std::future::pending;
use std::io;
use std::ops::ControlFlow::{self, Break, Continue};
use std::ops::Range;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::{ALL, BLOCK_BYTES_MAX, Ends, Script, Step};

/// How one direction of a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum End {
    /// The sender closed it, and the receiver was told.
    Closed,
    /// By [`Step::HalfClose`].
    HalfClosed,
    /// By [`Step::Cut`].
    Cut,
    /// By [`Step::Reset`].
    Reset(Ends),
    /// Reading failed: the sender reset the connection. The receiver was reset in turn.
    SenderFailed(io::ErrorKind),
    /// Writing failed: the receiver is gone. The sender was reset in turn.
    ReceiverFailed(io::ErrorKind),
    /// It was under way when the other direction ended them both.
    Interrupted,
}

/// One direction: what is read, what is written, and what is held in between.
pub(crate) struct Flow<R, W> {
    from: R,
    to: W,
    buffer: Box<[u8]>,
    /// The part of the buffer that has been read and not yet delivered.
    held: Range<usize>,
    pub(crate) received: u64,
    pub(crate) delivered: u64,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Flow<R, W> {
    pub(crate) fn new(from: R, to: W) -> Self {
        Self {
            from,
            to,
            buffer: vec![0; BLOCK_BYTES_MAX].into(),
            held: 0..0,
            received: 0,
            delivered: 0,
        }
    }

    /// Plays the script to the end of the stream, or to the step that ends it.
    pub(crate) async fn play(&mut self, script: &Script) -> End {
        for step in &script.steps {
            if let Break(end) = self.step(*step).await {
                return end;
            }
        }
        match self.pass(ALL).await {
            Break(end) => end,
            Continue(()) => End::Closed,
        }
    }

    async fn step(&mut self, step: Step) -> ControlFlow<End> {
        match step {
            Step::Pass { bytes } => self.pass(bytes).await,
            Step::Slice { size, bytes } => {
                let mut left = bytes;
                while left > 0 {
                    left -= self.forward(left.min(size.max(1) as u64)).await?;
                }
                Continue(())
            }
            Step::Drip { size, every, bytes } => {
                let mut left = bytes;
                while left > 0 {
                    left -= self.forward(left.min(size.max(1) as u64)).await?;
                    sleep(every).await;
                }
                Continue(())
            }
            Step::Delay(time) => {
                self.fill(ALL).await?;
                sleep(time).await;
                Continue(())
            }
            Step::Corrupt { xor } => {
                self.next(1).await?;
                self.buffer[self.held.start] ^= xor;
                self.send(1).await
            }
            Step::Swap { first, second } => {
                self.collect(first + second).await?;
                self.buffer[..first + second].rotate_left(first);
                self.send(first + second).await
            }
            Step::Duplicate { bytes } => {
                self.collect(bytes).await?;
                self.send(bytes).await?;
                self.held.start = 0;
                self.send(bytes).await
            }
            Step::Lose { bytes } => {
                let mut left = bytes;
                while left > 0 {
                    let n = self.next(left).await?;
                    self.held.start += n;
                    left -= n as u64;
                    yield_now().await;
                }
                Continue(())
            }
            Step::Stall => pending().await,
            Step::BlackHole => {
                self.discard().await;
                // Closing the connection now would tell the receiver.
                pending().await
            }
            Step::HalfClose => {
                if let Err(error) = self.to.shutdown().await {
                    return Break(End::ReceiverFailed(error.kind()));
                }
                self.discard().await;
                Break(End::HalfClosed)
            }
            Step::Cut => Break(End::Cut),
            Step::Reset(ends) => Break(End::Reset(ends)),
        }
    }

    async fn pass(&mut self, bytes: u64) -> ControlFlow<End> {
        let mut left = bytes;
        while left > 0 {
            left -= self.forward(left).await?;
        }
        Continue(())
    }

    /// Forwards one piece of at most `max` bytes, and says how long it was.
    async fn forward(&mut self, max: u64) -> ControlFlow<End, u64> {
        let n = self.next(max).await?;
        self.send(n).await?;
        Continue(n as u64)
    }

    /// Makes sure that something is held, and says how much of it may be taken; the end of the stream is passed on.
    async fn next(&mut self, max: u64) -> ControlFlow<End, usize> {
        match self.fill(max).await? {
            0 => self.pass_the_end().await,
            n => Continue(n),
        }
    }

    /// Reads at most `max` bytes unless some are held already: what no step has asked for stays with the sender. 0 is
    /// the end of the stream.
    async fn fill(&mut self, max: u64) -> ControlFlow<End, usize> {
        let max = usize::try_from(max).map_or(BLOCK_BYTES_MAX, |max| max.min(BLOCK_BYTES_MAX));
        if self.held.is_empty() {
            self.held = 0..0;
            self.read(max).await?;
        }
        Continue(self.held.len().min(max))
    }

    /// Holds a block of exactly `bytes` at the beginning of the buffer.
    async fn collect(&mut self, bytes: usize) -> ControlFlow<End> {
        self.buffer.copy_within(self.held.clone(), 0);
        self.held = 0..self.held.len();
        while self.held.len() < bytes {
            let n = self.held.len();
            self.read(bytes - n).await?;
            if self.held.len() == n {
                self.send(n).await?;
                return self.pass_the_end().await;
            }
        }
        Continue(())
    }

    async fn read(&mut self, max: usize) -> ControlFlow<End> {
        let room = self.held.end..self.held.end + max;
        match self.from.read(&mut self.buffer[room]).await {
            Ok(n) => {
                self.held.end += n;
                self.received += n as u64;
                Continue(())
            }
            Err(error) => Break(End::SenderFailed(error.kind())),
        }
    }

    async fn send(&mut self, bytes: usize) -> ControlFlow<End> {
        let piece = self.held.start..self.held.start + bytes;
        let written = async {
            self.to.write_all(&self.buffer[piece]).await?;
            self.to.flush().await
        };
        match written.await {
            Ok(()) => {
                self.held.start += bytes;
                self.delivered += bytes as u64;
                // The reader may take this piece alone, and the other direction has its turn.
                yield_now().await;
                Continue(())
            }
            Err(error) => Break(End::ReceiverFailed(error.kind())),
        }
    }

    async fn pass_the_end<T>(&mut self) -> ControlFlow<End, T> {
        Break(match self.to.shutdown().await {
            Ok(()) => End::Closed,
            Err(error) => End::ReceiverFailed(error.kind()),
        })
    }

    /// Reads until the sender closes or is gone, one as good as the other.
    async fn discard(&mut self) {
        self.held = 0..0;
        while let Ok(n @ 1..) = self.from.read(&mut self.buffer).await {
            self.received += n as u64;
            yield_now().await;
        }
    }
}

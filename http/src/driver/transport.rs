use std::cell::Cell;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;
use tokio_util::io::poll_read_buf;

use super::timer::{Timer, deadline_in};
use crate::Phase;
use crate::h1::OutBuf;

/// The room offered to a read while requests are small, and to one that may well find nothing.
const READ_MIN: usize = 8 * 1024;
/// Below this much room a new buffer is taken.
const READ_LOW: usize = 1024;
/// Most requests are no larger. A handler that keeps a part of one keeps so much.
const SMALL: usize = 1024;
/// Of memory: see [`page_offset`].
const PAGE: usize = 4096;
/// How much content is collected before it is written: so much at first, twice as much each time the transport took all
/// of it at once, up to so much. A system call should carry much, since each costs the client a wake-up; but little should
/// wait here for a client that is slow. hyper: 408 KiB for everybody.
const WRITE_MIN: usize = 64 * 1024;
const WRITE_MAX: usize = 1024 * 1024;
/// How many pieces are written at once.
const PIECES_MAX: usize = 64;

thread_local! {
    /// Where a connection reads that has nothing of its own to add to: most are idle most of the time, and a buffer for
    /// each would be most of what they cost. What arrives is copied: a handler may keep parts of it for long, and with
    /// them a buffer.
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
    /// The small buffer of whoever waited last.
    static SPARE_SMALL: Cell<BytesMut> = Cell::default();
    /// The large buffer of whoever waited last. A large upload waits often, and an allocator may give such a buffer back to
    /// the kernel each time, which costs more than reading into it.
    static SPARE: Cell<BytesMut> = Cell::default();
}

/// A stream with what has been read from it and what is to be written to it.
#[derive(Debug)]
pub(crate) struct Transport<IO> {
    pub(crate) io: IO,
    pub(crate) received: BytesMut,
    pub(crate) out: OutBuf,
    /// How many bytes the transport has taken.
    pub(crate) written: u64,
    /// How many bytes have been read.
    pub(crate) read: u64,
    /// The client will send no more.
    pub(crate) at_eof: bool,
    /// The room offered to the next read, and the most there may be of it: a large upload fills what it is offered, and
    /// each system call should carry much.
    read_room: usize,
    read_max: usize,
    /// How much content in large pieces may wait before it is written.
    write_room: usize,
    is_flushed: bool,
    timer: Timer,
    /// When the client must have taken some more of the output that waits.
    write_deadline: Option<Instant>,
}

/// Why reading or writing cannot go on.
#[derive(Debug)]
pub(crate) enum Stuck {
    Timeout(Phase),
    Io(io::Error),
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Transport<IO> {
    pub(crate) fn new(io: IO, read_max: usize) -> Self {
        Self {
            io,
            received: BytesMut::new(),
            out: OutBuf::default(),
            written: 0,
            read: 0,
            at_eof: false,
            read_room: READ_MIN,
            read_max: read_max.max(READ_MIN),
            write_room: WRITE_MIN,
            is_flushed: true,
            timer: Timer::default(),
            write_deadline: None,
        }
    }

    /// Reads more into `received`; `false` at the end of the stream.
    pub(crate) fn poll_read_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        if self.at_eof {
            return Poll::Ready(Ok(false));
        }
        let (n, room) = match (self.read_room, self.received.is_empty()) {
            (READ_MIN, true) => ready!(self.poll_read_scratch(cx))?,
            (READ_MIN, false) => ready!(self.poll_read_on(cx))?,
            _ => ready!(self.poll_read_much(cx))?,
        };
        self.at_eof = n == 0;
        self.read += n as u64;
        if n == room {
            self.read_room = (self.read_room * 2).min(self.read_max);
        } else if n < room / 8 {
            // Of a fast sender some reads find less than others.
            self.read_room = (self.read_room / 2).max(READ_MIN);
        }
        Poll::Ready(Ok(n > 0))
    }

    /// What comes next is the head of a request: no large buffer waits for it.
    pub(crate) fn expect_little(&mut self) {
        self.read_room = READ_MIN;
    }

    /// At which byte of the stream `received` begins.
    pub(crate) fn position(&self) -> u64 {
        self.read - self.received.len() as u64
    }

    // Each of these reads into `received`. Their result is how much, and how much it could have been.

    /// Reads when nothing is there to add to.
    fn poll_read_scratch(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(usize, usize)>> {
        // Taken, not borrowed: the stream below may itself be read through here.
        let mut scratch = SCRATCH.take();
        if scratch.is_empty() {
            scratch = vec![0; READ_MIN];
        }
        let mut buf = ReadBuf::new(&mut scratch);
        let read = Pin::new(&mut self.io).poll_read(cx, &mut buf);
        match read {
            Poll::Ready(Ok(())) => self.keep(buf.filled()),
            Poll::Ready(Err(_)) => {}
            Poll::Pending => self.set_aside(),
        }
        let n = buf.filled().len();
        SCRATCH.set(scratch);
        read.map_ok(|()| (n, READ_MIN))
    }

    /// Copies what was read.
    fn keep(&mut self, few: &[u8]) {
        if self.received.capacity() < few.len() && few.len() <= SMALL {
            self.received = SPARE_SMALL.take();
            if !self.received.try_reclaim(SMALL) {
                self.received = BytesMut::with_capacity(SMALL);
            }
        }
        self.received.extend_from_slice(few);
    }

    /// Reads a little on behind what is there. Small reads go on in the buffer they are in: with a new one for each, a
    /// handler that keeps the pieces would keep a buffer for every byte.
    fn poll_read_on(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(usize, usize)>> {
        if self.received.capacity() - self.received.len() < READ_LOW {
            self.received.reserve(READ_MIN);
        }
        self.poll_read_into_room(cx)
    }

    /// Reads as much as a large upload brings.
    fn poll_read_much(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(usize, usize)>> {
        self.make_room();
        let read = self.poll_read_into_room(cx);
        // Nothing, a part of a chunk's first line, or the head of the next request: who keeps a part of that must not keep
        // the buffer.
        if self.received.len() <= READ_MIN {
            self.set_aside();
        }
        read
    }

    fn poll_read_into_room(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(usize, usize)>> {
        let room = self.received.capacity() - self.received.len();
        let read = poll_read_buf(Pin::new(&mut self.io), cx, &mut self.received);
        read.map_ok(|n| (n, room))
    }

    /// Whoever waits waits without a large buffer.
    fn set_aside(&mut self) {
        if self.received.capacity() == 0 {
            return;
        }
        let few = BytesMut::from(&self.received[..]);
        let mut buf = std::mem::replace(&mut self.received, few);
        buf.clear();
        if buf.try_reclaim(READ_MIN + 1) {
            SPARE.set(buf);
        } else if buf.try_reclaim(SMALL) {
            SPARE_SMALL.set(buf);
        }
    }

    /// Makes room for a large read: in the memory of pieces that the handler is done with, in that of somebody who waits,
    /// or in new memory.
    fn make_room(&mut self) {
        let room = self.received.capacity() - self.received.len();
        if room >= self.read_room {
            return;
        }
        let length = self.received.len() + self.read_room + PAGE;
        let mut few = BytesMut::new();
        if !(self.received.is_empty() && self.received.try_reclaim(length)) {
            // As for small reads: the handler may keep the pieces.
            if room >= self.read_room / 2 {
                return;
            }
            let mut buf = SPARE.take();
            if !buf.try_reclaim(length) {
                buf = BytesMut::with_capacity(length);
            }
            few = std::mem::replace(&mut self.received, buf);
        }
        let begin = self.read - few.len() as u64;
        let skip = page_offset(begin).wrapping_sub(self.received.as_ptr().addr()) % PAGE;
        self.received.resize(skip, 0);
        self.received.advance(skip);
        self.received.extend_from_slice(&few);
    }

    /// Whether there is something that the transport has not taken, or not sent on yet.
    pub(crate) fn owes_output(&self) -> bool {
        !self.out.is_empty() || !self.is_flushed
    }

    /// Ready when there is room for more content: at once while little waits, otherwise behind a flush.
    pub(crate) fn poll_room(
        &mut self,
        cx: &mut Context<'_>,
        write_timeout: Duration,
    ) -> Poll<Result<(), Stuck>> {
        let room = if self.out.has_large_piece() {
            self.write_room
        } else {
            WRITE_MIN
        };
        if self.out.len() < room {
            return Poll::Ready(Ok(()));
        }
        let flushed = self.poll_flush(cx, write_timeout);
        self.write_room = match flushed {
            Poll::Ready(_) => (self.write_room * 2).min(WRITE_MAX),
            Poll::Pending => WRITE_MIN,
        };
        flushed
    }

    /// Writes everything that waits and flushes it. Pending for longer than the write timeout without any progress is
    /// an error.
    pub(crate) fn poll_flush(
        &mut self,
        cx: &mut Context<'_>,
        write_timeout: Duration,
    ) -> Poll<Result<(), Stuck>> {
        let polled = self.poll_flush_io(cx);
        self.poll_in_time(cx, write_timeout, polled)
    }

    /// Writes everything that waits and ends our side of the stream, within the same bound.
    pub(crate) fn poll_shutdown(
        &mut self,
        cx: &mut Context<'_>,
        write_timeout: Duration,
    ) -> Poll<Result<(), Stuck>> {
        let polled = self.poll_shutdown_io(cx);
        self.poll_in_time(cx, write_timeout, polled)
    }

    fn poll_in_time(
        &mut self,
        cx: &mut Context<'_>,
        write_timeout: Duration,
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
                    .get_or_insert_with(|| deadline_in(write_timeout));
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
    pub(crate) fn poll_deadline(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        self.timer.poll_until(cx, deadline)
    }
}

/// Where in a page of memory a byte of the stream is to lie.
///
/// `rep movsb`, with which the kernel copies what is read, takes sixteen times as long on AMD's Zen when it copies to a
/// place that is up to 63 bytes behind where it copies from, counted from the beginnings of their pages. In the kernel a
/// large upload lies in page after page; as it does so here too, both are the same distance apart in all reads: half a
/// page, if the stream began with its page. Chunks would otherwise move them against each other until they come to a
/// slow distance, and stay there, since whoever is too slow to wait reads whole buffers, which change nothing.
fn page_offset(position: u64) -> usize {
    let offset = position % PAGE as u64;
    offset as usize + PAGE / 2
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use bytes::Bytes;
    use tokio::io::{AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    const READ_MAX: usize = 128 * 1024;

    fn content() -> Vec<u8> {
        (0..1_000_000_u32).map(|n| (n % 251) as u8).collect()
    }

    /// A transport at which that has arrived, and its other end.
    async fn arrived(content: &[u8]) -> (Transport<DuplexStream>, DuplexStream) {
        let (near, mut far) = duplex(1 << 20);
        far.write_all(content).await.unwrap();
        (Transport::new(near, READ_MAX), far)
    }

    /// Reads once, if there is something.
    async fn read_some(transport: &mut Transport<DuplexStream>) -> bool {
        poll_fn(|cx| Poll::Ready(transport.poll_read_more(cx).is_ready())).await
    }

    /// Takes all that was read.
    fn taken(transport: &mut Transport<DuplexStream>) -> Bytes {
        transport.received.split().freeze()
    }

    #[tokio::test]
    async fn large_reads_use_the_same_memory_again_each_byte_at_its_place_in_a_page() {
        let (mut transport, _far) = arrived(&content()).await;
        let (mut places, mut lengths) = (Vec::new(), Vec::new());
        while read_some(&mut transport).await {
            let begin = page_offset(transport.position()) % PAGE;
            let piece = taken(&mut transport);
            lengths.push(piece.len());
            if piece.len() > READ_MIN {
                assert_eq!(piece.as_ptr().addr() % PAGE, begin);
                places.push(piece.as_ptr().addr());
            }
        }
        let largest = lengths.iter().max().unwrap();
        let large = READ_MAX..=READ_MAX + PAGE;
        assert!(large.contains(largest), "{lengths:?}");
        let last = places.split_off(places.len() - 3);
        assert!(
            last.iter().all(|place| place.abs_diff(last[0]) < PAGE),
            "{last:?}"
        );
    }

    #[tokio::test]
    async fn pieces_that_are_kept_are_not_written_over() {
        let content = content();
        let (mut transport, _far) = arrived(&content).await;
        let mut kept = Vec::new();
        while read_some(&mut transport).await {
            kept.push(taken(&mut transport));
        }
        assert!(kept.concat() == content);
    }

    #[tokio::test]
    async fn whoever_keeps_a_part_of_what_comes_behind_an_upload_does_not_keep_its_buffer() {
        let (mut transport, mut far) = arrived(&content()).await;
        while read_some(&mut transport).await {
            drop(taken(&mut transport));
        }
        far.write_all(b"head").await.unwrap();
        assert!(read_some(&mut transport).await);
        assert_eq!(&transport.received[..], b"head");
        assert!(transport.received.capacity() <= READ_MIN);
    }

    #[tokio::test]
    async fn whoever_waits_holds_no_large_buffer_but_what_is_not_taken() {
        let content = content();
        let (mut transport, mut far) = arrived(&content).await;
        while read_some(&mut transport).await {
            let length = transport.received.len();
            transport.received.advance(length - 3);
        }
        assert!(transport.received.capacity() < READ_MIN);
        far.write_all(b"more").await.unwrap();
        assert!(read_some(&mut transport).await);
        let expected = [&content[content.len() - 3..], b"more"].concat();
        assert_eq!(taken(&mut transport), expected);
        assert!(!read_some(&mut transport).await);
        assert_eq!(transport.received.capacity(), 0);
    }
}

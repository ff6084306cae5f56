//! Bytes that wait: for the rest of their record, for a reader, or for room in the transport.

use std::cell::RefCell;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, ReadBuf};

/// The longest record on the wire: a header, the content, and what encryption may add ([RFC 5246 §6.2.3]; TLS 1.3 allows
/// less).
///
/// [RFC 5246 §6.2.3]: https://www.rfc-editor.org/rfc/rfc5246#section-6.2.3
pub(crate) const RECORD_BYTES_MAX: usize = 5 + 16 * 1024 + 2048;

/// The size of a pooled buffer: wherever the first record is cut, four whole ones fit behind it, and so do 64 KiB of
/// content as records, or the longest handshake message that rustls takes (64 KiB).
pub(crate) const BUFFER_BYTES: usize = 5 * RECORD_BYTES_MAX;

/// How many idle buffers a thread keeps. One poll needs three at most; the others come back from connections that held
/// theirs from one poll to the next.
const POOL_BUFFERS_MAX: usize = 8;

thread_local! {
    static POOL: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Takes a buffer of [`BUFFER_BYTES`]. What is in it is of no meaning.
fn take() -> Vec<u8> {
    POOL.try_with(|pool| pool.borrow_mut().pop())
        .ok()
        .flatten()
        .unwrap_or_else(|| vec![0; BUFFER_BYTES])
}

/// Gives a buffer back. One of another size is dropped.
fn give(storage: Vec<u8>) {
    if storage.len() != BUFFER_BYTES {
        return;
    }
    // A thread that ends has no pool any more.
    let _ = POOL.try_with(|pool| {
        let mut pool = pool.borrow_mut();
        if pool.len() < POOL_BUFFERS_MAX {
            pool.push(storage);
        }
    });
}

/// A queue of bytes. It borrows its memory from the pool of the thread while bytes pass through, and owns just what it
/// holds while they wait.
#[derive(Default)]
pub(crate) struct Buffer {
    /// Initialised to its length, which is [`BUFFER_BYTES`] if it came from the pool. Empty while nothing waits.
    storage: Vec<u8>,
    /// Where the bytes that wait begin, and where they end.
    start: usize,
    end: usize,
}

impl Buffer {
    pub(crate) fn len(&self) -> usize {
        self.end - self.start
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(crate) fn filled(&self) -> &[u8] {
        &self.storage[self.start..self.end]
    }

    pub(crate) fn filled_mut(&mut self) -> &mut [u8] {
        &mut self.storage[self.start..self.end]
    }

    /// The memory held, in bytes.
    pub(crate) fn capacity(&self) -> usize {
        self.storage.capacity()
    }

    /// Removes bytes from the front.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = self.end.min(self.start + bytes);
        if self.is_empty() {
            (self.start, self.end) = (0, 0);
        }
    }

    /// Room behind the bytes that wait, `bytes` at least. [`Self::advance`] tells how much of it was filled.
    pub(crate) fn room(&mut self, bytes: usize) -> &mut [u8] {
        if self.storage.len() - self.end < bytes {
            let needed = self.len() + bytes;
            let larger = if needed <= BUFFER_BYTES {
                take()
            } else {
                vec![0; needed]
            };
            self.move_to(larger);
        }
        &mut self.storage[self.end..]
    }

    pub(crate) fn advance(&mut self, bytes: usize) {
        self.end = self.storage.len().min(self.end + bytes);
    }

    /// Appends without borrowing from the pool: these bytes wait for somebody who may take his time.
    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let mut longer = Vec::with_capacity(self.len() + bytes.len());
        longer.extend_from_slice(self.filled());
        longer.extend_from_slice(bytes);
        give(mem::replace(&mut self.storage, longer));
        (self.start, self.end) = (0, self.storage.len());
    }

    /// Moves as much as fits to a reader.
    pub(crate) fn drain_to(&mut self, reader: &mut ReadBuf<'_>) {
        let bytes = self.len().min(reader.remaining());
        reader.put_slice(&self.filled()[..bytes]);
        self.consume(bytes);
        self.settle();
    }

    /// Receives once. While nothing comes, nothing is borrowed or copied.
    ///
    /// `Ok(None)` says that there is no room: what waits already is [`BUFFER_BYTES`] long.
    pub(crate) fn poll_fill<IO: AsyncRead + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        let kept = self.len();
        if kept >= BUFFER_BYTES {
            return Poll::Ready(Ok(None));
        }
        let mut storage = take();
        let mut unfilled = ReadBuf::new(&mut storage[kept..]);
        let polled = Pin::new(io).poll_read(cx, &mut unfilled);
        let received = unfilled.filled().len();
        if received == 0 {
            give(storage);
        } else {
            self.move_to(storage);
            self.advance(received);
        }
        polled.map_ok(|()| Some(received))
    }

    /// To be called before a poll ends: gives back what was borrowed. Bytes that have to wait move to memory of their
    /// own size, except if there are so many that the copy would cost more than it frees.
    pub(crate) fn settle(&mut self) {
        if self.storage.is_empty() {
            // Nothing is held.
        } else if self.is_empty() {
            give(mem::take(&mut self.storage));
        } else if self.len() <= RECORD_BYTES_MAX && self.storage.len() >= BUFFER_BYTES {
            let own = self.filled().to_vec();
            self.move_to(own);
        }
    }

    /// The bytes that wait, and nothing else.
    pub(crate) fn into_vec(mut self) -> Vec<u8> {
        let mut storage = mem::take(&mut self.storage);
        storage.truncate(self.end);
        storage.drain(..self.start);
        storage.shrink_to_fit();
        storage
    }

    fn move_to(&mut self, mut storage: Vec<u8>) {
        let bytes = self.len();
        storage[..bytes].copy_from_slice(self.filled());
        give(mem::replace(&mut self.storage, storage));
        (self.start, self.end) = (0, bytes);
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(storage: Vec<u8>) -> Self {
        Self {
            start: 0,
            end: storage.len(),
            storage,
        }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        give(mem::take(&mut self.storage));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_through_leaves_nothing_behind() {
        let mut buffer = Buffer::default();
        buffer.room(100)[..3].copy_from_slice(b"abc");
        buffer.advance(3);
        assert_eq!(buffer.filled(), b"abc");
        buffer.consume(3);
        buffer.settle();
        assert_eq!(buffer.capacity(), 0);
    }

    #[test]
    fn what_waits_gets_memory_of_its_own_size() {
        let mut buffer = Buffer::default();
        buffer.room(100)[..3].copy_from_slice(b"abc");
        buffer.advance(3);
        buffer.settle();
        assert_eq!((buffer.filled(), buffer.capacity()), (&b"abc"[..], 3));
        buffer.room(BUFFER_BYTES)[0] = b'd';
        buffer.advance(1);
        buffer.keep(b"e");
        assert_eq!((buffer.filled(), buffer.capacity()), (&b"abcde"[..], 5));
        buffer.consume(1);
        assert_eq!(buffer.into_vec(), b"bcde");
    }

    #[test]
    fn a_thread_keeps_few_buffers() {
        let buffers: Vec<_> = (0..2 * POOL_BUFFERS_MAX).map(|_| take()).collect();
        buffers.into_iter().for_each(give);
        give(vec![0; 10]);
        POOL.with(|pool| assert_eq!(pool.borrow().len(), POOL_BUFFERS_MAX));
    }

    #[tokio::test]
    async fn a_partial_record_is_joined_by_the_rest() {
        let mut buffer = Buffer::from(b"abc".to_vec());
        let mut rest = &b"def"[..];
        let received = std::future::poll_fn(|cx| buffer.poll_fill(&mut rest, cx)).await;
        assert_eq!(received.unwrap(), Some(3));
        assert_eq!(buffer.filled(), b"abcdef");
        let mut full = Buffer::from(vec![0; BUFFER_BYTES]);
        let received = std::future::poll_fn(|cx| full.poll_fill(&mut rest, cx)).await;
        assert_eq!(received.unwrap(), None);
    }
}

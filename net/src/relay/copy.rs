use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use super::pool::Pool;

thread_local! {
    static IDLE: Pool<Vec<u8>> = const { Pool::new() };
}

/// Bytes that were read and are not yet all written.
///
/// It is a `Vec` with spare room and not a slice of zeros: what a former relay left in the memory cannot be reached
/// from here, whatever the reader claims to have read.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    written: usize,
    /// What was asked for; the allocator may have given more.
    size: usize,
}

/// Reads once. Nothing is held while the reader has nothing; `None` is the end of the stream.
pub(super) fn poll_fill<R: AsyncRead + Unpin>(
    cx: &mut Context<'_>,
    reader: &mut R,
    size: usize,
) -> Poll<io::Result<Option<Buffer>>> {
    let mut buffer = Buffer::take(size.max(1));
    // A future of one poll: it keeps nothing between two.
    let read = pin!(reader.read_buf(&mut buffer.bytes)).poll(cx);
    match read {
        Poll::Ready(Ok(1..)) => Poll::Ready(Ok(Some(buffer))),
        other => {
            buffer.give_back();
            other.map_ok(|_end| None)
        }
    }
}

impl Buffer {
    fn take(size: usize) -> Self {
        let bytes = IDLE.with(|idle| idle.take(size));
        Self {
            bytes: bytes.unwrap_or_else(|| Vec::with_capacity(size)),
            written: 0,
            size,
        }
    }

    /// A buffer of bytes that came some other way.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        Self {
            size: bytes.capacity(),
            bytes,
            written: 0,
        }
    }

    /// For the next relay.
    pub(super) fn give_back(mut self) {
        self.bytes.clear();
        IDLE.with(|idle| idle.give_back(self.size, self.bytes));
    }

    /// How many bytes wait to be written.
    pub(super) fn held(&self) -> usize {
        self.bytes.len() - self.written
    }

    /// Writes once.
    pub(super) fn poll_drain<W: AsyncWrite + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut W,
    ) -> Poll<io::Result<usize>> {
        let rest = &self.bytes[self.written..];
        match ready!(Pin::new(writer).poll_write(cx, rest))? {
            0 => Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => {
                self.written += written;
                Poll::Ready(Ok(written))
            }
        }
    }
}

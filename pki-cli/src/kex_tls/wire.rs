use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_pki::tls13::{Recording, Sender};

/// A stream of a client that records what goes through, both ways. Time is counted from the first byte.
pub(super) struct Wire<IO> {
    io: IO,
    begun: OnceLock<Instant>,
    recording: Arc<Mutex<Recording>>,
}

impl<IO> Wire<IO> {
    pub(super) fn new(io: IO) -> (Self, Arc<Mutex<Recording>>) {
        let recording = Arc::<Mutex<Recording>>::default();
        let wire = Self {
            io,
            begun: OnceLock::new(),
            recording: Arc::clone(&recording),
        };
        (wire, recording)
    }

    fn record(&self, from: Sender, bytes: &[u8]) {
        let mut recording = self
            .recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let begun = self.begun.get_or_init(Instant::now);
        recording.add(from, begun.elapsed(), bytes);
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Wire<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut self.io).poll_read(cx, buf));
        self.record(
            Sender::Server,
            buf.filled().get(before..).unwrap_or_default(),
        );
        Poll::Ready(read)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Wire<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.io).poll_write(cx, buf))?;
        self.record(Sender::Client, buf.get(..written).unwrap_or_default());
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut left = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs))?;
        let written = left;
        for buf in bufs {
            let piece = left.min(buf.len());
            self.record(Sender::Client, buf.get(..piece).unwrap_or_default());
            left -= piece;
        }
        Poll::Ready(Ok(written))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::explain::{self, FIRST_BYTES_MAX};

/// A stream that notes the first bytes which the peer sends: when they are not of TLS, they tell what it speaks. And what it
/// is sent, if there is to be a report.
#[derive(Debug)]
pub(crate) struct Watched<'a, IO> {
    io: &'a mut IO,
    noted: usize,
}

impl<'a, IO> Watched<'a, IO> {
    pub(crate) fn new(io: &'a mut IO) -> Self {
        Self { io, noted: 0 }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Watched<'_, IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = ready!(Pin::new(&mut *self.io).poll_read(cx, buf));
        let room = FIRST_BYTES_MAX - self.noted;
        if room > 0 {
            let received = buf.filled().get(before..).unwrap_or_default();
            let first: Vec<u8> = received.iter().take(room).copied().collect();
            self.noted += first.len();
            explain::note(|facts| facts.first_bytes.extend(first));
        }
        Poll::Ready(read)
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Watched<'_, IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut *self.io).poll_write(cx, buf));
        if let Ok(written) = written {
            let sent = buf.get(..written).unwrap_or_default();
            explain::note_for_report(|noting| noting.sent(sent));
        }
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.io).poll_shutdown(cx)
    }
}

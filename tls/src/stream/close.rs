//! The ways to end a stream, and how it ended.

use std::future::poll_fn;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::{TlsStream, Truncated};

/// How much content a closing stream reads and discards. A peer that goes on sending has not understood that nobody
/// listens; a response that was under way may be larger, but then reading it all costs more than a new connection.
const CLOSE_DISCARD_BYTES_MAX: usize = 1024 * 1024;

/// How [`TlsStream::close`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Closed {
    /// Both sides have sent `close_notify`: each has all that the other sent.
    Clean,
    /// The peer went without `close_notify`, or had gone already. It may not have got everything.
    Truncated,
    /// The peer went on sending, and more than 1 MiB of it was discarded.
    Excess,
    /// The peer did not end its side in time, or did not take what was left to send.
    Deadline,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> TlsStream<IO> {
    /// Ends the stream: sends what is parked, `close_notify` ([RFC 8446 §6.1]) and FIN, and waits for the peer to do the same,
    /// no longer than `within` altogether. What the peer still sends is discarded.
    ///
    /// # Errors
    ///
    /// When the transport fails in a way of its own, or what the peer sends is no TLS. A transport that the peer has closed
    /// or reset is [`Closed::Truncated`].
    ///
    /// # Cancel safety
    ///
    /// What was sent is sent. It can be called again, and goes on.
    ///
    /// [RFC 8446 §6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-6.1
    pub async fn close(&mut self, within: Duration) -> io::Result<Closed> {
        let close = async {
            self.shutdown().await?;
            let mut scratch = Vec::with_capacity(16 * 1024);
            let mut left = CLOSE_DISCARD_BYTES_MAX;
            loop {
                scratch.clear();
                match self.read_buf(&mut scratch).await? {
                    0 => return Ok(Closed::Clean),
                    n if n > left => return Ok(Closed::Excess),
                    n => left -= n,
                }
            }
        };
        match timeout(within, close).await {
            Err(_elapsed) => Ok(Closed::Deadline),
            Ok(Err(error)) if is_gone(&error) => Ok(Closed::Truncated),
            Ok(result) => result,
        }
    }

    /// Sends what is parked and `close_notify`, and leaves the transport open: the peer reads the end of the stream, and what
    /// it sends can still be read. To go on in the clear, read until there is nothing more, then [`Self::into_inner`].
    ///
    /// # Errors
    ///
    /// As for a write.
    ///
    /// # Cancel safety
    ///
    /// It can be called again, and goes on.
    pub async fn close_notify(&mut self) -> io::Result<()> {
        let Self { io, engine, .. } = self;
        poll_fn(|cx| engine.poll_close_notify(io, cx)).await
    }
}

fn is_gone(error: &io::Error) -> bool {
    let reset = [
        io::ErrorKind::BrokenPipe,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::NotConnected,
    ];
    Truncated::is(error) || reset.contains(&error.kind())
}

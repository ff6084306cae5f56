use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::error::Elapsed;
use tokio::time::timeout;

/// The bounds of a lingering close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linger {
    /// How much is read and thrown away before giving up. The default is 256 KiB, as in Go's HTTP server.
    pub bytes_max: usize,
    /// How long the whole close may take. nginx lingers 30 s, Go half a second. The default is 2 s.
    pub time_max: Duration,
}

impl Default for Linger {
    fn default() -> Self {
        Self {
            bytes_max: 256 * 1024,
            time_max: Duration::from_secs(2),
        }
    }
}

/// How a lingering close ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LingerEnd {
    /// The peer closed its side: it has read everything.
    PeerClosed,
    /// The peer was still sending when a bound was reached; the close will reset the connection.
    GaveUp,
}

/// Ends a conversation that both sides know to be over: flushes, sends FIN, and reads until the peer's FIN.
///
/// Returning `Ok` means that the peer has closed its side in order, so dropping the stream resets nothing that is still on
/// its way. The value is how many bytes the peer still sent; they were thrown away. A peer that had closed its side
/// before is not waited for: whether it has read everything, only its protocol can say.
///
/// # Errors
///
/// Those of the stream: `ConnectionReset` if the peer cut the connection, which may have cost it what was written last.
/// `TimedOut` if it has not closed within `time_max`, and `Other` if it sent more than `bytes_max`.
///
/// # Cancel safety
///
/// When dropped, FIN may or may not have been sent; dropping the stream then closes it.
pub async fn close<IO>(io: &mut IO, linger: &Linger) -> io::Result<u64>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let closed = timeout(linger.time_max, async {
        io.shutdown().await?;
        discard(io, linger.bytes_max).await
    });
    match closed.await {
        Ok(Ok(Discarded::ToTheEnd(bytes))) => Ok(bytes),
        Ok(Ok(Discarded::TooMuch)) => Err(io::Error::other(
            "the peer kept sending after the end of the conversation",
        )),
        Ok(Err(error)) => Err(error),
        Err(_elapsed) => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the peer did not close its side in time",
        )),
    }
}

/// Shuts down the writing side, then reads and discards until the peer closes too or a bound is reached.
///
/// A socket that is closed while unread bytes wait in it sends RST instead of FIN, and a RST makes the peer's kernel
/// throw away what it had received but not yet read. A last answer to a peer that is still sending is therefore lost,
/// unless its bytes are read first ([RFC 9112 §9.6]).
///
/// # Errors
///
/// Those of the stream, except that a peer that resets or vanishes while we linger counts as closed.
///
/// # Cancel safety
///
/// When dropped, FIN may or may not have been sent; dropping the stream then closes it.
///
/// [RFC 9112 §9.6]: https://www.rfc-editor.org/rfc/rfc9112#section-9.6
pub async fn close_lingering<IO>(io: &mut IO, linger: &Linger) -> io::Result<LingerEnd>
where
    IO: AsyncRead + AsyncWrite + Unpin,
{
    let closed = timeout(linger.time_max, async {
        io.shutdown().await?;
        discard(io, linger.bytes_max).await
    });
    lingered(closed.await)
}

/// The second half of [`close_lingering`], for who has shut down the writing side already.
///
/// # Errors
///
/// As for [`close_lingering`].
///
/// # Cancel safety
///
/// When dropped, what was read is thrown away; it can be called again.
pub async fn discard_until_closed<IO>(io: &mut IO, linger: &Linger) -> io::Result<LingerEnd>
where
    IO: AsyncRead + Unpin,
{
    lingered(timeout(linger.time_max, discard(io, linger.bytes_max)).await)
}

fn lingered(ended: Result<io::Result<Discarded>, Elapsed>) -> io::Result<LingerEnd> {
    match ended {
        Ok(Ok(Discarded::ToTheEnd(_))) => Ok(LingerEnd::PeerClosed),
        Ok(Ok(Discarded::TooMuch)) | Err(_) => Ok(LingerEnd::GaveUp),
        Ok(Err(error)) if is_gone(&error) => Ok(LingerEnd::PeerClosed),
        Ok(Err(error)) => Err(error),
    }
}

enum Discarded {
    /// Up to the peer's FIN, this many bytes.
    ToTheEnd(u64),
    /// The bound was reached.
    TooMuch,
}

async fn discard<IO: AsyncRead + Unpin>(io: &mut IO, bytes_max: usize) -> io::Result<Discarded> {
    let mut scratch = Vec::with_capacity(16 * 1024);
    let mut left = bytes_max;
    loop {
        scratch.clear();
        match io.read_buf(&mut scratch).await? {
            0 => return Ok(Discarded::ToTheEnd((bytes_max - left) as u64)),
            n if n > left => return Ok(Discarded::TooMuch),
            n => left -= n,
        }
    }
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof,
    };
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
    )
}

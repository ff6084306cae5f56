//! How an alert gets past a peer that is still sending.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

/// How long we go on reading what the peer sends, so that it gets to see our alert.
const ALERT_LINGER_TIME: Duration = Duration::from_millis(500);
/// And how much. A client may have sent a whole request behind its ClientHello.
const ALERT_LINGER_BYTES: usize = 1024 * 1024;

/// Sends FIN behind an alert that was written, and reads until the peer closes too, within bounds.
///
/// A socket that is closed with unread bytes in it is reset, and the reset would overtake the alert.
pub(crate) async fn deliver_alert<IO: AsyncRead + AsyncWrite + Unpin>(mut io: IO) {
    let discard = async {
        io.shutdown().await?;
        let mut scratch = Vec::with_capacity(16 * 1024);
        let mut left = ALERT_LINGER_BYTES;
        loop {
            scratch.clear();
            match io.read_buf(&mut scratch).await? {
                n if n == 0 || n > left => return io::Result::Ok(()),
                n => left -= n,
            }
        }
    };
    // The handshake has failed already; what goes wrong now changes nothing.
    let _ = timeout(ALERT_LINGER_TIME, discard).await;
}

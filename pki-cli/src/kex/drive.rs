//! A side of an exchange over a connection.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use anyhow::Context;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_net::Conn;
use wharf_pki::kex::{KexFault, MessageKind, Party};

/// How long the whole exchange may take: it is some kilobytes and three round trips.
const TIME_MAX: Duration = Duration::from_secs(30);
/// How much is read at once.
const READ_BYTES: usize = 16 * 1024;

/// Runs it to its end. What the side refused is in the inner result; what failed below it, in the outer one.
pub(crate) async fn drive(party: &mut Party, conn: Conn) -> anyhow::Result<Result<(), KexFault>> {
    let ran = tokio::time::timeout(TIME_MAX, carry(party, conn)).await;
    match ran {
        Ok(ran) => ran.context("the connection failed"),
        Err(_) => {
            let awaiting = match party.end() {
                Err(KexFault::Ended { awaiting }) => awaiting,
                _ => MessageKind::Data,
            };
            let seconds = TIME_MAX.as_secs();
            anyhow::bail!("the {awaiting} did not come within {seconds} seconds")
        }
    }
}

async fn carry(party: &mut Party, mut conn: Conn) -> std::io::Result<Result<(), KexFault>> {
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let output = party.take_output();
        let sent = conn.write_all(&output).await;
        if party.is_done() {
            sent?;
            conn.shutdown().await?;
            return Ok(Ok(()));
        }
        // A peer that has refused is gone while this side still writes: the end that is read then tells it.
        if let Err(error) = sent
            && !is_gone(&error)
        {
            return Err(error);
        }
        let read = match conn.read(&mut buffer).await {
            Ok(read) => read,
            Err(error) if is_gone(&error) => 0,
            Err(error) => return Err(error),
        };
        let taken = match read {
            0 => party.end(),
            _ => party.receive(buffer.get(..read).unwrap_or_default()),
        };
        if taken.is_err() || read == 0 {
            return Ok(taken);
        }
    }
}

fn is_gone(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
    )
}

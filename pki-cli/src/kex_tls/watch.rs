//! The handshake: by rustls over the network, as any client of this stack has it. All that is added are ears.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use wharf_pki::tls13::{self, Handshake, Secret, Secrets, Sender};
use wharf_tls::{ClientTlsOptions, Error, KeyLogSink, TlsInfo, danger};
use zeroize::Zeroizing;

use super::wire::Wire;
use crate::connect::{self, Target};

/// The room for the lines of a key log: a connection has five.
const KEY_LOG_BYTES: usize = 4096;

/// What was seen.
pub(crate) struct Watched {
    /// The other end.
    pub(crate) peer: String,
    /// How it ended, for rustls.
    pub(crate) agreed: Result<TlsInfo, Error>,
    /// How long it took, without what came after it.
    pub(crate) took: Duration,
    pub(crate) handshake: Handshake,
    pub(crate) key_log: Zeroizing<Vec<u8>>,
    /// How much went over the wire, each way.
    pub(crate) bytes_sent: usize,
    pub(crate) bytes_received: usize,
}

/// Makes one handshake, ends the connection, and decodes what was on the wire.
pub(crate) async fn watch(target: &Target, options: &ClientTlsOptions) -> anyhow::Result<Watched> {
    let lines = Lines::default();
    let options = ClientTlsOptions {
        key_log: Some(Arc::new(KeyLogSink::new(lines.clone()))),
        // A session that is resumed would hide what is to be seen.
        resumed_servers_max: 0,
        ..options.clone()
    };
    // It is a look: who it is, is verified afterwards, and nothing is told to it.
    let tls = danger::accept_any_certificate(&options)?;
    let conn = target.dial().await?;
    let peer = conn.info().peer.to_string();
    let (wire, recording) = Wire::new(conn);
    let begun = Instant::now();
    let (connected, report) = tls.connect_reported(&target.name, wire).await;
    let took = begun.elapsed();
    let agreed = connect::ended(connected).await;
    let key_log = lines.take();
    let mut secrets = Secrets::from_key_log(&key_log).context("our own key log")?;
    if let Some(shared) = &report.shared_secret {
        secrets = secrets.with_shared_secret(Secret::new(shared.as_bytes()));
    }
    let recording = recording.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Watched {
        peer,
        agreed,
        took,
        handshake: tls13::decode(&recording, &secrets),
        key_log,
        bytes_sent: recording.bytes_of(Sender::Client),
        bytes_received: recording.bytes_of(Sender::Server),
    })
}

/// The lines of a key log, in memory.
#[derive(Clone)]
struct Lines(Arc<Mutex<Zeroizing<Vec<u8>>>>);

impl Default for Lines {
    fn default() -> Self {
        // All of it at once: a vector that grows leaves copies behind.
        let room = Zeroizing::new(Vec::with_capacity(KEY_LOG_BYTES));
        Self(Arc::new(Mutex::new(room)))
    }
}

impl Lines {
    fn take(&self) -> Zeroizing<Vec<u8>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.extend_from_slice(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

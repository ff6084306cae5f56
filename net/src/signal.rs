use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The two signals that ask a server to stop: SIGINT (Ctrl-C) and SIGTERM (service managers, containers).
///
/// From [`ShutdownSignal::new`] on, the process no longer dies of them.
#[derive(Debug)]
pub struct ShutdownSignal {
    interrupt: Signal,
    terminate: Signal,
}

impl ShutdownSignal {
    /// Takes over both signals.
    ///
    /// # Errors
    ///
    /// When the handlers cannot be installed.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next of the two and says which. Cancel safe: a signal that arrives meanwhile is kept.
    pub async fn recv(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

use std::fmt;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that asks a process to stop. `Display` writes its usual name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopSignal {
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGTERM: service managers, containers.
    Terminate,
}

impl fmt::Display for StopSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupt => "SIGINT",
            Self::Terminate => "SIGTERM",
        })
    }
}

/// The two signals that ask a server to stop: SIGINT (Ctrl-C) and SIGTERM (service managers, containers).
///
/// From [`ShutdownSignal::new`] on, the process no longer dies of them, a second one included: keep calling
/// [`recv`](Self::recv), or nothing but SIGKILL stops a drain.
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
    pub async fn recv(&mut self) -> StopSignal {
        tokio::select! {
            _ = self.interrupt.recv() => StopSignal::Interrupt,
            _ = self.terminate.recv() => StopSignal::Terminate,
        }
    }
}

/// Waits for SIGINT or SIGTERM and says which.
///
/// It is for programs that stop at the first signal. One that wants to cut short at the second keeps a
/// [`ShutdownSignal`]: between two calls of this function a signal may be missed.
///
/// ```no_run
/// # async fn example(drain: wharf_net::Drain) -> std::io::Result<()> {
/// let name = wharf_net::shutdown_signal().await?;
/// eprintln!("{name}: finishing what is under way");
/// drain.begin(std::time::Duration::from_secs(30));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the handlers cannot be installed.
pub async fn shutdown_signal() -> io::Result<StopSignal> {
    Ok(ShutdownSignal::new()?.recv().await)
}

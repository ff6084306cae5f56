//! `wharf fetch`.

use anyhow::Context;
use wharf_net::{ShutdownSignal, StopSignal};

use crate::fetch::{Class, Failure, Fetch, fetch};

/// Fetches, until it is done or a signal comes. Then nothing is left of a file that is not complete.
pub(crate) fn run(args: &Fetch) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let result = runtime.block_on(async {
        let mut signal = ShutdownSignal::new().context("cannot listen for signals")?;
        tokio::select! {
            fetched = Box::pin(fetch(args)) => fetched,
            stop = signal.recv() => Err(Failure::quiet(match stop {
                StopSignal::Terminate => Class::Terminated,
                _ => Class::Interrupted,
            })),
        }
    });
    // A read from stdin, or a write to a pipe that nobody reads, cannot be cut; it must not keep the process.
    runtime.shutdown_background();
    result
}

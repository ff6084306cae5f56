//! `wharf fetch`.

use anyhow::Context;
use wharf_net::{ShutdownSignal, StopSignal};

use crate::fetch::{Class, Explaining, Failure, Fetch, fetch};
use crate::ui;

/// Fetches, until it is done or a signal comes. Then nothing is left of a file that is not complete.
pub(crate) fn run(mut args: Fetch) -> Result<(), Failure> {
    args.settle()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let result = runtime.block_on(async {
        let Some(explaining) = Explaining::asked(&args).await? else {
            return until_stopped(fetch(&args, None)).await;
        };
        let fetched = until_stopped(fetch(&args, Some(&explaining))).await;
        explaining.tell(fetched).await
    });
    // A read from stdin, or a write to a pipe that nobody reads, cannot be cut; it must not keep the process.
    runtime.shutdown_background();
    result
}

async fn until_stopped(fetching: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let mut signal = ShutdownSignal::new().context("cannot listen for signals")?;
    tokio::select! {
        fetched = Box::pin(fetching) => fetched,
        stop = signal.recv() => Err(Failure::quiet(match stop {
            StopSignal::Terminate => Class::Terminated,
            _ => {
                // Its terminal has written `^C` where the cursor was.
                ui::end_line();
                Class::Interrupted
            }
        })),
    }
}

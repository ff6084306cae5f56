use std::future::Future;
use std::io;

use tokio::task::{JoinError, JoinSet};

use crate::{Conn, Drain, Listener};

/// What became of the connections that [`serve`] accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeReport {
    /// Connections accepted in all.
    pub accepted: u64,
    /// Connections whose handler returned by itself.
    pub finished: u64,
    /// Connections cut at the drain's deadline.
    pub cut: u64,
    /// Connections whose handler panicked.
    pub panicked: u64,
}

impl ServeReport {
    fn count(&mut self, ended: Result<(), JoinError>) {
        match ended {
            Ok(()) => self.finished += 1,
            Err(error) if error.is_panic() => self.panicked += 1,
            Err(_cancelled) => self.cut += 1,
        }
    }
}

/// Accepts connections and runs `handler` on each in a task of its own, until `drain` begins; then waits for those
/// that are open, cuts what is left at the deadline, and reports.
///
/// When the drain begins, connections that the kernel has already completed are still accepted and handed over: their
/// peers believe to be connected, and closing the listener would reset them. A handler that panics takes down its
/// own connection and nothing else.
///
/// # Errors
///
/// When the listener itself fails. The open connections are dropped then.
///
/// # Cancel safety
///
/// Dropping the future drops the listener and all connections at once.
pub async fn serve<F, Fut>(
    mut listener: Listener,
    drain: Drain,
    mut handler: F,
) -> io::Result<ServeReport>
where
    F: FnMut(Conn) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut report = ServeReport::default();
    let mut tasks = JoinSet::new();
    let mut handle = |conn: Conn, tasks: &mut JoinSet<()>, report: &mut ServeReport| {
        report.accepted += 1;
        tasks.spawn(handler(conn));
    };

    loop {
        tokio::select! {
            biased;
            () = drain.begun() => break,
            Some(ended) = tasks.join_next() => report.count(ended),
            accepted = listener.accept() => handle(accepted?, &mut tasks, &mut report),
        }
    }
    for conn in listener.into_queued()? {
        handle(conn, &mut tasks, &mut report);
    }

    loop {
        tokio::select! {
            biased;
            ended = tasks.join_next() => match ended {
                Some(ended) => report.count(ended),
                None => return Ok(report),
            },
            () = drain.expired() => break,
        }
    }
    tasks.abort_all();
    while let Some(ended) = tasks.join_next().await {
        report.count(ended);
    }
    Ok(report)
}

use std::future::Future;
use std::io;
use std::pin::pin;

use tokio::task::{JoinError, JoinSet};

use crate::{Conn, Drain, Listener, Source};

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
/// peers believe to be connected, and closing the listener would reset them. Those beyond a limit of the listener's
/// [`Admission`](crate::Admission) are refused then. A handler that panics takes down its own connection and nothing
/// else. [`Drain::done`] waits for the whole.
///
/// # Errors
///
/// When the listener itself fails. The open connections are dropped then.
///
/// # Cancel safety
///
/// Dropping the future drops the listener and all connections at once.
pub async fn serve<S, F, Fut>(
    listener: Listener<S>,
    drain: Drain,
    handler: F,
) -> io::Result<ServeReport>
where
    S: Source,
    F: FnMut(Conn<S::Io>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    let spawn = |tasks: &mut JoinSet<()>, task| drop(tasks.spawn(task));
    accept_until_drained(listener, drain, handler, spawn).await
}

/// The same as [`serve`], for handlers that must not leave the thread: their tasks run on the `LocalSet` this is called
/// on.
///
/// # Errors
///
/// As for [`serve`].
///
/// # Panics
///
/// Outside a `LocalSet`.
///
/// # Cancel safety
///
/// As for [`serve`].
pub async fn serve_local<S, F, Fut>(
    listener: Listener<S>,
    drain: Drain,
    handler: F,
) -> io::Result<ServeReport>
where
    S: Source,
    F: FnMut(Conn<S::Io>) -> Fut,
    Fut: Future<Output = ()> + 'static,
{
    let spawn = |tasks: &mut JoinSet<()>, task| drop(tasks.spawn_local(task));
    accept_until_drained(listener, drain, handler, spawn).await
}

async fn accept_until_drained<S, F, Fut>(
    mut listener: Listener<S>,
    drain: Drain,
    mut handler: F,
    spawn: impl Fn(&mut JoinSet<()>, Fut),
) -> io::Result<ServeReport>
where
    S: Source,
    F: FnMut(Conn<S::Io>) -> Fut,
    Fut: Future<Output = ()> + 'static,
{
    let _guard = drain.guard();
    let mut report = ServeReport::default();
    let mut tasks = JoinSet::new();
    let mut handle = |conn: Conn<S::Io>, tasks: &mut JoinSet<()>, report: &mut ServeReport| {
        report.accepted += 1;
        spawn(tasks, handler(conn));
    };

    // One future for the whole time: a new one for each connection would subscribe to the drain anew.
    let mut begun = pin!(drain.begun());
    loop {
        tokio::select! {
            biased;
            () = &mut begun => break,
            Some(ended) = tasks.join_next() => report.count(ended),
            accepted = listener.accept() => handle(accepted?, &mut tasks, &mut report),
        }
    }

    let mut remaining = listener.close();
    let mut all_accepted = false;
    let mut expired = pin!(drain.expired());
    while !(all_accepted && tasks.is_empty()) {
        tokio::select! {
            biased;
            () = &mut expired => break,
            conn = remaining.next(), if !all_accepted => match conn {
                Some(conn) => handle(conn, &mut tasks, &mut report),
                None => all_accepted = true,
            },
            Some(ended) = tasks.join_next() => report.count(ended),
        }
    }
    tasks.abort_all();
    while let Some(ended) = tasks.join_next().await {
        report.count(ended);
    }
    Ok(report)
}

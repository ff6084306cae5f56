use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Graceful shutdown, shared by everything that has to take part.
///
/// A drain has three moments. [`begin`](Self::begin): nothing new is accepted, every connection finishes what it has
/// under way and closes. Then each [`DrainGuard`] is dropped as its work ends. At the deadline, [`expired`](Self::expired)
/// fires and what is left is cut. Clones share one state.
///
/// ```
/// # use std::time::Duration;
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let drain = wharf_net::Drain::new();
/// let guard = drain.guard();
/// assert!(!drain.is_draining());
///
/// drain.begin(Duration::from_secs(30));
/// drop(guard);
/// assert_eq!(drain.done().await.left, 0); // everything ended before the deadline
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Drain {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// When the drain ends; `None` until it begins.
    deadline: watch::Sender<Option<Instant>>,
    /// How many guards are alive.
    open: watch::Sender<usize>,
}

impl Drain {
    /// A drain that has not begun.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Shared {
                deadline: watch::Sender::new(None),
                open: watch::Sender::new(0),
            }),
        }
    }

    /// Begins the drain, to be over after `grace` at the latest. Called again, it can only move the deadline forward in
    /// time: a second, impatient signal calls `begin(Duration::ZERO)`.
    pub fn begin(&self, grace: Duration) {
        // A grace that is too long for the clock, such as `Duration::MAX` for no deadline, ends in a century.
        let wanted = Instant::now() + grace.min(Duration::from_secs(100 * 365 * 86_400));
        self.shared
            .deadline
            .send_if_modified(|deadline| match deadline {
                Some(earlier) if *earlier <= wanted => false,
                _ => {
                    *deadline = Some(wanted);
                    true
                }
            });
    }

    /// Whether the drain has begun.
    pub fn is_draining(&self) -> bool {
        self.shared.deadline.borrow().is_some()
    }

    /// Waits until the drain begins; returns at once if it has.
    pub async fn begun(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self
            .shared
            .deadline
            .subscribe()
            .wait_for(Option::is_some)
            .await;
    }

    /// Waits until the drain has begun and its deadline has passed.
    pub async fn expired(&self) {
        let mut deadline = self.shared.deadline.subscribe();
        loop {
            let until = *deadline.borrow_and_update();
            let over = async {
                match until {
                    Some(instant) => sleep_until(instant).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = over => return,
                _ = deadline.changed() => {}
            }
        }
    }

    /// Registers work that the drain waits for until the guard is dropped.
    pub fn guard(&self) -> DrainGuard {
        self.shared.open.send_modify(|open| *open += 1);
        DrainGuard {
            drain: self.clone(),
        }
    }

    /// Waits until the drain has begun and every guard is gone, or the deadline has passed, and reports.
    pub async fn done(&self) -> DrainReport {
        self.begun().await;
        let began = Instant::now();
        let mut open = self.shared.open.subscribe();
        let waited_for = *open.borrow();
        tokio::select! {
            biased;
            _ = open.wait_for(|open| *open == 0) => {}
            () = self.expired() => {}
        }
        DrainReport {
            waited_for,
            left: *open.borrow(),
            took: began.elapsed(),
        }
    }
}

/// What became of a drain, from the moment its end was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// The guards that were alive at first.
    pub waited_for: usize,
    /// The guards that were still alive at the deadline: work that was not finished.
    pub left: usize,
    /// How long the wait took.
    pub took: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self::new()
    }
}

/// Work that a [`Drain`] waits for. Dropping it says that the work is over.
#[derive(Debug)]
pub struct DrainGuard {
    drain: Drain,
}

impl DrainGuard {
    /// Waits until the drain begins: for work that goes on for ever unless it is told to come to an end.
    pub async fn draining(&self) {
        self.drain.begun().await;
    }

    /// The drain this guard belongs to.
    pub fn drain(&self) -> &Drain {
        &self.drain
    }
}

impl Drop for DrainGuard {
    fn drop(&mut self) {
        self.drain.shared.open.send_modify(|open| *open -= 1);
    }
}

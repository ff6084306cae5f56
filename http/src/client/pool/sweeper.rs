use std::future::poll_fn;
use std::sync::Weak;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Pool;

/// How often connections that came to rest are looked at. One that has been looked at once wakes the sweeper itself, if
/// its server closes it.
const PERIOD: Duration = Duration::from_secs(1);

/// Begins to look after the idle connections of a pool. The task ends with the pool, or when there is nothing to look
/// after.
pub(super) fn start(pool: Weak<Pool>) {
    tokio::spawn(sweep(Guard(pool)));
}

async fn sweep(mut guard: Guard) {
    let mut ticks = interval_at(Instant::now() + PERIOD, PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    poll_fn(|cx| {
        while ticks.poll_tick(cx).is_ready() {}
        match guard.0.upgrade() {
            Some(pool) if pool.sweep(cx, Instant::now()) => Poll::Pending,
            Some(_) | None => Poll::Ready(()),
        }
    })
    .await;
    // Whoever ended it has taken note, and another one may have begun.
    guard.0 = Weak::new();
}

/// Tells the pool when the task ends, also with its runtime.
struct Guard(Weak<Pool>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(pool) = self.0.upgrade() {
            pool.note_unswept();
        }
    }
}

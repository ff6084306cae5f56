use std::time::Duration;

use tokio::time::Instant;

use super::RateMin;
use crate::driver::deadline_in;

/// How fast content arrives while somebody waits for it. The time in which nobody does is not the client's.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Of the waits that are over.
    waited: Duration,
    received: u64,
    /// Since when there is a wait.
    waiting_since: Option<Instant>,
}

impl Pace {
    /// A wait goes on or begins. When it is to end, unless something arrives: after `stall_max` without a byte, or as
    /// soon as the average is below the bound.
    pub(super) fn wait(&mut self, stall_max: Duration, rate: Option<RateMin>) -> Instant {
        let since = *self.waiting_since.get_or_insert_with(Instant::now);
        let stalled = deadline_in_from(since, stall_max);
        let Some(RateMin {
            bytes_per_second,
            grace,
        }) = rate.filter(|rate| rate.bytes_per_second > 0)
        else {
            return stalled;
        };
        let covered = self.received.saturating_mul(1000) / u64::from(bytes_per_second);
        let covered = Duration::from_millis(covered);
        let allowed = grace.saturating_add(covered).saturating_sub(self.waited);
        stalled.min(deadline_in_from(since, allowed))
    }

    /// The wait is over.
    pub(super) fn received(&mut self, bytes: u64) {
        self.received += bytes;
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
        }
    }
}

fn deadline_in_from(since: Instant, wait: Duration) -> Instant {
    since.checked_add(wait).unwrap_or_else(|| deadline_in(wait))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    const STALL: Duration = Duration::from_secs(30);
    const RATE: Option<RateMin> = Some(RateMin {
        bytes_per_second: 100,
        grace: Duration::from_secs(5),
    });

    fn left(pace: &mut Pace) -> u64 {
        let deadline = pace.wait(STALL, RATE);
        deadline.duration_since(Instant::now()).as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn every_byte_buys_time_and_only_waiting_spends_it() {
        let mut pace = Pace::default();
        assert_eq!(left(&mut pace), 5);
        advance(Duration::from_secs(4)).await;
        assert_eq!(left(&mut pace), 1);
        pace.received(300);
        // The handler is busy; nobody waits.
        advance(Duration::from_secs(60)).await;
        assert_eq!(left(&mut pace), 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_ends_even_what_was_fast() {
        let mut pace = Pace::default();
        pace.received(1_000_000);
        assert_eq!(left(&mut pace), 30);
        assert_eq!(pace.wait(Duration::MAX, None).elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn too_slow_is_too_slow_however_steadily_it_drips() {
        let mut pace = Pace::default();
        let mut seconds = 0;
        while left(&mut pace) > 0 {
            advance(Duration::from_secs(1)).await;
            pace.received(10);
            seconds += 1;
        }
        assert_eq!(seconds, 5);
    }
}

use std::future::Future;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// The moment `wait` from now. A wait that is too long for the clock, such as `Duration::MAX` to switch a deadline off,
/// ends in a century.
pub(crate) fn deadline_in(wait: Duration) -> Instant {
    deadline_from(Instant::now(), wait)
}

/// The same for whoever knows what time it is.
pub(crate) fn deadline_from(now: Instant, wait: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 86_400);
    now + wait.min(CENTURY)
}

/// Up to a tenth less, at random.
pub(crate) fn shortened(wait: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let part = u32::try_from(random % 1000).unwrap_or_default();
    wait - wait / 10_000 * part
}

/// The one timer of a connection.
///
/// A deadline that moves into the future, as the idle deadline does with every request, does not touch the runtime's
/// timer wheel: the timer fires at the old one, sees that it is early, and is armed again.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    /// Ready once `deadline` has passed.
    pub(crate) fn poll_until(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Poll<()> {
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        loop {
            ready!(sleep.as_mut().poll(cx));
            if deadline <= sleep.deadline() {
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

    #[test]
    fn an_age_is_shortened_by_a_tenth_at_most_and_not_always_by_the_same() {
        let age = Duration::from_secs(1000);
        let ages: std::collections::HashSet<_> = (0..100).map(|_| shortened(age)).collect();
        assert!(ages.len() > 10);
        assert!(
            ages.iter()
                .all(|short| *short <= age && *short >= age * 9 / 10)
        );
        assert!(shortened(Duration::MAX) > Duration::MAX / 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_may_move_both_ways() {
        let (mut timer, start) = (Timer::default(), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        for (first, second) in [(10, 20), (60, 30)] {
            poll_fn(|cx| {
                assert!(timer.poll_until(cx, after(first)).is_pending());
                Poll::Ready(())
            })
            .await;
            poll_fn(|cx| timer.poll_until(cx, after(second))).await;
            assert_eq!(start.elapsed().as_secs(), second);
        }
    }
}

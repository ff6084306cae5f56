use std::fs::File;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::io::Errno;
use tokio::time::{Sleep, sleep};

use super::stats::{Counts, count};

/// The first pause after the process ran out of descriptors or memory. Each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(10);
/// The longest pause. Go's HTTP server, axum and asyncio settle on the same second.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// How many failures of one connection each are taken in a row without a pause. A queue of connections that all died is
/// passed over quickly; a filter that refuses the call itself, before the queue is touched, cannot make the loop spin.
const IN_A_ROW_MAX: u32 = 64;

/// What a failed `accept` says about the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AcceptFailure {
    /// One connection died in the queue; the next may be fine.
    Connection,
    /// Descriptors ran out; trying at once would spin.
    Descriptors,
    /// Memory ran out, or something that is not known to pass; trying at once would spin.
    Other,
    /// The listener will never accept again.
    Fatal,
}

impl AcceptFailure {
    pub(super) fn of(error: &io::Error) -> Self {
        match Errno::from_io_error(error) {
            Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::FAULT) => Self::Fatal,
            Some(Errno::MFILE | Errno::NFILE) => Self::Descriptors,
            // accept(2) hands out the pending network error of the new connection; EPERM is a firewall's.
            Some(
                Errno::CONNABORTED
                | Errno::CONNRESET
                | Errno::PROTO
                | Errno::NOPROTOOPT
                | Errno::OPNOTSUPP
                | Errno::PERM
                | Errno::NETDOWN
                | Errno::NETUNREACH
                | Errno::HOSTDOWN
                | Errno::HOSTUNREACH
                | Errno::NONET
                | Errno::TIMEDOUT
                | Errno::NOTCONN
                | Errno::INTR,
            ) => Self::Connection,
            _ => Self::Other,
        }
    }
}

/// The pauses of a listener that cannot accept, and the descriptor that it keeps for the worst.
///
/// While descriptors are out, a connection that cannot be accepted stays in the kernel's queue: its peer believes to be
/// connected and waits, and the socket stays readable, so that an accept loop without pauses fails as fast as it can
/// turn. With the reserve given up, one connection can be accepted and closed, which tells its peer, each time before
/// the loop waits.
#[derive(Debug)]
pub(super) struct Exhaustion {
    reserve: Option<File>,
    pause: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    /// Failures since the last success.
    in_a_row: u32,
}

impl Exhaustion {
    pub(super) fn new() -> Self {
        Self {
            reserve: reserve(),
            pause: BACKOFF_MIN,
            waiting: None,
            in_a_row: 0,
        }
    }

    /// Takes note of a failure: counts it, and begins a pause where one is due. The class, for what else is to be done.
    pub(super) fn failed(&mut self, error: &io::Error, counts: &Counts) -> AcceptFailure {
        let failure = AcceptFailure::of(error);
        self.in_a_row += 1;
        match failure {
            AcceptFailure::Connection if self.in_a_row <= IN_A_ROW_MAX => {
                count(&counts.died_in_queue);
            }
            AcceptFailure::Fatal => {}
            _ => {
                count(&counts.exhausted);
                let pause = self.pause();
                tracing::warn!(%error, ?pause, "cannot accept connections");
            }
        }
        failure
    }

    /// Ready when no pause is under way.
    pub(super) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(waiting) = &mut self.waiting {
            ready!(waiting.as_mut().poll(cx));
            self.waiting = None;
        }
        Poll::Ready(())
    }

    /// Runs `shed` with one descriptor free, then takes it back.
    pub(super) fn with_reserve(&mut self, shed: impl FnOnce()) {
        if self.reserve.take().is_some() {
            shed();
        }
        // Somebody else may have been faster; then there is none until descriptors are free again.
        self.reserve = reserve();
    }

    /// Begins a pause; the next will be twice as long.
    fn pause(&mut self) -> Duration {
        let pause = self.pause;
        self.waiting = Some(Box::pin(sleep(pause)));
        self.pause = (pause * 2).min(BACKOFF_MAX);
        pause
    }

    /// A connection was accepted.
    pub(super) fn recovered(&mut self) {
        self.in_a_row = 0;
        if self.pause != BACKOFF_MIN {
            self.pause = BACKOFF_MIN;
            self.reserve = self.reserve.take().or_else(reserve);
        }
    }
}

fn reserve() -> Option<File> {
    File::open("/dev/null").ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_errors_fall_into_their_class() {
        for (errno, class) in [
            (Errno::CONNABORTED, AcceptFailure::Connection),
            (Errno::PROTO, AcceptFailure::Connection),
            (Errno::PERM, AcceptFailure::Connection),
            (Errno::HOSTUNREACH, AcceptFailure::Connection),
            (Errno::MFILE, AcceptFailure::Descriptors),
            (Errno::NFILE, AcceptFailure::Descriptors),
            (Errno::NOBUFS, AcceptFailure::Other),
            (Errno::NOMEM, AcceptFailure::Other),
            (Errno::ACCESS, AcceptFailure::Other),
            (Errno::NOSYS, AcceptFailure::Other),
            (Errno::BADF, AcceptFailure::Fatal),
            (Errno::INVAL, AcceptFailure::Fatal),
        ] {
            assert_eq!(AcceptFailure::of(&errno.into()), class, "{errno:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_up_to_a_second_and_begin_anew_after_a_success() {
        let mut exhaustion = Exhaustion::new();
        let pauses: Vec<_> = (0..9).map(|_| exhaustion.pause().as_millis()).collect();
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        exhaustion.recovered();
        assert_eq!(exhaustion.pause(), BACKOFF_MIN);
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_that_does_not_pass_is_not_retried_for_ever_at_once() {
        for (errno, quick) in [(Errno::PERM, IN_A_ROW_MAX), (Errno::ACCESS, 0)] {
            let (mut exhaustion, counts) = (Exhaustion::new(), Counts::default());
            let mut failures = 0;
            while exhaustion.waiting.is_none() {
                exhaustion.failed(&errno.into(), &counts);
                failures += 1;
            }
            assert_eq!(failures, quick + 1, "{errno:?}");
            assert_eq!(counts.died_in_queue.into_inner(), u64::from(quick));
        }
    }
}

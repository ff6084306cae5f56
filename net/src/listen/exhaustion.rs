use std::fs::File;
use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use rustix::io::Errno;
use tokio::time::{Sleep, sleep};

/// The first pause after the process ran out of descriptors or memory. Each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(10);
/// The longest pause. Go's HTTP server, axum and asyncio settle on the same second.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

/// What a failed `accept` says about the next one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum AcceptFailure {
    /// One connection died in the queue; the next may be fine.
    Connection,
    /// Descriptors ran out; trying at once would spin.
    Descriptors,
    /// Memory ran out; trying at once would spin.
    Memory,
    /// The listener will never accept again.
    Fatal,
}

impl AcceptFailure {
    pub(super) fn of(error: &io::Error) -> Self {
        match Errno::from_io_error(error) {
            Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP | Errno::FAULT) => {
                Self::Fatal
            }
            Some(Errno::MFILE | Errno::NFILE) => Self::Descriptors,
            Some(Errno::NOBUFS | Errno::NOMEM) => Self::Memory,
            // accept(2) hands out the pending network error of the new connection: ECONNABORTED, EPROTO, EPERM from a
            // firewall, EHOSTUNREACH and their kin.
            _ => Self::Connection,
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
}

impl Exhaustion {
    pub(super) fn new() -> Self {
        Self {
            reserve: reserve(),
            pause: BACKOFF_MIN,
            waiting: None,
        }
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
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.pause;
        self.waiting = Some(Box::pin(sleep(pause)));
        self.pause = (pause * 2).min(BACKOFF_MAX);
        pause
    }

    /// A connection was accepted.
    pub(super) fn recovered(&mut self) {
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
            (Errno::NOBUFS, AcceptFailure::Memory),
            (Errno::NOMEM, AcceptFailure::Memory),
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
}

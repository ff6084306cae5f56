use std::task::{Context, Poll, Waker};

/// When one direction of a transport is not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// Never.
    Free,
    /// Before every so many bytes, before each flush and before the shutdown.
    Every(usize),
    /// Once, at this byte.
    Once(usize),
}

/// What happens when somebody waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// He is woken before he has even begun to wait.
    AtOnce,
    /// The world outside wakes him, when nothing else goes on.
    Later,
}

/// One direction of a transport: open or not, and who waits for it to open.
#[derive(Debug)]
pub(crate) struct Gate {
    pace: Pace,
    wake: Wake,
    is_open: bool,
    position: usize,
    waker: Option<Waker>,
    /// How often somebody who waited was woken.
    pub(crate) wakes: u64,
}

impl Gate {
    pub(crate) fn new(pace: Pace, wake: Wake) -> Self {
        Self {
            pace,
            wake,
            is_open: !matches!(pace, Pace::Every(_) | Pace::Once(0)),
            position: 0,
            waker: None,
            wakes: 0,
        }
    }

    /// How many bytes may pass.
    pub(crate) fn poll_open(&mut self, cx: &Context<'_>) -> Poll<usize> {
        if !self.is_open {
            self.waker = Some(cx.waker().clone());
            if self.wake == Wake::AtOnce {
                self.open();
            }
            return Poll::Pending;
        }
        self.waker = None;
        Poll::Ready(match self.pace {
            Pace::Free => usize::MAX,
            Pace::Every(bytes) => bytes,
            Pace::Once(at) => at
                .checked_sub(self.position)
                .filter(|n| *n > 0)
                .unwrap_or(usize::MAX),
        })
    }

    /// Bytes, or a flush of none, have passed.
    pub(crate) fn passed(&mut self, bytes: usize) {
        self.position += bytes;
        self.is_open = match self.pace {
            Pace::Free => true,
            Pace::Every(_) => false,
            Pace::Once(at) => bytes == 0 || self.position != at,
        };
    }

    /// Whether somebody waits here for the world outside.
    pub(crate) fn is_awaited(&self) -> bool {
        self.waker.is_some() && !self.is_open
    }

    /// Opens it, and wakes whoever waits.
    pub(crate) fn open(&mut self) {
        self.is_open = true;
        if let Some(waker) = self.waker.take() {
            self.wakes += 1;
            waker.wake();
        }
    }

    /// Somebody waits for something else than this gate. He is woken by [`open`](Self::open) all the same.
    pub(crate) fn wait(&mut self, cx: &Context<'_>) {
        self.is_open = false;
        self.waker = Some(cx.waker().clone());
    }
}

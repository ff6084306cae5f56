use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What became of the connections of a [`Server`](super::Server).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeReport {
    /// Connections accepted in all.
    pub accepted: u64,
    /// Connections that ended by themselves, or because the drain asked them to.
    pub finished: u64,
    /// Connections cut at the drain's deadline.
    pub cut: u64,
    /// Connections whose handler panicked.
    pub panicked: u64,
    /// Of those that finished: idle when the drain began, and closed at once.
    pub drained_idle: u64,
    /// Of those that finished: got the response that was under way, or to the first request, with `Connection: close`.
    pub drained_answered: u64,
    /// Of those that finished: accepted, and sent no request within the
    /// [`first_request_grace`](super::ServerConfig::first_request_grace).
    pub drained_unused: u64,
}

/// How connections took the drain.
#[derive(Debug, Default)]
pub(super) struct DrainCounts {
    pub(super) idle: AtomicU64,
    pub(super) answered: AtomicU64,
    pub(super) unused: AtomicU64,
}

impl ServeReport {
    pub(super) fn new(connections: &[wharf_net::ServeReport], drained: &DrainCounts) -> Self {
        let sum = |count: fn(&wharf_net::ServeReport) -> u64| connections.iter().map(count).sum();
        Self {
            accepted: sum(|report| report.accepted),
            finished: sum(|report| report.finished),
            cut: sum(|report| report.cut),
            panicked: sum(|report| report.panicked),
            drained_idle: drained.idle.load(Relaxed),
            drained_answered: drained.answered.load(Relaxed),
            drained_unused: drained.unused.load(Relaxed),
        }
    }
}

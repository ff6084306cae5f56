use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::gate::Gate;

/// What a listener has done, in numbers that only grow, but for `open`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListenerStats {
    /// Connections open now, those included whose PROXY header is awaited.
    pub open: usize,
    /// Connections handed out.
    pub accepted: u64,
    /// Closed or reset because `connections_max` were open.
    pub refused_full: u64,
    /// Closed or reset because their address had its share.
    pub refused_per_address: u64,
    /// Reset by the allow or the deny list, or because they were no trusted proxy.
    pub denied: u64,
    /// Reset because their PROXY header was wrong, missing or late.
    pub proxy_failed: u64,
    /// Died in the kernel's queue before they were accepted.
    pub died_in_queue: u64,
    /// Attempts to accept that failed for want of descriptors or memory, or for a reason that is no connection's. There is a
    /// pause after each.
    pub exhausted: u64,
}

/// Reads a listener's figures, also while the listener itself is at work in a server.
#[derive(Clone, Debug)]
pub struct StatsHandle {
    pub(super) counts: Arc<Counts>,
    pub(super) gate: Gate,
}

impl StatsHandle {
    /// The figures now.
    pub fn snapshot(&self) -> ListenerStats {
        let counts = &self.counts;
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        ListenerStats {
            open: self.gate.open(),
            accepted: load(&counts.accepted),
            refused_full: load(&counts.refused_full),
            refused_per_address: load(&counts.refused_per_address),
            denied: load(&counts.denied),
            proxy_failed: load(&counts.proxy_failed),
            died_in_queue: load(&counts.died_in_queue),
            exhausted: load(&counts.exhausted),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) accepted: AtomicU64,
    pub(super) refused_full: AtomicU64,
    pub(super) refused_per_address: AtomicU64,
    pub(super) denied: AtomicU64,
    pub(super) proxy_failed: AtomicU64,
    pub(super) died_in_queue: AtomicU64,
    pub(super) exhausted: AtomicU64,
}

/// One more.
pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

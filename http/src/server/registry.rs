use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::time::Instant;
use wharf_net::Drain;

use super::interim::InterimQueue;
use super::{Interim, ServerSnapshot};
use crate::CloseReason;

/// How many idle connections make room at a time, and so how many may be on their way out beyond the limit. Looking for
/// the oldest means looking at all, so it is not done for each new one.
const EVICTED_AT_ONCE: usize = 32;

/// How long nobody is looked for again when nobody was idle: a flood that is refused must not cost more than it has to.
const LOOKED_IN_VAIN: Duration = Duration::from_millis(10);

/// What is open at a server, and what was.
#[derive(Debug)]
pub(super) struct Registry {
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    next: u64,
    open: HashMap<u64, Arc<Entry>>,
    /// How many of them have been told to make room.
    leaving: usize,
    /// When nobody was found idle.
    looked_in_vain: Option<Instant>,
    closed: ServerSnapshot,
}

/// The figures of one connection. Its own task writes them, without a thought for others: only that it has to make room,
/// and what its handlers have to say ahead, is told from outside.
#[derive(Debug, Default)]
pub(super) struct Entry {
    requests: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
    /// Milliseconds after the registry began, plus one; 0 while the connection has something to do.
    idle_since: AtomicU64,
    evicted: AtomicBool,
    waker: AtomicWaker,
    pub(super) interim: InterimQueue,
}

impl Entry {
    /// Wakes the task, if it waits for that.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }
}

/// A connection's place in the registry.
#[derive(Debug)]
pub(super) struct Place {
    registry: Arc<Registry>,
    number: u64,
    entry: Arc<Entry>,
    why: Option<CloseReason>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            state: Mutex::default(),
        }
    }
}

impl Registry {
    /// A place for one more connection; `None` if there are `max` already, none of which is idle.
    pub(super) fn enter(self: &Arc<Self>, max: Option<usize>) -> Option<Place> {
        let mut state = self.lock();
        state.closed.accepted += 1;
        if max.is_some_and(|max| !state.makes_room(max)) {
            state.closed.refused += 1;
            return None;
        }
        let entry = Arc::<Entry>::default();
        let number = state.next;
        state.next += 1;
        state.open.insert(number, Arc::clone(&entry));
        Some(Place {
            registry: Arc::clone(self),
            number,
            entry,
            why: None,
        })
    }

    /// Wakes every connection when `drain` begins: one wait for all of them, instead of one in each.
    pub(super) async fn announce(&self, drain: &Drain) {
        drain.begun().await;
        for entry in self.lock().open.values() {
            entry.waker.wake();
        }
    }

    pub(super) fn snapshot(&self) -> ServerSnapshot {
        let state = self.lock();
        let mut snapshot = state.closed.clone();
        snapshot.open = state.open.len();
        for entry in state.open.values() {
            snapshot.requests += entry.requests.load(Relaxed);
            snapshot.received_bytes += entry.received.load(Relaxed);
            snapshot.sent_bytes += entry.sent.load(Relaxed);
            snapshot.idle += usize::from(entry.idle_since.load(Relaxed) > 0);
        }
        snapshot
    }

    /// No code that could panic runs under this lock, so it is never poisoned.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether there is room for one more. Those that were told to leave do so when their tasks run; until then there
    /// are a few more than there should be.
    fn makes_room(&mut self, max: usize) -> bool {
        if self.open.len() - self.leaving < max {
            return self.open.len() < max.saturating_add(EVICTED_AT_ONCE);
        }
        let is_too_soon = |looked: Instant| looked.elapsed() < LOOKED_IN_VAIN;
        if self.looked_in_vain.is_some_and(is_too_soon) {
            return false;
        }
        let evicted = evict_oldest_idle(
            &self.open,
            EVICTED_AT_ONCE - self.leaving.min(EVICTED_AT_ONCE),
        );
        self.leaving += evicted;
        self.looked_in_vain = (evicted == 0).then(Instant::now);
        evicted > 0
    }
}

fn evict_oldest_idle(open: &HashMap<u64, Arc<Entry>>, most: usize) -> usize {
    let mut idle: Vec<(u64, &Arc<Entry>)> = open
        .values()
        .map(|entry| (entry.idle_since.load(Relaxed), entry))
        .filter(|(since, entry)| *since > 0 && !entry.evicted.load(Relaxed))
        .collect();
    let count = idle.len().min(most).min(open.len().div_ceil(8));
    if count == 0 {
        return 0;
    }
    idle.select_nth_unstable_by_key(count - 1, |(since, _)| *since);
    for (_, entry) in idle.iter().take(count) {
        entry.evicted.store(true, Relaxed);
        entry.waker.wake();
    }
    count
}

impl Place {
    /// A request has come.
    pub(super) fn count_request(&self) {
        let requests = &self.entry.requests;
        requests.store(requests.load(Relaxed) + 1, Relaxed);
        self.wakes();
    }

    /// The handle on informational responses for the latest request.
    pub(super) fn open_interim(&self) -> Interim {
        Interim::open(&self.entry, self.requests())
    }

    pub(super) fn interim(&self) -> &InterimQueue {
        &self.entry.interim
    }

    /// A request is on its way, or the connection is on its way out.
    pub(super) fn wakes(&self) {
        self.entry.idle_since.store(0, Relaxed);
    }

    /// It was told to make room, and has been asked something first.
    pub(super) fn is_evicted(&self) -> bool {
        self.entry.evicted.load(Relaxed)
    }

    /// How many have come.
    pub(super) fn requests(&self) -> u64 {
        self.entry.requests.load(Relaxed)
    }

    /// The connection waits for its next request, after so many bytes both ways.
    pub(super) fn rest(&self, now: Instant, received: u64, sent: u64) {
        self.carried(received, sent);
        let since = now.duration_since(self.registry.began).as_millis() + 1;
        let since = u64::try_from(since).unwrap_or(u64::MAX);
        self.entry.idle_since.store(since, Relaxed);
    }

    pub(super) fn carried(&self, received: u64, sent: u64) {
        self.entry.received.store(received, Relaxed);
        self.entry.sent.store(sent, Relaxed);
    }

    /// Has the task woken when the connection has to make room, or the drain begins.
    pub(super) fn wake_later(&self, cx: &Context<'_>) {
        self.entry.waker.register(cx.waker());
    }

    /// Ready when an idle connection has to make room for another.
    pub(super) fn poll_evicted(&self, cx: &Context<'_>) -> Poll<()> {
        self.wake_later(cx);
        if self.entry.evicted.load(Relaxed) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Says why the connection ends.
    pub(super) fn ends(&mut self, why: CloseReason) {
        self.why = Some(why);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.entry.interim.close();
        let mut state = self.registry.lock();
        state.open.remove(&self.number);
        state.leaving -= usize::from(self.entry.evicted.load(Relaxed));
        let closed = &mut state.closed;
        closed.requests += self.entry.requests.load(Relaxed);
        closed.received_bytes += self.entry.received.load(Relaxed);
        closed.sent_bytes += self.entry.sent.load(Relaxed);
        let name = match &self.why {
            Some(CloseReason::Protocol(error)) => {
                count(&mut closed.errors, error.name());
                "protocol"
            }
            Some(why) => why.name(),
            None => "cut",
        };
        count(&mut closed.closed, name);
    }
}

fn count(counts: &mut BTreeMap<&'static str, u64>, name: &'static str) {
    *counts.entry(name).or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_server_sends_away_the_oldest_idle_and_then_refuses() {
        let registry = Arc::new(Registry::default());
        let places: Vec<_> = (0..8).map(|_| registry.enter(Some(8)).unwrap()).collect();
        assert!(registry.enter(Some(8)).is_none());
        places[5].rest(Instant::now(), 0, 0);
        places[3].rest(Instant::now(), 0, 0);
        // Both in the same millisecond, perhaps: tell them apart.
        places[5].entry.idle_since.store(1, Relaxed);
        places[3].entry.idle_since.store(2, Relaxed);
        // Time enough for another look.
        registry.lock().looked_in_vain = None;
        let evicted = |at: usize| places[at].entry.evicted.load(Relaxed);
        let one_more = registry.enter(Some(8)).unwrap();
        assert!(evicted(5) && !evicted(3));
        let snapshot = registry.snapshot();
        assert_eq!((snapshot.accepted, snapshot.refused), (10, 1));
        assert_eq!((snapshot.open, snapshot.idle), (9, 2));
        drop(one_more);
    }

    #[test]
    fn few_are_sent_away_for_many_that_come_and_few_are_on_their_way_out() {
        let registry = Arc::new(Registry::default());
        let places: Vec<_> = (0..800)
            .map(|_| registry.enter(Some(800)).unwrap())
            .collect();
        for place in &places {
            place.rest(Instant::now(), 0, 0);
        }
        let evicted = || places.iter().filter(|place| place.is_evicted()).count();
        let newcomers: Vec<_> = (0..EVICTED_AT_ONCE)
            .map(|_| registry.enter(Some(800)).unwrap())
            .collect();
        assert_eq!(evicted(), EVICTED_AT_ONCE);
        // Until the first of them has left.
        assert!(registry.enter(Some(800)).is_none());
        drop(newcomers);
        assert!(registry.enter(Some(800)).is_some());
    }

    #[test]
    fn what_has_ended_stays_counted() {
        let registry = Arc::new(Registry::default());
        let mut place = registry.enter(None).unwrap();
        place.count_request();
        place.count_request();
        place.rest(Instant::now(), 100, 200);
        assert_eq!(registry.snapshot().requests, 2);
        place.ends(CloseReason::Idle);
        drop(place);
        drop(registry.enter(None));
        let snapshot = registry.snapshot();
        assert_eq!((snapshot.requests, snapshot.open, snapshot.idle), (2, 0, 0));
        assert_eq!((snapshot.received_bytes, snapshot.sent_bytes), (100, 200));
        assert_eq!(snapshot.closed, BTreeMap::from([("cut", 1), ("idle", 1)]));
    }
}

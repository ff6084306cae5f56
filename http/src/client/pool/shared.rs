use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Context;
use std::time::Duration;

use foldhash::fast::RandomState;
use tokio::time::Instant;

use super::lane::{Lane, Taken};
use super::sweeper;
use crate::client::ClientConfig;
use crate::client::connection::Connection;
use crate::client::origin::Origin;
use crate::client::route::WayId;
use crate::error::Kind;

/// What requests have in common that may share a connection: whom they are for, and which way they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::client) struct LaneKey {
    pub(in crate::client) origin: Origin,
    pub(in crate::client) way: WayId,
}

/// Hardly ever are there two ways to one origin, and this is done for every request.
impl Hash for LaneKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.origin.hash(state);
    }
}

/// The connections of a client.
#[derive(Debug)]
pub(in crate::client) struct Pool {
    bounds: Arc<Bounds>,
    lanes: Mutex<Lanes>,
}

#[derive(Debug, Default)]
struct Lanes {
    by_key: HashMap<LaneKey, Arc<Lane>, RandomState>,
    is_swept: bool,
}

/// How many connections there may be, and for how long.
#[derive(Debug)]
pub(in crate::client) struct Bounds {
    pub(super) open_per_origin_max: usize,
    pub(super) waiting_per_origin_max: usize,
    pub(super) idle_per_origin_max: usize,
    idle_max: usize,
    pub(super) idle_timeout: Duration,
    idle: AtomicUsize,
}

impl Bounds {
    // The count only has to be about right at any moment, and right in the end.

    pub(super) fn count_idle(&self) {
        self.idle.fetch_add(1, Relaxed);
    }

    pub(super) fn discount_idle(&self, count: usize) {
        self.idle.fetch_sub(count, Relaxed);
    }

    pub(super) fn has_too_many_idle(&self) -> bool {
        self.idle.load(Relaxed) > self.idle_max
    }
}

impl Pool {
    pub(in crate::client) fn new(config: &ClientConfig) -> Self {
        Self {
            bounds: Arc::new(Bounds {
                open_per_origin_max: config.open_per_origin_max.max(1),
                waiting_per_origin_max: config.waiting_per_origin_max,
                idle_per_origin_max: config.idle_per_origin_max,
                idle_max: config.idle_max,
                idle_timeout: config.idle_timeout,
                idle: AtomicUsize::new(0),
            }),
            lanes: Mutex::default(),
        }
    }

    /// Nothing that could panic runs under this lock.
    fn lock(&self) -> MutexGuard<'_, Lanes> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that `is_usable`, or what there is instead.
    pub(in crate::client) fn take(
        self: &Arc<Self>,
        key: &LaneKey,
        is_usable: impl FnMut(&mut Connection) -> bool,
    ) -> Result<Taken, Kind> {
        self.lane(key).take(is_usable)
    }

    /// The right to make a connection, even if one is idle.
    pub(in crate::client) fn take_fresh(self: &Arc<Self>, key: &LaneKey) -> Result<Taken, Kind> {
        self.lane(key).take_fresh()
    }

    fn lane(self: &Arc<Self>, key: &LaneKey) -> Arc<Lane> {
        let mut lanes = self.lock();
        let lane = match lanes.by_key.get(key) {
            Some(lane) => Arc::clone(lane),
            None => {
                let lane = Arc::new(Lane::new(Arc::clone(&self.bounds), Arc::downgrade(self)));
                lanes.by_key.insert(key.clone(), Arc::clone(&lane));
                lane
            }
        };
        // Whoever swept may have ended with its runtime.
        if !std::mem::replace(&mut lanes.is_swept, true) {
            drop(lanes);
            sweeper::start(Arc::downgrade(self));
        }
        lane
    }

    /// Closes idle connections whose time is over, and forgets origins that have none. `false`: there is nothing left
    /// to look after.
    pub(super) fn sweep(&self, cx: &mut Context<'_>, now: Instant) -> bool {
        let lanes: Vec<_> = self.lock().by_key.values().cloned().collect();
        let mut is_any_over = false;
        for lane in lanes {
            is_any_over |= lane.sweep(cx, now);
        }
        if !is_any_over {
            return true;
        }
        let mut lanes = self.lock();
        // Under this lock nobody else comes to a lane: who has no handle of it gets none.
        lanes
            .by_key
            .retain(|_, lane| Arc::strong_count(lane) > 1 || !lane.is_over());
        lanes.is_swept = !lanes.by_key.is_empty();
        lanes.is_swept
    }

    /// Closes the idle connection that was not needed for the longest.
    pub(super) fn close_oldest(&self) {
        let lanes: Vec<_> = self.lock().by_key.values().cloned().collect();
        let with_idle = lanes
            .iter()
            .filter_map(|lane| Some((lane.idle_since()?, lane)));
        if let Some((_, lane)) = with_idle.min_by_key(|(since, _)| *since) {
            lane.close_oldest();
        }
    }

    /// Nobody sweeps any more.
    pub(super) fn note_unswept(&self) {
        self.lock().is_swept = false;
    }

    /// Closes what is idle now.
    pub(in crate::client) fn close_idle(&self) {
        let lanes: Vec<_> = self.lock().by_key.values().cloned().collect();
        for lane in lanes {
            lane.close_idle();
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        for lane in self.lock().by_key.values() {
            lane.close();
        }
    }
}

/// Keeps a connection whose response has been received, if it can be used again.
pub(in crate::client) fn give_back(mut connection: Box<Connection>) {
    if connection.rest() {
        give_back_unused(connection);
    } else {
        connection.close();
    }
}

/// Keeps a connection on which no request has been sent since it was taken.
pub(in crate::client) fn give_back_unused(mut connection: Box<Connection>) {
    connection.is_kept = true;
    let place = connection.place.as_ref();
    match place.and_then(|place| place.lane()).cloned() {
        Some(lane) => lane.keep(connection),
        None => connection.close(),
    }
}

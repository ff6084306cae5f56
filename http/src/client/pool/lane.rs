use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Context;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::shared::Bounds;
use super::{Place, Pool, give_back_unused};
use crate::client::connection::Connection;
use crate::driver::deadline_from;
use crate::error::Kind;

/// The connections to one origin.
#[derive(Debug)]
pub(in crate::client) struct Lane {
    bounds: Arc<Bounds>,
    pool: Weak<Pool>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The one used last is the last one: it is the least likely to be closed by the server.
    idle: VecDeque<Box<Connection>>,
    /// How many places are taken: by connections in use, idle, or being made.
    open: usize,
    /// Who waits, the longest first. Only while all places are taken and nothing is idle.
    waiting: VecDeque<oneshot::Sender<Turn>>,
    /// The pool is gone: nothing is kept any more.
    is_closed: bool,
}

/// What somebody who waited gets.
#[derive(Debug)]
pub(in crate::client) enum Turn {
    Kept(Box<Connection>),
    Connect(Place),
}

/// What a lane has for a request.
#[derive(Debug)]
pub(in crate::client) enum Taken {
    Kept(Box<Connection>),
    /// Nothing is idle, but another one may be opened.
    Connect(Place),
    /// As many are open as may be.
    Wait(Waiting),
}

/// A place in the line.
#[derive(Debug)]
pub(in crate::client) struct Waiting(oneshot::Receiver<Turn>);

impl Lane {
    pub(super) fn new(bounds: Arc<Bounds>, pool: Weak<Pool>) -> Self {
        Self {
            bounds,
            pool,
            state: Mutex::default(),
        }
    }

    /// Nothing that could panic runs under this lock, nor is a connection or a place dropped under it: that takes the
    /// lock itself.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection that `is_usable`, or what there is instead.
    pub(super) fn take(
        self: Arc<Self>,
        mut is_usable: impl FnMut(&mut Connection) -> bool,
    ) -> Result<Taken, Kind> {
        loop {
            let mut state = self.lock();
            let Some(mut connection) = state.idle.pop_back() else {
                return self.open_or_wait(state);
            };
            drop(state);
            self.bounds.discount_idle(1);
            if is_usable(&mut connection) {
                return Ok(Taken::Kept(connection));
            }
            connection.close();
        }
    }

    /// The right to make a connection, in the place of an idle one if need be.
    pub(super) fn take_fresh(self: Arc<Self>) -> Result<Taken, Kind> {
        let mut state = self.lock();
        if state.open < self.bounds.open_per_origin_max {
            return self.open_or_wait(state);
        }
        let Some(mut oldest) = state.idle.pop_front() else {
            return self.open_or_wait(state);
        };
        drop(state);
        self.bounds.discount_idle(1);
        let place = oldest.place.take();
        oldest.close();
        match place {
            Some(place) => Ok(Taken::Connect(place)),
            // It was not from here.
            None => self.open_or_wait(self.lock()),
        }
    }

    /// A place for another connection, or one in the line.
    fn open_or_wait(self: &Arc<Self>, mut state: MutexGuard<'_, State>) -> Result<Taken, Kind> {
        if state.open < self.bounds.open_per_origin_max {
            state.open += 1;
            return Ok(Taken::Connect(Place::new(Arc::clone(self))));
        }
        let limit = self.bounds.waiting_per_origin_max;
        // Whoever has gone away is only noticed when it would be its turn.
        if state.waiting.len() >= limit {
            state.waiting.retain(|waiting| !waiting.is_closed());
        }
        if state.waiting.len() >= limit {
            return Err(Kind::QueueFull(limit));
        }
        let (sender, receiver) = oneshot::channel();
        state.waiting.push_back(sender);
        Ok(Taken::Wait(Waiting(receiver)))
    }

    /// Keeps a connection for the next request, or hands it to who waits for one.
    pub(super) fn keep(&self, mut connection: Box<Connection>) {
        // Also for who waits: it is as idle until then, and what was noted of an earlier time is over.
        let idle_timeout = self.bounds.idle_timeout;
        let idle_max = connection.idle_max.unwrap_or(idle_timeout);
        let now = Instant::now();
        connection.idle_since = Some(now);
        connection.idle_until = Some(deadline_from(now, idle_max.min(idle_timeout)));
        loop {
            let mut state = self.lock();
            let Some(waiting) = state.waiting.pop_front() else {
                let dropped = self.keep_idle(&mut state, connection);
                drop(state);
                if let Some(connection) = dropped {
                    connection.close();
                } else if self.bounds.has_too_many_idle()
                    && let Some(pool) = self.pool.upgrade()
                {
                    pool.close_oldest();
                }
                return;
            };
            drop(state);
            match waiting.send(Turn::Kept(connection)) {
                Err(Turn::Kept(unwanted)) => connection = unwanted,
                Ok(()) | Err(Turn::Connect(_)) => return,
            }
        }
    }

    /// Keeps an idle connection. What there is no room for comes back.
    fn keep_idle(&self, state: &mut State, connection: Box<Connection>) -> Option<Box<Connection>> {
        let per_origin_max = self.bounds.idle_per_origin_max;
        let is_over = connection.idle_until <= connection.idle_since;
        if state.is_closed || is_over || per_origin_max == 0 {
            return Some(connection);
        }
        state.idle.push_back(connection);
        if state.idle.len() > per_origin_max {
            // The one that was not needed for the longest.
            return state.idle.pop_front();
        }
        self.bounds.count_idle();
        None
    }

    /// Since when it has had the connection that was not needed for the longest.
    pub(super) fn idle_since(&self) -> Option<Instant> {
        self.lock().idle.front()?.idle_since
    }

    /// Closes the connection that was not needed for the longest.
    pub(super) fn close_oldest(&self) {
        let oldest = self.lock().idle.pop_front();
        if let Some(oldest) = oldest {
            self.bounds.discount_idle(1);
            oldest.close();
        }
    }

    /// A place is free: it is for who waits, or nobody's.
    pub(super) fn release(&self, mut place: Place) {
        loop {
            let mut state = self.lock();
            let Some(waiting) = state.waiting.pop_front() else {
                state.open -= 1;
                drop(state);
                place.forget();
                return;
            };
            drop(state);
            match waiting.send(Turn::Connect(place)) {
                Err(Turn::Connect(unwanted)) => place = unwanted,
                Ok(()) | Err(Turn::Kept(_)) => return,
            }
        }
    }

    /// Closes the connections that the server has closed, or that have been idle for too long, and is woken when the server
    /// closes another one. Whether there is nothing more to look after.
    pub(super) fn sweep(&self, cx: &mut Context<'_>, now: Instant) -> bool {
        let mut over = Vec::new();
        let mut state = self.lock();
        let mut kept = VecDeque::with_capacity(state.idle.len());
        for mut connection in state.idle.drain(..) {
            let is_late = connection.idle_until.is_some_and(|until| until <= now);
            if is_late || !connection.is_quiet(cx) {
                over.push(connection);
            } else {
                kept.push_back(connection);
            }
        }
        state.idle = kept;
        drop(state);
        self.bounds.discount_idle(over.len());
        for connection in over {
            connection.close();
        }
        self.is_over()
    }

    /// Whether it has no connection, and nobody waits for one.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        state.open == 0 && state.waiting.is_empty()
    }

    /// Closes everything that is idle, and keeps nothing from now on.
    pub(super) fn close(&self) {
        self.lock().is_closed = true;
        self.close_idle();
    }

    /// Closes everything that is idle.
    pub(super) fn close_idle(&self) {
        let mut state = self.lock();
        let idle = std::mem::take(&mut state.idle);
        drop(state);
        self.bounds.discount_idle(idle.len());
        for connection in idle {
            connection.close();
        }
    }
}

impl Waiting {
    /// Waits for a turn. Dropped before, it gives up its place in the line.
    pub(in crate::client) async fn turn(mut self) -> Option<Turn> {
        (&mut self.0).await.ok()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // It may have been its turn just now.
        if let Ok(Turn::Kept(connection)) = self.0.try_recv() {
            give_back_unused(connection);
        }
    }
}

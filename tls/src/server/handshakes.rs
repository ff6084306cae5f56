//! How many handshakes may be under way, and which one goes when there are more.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// The handshakes that are under way.
///
/// A handshake holds memory, and costs a peer that stalls nothing. When the table is full, the oldest one is given
/// up: a client that means it is done within a few round trips, so what has stood there longest is least likely to be one.
/// A bound that made the new ones wait would let as many stalled clients as it allows shut everybody out.
#[derive(Debug, Default)]
pub(super) struct Handshakes {
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    next: u64,
    /// In the order of arrival, so that the numbers ascend.
    waiting: VecDeque<(u64, Arc<Notify>)>,
}

impl Handshakes {
    /// Enters one. If that makes more than `max`, the oldest learns that it is over.
    pub(super) fn enter(&self, max: usize) -> Place<'_> {
        let evicted = Arc::new(Notify::new());
        let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        let number = table.next;
        table.next += 1;
        table.waiting.push_back((number, Arc::clone(&evicted)));
        while table.waiting.len() > max.max(1) {
            if let Some((_, oldest)) = table.waiting.pop_front() {
                oldest.notify_one();
            }
        }
        Place {
            handshakes: self,
            number,
            evicted,
        }
    }

    /// How many are under way.
    pub(super) fn count(&self) -> usize {
        let table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
        table.waiting.len()
    }
}

/// A handshake's place, given back when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    handshakes: &'a Handshakes,
    number: u64,
    evicted: Arc<Notify>,
}

impl Place<'_> {
    /// Waits until this handshake has to make room.
    pub(super) async fn evicted(&self) {
        self.evicted.notified().await;
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut table = self
            .handshakes
            .table
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Ok(at) = table
            .waiting
            .binary_search_by_key(&self.number, |(number, _)| *number)
        {
            table.waiting.remove(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_oldest_makes_room() {
        let handshakes = Handshakes::default();
        let oldest = handshakes.enter(2);
        let older = handshakes.enter(2);
        assert_eq!(handshakes.count(), 2);
        let _newest = handshakes.enter(2);
        assert_eq!(handshakes.count(), 2);
        oldest.evicted().await;
        tokio::select! {
            biased;
            () = older.evicted() => panic!("there was room for two"),
            () = std::future::ready(()) => {}
        }
    }

    #[test]
    fn a_place_is_given_back_wherever_it_stood() {
        let handshakes = Handshakes::default();
        let places: Vec<_> = (0..5).map(|_| handshakes.enter(4)).collect();
        let (evicted, rest) = places.split_first().unwrap();
        assert_eq!(evicted.number, 0);
        assert_eq!(handshakes.count(), 4);
        assert_eq!(rest.len(), 4);
        drop(places);
        assert_eq!(handshakes.count(), 0);
    }

    #[test]
    fn a_bound_of_none_still_lets_one_in() {
        let handshakes = Handshakes::default();
        let _place = handshakes.enter(0);
        assert_eq!(handshakes.count(), 1);
    }
}

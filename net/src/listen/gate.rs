use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::PerAddress;

/// The count of a listener's open connections, in all and by address.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    /// How many of them each address has; only while it is counted by address. Never more entries than `open`.
    by_address: HashMap<IpAddr, usize>,
    /// The listener, while it waits for a place.
    waiting: Option<Waker>,
}

impl Gate {
    /// Ready while fewer than `max` connections are open.
    pub(super) fn poll_place(&self, max: usize, cx: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if state.open < max {
            return Poll::Ready(());
        }
        state.waiting = Some(cx.waker().clone());
        Poll::Pending
    }

    /// A place, unless `max` are taken.
    pub(super) fn enter(&self, max: usize) -> Option<Permit> {
        let mut state = lock(&self.state);
        if state.open >= max {
            return None;
        }
        state.open += 1;
        Some(Permit {
            state: Arc::clone(&self.state),
            address: None,
        })
    }

    pub(super) fn open(&self) -> usize {
        lock(&self.state).open
    }
}

/// A connection's place among those that a listener admits. Dropping it gives the place back.
#[derive(Debug)]
pub struct Permit {
    state: Arc<Mutex<State>>,
    /// Which address it is counted under.
    address: Option<IpAddr>,
}

impl Permit {
    /// Counts the connection under the peer's address. Whether there was room.
    #[must_use]
    pub(super) fn count_address(&mut self, peer: IpAddr, limit: PerAddress) -> bool {
        let address = masked(peer, limit.v6_prefix);
        let mut state = lock(&self.state);
        let open = state.by_address.get(&address).copied().unwrap_or(0);
        if open >= limit.connections_max {
            return false;
        }
        state.by_address.insert(address, open + 1);
        drop(state);
        self.address = Some(address);
        true
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = lock(&self.state);
        state.open -= 1;
        if let Some(address) = self.address
            && let Some(open) = state.by_address.get_mut(&address)
        {
            *open -= 1;
            if *open == 0 {
                state.by_address.remove(&address);
            }
        }
        if let Some(waiting) = state.waiting.take() {
            drop(state);
            waiting.wake();
        }
    }
}

/// An IPv6 host has a whole network to choose addresses from.
fn masked(address: IpAddr, v6_prefix: u8) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let host_bits = 128 - u32::from(v6_prefix.min(128));
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

/// The counts are right after every statement, so a panic elsewhere does not spoil them.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_leaves_is_forgotten() {
        let gate = Gate::default();
        let limit = PerAddress {
            connections_max: 1,
            v6_prefix: 64,
        };
        let enter = |address: &str| {
            let mut permit = gate.enter(10).unwrap();
            permit
                .count_address(address.parse().unwrap(), limit)
                .then_some(permit)
        };
        let first = enter("2001:db8::1").unwrap();
        assert!(enter("2001:db8::2").is_none(), "the same /64");
        let other = enter("2001:db8:0:1::1").unwrap();
        let v4 = enter("::ffff:192.0.2.1").unwrap();
        assert!(enter("192.0.2.1").is_none(), "the same address");
        assert_eq!(gate.open(), 3);
        drop((first, other, v4));
        assert_eq!(gate.open(), 0);
        assert!(lock(&gate.state).by_address.is_empty());
    }

    #[test]
    fn a_prefix_of_any_length_masks() {
        let address: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(masked(address, 128), address);
        assert_eq!(masked(address, 0), "::".parse::<IpAddr>().unwrap());
        assert_eq!(masked(address, 200), address);
    }
}

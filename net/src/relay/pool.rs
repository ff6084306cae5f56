use std::cell::RefCell;

/// Idle things of one kind, kept by a thread for whichever of its relays needs one next.
///
/// A relay that waits for its peers holds none, so that 10,000 silent tunnels cost no buffers and no descriptors of
/// pipes; and one that moves bytes pays no allocation and no pipe2(2) for each burst.
pub(super) struct Pool<T> {
    /// Each with the size it was asked for.
    idle: RefCell<Vec<(usize, T)>>,
}

/// One for each direction of the relay that is being polled, and as many again for relays that were stalled by their
/// peers and give theirs back at once. What comes back beyond that is dropped.
const IDLE_MAX: usize = 4;

impl<T> Pool<T> {
    pub(super) const fn new() -> Self {
        Self {
            idle: RefCell::new(Vec::new()),
        }
    }

    /// One that was asked for with this size.
    pub(super) fn take(&self, size: usize) -> Option<T> {
        let mut idle = self.idle.borrow_mut();
        let at = idle.iter().position(|(is, _)| *is == size)?;
        Some(idle.swap_remove(at).1)
    }

    pub(super) fn give_back(&self, size: usize, thing: T) {
        let mut idle = self.idle.borrow_mut();
        if idle.len() == IDLE_MAX {
            // The oldest makes room: relays of another size must not keep this one's out for ever.
            idle.remove(0);
        }
        idle.push((size, thing));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_asked_for_comes_back_and_no_other() {
        let pool = Pool::new();
        pool.give_back(8, "eight");
        assert_eq!(pool.take(9), None);
        assert_eq!(pool.take(8), Some("eight"));
        assert_eq!(pool.take(8), None);
    }

    #[test]
    fn a_full_pool_drops_the_oldest() {
        let pool = Pool::new();
        for size in 0..=IDLE_MAX {
            pool.give_back(size, size);
        }
        assert_eq!(pool.idle.borrow().len(), IDLE_MAX);
        assert_eq!(pool.take(0), None);
        assert_eq!(pool.take(IDLE_MAX), Some(IDLE_MAX));
    }
}

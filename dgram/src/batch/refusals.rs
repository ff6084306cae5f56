use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// To whom datagrams cannot be sent in segments.
///
/// Whether that works depends on the route: on the driver behind it, and on its MTU. So one destination where it does not
/// must not cost the others anything; and since routes change, it is tried again after a while.
#[derive(Debug, Default)]
pub(super) struct Refusals(Mutex<Vec<Refusal>>);

#[derive(Debug)]
struct Refusal {
    to: IpAddr,
    /// Segments of this length and longer.
    from_bytes: usize,
    /// How many calls are still made without it.
    calls_left: u32,
}

/// How many destinations are remembered. Beyond that the oldest is forgotten, which costs it one refused call.
const REFUSALS_MAX: usize = 64;
/// After how many calls it is tried again: often enough to notice a better route soon, and rarely enough that what the tries
/// cost does not show.
const CALLS_WITHOUT: u32 = 1_000;

impl Refusals {
    pub(super) fn note(&self, to: IpAddr, from_bytes: usize) {
        let mut list = self.lock();
        list.retain(|refusal| refusal.to != to);
        if list.len() == REFUSALS_MAX {
            list.remove(0);
        }
        list.push(Refusal {
            to,
            from_bytes,
            calls_left: CALLS_WITHOUT,
        });
    }

    /// Whether a call is better made without segments. Each question counts as a call.
    pub(super) fn hold_for(&self, to: IpAddr, segment_bytes: usize) -> bool {
        let mut list = self.lock();
        let Some(at) = list
            .iter()
            .position(|refusal| refusal.to == to && segment_bytes >= refusal.from_bytes)
        else {
            return false;
        };
        let Some(refusal) = list.get_mut(at) else {
            return false;
        };
        if refusal.calls_left == 0 {
            list.remove(at);
            return false;
        }
        refusal.calls_left -= 1;
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Refusal>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn only_the_destination_and_the_lengths_that_were_refused_are_held() {
        let refusals = Refusals::default();
        refusals.note(ip(1), 1400);
        assert!(refusals.hold_for(ip(1), 1400) && refusals.hold_for(ip(1), 1500));
        assert!(!refusals.hold_for(ip(1), 1399) && !refusals.hold_for(ip(2), 1400));
    }

    #[test]
    fn a_refusal_is_forgotten_after_a_while() {
        let refusals = Refusals::default();
        refusals.note(ip(1), 0);
        for _ in 0..CALLS_WITHOUT {
            assert!(refusals.hold_for(ip(1), 100));
        }
        assert!(!refusals.hold_for(ip(1), 100));
    }

    #[test]
    fn no_more_destinations_are_remembered_than_allowed() {
        let refusals = Refusals::default();
        for last in 0..=u8::try_from(REFUSALS_MAX).unwrap() {
            refusals.note(ip(last), 0);
            refusals.note(ip(last), 0);
        }
        assert_eq!(refusals.lock().len(), REFUSALS_MAX);
        assert!(!refusals.hold_for(ip(0), 100) && refusals.hold_for(ip(1), 100));
    }
}

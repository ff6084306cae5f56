use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use zeroize::Zeroizing;

use crate::TrustId;

/// What an entry costs beside its session: the key, the place in two tables, the allocation.
const ENTRY_OVERHEAD_BYTES: usize = 256;

/// The bounds of a store of sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionsOptions {
    /// How long a session may be resumed after its handshake. Clients of TLS 1.3 are told 24 hours whatever it is,
    /// because rustls does not ask; one that comes too late makes a full handshake.
    ///
    /// Others: nginx 5 minutes, OpenSSL 2 hours, rustls no limit. The default is 6 hours, as for tickets.
    pub lifetime: Duration,
    /// The most sessions. When there would be more, the oldest goes.
    ///
    /// Others: rustls 256, OpenSSL 20,480, nginx some 4,000 per MiB. The default is 20,480.
    pub entries_max: usize,
    /// The most memory in bytes, a guess at the tables included. Without client certificates a session has some 150
    /// bytes; with them, it has them. When there would be more, the oldest go. A session that needs more than a
    /// sixteenth of it is not kept.
    ///
    /// The default is 32 MiB.
    pub bytes_max: usize,
    /// How many sessions a client of TLS 1.3 may resume from one handshake; each is good for once. The default is 2,
    /// as for [tickets](crate::TicketOptions::per_handshake).
    pub per_handshake: usize,
}

impl Default for SessionsOptions {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(6 * 3600),
            entries_max: 20_480,
            bytes_max: 32 * 1024 * 1024,
            per_handshake: 2,
        }
    }
}

/// Sessions kept in the memory of this process, so that a client holds nothing but a number.
///
/// A cheap handle: clones share the store, and so do the configurations of a server before and after a reload.
///
/// A session of TLS 1.3 is taken out when it is resumed, and so is resumed once. That is what makes it fit for early
/// data, which rustls accepts with sessions and never with tickets: within one process, a replay finds nothing
/// ([RFC 8446 §8.1]). A session of TLS 1.2 stays until it is too old.
///
/// Sessions of another trust cannot be found; they age out, or go with [`retire`](Self::retire).
///
/// [RFC 8446 §8.1]: https://www.rfc-editor.org/rfc/rfc8446#section-8.1
#[derive(Clone)]
pub struct Sessions {
    // One lock is enough: it is held for a look into two tables, without cryptography, up to three times in a handshake
    // of a hundred microseconds and more.
    store: Arc<Mutex<Store>>,
    options: Arc<SessionsOptions>,
}

/// How full a store is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionsUsage {
    /// How many sessions it holds.
    pub entries: usize,
    /// How many bytes they take, as [`SessionsOptions::bytes_max`] counts.
    pub bytes: usize,
}

impl Sessions {
    /// An empty store.
    pub fn new(options: SessionsOptions) -> Self {
        Self {
            store: Arc::default(),
            options: Arc::new(options),
        }
    }

    /// Drops every session that began under `trust`. They could not be resumed under another anyway; this gives back
    /// their memory.
    pub fn retire(&self, trust: &TrustId) {
        let _gone = self.lock().retire(trust);
    }

    /// How full the store is.
    pub fn usage(&self) -> SessionsUsage {
        let store = self.lock();
        SessionsUsage {
            entries: store.entries.len(),
            bytes: store.bytes,
        }
    }

    pub(super) fn options(&self) -> &SessionsOptions {
        &self.options
    }

    pub(super) fn put(&self, trust: &TrustId, id: &[u8], session: Vec<u8>, now: u64) -> bool {
        let entry = Entry {
            place: place(trust, id),
            trust: *trust,
            session: Zeroizing::new(session),
            stored: now,
        };
        if entry.bytes() > self.options.bytes_max / 16 || self.options.entries_max == 0 {
            return false;
        }
        // What has to go is erased after the lock is given back.
        let _gone = self.lock().put(entry, &self.options);
        true
    }

    pub(super) fn get(&self, trust: &TrustId, id: &[u8], now: u64) -> Option<Vec<u8>> {
        let place = place(trust, id);
        let store = self.lock();
        let entry = store.entries.get(store.places.get(&place)?)?;
        entry
            .is_fresh(now, &self.options)
            .then(|| entry.session.to_vec())
    }

    pub(super) fn take(&self, trust: &TrustId, id: &[u8], now: u64) -> Option<Vec<u8>> {
        let mut entry = self.lock().remove(&place(trust, id))?;
        entry
            .is_fresh(now, &self.options)
            .then(|| mem::take(&mut *entry.session))
    }

    fn lock(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions")
            .field("usage", &self.usage())
            .field("options", &self.options)
            .finish()
    }
}

/// Where a session is: a digest of its trust and its number. So the same number under another trust is another place,
/// and how long a look-up takes says nothing about numbers.
type Place = [u8; 32];

fn place(trust: &TrustId, id: &[u8]) -> Place {
    let mut context = Context::new(&SHA256);
    context.update(trust.as_bytes());
    context.update(id);
    let mut place = [0; 32];
    place.copy_from_slice(context.finish().as_ref());
    place
}

struct Entry {
    place: Place,
    trust: TrustId,
    session: Zeroizing<Vec<u8>>,
    /// In seconds since 1970.
    stored: u64,
}

impl Entry {
    fn bytes(&self) -> usize {
        self.session.len().saturating_add(ENTRY_OVERHEAD_BYTES)
    }

    /// A clock that was set back makes an entry look as if from the future; nobody knows how old it is.
    fn is_fresh(&self, now: u64, options: &SessionsOptions) -> bool {
        now.checked_sub(self.stored)
            .is_some_and(|age| age <= options.lifetime.as_secs())
    }
}

/// Entries by the order in which they came, and the way to them.
///
/// The oldest goes first, used or not: a session of TLS 1.3 is used once and then gone, so there is no least recently
/// used one, and for TLS 1.2 the lifetime does not begin anew either.
#[derive(Default)]
struct Store {
    entries: BTreeMap<u64, Entry>,
    places: HashMap<Place, u64>,
    next: u64,
    bytes: usize,
}

impl Store {
    /// Returns the entries that had to make room.
    fn put(&mut self, entry: Entry, options: &SessionsOptions) -> Vec<Entry> {
        self.remove(&entry.place);
        let now = entry.stored;
        self.bytes += entry.bytes();
        self.places.insert(entry.place, self.next);
        self.entries.insert(self.next, entry);
        self.next += 1;
        let mut gone = Vec::new();
        while let Some(oldest) = self.entries.first_entry() {
            let over = self.places.len() > options.entries_max || self.bytes > options.bytes_max;
            if !over && oldest.get().is_fresh(now, options) {
                break;
            }
            let entry = oldest.remove();
            self.forget(&entry);
            gone.push(entry);
        }
        gone
    }

    fn remove(&mut self, place: &Place) -> Option<Entry> {
        let entry = self.entries.remove(self.places.get(place)?)?;
        self.forget(&entry);
        Some(entry)
    }

    fn retire(&mut self, trust: &TrustId) -> BTreeMap<u64, Entry> {
        let (gone, kept): (BTreeMap<_, _>, _) = mem::take(&mut self.entries)
            .into_iter()
            .partition(|(_, entry)| entry.trust == *trust);
        self.entries = kept;
        for entry in gone.values() {
            self.forget(entry);
        }
        gone
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes -= entry.bytes();
        self.places.remove(&entry.place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: TrustId = TrustId::for_tests(1);
    const ELSEWHERE: TrustId = TrustId::for_tests(2);

    fn sessions(entries_max: usize, bytes_max: usize) -> Sessions {
        Sessions::new(SessionsOptions {
            entries_max,
            bytes_max,
            ..SessionsOptions::default()
        })
    }

    #[test]
    fn a_session_is_taken_once_and_got_often() {
        let sessions = Sessions::new(SessionsOptions::default());
        assert!(sessions.put(&HERE, b"1", b"session".to_vec(), 7));
        for _ in 0..2 {
            assert_eq!(sessions.get(&HERE, b"1", 7), Some(b"session".to_vec()));
        }
        assert_eq!(sessions.take(&HERE, b"1", 7), Some(b"session".to_vec()));
        assert_eq!(sessions.take(&HERE, b"1", 7), None);
        assert_eq!(sessions.get(&HERE, b"1", 7), None);
        assert_eq!(sessions.usage().bytes, 0);
    }

    #[test]
    fn a_session_of_another_trust_is_unknown_and_stays() {
        let sessions = Sessions::new(SessionsOptions::default());
        sessions.put(&HERE, b"1", b"session".to_vec(), 7);
        assert_eq!(sessions.get(&ELSEWHERE, b"1", 7), None);
        assert_eq!(sessions.take(&ELSEWHERE, b"1", 7), None);
        assert!(sessions.take(&HERE, b"1", 7).is_some());
    }

    #[test]
    fn the_oldest_goes_when_there_are_too_many() {
        let sessions = sessions(3, usize::MAX);
        for id in 1..=4 {
            sessions.put(&HERE, &[id], vec![id], 7);
        }
        assert_eq!(sessions.usage().entries, 3);
        assert_eq!(sessions.get(&HERE, &[1], 7), None);
        assert!(sessions.get(&HERE, &[2], 7).is_some());
    }

    #[test]
    fn the_oldest_go_when_they_are_too_large() {
        let sessions = sessions(1000, 20 * 1024);
        for id in 0..100 {
            assert!(sessions.put(&HERE, &[id], vec![0; 1000], 7));
            assert!(sessions.usage().bytes <= 20 * 1024);
        }
        assert_eq!(sessions.usage().entries, 20 * 1024 / 1256);
        assert!(sessions.get(&HERE, &[99], 7).is_some());
        assert!(!sessions.put(&HERE, b"fat", vec![0; 2000], 7));
    }

    #[test]
    fn an_old_session_is_not_resumed_and_makes_room() {
        let sessions = Sessions::new(SessionsOptions::default());
        let end = 7 + 6 * 3600;
        sessions.put(&HERE, b"1", b"session".to_vec(), 7);
        assert!(sessions.get(&HERE, b"1", end).is_some());
        assert_eq!(sessions.get(&HERE, b"1", end + 1), None);
        assert_eq!(sessions.get(&HERE, b"1", 6), None, "the clock was set back");
        sessions.put(&HERE, b"2", b"session".to_vec(), end + 1);
        assert_eq!(sessions.usage().entries, 1);
    }

    #[test]
    fn a_number_that_repeats_replaces() {
        let sessions = Sessions::new(SessionsOptions::default());
        sessions.put(&HERE, b"1", b"first".to_vec(), 7);
        sessions.put(&HERE, b"1", b"second".to_vec(), 7);
        assert_eq!(sessions.usage().entries, 1);
        assert_eq!(sessions.take(&HERE, b"1", 7), Some(b"second".to_vec()));
    }

    #[test]
    fn a_retired_trust_takes_no_memory() {
        let sessions = Sessions::new(SessionsOptions::default());
        for id in 0..10 {
            sessions.put(&HERE, &[id], vec![id], 7);
            sessions.put(&ELSEWHERE, &[id], vec![id], 7);
        }
        sessions.retire(&HERE);
        assert_eq!(sessions.usage().entries, 10);
        assert!(sessions.get(&ELSEWHERE, &[3], 7).is_some());
        sessions.retire(&ELSEWHERE);
        assert_eq!(
            sessions.usage(),
            SessionsUsage {
                entries: 0,
                bytes: 0
            }
        );
    }
}

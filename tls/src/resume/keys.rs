use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls_pki_types::UnixTime;

use super::{ResumeFault, TicketKey};
use crate::{Error, TrustId};

/// The most keys that are shared at a time; rotation needs two or three. A ticket is held against each key's name. The
/// limit is 16.
pub(super) const TICKET_KEYS_MAX: usize = 16;

/// The longest that a ticket may be of use ([RFC 8446 §4.6.1]).
///
/// [RFC 8446 §4.6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.1
const LIFETIME_MAX: Duration = Duration::from_secs(7 * 86_400);

/// How tickets are issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketOptions {
    /// How long a ticket is accepted after it was issued; the client is told so. More than 7 days is taken for 7 days,
    /// the most that RFC 8446 allows.
    ///
    /// As long as a ticket is accepted there is a key that opens it, and of TLS 1.2 it opens all that was said.
    ///
    /// Others: nginx 5 minutes, OpenSSL 2 hours, rustls 6 to 12 hours, Go 7 days. The default is 6 hours: a client
    /// that comes back in the same half of a day is spared a full handshake.
    pub lifetime: Duration,
    /// How long a key that was made here seals tickets before another takes over; it goes on opening them for one
    /// `lifetime`, and is then erased. It has no effect on shared keys: these rotate when they are replaced. Less
    /// than a second is taken for one.
    ///
    /// Others: rustls 6 hours, Go 24 hours, nginx its session timeout or, without a shared cache, never, OpenSSL never.
    /// The default is 6 hours, so that a key lives for 12.
    pub rotate_after: Duration,
    /// How many tickets a client of TLS 1.3 gets in a handshake. A client should use each once, so that its connections
    /// cannot be linked, and may open several at a time. Each costs some microseconds and 250 bytes, and with a client
    /// certificate its chain's size too. Clients of TLS 1.2 get one, unless this is 0.
    ///
    /// Others: Go 1, OpenSSL and rustls 2. The default is 2.
    pub per_handshake: usize,
}

impl Default for TicketOptions {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(6 * 3600),
            rotate_after: Duration::from_secs(6 * 3600),
            per_handshake: 2,
        }
    }
}

/// The keys that seal and open tickets. A cheap handle: clones share the keys, and so do the configurations of a
/// server before and after a reload.
///
/// Either made here, known to this process alone and rotated by itself, or [shared](Self::shared) with other processes
/// and hosts, which then resume each other's sessions if their trust is the same.
///
/// Keys rotate when a handshake needs them: no task runs for it. A process without handshakes keeps its last keys until
/// [`expire`](Self::expire) is called.
#[derive(Clone)]
pub struct TicketKeys {
    ring: Arc<ArcSwap<Ring>>,
    /// Held by whoever makes the next ring. Handshakes read the ring without it.
    change: Arc<Mutex<()>>,
    options: Arc<TicketOptions>,
}

impl TicketKeys {
    /// Keys of this process alone. The first is made when the first ticket is.
    pub fn generate(options: TicketOptions) -> Self {
        Self::with_ring(Ring::Own(Vec::new()), options)
    }

    /// Keys that others have too. The first seals; all open.
    ///
    /// To rotate without losing a ticket, first add the new key everywhere as the second, then move it to the front,
    /// and remove the old one when a `lifetime` has passed: see [`replace`](Self::replace).
    ///
    /// # Errors
    ///
    /// When there is no key, or more than 16.
    pub fn shared(keys: Vec<TicketKey>, options: TicketOptions) -> Result<Self, Error> {
        Ok(Self::with_ring(Ring::shared(keys)?, options))
    }

    /// Exchanges the keys, for every clone of this handle and every connection from now on. The first seals; all open.
    ///
    /// A key that is not among them opens nothing any more, from this moment on: who removes a key that has become
    /// known wants it gone. Keys that were made here are given up for good.
    ///
    /// # Errors
    ///
    /// When there is no key, or more than 16; then the former stay.
    pub fn replace(&self, keys: Vec<TicketKey>) -> Result<(), Error> {
        let ring = Ring::shared(keys)?;
        let _guard = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// Erases the keys made here whose time is over. Handshakes do so by themselves; a process that may be without any
    /// for long calls it now and then. It has no effect on shared keys.
    pub fn expire(&self) {
        self.expire_at(now());
    }

    pub(crate) fn options(&self) -> &TicketOptions {
        &self.options
    }

    pub(super) fn lifetime_seconds(&self) -> u32 {
        let lifetime = self.options.lifetime.min(LIFETIME_MAX);
        u32::try_from(lifetime.as_secs()).unwrap_or(u32::MAX)
    }

    /// Seals a session with the first key.
    pub(super) fn seal(&self, trust: &TrustId, session: &[u8], now: u64) -> Option<Vec<u8>> {
        let mut ring = self.ring.load();
        if ring.needs_key(now, self.rotate_after()) {
            self.rotate(now);
            ring = self.ring.load();
        }
        ring.first()?.seal(trust, session, now)
    }

    /// Opens a ticket that is of this trust, and not older than the lifetime.
    pub(super) fn open(&self, trust: &TrustId, ticket: &[u8], now: u64) -> Option<Vec<u8>> {
        self.expire_at(now);
        let ring = self.ring.load();
        let key = ring.keys().find(|key| key.sealed(ticket))?;
        let (session, issued) = key.open(trust, ticket)?;
        // Another host's clock may be ahead of ours: its newest tickets are from the future.
        let age = now.saturating_sub(issued);
        (age <= u64::from(self.lifetime_seconds())).then_some(session)
    }

    fn with_ring(ring: Ring, options: TicketOptions) -> Self {
        Self {
            ring: Arc::new(ArcSwap::from_pointee(ring)),
            change: Arc::new(Mutex::new(())),
            options: Arc::new(options),
        }
    }

    fn rotate_after(&self) -> u64 {
        self.options.rotate_after.as_secs().max(1)
    }

    /// How long a key lives that was made here.
    fn key_life(&self) -> u64 {
        self.rotate_after()
            .saturating_add(u64::from(self.lifetime_seconds()))
    }

    fn rotate(&self, now: u64) {
        let _guard = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let ring = self.ring.load();
        // Somebody else may have been here before us.
        if let (Ring::Own(keys), true) = (&**ring, ring.needs_key(now, self.rotate_after())) {
            let Some(key) = TicketKey::generate() else {
                return;
            };
            let made = now;
            let mut next = vec![OwnKey { key, made }];
            next.extend(alive(keys, now, self.key_life()));
            self.ring.store(Arc::new(Ring::Own(next)));
        }
    }

    fn expire_at(&self, now: u64) {
        if !self.ring.load().has_expired(now, self.key_life()) {
            return;
        }
        let _guard = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ring::Own(keys) = &**self.ring.load() {
            let next = alive(keys, now, self.key_life()).collect();
            self.ring.store(Arc::new(Ring::Own(next)));
        }
    }
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ring = self.ring.load();
        f.debug_struct("TicketKeys")
            .field("shared", &matches!(**ring, Ring::Shared(_)))
            .field("keys", &ring.keys().count())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The keys at one time, the one that seals first.
enum Ring {
    /// Made here; the newest first.
    Own(Vec<OwnKey>),
    /// Given by the operator.
    Shared(Vec<TicketKey>),
}

#[derive(Clone)]
struct OwnKey {
    key: TicketKey,
    /// In seconds since 1970.
    made: u64,
}

impl OwnKey {
    /// A clock that was set back makes a key look as if from the future. It is then given up, since nobody knows how
    /// old it is.
    fn is_younger_than(&self, seconds: u64, now: u64) -> bool {
        now.checked_sub(self.made).is_some_and(|age| age < seconds)
    }
}

impl Ring {
    fn shared(keys: Vec<TicketKey>) -> Result<Self, ResumeFault> {
        let mut ring: Vec<TicketKey> = Vec::new();
        for key in keys {
            if !ring.iter().any(|known| known.is_same_as(&key)) {
                ring.push(key);
            }
        }
        match ring.len() {
            0 => Err(ResumeFault::NoKey),
            1..=TICKET_KEYS_MAX => Ok(Self::Shared(ring)),
            _ => Err(ResumeFault::TooManyKeys),
        }
    }

    fn keys(&self) -> impl Iterator<Item = &TicketKey> {
        let (own, shared): (&[OwnKey], &[TicketKey]) = match self {
            Self::Own(keys) => (keys, &[]),
            Self::Shared(keys) => (&[], keys),
        };
        own.iter().map(|own| &own.key).chain(shared)
    }

    fn first(&self) -> Option<&TicketKey> {
        self.keys().next()
    }

    fn needs_key(&self, now: u64, rotate_after: u64) -> bool {
        match self {
            Self::Own(keys) => !keys
                .first()
                .is_some_and(|own| own.is_younger_than(rotate_after, now)),
            Self::Shared(_) => false,
        }
    }

    fn has_expired(&self, now: u64, life: u64) -> bool {
        match self {
            Self::Own(keys) => keys.iter().any(|own| !own.is_younger_than(life, now)),
            Self::Shared(_) => false,
        }
    }
}

fn alive(keys: &[OwnKey], now: u64, life: u64) -> impl Iterator<Item = OwnKey> {
    keys.iter()
        .filter(move |own| own.is_younger_than(life, now))
        .cloned()
}

/// In seconds since 1970. Not a monotonic clock, because tickets go from host to host.
pub(super) fn now() -> u64 {
    UnixTime::now().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: TrustId = TrustId::for_tests(1);
    const HOUR: u64 = 3600;
    const START: u64 = 1_000_000;

    fn key(seed: u8) -> TicketKey {
        let mut bytes = [seed; 80];
        bytes[0] = !seed;
        TicketKey::from_bytes(&bytes).unwrap()
    }

    fn own() -> TicketKeys {
        TicketKeys::generate(TicketOptions::default())
    }

    fn shared(seeds: &[u8]) -> TicketKeys {
        let keys = seeds.iter().map(|seed| key(*seed)).collect();
        TicketKeys::shared(keys, TicketOptions::default()).unwrap()
    }

    fn count(keys: &TicketKeys) -> usize {
        keys.ring.load().keys().count()
    }

    #[test]
    fn a_ticket_is_good_for_its_lifetime_and_no_longer() {
        for keys in [own(), shared(&[1])] {
            let ticket = keys.seal(&TRUST, b"session", START).unwrap();
            let open = |now| keys.open(&TRUST, &ticket, now).is_some();
            assert!(open(START));
            assert!(open(START + 6 * HOUR));
            assert!(!open(START + 6 * HOUR + 1));
        }
    }

    #[test]
    fn keys_rotate_by_themselves_and_lose_no_ticket() {
        let keys = own();
        let mut names = Vec::new();
        for hour in 0..48 {
            let now = START + hour * HOUR;
            let ticket = keys.seal(&TRUST, b"session", now).unwrap();
            assert!(keys.open(&TRUST, &ticket, now + 6 * HOUR - 1).is_some());
            names.push(ticket[..16].to_vec());
            assert!(count(&keys) <= 3);
        }
        names.dedup();
        assert_eq!(names.len(), 8);
    }

    #[test]
    fn a_key_is_erased_when_its_last_ticket_has_expired() {
        let keys = own();
        keys.seal(&TRUST, b"session", START).unwrap();
        keys.expire_at(START + 12 * HOUR - 1);
        assert_eq!(count(&keys), 1);
        keys.expire_at(START + 12 * HOUR);
        assert_eq!(count(&keys), 0);
    }

    #[test]
    fn a_clock_that_was_set_back_ends_the_keys() {
        let keys = own();
        let ticket = keys.seal(&TRUST, b"session", START).unwrap();
        assert_eq!(keys.open(&TRUST, &ticket, START - 1), None);
        assert!(keys.seal(&TRUST, b"session", START - 1).is_some());
        assert_eq!(count(&keys), 1);
    }

    #[test]
    fn a_host_whose_clock_is_ahead_is_understood() {
        let ticket = shared(&[1]).seal(&TRUST, b"session", START + 30).unwrap();
        assert!(shared(&[1]).open(&TRUST, &ticket, START).is_some());
    }

    #[test]
    fn a_shared_key_opens_while_it_is_listed() {
        let keys = shared(&[1]);
        let ticket = keys.seal(&TRUST, b"session", START).unwrap();
        let other_handle = keys.clone();
        other_handle.replace(vec![key(2), key(1)]).unwrap();
        assert!(keys.open(&TRUST, &ticket, START).is_some());
        let newer = keys.seal(&TRUST, b"session", START).unwrap();
        assert_ne!(newer[..16], ticket[..16]);
        other_handle.replace(vec![key(2)]).unwrap();
        assert_eq!(keys.open(&TRUST, &ticket, START), None);
        assert!(keys.open(&TRUST, &newer, START).is_some());
    }

    #[test]
    fn keys_that_cannot_be_used_change_nothing() {
        let keys = shared(&[1]);
        let ticket = keys.seal(&TRUST, b"session", START).unwrap();
        keys.replace(Vec::new()).unwrap_err();
        let many = (1..=17).map(key).collect();
        keys.replace(many).unwrap_err();
        assert!(keys.open(&TRUST, &ticket, START).is_some());
        // The same key seventeen times is one key.
        keys.replace(vec![key(1); 17]).unwrap();
        assert_eq!(count(&keys), 1);
    }

    #[test]
    fn shared_keys_put_an_end_to_own_ones() {
        let keys = own();
        let ticket = keys.seal(&TRUST, b"session", START).unwrap();
        keys.replace(vec![key(1)]).unwrap();
        assert_eq!(keys.open(&TRUST, &ticket, START), None);
        keys.seal(&TRUST, b"session", START + 100 * HOUR).unwrap();
        assert_eq!(count(&keys), 1);
    }

    #[test]
    fn many_handshakes_at_once_rotate_once() {
        let keys = own();
        keys.seal(&TRUST, b"session", START).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let now = START + 6 * HOUR;
                        let ticket = keys.seal(&TRUST, b"session", now).unwrap();
                        assert!(keys.open(&TRUST, &ticket, now).is_some());
                    }
                });
            }
        });
        assert_eq!(count(&keys), 2);
    }

    #[test]
    fn a_lifetime_is_at_most_seven_days() {
        let keys = TicketKeys::generate(TicketOptions {
            lifetime: Duration::MAX,
            ..TicketOptions::default()
        });
        assert_eq!(keys.lifetime_seconds(), 604_800);
    }
}

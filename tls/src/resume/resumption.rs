use std::sync::Arc;
use std::time::UNIX_EPOCH;

use rustls::ServerConfig;
use rustls::server::{NoServerSessionStorage, ProducesTickets, StoresServerSessions};

use super::keys::now;
use super::{Sessions, SessionsOptions, TicketKeys, TicketOptions};
use crate::{ClientAuth, TrustId};

/// How a server lets clients resume their sessions.
///
/// A cheap handle. Give the same one to each configuration that is to resume the sessions of the others. A session is
/// bound to the client authentication it began under: it goes on after a reload that changed the server's certificate,
/// and ends with one that changed a trust anchor, a CRL, the policy or the mode. Where CRLs that have expired are
/// refused, none is resumed from the moment on when the first of them has.
#[derive(Clone, Debug)]
pub enum Resumption {
    /// Every handshake is a full one.
    Off,
    /// The client keeps the session, sealed in a ticket. It costs the server no memory, and works across processes and
    /// hosts that share the keys. Early data is not possible.
    Tickets(TicketKeys),
    /// The server keeps the session in memory, and the client its number. It works within one process.
    Sessions(Sessions),
}

impl Default for Resumption {
    /// Tickets with keys of this process alone.
    fn default() -> Self {
        Self::Tickets(TicketKeys::generate(TicketOptions::default()))
    }
}

impl Resumption {
    /// Sessions with the default bounds.
    pub fn sessions() -> Self {
        Self::Sessions(Sessions::new(SessionsOptions::default()))
    }

    /// What a configuration with this client authentication needs in order to resume.
    pub(crate) fn bind(&self, client_auth: &ClientAuth) -> Bound {
        let binding = Binding {
            trust: client_auth.id(),
            until: client_auth.good_until().map(|end| {
                let end = end.duration_since(UNIX_EPOCH).unwrap_or_default();
                end.as_secs()
            }),
        };
        match self {
            Self::Tickets(keys) if keys.options().per_handshake > 0 => Bound {
                tickets_per_handshake: keys.options().per_handshake,
                ticketer: Arc::new(BoundKeys {
                    keys: keys.clone(),
                    binding,
                }),
                storage: Arc::new(NoServerSessionStorage {}),
            },
            Self::Sessions(sessions) if sessions.options().per_handshake > 0 => Bound {
                tickets_per_handshake: sessions.options().per_handshake,
                ticketer: Arc::new(NoTickets),
                storage: Arc::new(BoundSessions {
                    sessions: sessions.clone(),
                    binding,
                }),
            },
            Self::Off | Self::Tickets(_) | Self::Sessions(_) => Bound {
                tickets_per_handshake: 0,
                ticketer: Arc::new(NoTickets),
                storage: Arc::new(NoServerSessionStorage {}),
            },
        }
    }
}

/// Resumption under one trust.
pub(crate) struct Bound {
    tickets_per_handshake: usize,
    ticketer: Arc<dyn ProducesTickets>,
    storage: Arc<dyn StoresServerSessions>,
}

impl Bound {
    pub(crate) fn apply(self, config: &mut ServerConfig) {
        config.ticketer = self.ticketer;
        config.session_storage = self.storage;
        config.send_tls13_tickets = self.tickets_per_handshake;
    }
}

#[derive(Clone, Debug)]
struct Binding {
    trust: TrustId,
    /// From when on nothing is resumed, in seconds since 1970: a CRL has expired then, and a full handshake decides.
    until: Option<u64>,
}

impl Binding {
    fn holds(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

#[derive(Debug)]
struct BoundKeys {
    keys: TicketKeys,
    binding: Binding,
}

impl ProducesTickets for BoundKeys {
    fn enabled(&self) -> bool {
        true
    }

    fn lifetime(&self) -> u32 {
        self.keys.lifetime_seconds()
    }

    fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        self.keys.seal(&self.binding.trust, plain, now())
    }

    fn decrypt(&self, cipher: &[u8]) -> Option<Vec<u8>> {
        let now = now();
        if !self.binding.holds(now) {
            return None;
        }
        self.keys.open(&self.binding.trust, cipher, now)
    }
}

#[derive(Debug)]
struct BoundSessions {
    sessions: Sessions,
    binding: Binding,
}

impl StoresServerSessions for BoundSessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.sessions.put(&self.binding.trust, &key, value, now())
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        let now = now();
        if !self.binding.holds(now) {
            return None;
        }
        self.sessions.get(&self.binding.trust, key, now)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let now = now();
        if !self.binding.holds(now) {
            return None;
        }
        self.sessions.take(&self.binding.trust, key, now)
    }

    fn can_cache(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct NoTickets;

impl ProducesTickets for NoTickets {
    fn enabled(&self) -> bool {
        false
    }

    fn lifetime(&self) -> u32 {
        0
    }

    fn encrypt(&self, _plain: &[u8]) -> Option<Vec<u8>> {
        None
    }

    fn decrypt(&self, _cipher: &[u8]) -> Option<Vec<u8>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUST: TrustId = TrustId::for_tests(1);

    #[test]
    fn nothing_is_resumed_when_a_crl_has_expired() {
        let keys = TicketKeys::generate(TicketOptions::default());
        let sessions = Sessions::new(SessionsOptions::default());
        for (until, resumed) in [(None, true), (Some(u64::MAX), true), (Some(0), false)] {
            let binding = Binding {
                trust: TRUST,
                until,
            };
            let tickets = BoundKeys {
                keys: keys.clone(),
                binding: binding.clone(),
            };
            let ticket = tickets.encrypt(b"session").unwrap();
            assert_eq!(tickets.decrypt(&ticket).is_some(), resumed, "{until:?}");

            let stored = BoundSessions {
                sessions: sessions.clone(),
                binding,
            };
            assert!(stored.put(vec![1], b"session".to_vec()));
            assert_eq!(stored.get(&[1]).is_some(), resumed, "{until:?}");
            assert_eq!(stored.take(&[1]).is_some(), resumed, "{until:?}");
        }
    }
}

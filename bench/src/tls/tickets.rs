//! What a client resumes by.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::NamedGroup;
use rustls::client::{ClientSessionStore, Tls12ClientSessionValue, Tls13ClientSessionValue};
use rustls::pki_types::ServerName;

/// How many are kept; older ones are dropped.
pub const TICKETS_MAX: usize = 64;

/// The tickets of one client of one server, each used once ([RFC 8446 §C.4]), the newest first.
///
/// [RFC 8446 §C.4]: https://www.rfc-editor.org/rfc/rfc8446#appendix-C.4
#[derive(Debug, Default)]
pub struct Tickets(Mutex<VecDeque<Tls13ClientSessionValue>>);

impl Tickets {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.pile().len()
    }

    fn pile(&self) -> MutexGuard<'_, VecDeque<Tls13ClientSessionValue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a client may do with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Collect and resume.
    Spend,
    /// Only collect, in full handshakes.
    Collect,
}

/// A client's way to its tickets.
#[derive(Debug)]
pub struct Store {
    /// Shared by the clients that collect and those that spend.
    pub tickets: Arc<Tickets>,
    /// Which this is.
    pub may: Use,
}

impl ClientSessionStore for Store {
    fn insert_tls13_ticket(&self, _: ServerName<'static>, ticket: Tls13ClientSessionValue) {
        let mut pile = self.tickets.pile();
        if pile.len() == TICKETS_MAX {
            pile.pop_front();
        }
        pile.push_back(ticket);
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        match self.may {
            Use::Spend => self.tickets.pile().pop_back(),
            Use::Collect => None,
        }
    }

    // The client offers one group anyway.
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {}

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        None
    }

    // And no TLS 1.2.
    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {}

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        None
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {}
}

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::{Addr, ProxyHeader};

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// What is known of a connection: a handle on [`ConnFacts`], whose fields it has.
///
/// Layers above put it into the extensions of each request, so a clone is one count and no copy.
#[derive(Clone, Debug)]
pub struct ConnInfo {
    facts: Arc<ConnFacts>,
}

impl Deref for ConnInfo {
    type Target = ConnFacts;

    fn deref(&self) -> &ConnFacts {
        &self.facts
    }
}

/// The fields of a [`ConnInfo`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ConnFacts {
    /// Unique within this process; counts up from 1.
    pub id: u64,
    /// Who is at the other end: behind a proxy that was trusted to say so, the client it speaks for. An IPv4 peer of a
    /// dual-stack socket appears as IPv4, not as `::ffff:…`.
    pub peer: Addr,
    /// The address the peer connected to: behind a proxy, the proxy's.
    pub local: Addr,
    /// The other end of the connection itself. It differs from `peer` only behind a proxy.
    pub transport_peer: Addr,
    /// This end of the connection itself.
    pub transport_local: Addr,
    /// The process at the other end of a Unix socket, as the kernel tells it. `None` on TCP.
    pub credentials: Option<Credentials>,
    /// What the proxy said, with all its additions. `None` where none was asked.
    pub proxy: Option<Arc<ProxyHeader>>,
    /// When the connection was accepted, or established by a dial.
    pub since: Instant,
}

impl ConnInfo {
    /// A connection that begins now, with the next number.
    pub fn new(peer: Addr, local: Addr) -> Self {
        let facts = ConnFacts {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            transport_peer: peer.clone(),
            transport_local: local.clone(),
            peer,
            local,
            credentials: None,
            proxy: None,
            since: Instant::now(),
        };
        Self {
            facts: Arc::new(facts),
        }
    }

    /// To fill in what was learned later. Nobody else has a clone by then, so nothing is copied.
    pub(crate) fn facts_mut(&mut self) -> &mut ConnFacts {
        Arc::make_mut(&mut self.facts)
    }
}

/// Who opened the other end of a Unix socket (`SO_PEERCRED`): as it was at `connect` or `listen`, whatever the process
/// has become since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Credentials {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
    /// The process; `None` where it is not visible, as from another PID namespace. Numbers are used again: it tells who
    /// it was, and is nothing to grant access by.
    pub pid: Option<i32>,
}

impl Credentials {
    pub(crate) fn of(stream: &tokio::net::UnixStream) -> Option<Self> {
        let peer = stream.peer_cred().ok()?;
        Some(Self {
            uid: peer.uid(),
            gid: peer.gid(),
            pid: peer.pid().filter(|pid| *pid != 0),
        })
    }
}

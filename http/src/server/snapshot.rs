use std::collections::BTreeMap;
use std::sync::Arc;

use super::registry::Registry;

/// Tells what goes on at a server, while it runs and afterwards. A cheap handle, from
/// [`Server::stats`](super::Server::stats).
#[derive(Clone, Debug)]
pub struct ServerStats {
    pub(super) registry: Arc<Registry>,
}

impl ServerStats {
    /// The figures of this moment, over all the listeners of the server. It looks at every open connection; every few
    /// seconds is often enough.
    pub fn snapshot(&self) -> ServerSnapshot {
        self.registry.snapshot()
    }
}

/// What went on at a server since it was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServerSnapshot {
    /// Connections that came, those refused included.
    pub accepted: u64,
    /// Those that were refused because there were
    /// [`connections_max`](super::ServerConfig::connections_max) others, none of them idle.
    pub refused: u64,
    /// Connections that are open.
    pub open: usize,
    /// Those of them that wait for their next request.
    pub idle: usize,
    /// Requests whose heads have arrived.
    pub requests: u64,
    /// Bytes received, heads and framing included, TLS not. Of an exchange that is under way nothing is counted yet,
    /// and nothing of what comes behind a switch of protocols.
    pub received_bytes: u64,
    /// Bytes handed to the transport, in the same way.
    pub sent_bytes: u64,
    /// How often each rule was broken, by [`ProtocolError::name`](crate::h1::ProtocolError::name).
    pub errors: BTreeMap<&'static str, u64>,
    /// Why connections were closed, by [`CloseReason::name`](crate::CloseReason::name), and `cut` for those that were
    /// dropped at the deadline of a drain.
    pub closed: BTreeMap<&'static str, u64>,
}

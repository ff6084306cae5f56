use std::net::SocketAddr;
use std::time::Instant;

/// What is known of an accepted connection. Layers above put it into a request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnInfo {
    /// Unique within this process; counts up from 1.
    pub id: u64,
    /// Who is at the other end. An IPv4 peer of a dual-stack socket appears as IPv4, not as `::ffff:…`.
    pub peer: SocketAddr,
    /// The address the peer connected to, in the same canonical form.
    pub local: SocketAddr,
    /// The other end of the TCP connection itself. It differs from `peer` only behind a proxy that tells who it
    /// speaks for; nothing does yet, so both are equal.
    pub transport_peer: SocketAddr,
    /// When the connection was accepted.
    pub accepted: Instant,
}

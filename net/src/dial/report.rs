use std::net::SocketAddr;
use std::time::Duration;

use super::Attempt;

/// How a dial went that was won.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DialReport {
    /// How long resolving the name took; next to nothing for an address.
    pub resolved: Duration,
    /// The addresses that may be dialed, in the order of the resolver. Empty for a Unix socket.
    pub addresses: Vec<SocketAddr>,
    /// Every attempt, in the order of their starts, which are counted from the end of resolving. Empty for a Unix socket.
    pub attempts: Vec<Attempt>,
}

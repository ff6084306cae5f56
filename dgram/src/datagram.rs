use std::net::SocketAddr;

/// What is known of a datagram that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recv {
    /// How many bytes of the buffer were filled. An empty datagram is a datagram: 0 is not the end of anything.
    pub len: usize,
    /// Who sent it, as far as a source address can be believed: UDP lets anyone write any.
    ///
    /// An IPv4 sender is an IPv4 address here, also on an IPv6 socket, where the kernel says `::ffff:192.0.2.1`.
    pub from: SocketAddr,
    /// The datagram was longer than the buffer, and the kernel has thrown the rest away.
    ///
    /// A protocol whose messages have a largest size drops such a datagram; the next one is not affected.
    pub truncated: bool,
}

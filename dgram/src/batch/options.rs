use crate::PathMtu;

/// How a socket for many datagrams at a time is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// What happens to a datagram that is longer than a link of its path takes. [`PathMtu::Os`] keeps what the plain socket
    /// had. The default is [`PathMtu::Probe`]: whoever sends in batches does not want fragments, and what is too long for the
    /// interface fails instead of being cut up.
    pub path_mtu: PathMtu,
    /// Whether datagrams are sent in segments of one call (`UDP_SEGMENT`) where the kernel can. The default is `true`;
    /// `false` is for comparing, and for hosts where it is known not to work.
    pub segmentation: bool,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            path_mtu: PathMtu::Probe,
            segmentation: true,
        }
    }
}

/// What a socket for many datagrams at a time can do here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Capabilities {
    /// How many datagrams go into one call to send: 64 with GSO, 1 without.
    pub segments_sent_max: usize,
    /// How many datagrams may come together in one slot: 64 with GRO, 1 without.
    pub segments_received_max: usize,
    /// Whether what it sends may be fragmented by this host or a router.
    pub may_fragment: bool,
}

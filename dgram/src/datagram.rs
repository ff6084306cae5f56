use std::net::{IpAddr, SocketAddr};
use std::time::SystemTime;

/// What is known of a datagram that was received.
///
/// The fields behind `truncated` are filled in where [`Tell`](crate::Tell) asked for them, on Linux.
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
    /// The address it was sent to: one of this host's, a group's, or the broadcast address.
    ///
    /// The answer of a server on `0.0.0.0` or `[::]` leaves from whatever address the route has; a client that asked
    /// another one does not take it. [`SendMeta::from`] with this address answers right.
    pub to: Option<IpAddr>,
    /// The index of the interface it came in at.
    pub interface: Option<u32>,
    /// TTL or hop limit of its IP header, as it arrived. 255 proves that no router was between (RFC 5082).
    pub ttl: Option<u8>,
    /// TOS or traffic class: six bits DSCP (RFC 2474), two bits [`Ecn`].
    pub tos: Option<u8>,
    /// When the kernel took it from the driver, by the host's clock, in nanoseconds. That is before it waited in the queue.
    pub at: Option<SystemTime>,
    /// How many datagrams this socket has lost since it was made because its receive buffer was full, as of the moment
    /// when this one was queued. It wraps.
    pub dropped: Option<u32>,
}

impl Recv {
    /// What every datagram has.
    pub(crate) fn new(len: usize, from: SocketAddr, truncated: bool) -> Self {
        Self {
            len,
            from: canonical(from),
            truncated,
            to: None,
            interface: None,
            ttl: None,
            tos: None,
            at: None,
            dropped: None,
        }
    }

    /// The ECN field, if the TOS was asked for.
    pub fn ecn(&self) -> Option<Ecn> {
        self.tos.map(Ecn::of_tos)
    }
}

/// How one datagram is sent. The default leaves everything to the socket: the connected peer, the route's source address,
/// the socket's TTL and TOS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SendMeta {
    /// Where to. `None` is the connected peer.
    pub to: Option<SocketAddr>,
    /// The source address; it must be one of this host's, of the family of the destination.
    pub from: Option<IpAddr>,
    /// The interface it leaves by, by its index: [`Interface::index`](crate::Interface::index) tells that of a name.
    pub interface: Option<u32>,
    /// TTL or hop limit. 0 is refused for IPv4.
    pub ttl: Option<u8>,
    /// TOS or traffic class: DSCP and ECN.
    pub tos: Option<u8>,
}

impl SendMeta {
    /// To this peer, and everything else as the socket has it.
    pub fn to(peer: SocketAddr) -> Self {
        Self {
            to: Some(peer),
            ..Self::default()
        }
    }

    /// The answer to a received datagram: to its sender, from the address it was sent to, by the interface it came in at,
    /// as far as these are known. What was sent to a group or to a broadcast address is answered from the route's source
    /// address, since neither can be a source.
    pub fn answer(received: &Recv) -> Self {
        let unicast = |address: &IpAddr| match address {
            IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
            IpAddr::V6(address) => !address.is_multicast(),
        };
        Self {
            to: Some(received.from),
            from: received.to.filter(unicast),
            interface: received.interface,
            ..Self::default()
        }
    }
}

/// Explicit congestion notification ([RFC 3168 §5]): the two lowest bits of TOS or traffic class.
///
/// [RFC 3168 §5]: https://www.rfc-editor.org/rfc/rfc3168#section-5
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ecn {
    /// The sender does not react to marks. It is the default.
    #[default]
    NotEct,
    /// The sender reacts; which meaning of ECT(1) is RFC 9331's.
    Ect1,
    /// The sender reacts.
    Ect0,
    /// A router would have dropped this datagram, had it not been marked.
    Ce,
}

impl Ecn {
    /// The ECN field of a TOS or traffic class.
    pub fn of_tos(tos: u8) -> Self {
        match tos & 0b11 {
            0b01 => Self::Ect1,
            0b10 => Self::Ect0,
            0b11 => Self::Ce,
            _ => Self::NotEct,
        }
    }

    /// The two bits.
    pub fn bits(self) -> u8 {
        match self {
            Self::NotEct => 0b00,
            Self::Ect1 => 0b01,
            Self::Ect0 => 0b10,
            Self::Ce => 0b11,
        }
    }
}

/// `::ffff:192.0.2.1` is 192.0.2.1. An IPv6 address keeps its zone.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_v4_mapped_address_becomes_v4_and_a_zone_is_kept() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:53".parse().unwrap();
        assert_eq!(canonical(mapped), "192.0.2.1:53".parse().unwrap());
        let zoned: SocketAddr = "[fe80::1%3]:53".parse().unwrap();
        assert_eq!(canonical(zoned), zoned);
    }

    #[test]
    fn the_ecn_field_is_the_two_lowest_bits() {
        for tos in 0..=u8::MAX {
            assert_eq!(Ecn::of_tos(tos).bits(), tos & 3);
        }
        assert_eq!(Ecn::of_tos(0xb8 | 2), Ecn::Ect0, "RFC 3168: ECT(0) is 10");
    }

    #[test]
    fn an_answer_leaves_from_the_address_that_was_asked_unless_many_were() {
        let peer: SocketAddr = "192.0.2.9:7".parse().unwrap();
        let answer = |to: &str| {
            let mut received = Recv::new(0, peer, false);
            received.to = Some(to.parse().unwrap());
            let meta = SendMeta::answer(&received);
            assert_eq!(meta.to, Some(peer));
            meta.from
        };
        assert_eq!(answer("192.0.2.1"), Some("192.0.2.1".parse().unwrap()));
        for many in ["239.1.2.3", "255.255.255.255", "ff02::1"] {
            assert_eq!(answer(many), None, "{many}");
        }
    }
}

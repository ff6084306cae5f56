use std::io;
use std::os::fd::AsFd;

use nix::sys::socket::sockopt as nix_option;
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::{SockRef, Socket};

use crate::MulticastOptions;
use crate::sockopt::set;

/// How a datagram socket is set up. Nothing is switched on unasked.
#[derive(Clone, Debug, Default)]
pub struct DgramOptions {
    /// Whether a socket on an IPv6 address also takes IPv4. The default is [`V6Only::Off`]: `[::]:53` means both,
    /// whatever `net.ipv6.bindv6only` says on this host.
    pub v6_only: V6Only,
    /// `SO_REUSEADDR`: another socket with the same option may bind the same address.
    ///
    /// UDP knows no TIME-WAIT, so a restarted server does not need it; and on Linux the socket that is bound last takes
    /// all unicast datagrams, which hides that a second server runs. Its use is multicast. The default is `false`.
    pub reuse_addr: bool,
    /// `SO_REUSEPORT`: several sockets of the same user bind the same address, and the kernel spreads the datagrams by
    /// a hash of both ends' addresses. The default is `false`.
    pub reuse_port: bool,
    /// The receive buffer in bytes (`SO_RCVBUF`). What does not fit is lost. `None` leaves it to the host
    /// (`net.core.rmem_default`, 208 KiB on most). [`Udp::buffer_bytes`](crate::Udp::buffer_bytes) tells what was
    /// granted. The default is `None`.
    pub recv_buffer_bytes: Option<usize>,
    /// The send buffer in bytes (`SO_SNDBUF`). A sender waits while it is full. `None` leaves it to the host
    /// (`net.core.wmem_default`). The default is `None`.
    pub send_buffer_bytes: Option<usize>,
    /// Whether it may send to broadcast addresses (`SO_BROADCAST`), which is refused otherwise. The default is `false`.
    pub broadcast: bool,
    /// TTL or hop limit of what it sends to one host. `None` leaves it to the host (64 on most). The default is `None`.
    pub ttl: Option<u8>,
    /// TOS or traffic class of what it sends: DSCP in the upper six bits, [`Ecn`](crate::Ecn) in the lower two. The default
    /// is `None`, which is 0.
    pub tos: Option<u8>,
    /// What happens to a datagram that is longer than a link of its path takes. The default is [`PathMtu::Os`].
    pub path_mtu: PathMtu,
    /// Whether the network's answers to lost datagrams are kept with what they are about (`IP_RECVERR`), for
    /// [`Udp::recv_error`](crate::Udp::recv_error). Sending and receiving then do not fail because of them, and an
    /// unconnected socket is told as well. They wait in the receive buffer, so somebody should take them. The default is
    /// `false`.
    pub error_queue: bool,
    /// What is told of a received datagram beyond its sender. The default is nothing.
    pub tell: Tell,
    /// Sending to groups, and which are heard.
    pub multicast: MulticastOptions,
}

/// What the kernel is asked to tell of each received datagram, in the field of [`Recv`](crate::Recv) with the same meaning.
///
/// Each costs a little for every datagram, which is why nothing is told unasked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tell {
    /// `to` and `interface` (`IP_PKTINFO`, [RFC 3542 §6.1]).
    ///
    /// [RFC 3542 §6.1]: https://www.rfc-editor.org/rfc/rfc3542#section-6.1
    pub destination: bool,
    /// `ttl` (`IP_RECVTTL`, [RFC 3542 §6.3]).
    ///
    /// [RFC 3542 §6.3]: https://www.rfc-editor.org/rfc/rfc3542#section-6.3
    pub ttl: bool,
    /// `tos` (`IP_RECVTOS`, [RFC 3542 §6.5]).
    ///
    /// [RFC 3542 §6.5]: https://www.rfc-editor.org/rfc/rfc3542#section-6.5
    pub tos: bool,
    /// `at` (`SO_TIMESTAMPNS`).
    pub timestamp: bool,
    /// `dropped` (`SO_RXQ_OVFL`).
    pub drops: bool,
}

impl Tell {
    /// Nothing but the sender.
    pub const NOTHING: Self = Self {
        destination: false,
        ttl: false,
        tos: false,
        timestamp: false,
        drops: false,
    };

    /// All there is.
    pub const EVERYTHING: Self = Self {
        destination: true,
        ttl: true,
        tos: true,
        timestamp: true,
        drops: true,
    };
}

/// What an IPv6 socket does with IPv4 peers (`IPV6_V6ONLY`). It means nothing on an IPv4 address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum V6Only {
    /// IPv4 peers are served too.
    #[default]
    Off,
    /// Only IPv6 peers; the same port stays free for an IPv4 socket.
    On,
    /// Whatever the host is configured to.
    Os,
}

/// What happens to a datagram that is longer than a link of its path takes (`IP_MTU_DISCOVER`, [RFC 1191], [RFC 8201]).
///
/// A datagram in fragments is lost when one of them is, and many networks drop fragments.
///
/// [RFC 1191]: https://www.rfc-editor.org/rfc/rfc1191
/// [RFC 8201]: https://www.rfc-editor.org/rfc/rfc8201
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathMtu {
    /// As the host is configured, without touching the option. On Linux: this host fragments what it knows to be too long,
    /// and routers may not.
    #[default]
    Os,
    /// It is fragmented, over IPv4 by routers too, and nothing is learned.
    Fragment,
    /// Never fragmented. What is longer than the path is known to take fails with `EMSGSIZE`, and
    /// [`Udp::path_mtu`](crate::Udp::path_mtu) tells how much that is.
    DontFragment,
    /// Never fragmented, and what the host has learned about paths is ignored, which anyone can forge: only the interface's
    /// own limit fails with `EMSGSIZE`. For protocols that probe for themselves ([RFC 8899]).
    ///
    /// [RFC 8899]: https://www.rfc-editor.org/rfc/rfc8899
    Probe,
}

impl PathMtu {
    pub(crate) fn apply(self, socket: &impl AsFd, families: Families) -> io::Result<()> {
        let (v4, v6) = match self {
            Self::Os => return Ok(()),
            Self::Fragment => (Ipv4PathMtuDiscovery::DONT, Ipv6PathMtuDiscovery::DONT),
            Self::DontFragment => (Ipv4PathMtuDiscovery::DO, Ipv6PathMtuDiscovery::DO),
            Self::Probe => (Ipv4PathMtuDiscovery::PROBE, Ipv6PathMtuDiscovery::PROBE),
        };
        if families.v4 {
            set_ip_mtu_discover(socket, v4)?;
        }
        if families.v6 {
            set_ipv6_mtu_discover(socket, v6)?;
            // Without it the kernel fragments what is longer than the interface takes, in spite of the mode.
            let dont_fragment = matches!(self, Self::DontFragment | Self::Probe);
            set(socket, nix_option::Ipv6DontFrag, dont_fragment)?;
        }
        Ok(())
    }
}

/// The buffer sizes that a socket has, in the unit in which they are asked for.
///
/// Linux grants at most `net.core.rmem_max` and `net.core.wmem_max` without a word, and then reports twice the size it
/// granted, since it doubles each request to make room for its own bookkeeping. Taken as it is, a request for 8 MiB cut
/// to 4 MiB would look granted; so the doubling is taken back here. Filled in on Linux; elsewhere the host's figure is
/// passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BufferBytes {
    /// The receive buffer.
    pub recv: usize,
    /// The send buffer.
    pub send: usize,
}

/// By how much the host's figure exceeds the request it answers.
const BOOKKEEPING: usize = if cfg!(target_os = "linux") { 2 } else { 1 };

impl BufferBytes {
    pub(crate) fn of(socket: &Socket) -> io::Result<Self> {
        Ok(Self {
            recv: socket.recv_buffer_size()? / BOOKKEEPING,
            send: socket.send_buffer_size()? / BOOKKEEPING,
        })
    }
}

/// Which families' options a socket has: one on `[::]` that takes IPv4 too has both.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Families {
    pub(crate) v4: bool,
    pub(crate) v6: bool,
}

impl Families {
    pub(crate) fn of(socket: &Socket, is_ipv6: bool) -> io::Result<Self> {
        Ok(Self {
            v4: !is_ipv6 || !socket.only_v6()?,
            v6: is_ipv6,
        })
    }
}

impl DgramOptions {
    /// Sets the options on a socket that is not bound yet.
    pub(crate) fn apply(&self, socket: &Socket, is_ipv6: bool) -> io::Result<()> {
        if is_ipv6 {
            match self.v6_only {
                V6Only::Off => socket.set_only_v6(false)?,
                V6Only::On => socket.set_only_v6(true)?,
                V6Only::Os => {}
            }
        }
        socket.set_reuse_address(self.reuse_addr)?;
        socket.set_reuse_port(self.reuse_port)?;
        self.apply_to_bound(&SockRef::from(socket), is_ipv6)
    }

    /// Sets those that may be set at any time.
    pub(crate) fn apply_to_bound(&self, socket: &Socket, is_ipv6: bool) -> io::Result<()> {
        let families = Families::of(socket, is_ipv6)?;
        if let Some(bytes) = self.recv_buffer_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        if let Some(bytes) = self.send_buffer_bytes {
            socket.set_send_buffer_size(bytes)?;
        }
        socket.set_broadcast(self.broadcast)?;
        self.apply_to_header(socket, families)?;
        self.path_mtu.apply(socket, families)?;
        self.tell.apply(socket, families)?;
        if self.error_queue {
            if families.v4 {
                set(socket, nix_option::Ipv4RecvErr, true)?;
            }
            if families.v6 {
                set(socket, nix_option::Ipv6RecvErr, true)?;
            }
        }
        self.multicast.apply(socket, families)
    }

    fn apply_to_header(&self, socket: &Socket, families: Families) -> io::Result<()> {
        if let Some(ttl) = self.ttl {
            if families.v4 {
                socket.set_ttl_v4(ttl.into())?;
            }
            if families.v6 {
                socket.set_unicast_hops_v6(ttl.into())?;
            }
        }
        if let Some(tos) = self.tos {
            if families.v4 {
                socket.set_tos_v4(tos.into())?;
            }
            if families.v6 {
                socket.set_tclass_v6(tos.into())?;
            }
        }
        Ok(())
    }
}

impl Tell {
    /// A socket that takes both families is asked in the words of both: the kernel answers in those of the datagram.
    pub(crate) fn apply(self, socket: &Socket, families: Families) -> io::Result<()> {
        if families.v4 {
            set(socket, nix_option::Ipv4PacketInfo, self.destination)?;
            set(socket, nix_option::Ipv4RecvTtl, self.ttl)?;
            set(socket, nix_option::IpRecvTos, self.tos)?;
        }
        if families.v6 {
            set(socket, nix_option::Ipv6RecvPacketInfo, self.destination)?;
            set(socket, nix_option::Ipv6RecvHopLimit, self.ttl)?;
            set(socket, nix_option::Ipv6RecvTClass, self.tos)?;
        }
        set(socket, nix_option::ReceiveTimestampns, self.timestamp)?;
        set(socket, nix_option::RxqOvfl, self.drops.into())
    }
}

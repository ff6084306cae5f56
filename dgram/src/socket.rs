use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use rustix::net::connect_unspec;
use rustix::net::sockopt::{ip_mtu, ipv6_mtu};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::UdpSocket;

use crate::datagram::canonical;
use crate::error_queue::ErrorQueue;
use crate::{BatchOptions, BatchUdp, BufferBytes, DgramOptions, Group, Tell};

/// A bound UDP socket: one call, one datagram.
///
/// All methods take `&self`: one task may send while another receives.
#[derive(Debug)]
pub struct Udp {
    pub(crate) inner: UdpSocket,
    pub(crate) local: SocketAddr,
    pub(crate) tell: Tell,
    pub(crate) error_queue: ErrorQueue,
}

impl Udp {
    /// Binds an address. Port 0 lets the kernel choose; [`Udp::local_addr`] tells which.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when another socket has the address, `AddrNotAvailable` when it belongs to no interface of this
    /// host, `PermissionDenied` for a port below 1024 without the capability, or what an option failed with.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn bind(address: SocketAddr, options: &DgramOptions) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM.nonblocking(),
            Some(Protocol::UDP),
        )?;
        options.apply(&socket, address.is_ipv6())?;
        socket.bind(&address.into())?;
        Self::new(socket.into(), options)
    }

    /// Takes over a socket that is bound already, as one that was inherited. Of the options, those that only mean something
    /// before that are left out: [`v6_only`](DgramOptions::v6_only), [`reuse_addr`](DgramOptions::reuse_addr) and
    /// [`reuse_port`](DgramOptions::reuse_port).
    ///
    /// # Errors
    ///
    /// What an option failed with.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn from_std(socket: std::net::UdpSocket, options: &DgramOptions) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let is_ipv6 = socket.local_addr()?.is_ipv6();
        options.apply_to_bound(&SockRef::from(&socket), is_ipv6)?;
        Self::new(socket, options)
    }

    fn new(socket: std::net::UdpSocket, options: &DgramOptions) -> io::Result<Self> {
        let inner = UdpSocket::from_std(socket)?;
        let local = inner.local_addr()?;
        Ok(Self {
            inner,
            local,
            tell: options.tell,
            error_queue: ErrorQueue {
                on: options.error_queue,
            },
        })
    }

    /// Gives the socket back, as it is: non-blocking, and with its options.
    ///
    /// # Errors
    ///
    /// When the runtime does not let go of it.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.inner.into_std()
    }

    /// Turns it into a socket for many datagrams at a time, for good: the options that takes make reading one by one wrong.
    ///
    /// Groups, the peer and what waits in the queue stay. Of the options, [`tell`](DgramOptions::tell) has no effect any
    /// more, since a batch always tells the same; [`tos`](DgramOptions::tos) neither, since each batch says its own ECN and
    /// quinn-udp sends DSCP 0 with it; and [`path_mtu`](DgramOptions::path_mtu) gives way to [`BatchOptions::path_mtu`].
    ///
    /// # Errors
    ///
    /// What an option failed with.
    pub fn into_batch(self, options: &BatchOptions) -> io::Result<BatchUdp> {
        BatchUdp::new(self, options)
    }

    /// The address that was bound, with the port the kernel chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The peer of a connected socket.
    ///
    /// # Errors
    ///
    /// `NotConnected`.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr().map(canonical)
    }

    /// The buffer sizes that the kernel granted.
    ///
    /// # Errors
    ///
    /// What the kernel answers when asked.
    pub fn buffer_bytes(&self) -> io::Result<BufferBytes> {
        BufferBytes::of(&SockRef::from(&self.inner))
    }

    /// The longest packet, with its IP header, that the path to the connected peer is known to take: less 28 bytes over
    /// IPv4, or 48 over IPv6, it is the longest datagram that is not fragmented. At first that is the interface's MTU.
    ///
    /// # Errors
    ///
    /// `NotConnected`.
    pub fn path_mtu(&self) -> io::Result<u32> {
        Ok(match self.peer_addr()? {
            SocketAddr::V4(_) => ip_mtu(&self.inner)?,
            SocketAddr::V6(_) => ipv6_mtu(&self.inner)?,
        })
    }

    /// Makes `peer` the only one this socket talks to: [`Udp::send`] goes there, and only what comes from there is
    /// received. Nothing is sent, and the peer need not exist. Another call changes the peer.
    ///
    /// What others sent before stays in the queue and is still received: [`Recv::from`](crate::Recv::from) tells. Only a
    /// connected socket learns that nobody listens at the other end: see [`Udp::recv`].
    ///
    /// # Errors
    ///
    /// When there is no route to the peer.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        SockRef::from(&self.inner).connect(&peer.into())
    }

    /// Talks to anyone again.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when the kernel has given the port to somebody else meanwhile: it takes back a port that it chose itself,
    /// and this call binds it again. The socket is then of no use any more.
    pub fn disconnect(&self) -> io::Result<()> {
        connect_unspec(&self.inner)?;
        if self.inner.local_addr()?.port() != self.local.port() {
            SockRef::from(&self.inner).bind(&self.local.into())?;
        }
        Ok(())
    }

    /// Hears a group, too.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when the socket is a member already; `ENODEV` without such an interface, or without a route to the group
    /// on [`Interface::Any`](crate::Interface::Any); `InvalidInput` for an address that is no group's, or a source of the
    /// other family; `ENOBUFS` for more groups than the host allows a socket (`net.ipv4.igmp_max_memberships`, 20 on most).
    pub fn join(&self, group: &Group) -> io::Result<()> {
        group.join(&self.inner)
    }

    /// Hears it no longer. The same happens to all groups when the socket is dropped.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` when the socket is no member; it has to be told the same source and interface as for
    /// [`Udp::join`].
    pub fn leave(&self, group: &Group) -> io::Result<()> {
        group.leave(&self.inner)
    }
}

impl AsFd for Udp {
    /// For socket options that this crate does not have. Whoever reads from it takes datagrams away; whoever switches on
    /// GRO or a control message makes [`Udp::recv`] wrong.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;

use rustix::net::{RecvAncillaryBuffer, RecvFlags, ReturnFlags, recvmsg};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use crate::{BufferBytes, DgramOptions, Recv};

/// A bound UDP socket: one call, one datagram.
///
/// All methods take `&self`: one task may send while another receives.
#[derive(Debug)]
pub struct Udp {
    inner: UdpSocket,
    local: SocketAddr,
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
        let inner = UdpSocket::from_std(socket.into())?;
        let local = inner.local_addr()?;
        Ok(Self { inner, local })
    }

    /// The address that was bound, with the port the kernel chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The buffer sizes that the kernel granted.
    ///
    /// # Errors
    ///
    /// What the kernel answers when asked.
    pub fn buffer_bytes(&self) -> io::Result<BufferBytes> {
        BufferBytes::of(&SockRef::from(&self.inner))
    }

    /// Makes `peer` the only one this socket talks to: [`Udp::send`] goes there, and only what comes from there is
    /// received. Nothing is sent, and the peer need not exist. Another call changes the peer.
    ///
    /// What others sent before stays in the queue and is still received: [`Recv::from`] tells. Only a connected socket
    /// learns that nobody listens at the other end: see [`Udp::recv`].
    ///
    /// # Errors
    ///
    /// When there is no route to the peer.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        SockRef::from(&self.inner).connect(&peer.into())
    }

    /// Sends one datagram to the connected peer. It is sent whole or not at all.
    ///
    /// # Errors
    ///
    /// `NotConnected` (`EDESTADDRREQ` on Linux) without [`Udp::connect`]; `EMSGSIZE` for more than 65,507 bytes over
    /// IPv4. An error for which [`means_lost`](crate::means_lost) holds is about an earlier datagram or a full queue,
    /// and not fatal; this datagram was not sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the whole datagram or nothing.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        self.inner.send(bytes).await.map(drop)
    }

    /// Sends one datagram to `peer`. It is sent whole or not at all.
    ///
    /// A socket bound to an IPv6 address reaches IPv4 peers too, unless it is [`V6Only::On`](crate::V6Only::On).
    ///
    /// # Errors
    ///
    /// As for [`Udp::send`], and when there is no route to the peer or the socket is of the other family.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the whole datagram or nothing.
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<()> {
        self.inner.send_to(bytes, peer).await.map(drop)
    }

    /// Receives one datagram into `buffer`. If the buffer is too small, [`Recv::truncated`] says so; 65,535 bytes hold
    /// any datagram.
    ///
    /// # Errors
    ///
    /// On a connected socket the network may report that an earlier datagram was lost: `ConnectionRefused` when nobody
    /// listens there. That is not fatal, the peer may come up the next moment, and it can be forged: see
    /// [`means_lost`](crate::means_lost). An unconnected socket is not told.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no datagram: it stays in the kernel's queue.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<Recv> {
        // A refused datagram makes a socket erroneous and not readable: waiting for `READABLE` alone never wakes.
        self.inner
            .async_io(Interest::READABLE | Interest::ERROR, || {
                self.recv_now(buffer)
            })
            .await
    }

    /// tokio's `recv_from` leaves out the flag that tells of a cut, so the system call is made here.
    fn recv_now(&self, buffer: &mut [u8]) -> io::Result<Recv> {
        let mut slices = [IoSliceMut::new(buffer)];
        let mut control = RecvAncillaryBuffer::default();
        let message = recvmsg(&self.inner, &mut slices, &mut control, RecvFlags::empty())?;
        let from = message
            .address
            .ok_or_else(|| io::Error::other("a datagram without a sender"))?;
        Ok(Recv {
            len: message.bytes,
            from: canonical(from.try_into()?),
            truncated: message.flags.contains(ReturnFlags::TRUNC),
        })
    }
}

/// `::ffff:192.0.2.1` is 192.0.2.1. An IPv6 address keeps its zone.
fn canonical(address: SocketAddr) -> SocketAddr {
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
}

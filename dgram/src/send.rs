use std::io::{self, IoSlice};
use std::net::SocketAddr;

use tokio::io::Interest;

use crate::{SendMeta, Udp, message};

/// How many datagrams [`Udp::send_many`] hands over in one call: enough to spread the cost of the system call thin, and
/// few enough that the lists made for it stay below 16 KiB. The kernel would take 1,024.
pub const SEND_MANY_MAX: usize = 64;

impl Udp {
    /// Sends one datagram to the connected peer. It is sent whole or not at all.
    ///
    /// # Errors
    ///
    /// `NotConnected` (`EDESTADDRREQ` on Linux) without [`Udp::connect`]; `EMSGSIZE` for more than 65,507 bytes over
    /// IPv4, 65,527 over IPv6, or than [`PathMtu`](crate::PathMtu) lets pass. An error for which
    /// [`means_lost`](crate::means_lost) holds is about an earlier datagram, this one alone or a full queue, and not
    /// fatal; this datagram was not sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the whole datagram or nothing.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        if self.error_queue.on {
            let pieces = [IoSlice::new(bytes)];
            return self.send_with(&pieces, &SendMeta::default()).await;
        }
        self.inner.send(bytes).await.map(drop)
    }

    /// Sends one datagram to `peer`. It is sent whole or not at all.
    ///
    /// A socket bound to an IPv6 address reaches IPv4 peers too, unless it is [`V6Only::On`](crate::V6Only::On).
    ///
    /// # Errors
    ///
    /// As for [`Udp::send`], and when there is no route to the peer or the socket is of the other family; `InvalidInput`
    /// for port 0, to which nothing can be sent.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the whole datagram or nothing.
    pub async fn send_to(&self, bytes: &[u8], peer: SocketAddr) -> io::Result<()> {
        if self.error_queue.on {
            let pieces = [IoSlice::new(bytes)];
            return self.send_with(&pieces, &SendMeta::to(peer)).await;
        }
        self.inner.send_to(bytes, peer).await.map(drop)
    }

    /// Sends one datagram, gathered from its pieces in their order, as `meta` says. It is sent whole or not at all.
    ///
    /// # Errors
    ///
    /// As for [`Udp::send_to`]; `InvalidInput` for a source address of another family than the destination, or a TTL of 0
    /// over IPv4; for a source address that is none of this host's `ENETUNREACH` over IPv4 and `InvalidInput` over IPv6; `EMSGSIZE` for more than 1,024
    /// pieces.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent the whole datagram or nothing.
    pub async fn send_with(&self, pieces: &[IoSlice<'_>], meta: &SendMeta) -> io::Result<()> {
        let family_of = match meta.to {
            Some(peer) => peer.ip(),
            // Control messages are those of the family that the datagram goes by.
            None if *meta != SendMeta::default() => self.peer_addr()?.ip(),
            None => self.local.ip(),
        };
        let send = || message::send(&self.inner, pieces, meta, family_of);
        self.inner
            .async_io(Interest::WRITABLE, || self.error_queue.past(send))
            .await
            .map(drop)
    }

    /// Sends datagrams to a peer each, in their order and in one system call, and says how many it was: the first 0 of none,
    /// or at least 1, and at most [`SEND_MANY_MAX`]. The others were not sent. To go on with them is to call again; if one
    /// cannot be sent, the call that begins with it tells why.
    ///
    /// This saves little for each datagram, a few percent: most of the cost is the network stack's. What saves much is
    /// [`BatchUdp`](crate::BatchUdp), for many datagrams to one peer.
    ///
    /// # Errors
    ///
    /// As for [`Udp::send_to`], for the first.
    ///
    /// # Cancel safety
    ///
    /// A dropped call has sent nothing.
    pub async fn send_many(&self, datagrams: &[(SocketAddr, &[u8])]) -> io::Result<usize> {
        let some = datagrams.get(..SEND_MANY_MAX).unwrap_or(datagrams);
        if some.is_empty() {
            return Ok(0);
        }
        let send = || message::send_many(&self.inner, some);
        self.inner
            .async_io(Interest::WRITABLE, || self.error_queue.past(send))
            .await
    }
}

use std::io;

use socket2::{SockRef, Socket};

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
    pub(crate) fn of(socket: &SockRef<'_>) -> io::Result<Self> {
        Ok(Self {
            recv: socket.recv_buffer_size()? / BOOKKEEPING,
            send: socket.send_buffer_size()? / BOOKKEEPING,
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
        if let Some(bytes) = self.recv_buffer_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        if let Some(bytes) = self.send_buffer_bytes {
            socket.set_send_buffer_size(bytes)?;
        }
        Ok(())
    }
}

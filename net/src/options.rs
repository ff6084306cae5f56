use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// The options of a TCP connection, the same for those that are accepted and those that are dialed.
///
/// Where a field is `None`, the kernel's setting stays. Unix sockets take the two buffer sizes and the hook; the rest
/// means nothing to them.
#[derive(Clone, Debug)]
pub struct TcpOptions {
    /// `TCP_NODELAY`: do not hold small writes back for an acknowledgement. Layers above write whole messages, so
    /// Nagle's algorithm only adds latency. Others: Go on, Node HTTP on, hyper off. The default is `true`.
    pub nodelay: bool,
    /// Probes that find a peer that vanished without a FIN. `None` leaves it to deadlines above.
    /// The default is [`KeepAlive::default`].
    pub keepalive: Option<KeepAlive>,
    /// `TCP_USER_TIMEOUT`: how long sent data may stay unacknowledged, or a closed window closed, before the connection
    /// fails: with `TimedOut`, or with `HostUnreachable` and the like where the network has said meanwhile what is wrong.
    /// It also overrides `keepalive.count`. A reader that is merely slow keeps its window closed too: do not set it
    /// shorter than a pause you would forgive. In whole milliseconds. The default is `None`: about 15 minutes of
    /// retransmission on Linux.
    pub user_timeout: Option<Duration>,
    /// `SO_SNDBUF` in bytes; the kernel doubles it for its own use and caps it at `net.core.wmem_max`. Setting it turns
    /// the kernel's tuning off. The default is `None`.
    pub send_buffer_bytes: Option<usize>,
    /// `SO_RCVBUF` in bytes, in the same way, capped at `net.core.rmem_max`. The default is `None`.
    pub receive_buffer_bytes: Option<usize>,
    /// `TCP_NOTSENT_LOWAT` in bytes: the socket is writable only while less than this waits unsent in the kernel. It keeps
    /// what is sent fresh on slow links at the cost of more wake-ups; 128 KiB is a usual choice.
    /// The default is `None`.
    pub notsent_lowat_bytes: Option<u32>,
    /// The DSCP and ECN bits of each packet: `IP_TOS` on IPv4, `IPV6_TCLASS` on IPv6, both on a dual-stack socket.
    /// The default is `None`.
    pub tos: Option<u8>,
    /// `TCP_CONGESTION`, such as `cubic` or `bbr`. An unknown name is an error. The default is `None`.
    pub congestion: Option<String>,
    /// Multipath TCP ([RFC 8684]), where the kernel has it; ordinary TCP where it does not, where the peer does not, or where
    /// the kernel refuses one of the other options on such a socket, as some do with `user_timeout`.
    /// The default is `false`, as it disturbs users of other TCP options.
    ///
    /// [RFC 8684]: https://www.rfc-editor.org/rfc/rfc8684
    pub mptcp: bool,
    /// Runs on each socket after all other options and before `bind`, for what has no field here. The default is `None`.
    pub raw: Option<RawHook>,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keepalive: Some(KeepAlive::default()),
            user_timeout: None,
            send_buffer_bytes: None,
            receive_buffer_bytes: None,
            notsent_lowat_bytes: None,
            tos: None,
            congestion: None,
            mptcp: false,
            raw: None,
        }
    }
}

/// TCP keep-alive: the three knobs of Linux, in whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    /// Silence before the first probe (`TCP_KEEPIDLE`). Others: Go 15 s, Linux 2 h. The default is 60 s.
    pub idle: Duration,
    /// Time between probes (`TCP_KEEPINTVL`). The default is 15 s.
    pub interval: Duration,
    /// Unanswered probes after which the connection is dead (`TCP_KEEPCNT`). The default is 4.
    pub count: u32,
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self {
            idle: Duration::from_secs(60),
            interval: Duration::from_secs(15),
            count: 4,
        }
    }
}

/// A function that sets what [`TcpOptions`] has no field for.
///
/// ```
/// use wharf_net::{RawHook, TcpOptions};
///
/// let options = TcpOptions {
///     raw: Some(RawHook::new(|socket| socket2::SockRef::from(&socket).set_freebind_v4(true))),
///     ..TcpOptions::default()
/// };
/// ```
#[derive(Clone)]
pub struct RawHook(Arc<dyn Fn(BorrowedFd<'_>) -> io::Result<()> + Send + Sync>);

impl RawHook {
    /// The hook is given the socket before it is bound.
    pub fn new(hook: impl Fn(BorrowedFd<'_>) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(hook))
    }
}

impl fmt::Debug for RawHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RawHook(..)")
    }
}

impl TcpOptions {
    /// Sets the options on a TCP socket that is not bound yet. On Linux a listening socket passes them on to what it
    /// accepts, so a server pays for these calls once and not per connection.
    pub(crate) fn apply(&self, socket: &socket2::Socket) -> io::Result<()> {
        socket.set_tcp_nodelay(self.nodelay)?;
        if let Some(keepalive) = self.keepalive {
            socket.set_tcp_keepalive(
                &TcpKeepalive::new()
                    .with_time(keepalive.idle)
                    .with_interval(keepalive.interval)
                    .with_retries(keepalive.count),
            )?;
        }
        if self.user_timeout.is_some() {
            socket.set_tcp_user_timeout(self.user_timeout)?;
        }
        if let Some(bytes) = self.notsent_lowat_bytes {
            socket.set_tcp_notsent_lowat(bytes)?;
        }
        if let Some(tos) = self.tos {
            set_tos(socket, tos)?;
        }
        if let Some(name) = &self.congestion {
            rustix::net::sockopt::set_tcp_congestion(socket, name)?;
        }
        self.apply_to_any(socket)
    }

    /// Sets what a Unix socket has too.
    pub(crate) fn apply_to_any(&self, socket: &socket2::Socket) -> io::Result<()> {
        if let Some(bytes) = self.send_buffer_bytes {
            socket.set_send_buffer_size(bytes)?;
        }
        if let Some(bytes) = self.receive_buffer_bytes {
            socket.set_recv_buffer_size(bytes)?;
        }
        match &self.raw {
            Some(RawHook(hook)) => hook(socket.as_fd()),
            None => Ok(()),
        }
    }

    /// A new TCP socket that does not block and has these options. One of MPTCP that cannot be had, or does not take an
    /// option, is an ordinary one instead.
    pub(crate) fn open(&self, domain: socket2::Domain) -> io::Result<socket2::Socket> {
        use socket2::{Protocol, Socket, Type};
        let open = |protocol| {
            let socket = Socket::new(domain, Type::STREAM.nonblocking(), Some(protocol))?;
            self.apply(&socket)?;
            io::Result::Ok(socket)
        };
        if self.mptcp
            && let Ok(socket) = open(Protocol::MPTCP)
        {
            return Ok(socket);
        }
        open(Protocol::TCP)
    }
}

/// IPv4 packets of a dual-stack socket carry `IP_TOS`, its IPv6 packets `IPV6_TCLASS`.
fn set_tos(socket: &socket2::Socket, tos: u8) -> io::Result<()> {
    let socket = SockRef::from(socket);
    if socket.domain()? == socket2::Domain::IPV6 {
        socket.set_tclass_v6(tos.into())?;
    }
    socket.set_tos_v4(tos.into())
}

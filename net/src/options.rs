use std::io;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};

/// How a listening socket is set up.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// How many connections the kernel completes and keeps before they are accepted. Linux caps it at
    /// `net.core.somaxconn` (4096 on current kernels). Others: Node 511, nginx 511, Go `somaxconn`.
    /// The default is 1024.
    pub backlog: u16,
    /// Whether a listener on an IPv6 address also takes IPv4. The default is [`V6Only::Off`]: `[::]:443` means both,
    /// whatever `net.ipv6.bindv6only` says on this host.
    pub v6_only: V6Only,
    /// `SO_REUSEPORT`: several sockets listen on the same port and the kernel spreads the connections.
    /// The default is `false`.
    pub reuse_port: bool,
    /// The options of each accepted connection.
    pub tcp: TcpOptions,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            backlog: 1024,
            v6_only: V6Only::Off,
            reuse_port: false,
            tcp: TcpOptions::default(),
        }
    }
}

/// What an IPv6 listener does with IPv4 peers (`IPV6_V6ONLY`). It means nothing on an IPv4 address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum V6Only {
    /// IPv4 peers are accepted too.
    #[default]
    Off,
    /// Only IPv6 peers; the same port stays free for an IPv4 listener.
    On,
    /// Whatever the host is configured to.
    Os,
}

/// The options of a TCP connection.
#[derive(Clone, Debug)]
pub struct TcpOptions {
    /// `TCP_NODELAY`: do not hold small writes back for an acknowledgement. Layers above write whole messages, so
    /// Nagle's algorithm only adds latency. Others: Go on, Node HTTP on, hyper off. The default is `true`.
    pub nodelay: bool,
    /// Probes that find a peer that vanished without a FIN. `None` leaves it to deadlines above.
    /// The default is [`KeepAlive::default`].
    pub keepalive: Option<KeepAlive>,
}

impl Default for TcpOptions {
    fn default() -> Self {
        Self {
            nodelay: true,
            keepalive: Some(KeepAlive::default()),
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

impl TcpOptions {
    /// Sets the options on a socket. On Linux a listening socket passes them on to what it accepts, so a server pays
    /// for these calls once and not per connection.
    pub(crate) fn apply(&self, socket: &SockRef<'_>) -> io::Result<()> {
        socket.set_tcp_nodelay(self.nodelay)?;
        if let Some(keepalive) = self.keepalive {
            socket.set_tcp_keepalive(
                &TcpKeepalive::new()
                    .with_time(keepalive.idle)
                    .with_interval(keepalive.interval)
                    .with_retries(keepalive.count),
            )?;
        }
        Ok(())
    }
}

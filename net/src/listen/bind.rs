use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use super::source::{Socket, Sockets};
use super::{UnixOptions, inherit, tcp, unix};
use crate::{Endpoint, TcpOptions};

/// How a listening socket is set up.
///
/// ```
/// use wharf_net::{Bind, Listener};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = Bind { backlog: 4096, reuse_port: true, ..Bind::default() };
/// let listener = Listener::bind(&"127.0.0.1:0".parse()?, &options).await?;
/// println!("{}", listener.local_addr()); // with the port that the kernel chose
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Bind {
    /// How many connections the kernel completes and keeps before they are accepted. Linux caps it at
    /// `net.core.somaxconn` (4096 on current kernels). Others: Node 511, nginx 511, Go `somaxconn`.
    /// The default is 1024.
    pub backlog: u32,
    /// Whether a listener on an IPv6 address also takes IPv4. The default is [`V6Only::Off`]: `[::]:443` means both,
    /// whatever `net.ipv6.bindv6only` says on this host.
    pub v6_only: V6Only,
    /// `SO_REUSEPORT`: several sockets listen on the same port and the kernel spreads the connections, each to one of
    /// them for good: a worker that is busy keeps what it was given waiting. The default is `false`.
    pub reuse_port: bool,
    /// `TCP_FASTOPEN` ([RFC 7413]): how many connections may wait with data in their SYN, which saves a client that was
    /// here before a round trip. Such data can arrive twice, so it is for protocols that can bear it, as TLS can; and the
    /// host has to allow it (`net.ipv4.tcp_fastopen`). The default is `None`: off.
    ///
    /// [RFC 7413]: https://www.rfc-editor.org/rfc/rfc7413
    pub fast_open: Option<u16>,
    /// `TCP_DEFER_ACCEPT`: a connection is accepted only once its first data is here, or this time has passed; in whole
    /// seconds. It is for protocols in which the client speaks first; deadlines above begin later by as much.
    /// The default is `None`: off.
    pub defer_accept: Option<Duration>,
    /// The options of each accepted connection.
    pub tcp: TcpOptions,
    /// How a Unix socket appears in the file system.
    pub unix: UnixOptions,
}

impl Default for Bind {
    fn default() -> Self {
        Self {
            backlog: 1024,
            v6_only: V6Only::Off,
            reuse_port: false,
            fast_open: None,
            defer_accept: None,
            tcp: TcpOptions::default(),
            unix: UnixOptions::default(),
        }
    }
}

/// What an IPv6 listener does with IPv4 peers (`IPV6_V6ONLY`). It means nothing on an IPv4 address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum V6Only {
    /// IPv4 peers are accepted too.
    #[default]
    Off,
    /// Only IPv6 peers; the same port stays free for an IPv4 listener.
    On,
    /// Whatever the host is configured to.
    Os,
}

impl Bind {
    pub(super) async fn open(&self, endpoint: &Endpoint) -> io::Result<Sockets> {
        let sockets = match endpoint {
            Endpoint::Inet(address) => vec![tcp::listen(*address, self)?],
            Endpoint::Host { name, port } => tcp::listen_on_all(name, *port, self).await?,
            Endpoint::Unix(name) => vec![unix::listen(name, self).await?],
            Endpoint::Inherited(name) => inherit::take(name)?
                .into_iter()
                .map(|descriptor| self.adopt(descriptor))
                .collect::<io::Result<_>>()?,
        };
        Ok(Sockets::new(sockets))
    }

    /// Takes over a socket that is listening already. What can only be set before `bind` stays as it is.
    pub(super) fn adopt(&self, descriptor: OwnedFd) -> io::Result<Socket> {
        let invalid = |why| io::Error::new(io::ErrorKind::InvalidInput, why);
        let socket = socket2::Socket::from(descriptor);
        if socket.r#type()? != socket2::Type::STREAM {
            return Err(invalid("the descriptor is no stream socket"));
        }
        if !socket.is_listener()? {
            return Err(invalid("the socket does not listen"));
        }
        // A service manager may hand it over blocking, and inheritable by our children.
        socket.set_nonblocking(true)?;
        socket.set_cloexec(true)?;
        let is_unix = socket.domain()? == socket2::Domain::UNIX;
        if is_unix {
            return Socket::unix(socket.into(), None);
        }
        self.tcp.apply(&socket)?;
        self.apply_to_listener(&socket)?;
        Socket::tcp(socket.into())
    }

    pub(super) fn backlog(&self) -> i32 {
        i32::try_from(self.backlog).unwrap_or(i32::MAX)
    }

    /// What only a listening TCP socket has.
    pub(super) fn apply_to_listener(&self, socket: &socket2::Socket) -> io::Result<()> {
        use std::os::fd::AsFd as _;
        if let Some(queue) = self.fast_open {
            crate::sockopt::set_fast_open(socket.as_fd(), queue)?;
        }
        if let Some(time) = self.defer_accept {
            crate::sockopt::set_defer_accept(socket.as_fd(), time)?;
        }
        Ok(())
    }
}

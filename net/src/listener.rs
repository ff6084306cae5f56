use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};

use crate::{BindError, Conn, ConnInfo, ListenOptions, V6Only};

/// The first pause after the process ran out of descriptors or memory. Each further failure doubles it.
const BACKOFF_MIN: Duration = Duration::from_millis(10);
/// The longest pause. Go's HTTP server, axum and asyncio settle on the same second.
const BACKOFF_MAX: Duration = Duration::from_secs(1);

static NEXT_ID: AtomicU64 = AtomicU64::new(1);

/// A bound, listening TCP socket.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    local: SocketAddr,
    backlog: u16,
    backoff: Duration,
}

impl Listener {
    /// Binds an address and listens on it. Port 0 lets the kernel choose; [`Listener::local_addr`] tells which.
    ///
    /// `SO_REUSEADDR` is always set, so a restarted server does not wait for old connections in TIME-WAIT.
    ///
    /// # Errors
    ///
    /// A [`BindError`] that names the address.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn bind(address: SocketAddr, options: &ListenOptions) -> Result<Self, BindError> {
        Self::open(address, options).map_err(|source| BindError::new(address, source))
    }

    fn open(address: SocketAddr, options: &ListenOptions) -> io::Result<Self> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM.nonblocking(),
            Some(Protocol::TCP),
        )?;
        socket.set_reuse_address(true)?;
        socket.set_reuse_port(options.reuse_port)?;
        if address.is_ipv6() {
            match options.v6_only {
                V6Only::Off => socket.set_only_v6(false)?,
                V6Only::On => socket.set_only_v6(true)?,
                V6Only::Os => {}
            }
        }
        options.tcp.apply(&SockRef::from(&socket))?;
        socket.bind(&address.into())?;
        socket.listen(options.backlog.into())?;
        let inner = TcpListener::from_std(socket.into())?;
        let local = inner.local_addr()?;
        Ok(Self {
            inner,
            local,
            backlog: options.backlog,
            backoff: BACKOFF_MIN,
        })
    }

    /// The address that was bound, with the port the kernel chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Waits for the next connection.
    ///
    /// A connection that died before it was accepted is passed over. When the process is out of descriptors or memory,
    /// the call waits (10 ms, doubling to 1 s) instead of failing thousands of times a second, and then tries again.
    ///
    /// # Errors
    ///
    /// Only what makes the listener itself useless, such as a descriptor that is not a listening socket.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no connection: it stays in the kernel's queue.
    pub async fn accept(&mut self) -> io::Result<Conn> {
        loop {
            match self.inner.accept().await {
                Ok((stream, peer)) => {
                    self.backoff = BACKOFF_MIN;
                    match describe(&stream, peer) {
                        Ok(info) => return Ok(Conn::new(stream, info)),
                        // getsockname fails once the peer has reset the connection.
                        Err(_) => continue,
                    }
                }
                Err(error) => match AcceptFailure::of(&error) {
                    AcceptFailure::Connection => {}
                    AcceptFailure::Resource => {
                        tokio::time::sleep(self.backoff).await;
                        self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
                    }
                    AcceptFailure::Fatal => return Err(error),
                },
            }
        }
    }

    /// Closes the listener and hands out the connections that were waiting in its queue.
    ///
    /// Asks the kernel directly: the runtime may not have heard of the last arrivals yet. At most a full queue is taken,
    /// so that peers who keep arriving cannot hold a shutdown up.
    pub(crate) fn into_queued(self) -> io::Result<impl Iterator<Item = Conn>> {
        let queue = self.inner.into_std()?;
        let accept = move || match queue.accept() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            accepted => Some(accepted),
        };
        Ok(std::iter::from_fn(accept)
            .take(self.backlog.into())
            .filter_map(|accepted| {
                let (stream, peer) = accepted.ok()?;
                stream.set_nonblocking(true).ok()?;
                let stream = TcpStream::from_std(stream).ok()?;
                let info = describe(&stream, peer).ok()?;
                Some(Conn::new(stream, info))
            }))
    }
}

fn describe(stream: &TcpStream, peer: SocketAddr) -> io::Result<ConnInfo> {
    let local = canonical(stream.local_addr()?);
    let peer = canonical(peer);
    Ok(ConnInfo {
        id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
        peer,
        local,
        transport_peer: peer,
        accepted: Instant::now(),
    })
}

/// `::ffff:192.0.2.1` is 192.0.2.1. An IPv6 address keeps its zone.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip if ip == address.ip() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}

/// What a failed `accept` says about the next one.
#[derive(Debug, PartialEq, Eq)]
enum AcceptFailure {
    /// One connection died in the queue; the next may be fine.
    Connection,
    /// Descriptors or memory ran out; trying at once would spin.
    Resource,
    /// The listener will never accept again.
    Fatal,
}

impl AcceptFailure {
    fn of(error: &io::Error) -> Self {
        use rustix::io::Errno;
        match Errno::from_io_error(error) {
            Some(Errno::BADF | Errno::INVAL | Errno::NOTSOCK | Errno::OPNOTSUPP | Errno::FAULT) => {
                Self::Fatal
            }
            Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM) => Self::Resource,
            // accept(2) hands out the pending network error of the new connection: ECONNABORTED, EPROTO, EPERM from a
            // firewall, EHOSTUNREACH and their kin.
            _ => Self::Connection,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn accept_errors_fall_into_their_class() {
        for (errno, class) in [
            (Errno::CONNABORTED, AcceptFailure::Connection),
            (Errno::PROTO, AcceptFailure::Connection),
            (Errno::PERM, AcceptFailure::Connection),
            (Errno::HOSTUNREACH, AcceptFailure::Connection),
            (Errno::MFILE, AcceptFailure::Resource),
            (Errno::NFILE, AcceptFailure::Resource),
            (Errno::NOBUFS, AcceptFailure::Resource),
            (Errno::NOMEM, AcceptFailure::Resource),
            (Errno::BADF, AcceptFailure::Fatal),
            (Errno::INVAL, AcceptFailure::Fatal),
        ] {
            assert_eq!(AcceptFailure::of(&errno.into()), class, "{errno:?}");
        }
    }

    #[test]
    fn a_v4_mapped_address_becomes_v4_and_a_zone_is_kept() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:80".parse().unwrap();
        assert_eq!(canonical(mapped), "192.0.2.1:80".parse().unwrap());
        let zoned: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
        assert_eq!(canonical(zoned), zoned);
    }
}

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};

use rustix::net::SocketFlags;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use super::unix::SocketFile;
use crate::{Addr, ConnInfo, Credentials, Stream};

/// Where a [`Listener`](crate::Listener) has its connections from: [`Sockets`] of the kernel, or a simulated network.
pub trait Source: Send + 'static {
    /// The stream of a connection.
    type Io: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection. An error is one of accept(2): it says something about one connection, about the process, or
    /// about the source, and is told apart by its number.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Io, ConnInfo)>>;

    /// The address that is listened on; the first, if there are several.
    fn local_addr(&self) -> Addr;

    /// The next connection that is complete and waits to be accepted; `None` if there is none now. Called before the source
    /// is closed, so that nobody who believes to be connected is turned away. The default is `None`.
    fn accept_queued(&mut self) -> Option<io::Result<(Self::Io, ConnInfo)>> {
        None
    }

    /// How many connections can be waiting at the most: as many are asked for before the source is closed, so that peers
    /// who keep arriving cannot hold a shutdown up. The default is 65,536.
    fn queue_max(&self) -> usize {
        65_536
    }

    /// Accepts one connection and closes it, because there is no descriptor to keep it. Called with one descriptor free.
    /// The default does nothing.
    fn shed(&mut self) {}

    /// Closes a connection that is not admitted. The default drops it, whatever is asked for.
    fn refuse(io: Self::Io, how: Refusal) {
        let _ = how;
        drop(io);
    }
}

/// How a connection that is not admitted ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// With FIN: the peer sees an end.
    Close,
    /// With RST: the peer sees an error, and this host keeps no TIME-WAIT. A Unix socket knows only the other way.
    Reset,
}

/// The listening sockets of one endpoint: one, or for a name with several addresses, one for each.
#[derive(Debug)]
pub struct Sockets {
    sockets: Vec<Socket>,
    /// Whose turn it is to be asked first, so that a busy one cannot starve the others.
    first: usize,
}

impl Sockets {
    pub(super) fn new(sockets: Vec<Socket>) -> Self {
        Self { sockets, first: 0 }
    }

    /// Every address that is listened on.
    pub(super) fn local_addrs(&self) -> impl Iterator<Item = &Addr> {
        self.sockets.iter().map(Socket::local)
    }

    /// The descriptors, to hand them to another process. A Unix socket's file stays where it is.
    pub(super) fn into_fds(self) -> io::Result<Vec<OwnedFd>> {
        self.sockets.into_iter().map(Socket::into_fd).collect()
    }
}

impl Source for Sockets {
    type Io = Stream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, ConnInfo)>> {
        for _ in 0..self.sockets.len() {
            let at = self.first % self.sockets.len();
            self.first = at + 1;
            if let Poll::Ready(accepted) = self.sockets[at].poll_accept(cx) {
                return Poll::Ready(accepted);
            }
        }
        Poll::Pending
    }

    fn local_addr(&self) -> Addr {
        self.local_addrs().next().cloned().unwrap_or(Addr::Unnamed)
    }

    /// Asks the kernel directly: the runtime may not have heard of the last arrivals yet.
    fn accept_queued(&mut self) -> Option<io::Result<(Stream, ConnInfo)>> {
        self.sockets.iter().find_map(Socket::accept_queued)
    }

    fn queue_max(&self) -> usize {
        self.sockets.iter().map(Socket::queue_max).sum()
    }

    fn shed(&mut self) {
        // Beginning with the one whose turn it was, so that each address has its own refused.
        let (before, from) = self
            .sockets
            .split_at(self.first % self.sockets.len().max(1));
        for socket in from.iter().chain(before) {
            // The connection is closed by being dropped. Whatever goes wrong, there is nothing to do but to wait.
            if rustix::net::accept_with(socket, SocketFlags::CLOEXEC).is_ok() {
                return;
            }
        }
    }

    fn refuse(io: Stream, how: Refusal) {
        if how == Refusal::Reset {
            // A connection that is gone already needs no reset.
            let _ = socket2::SockRef::from(&io).set_linger(Some(std::time::Duration::ZERO));
        }
    }
}

/// One listening socket.
pub(super) struct Socket {
    /// Removed before the socket is closed (fields are dropped in this order): while it is open nobody takes its file for
    /// a dead one, and its inode number belongs to no other.
    file: Option<SocketFile>,
    kind: Kind,
    local: Addr,
    /// Whether accepted connections have `local` for their own address too.
    is_exact: bool,
}

enum Kind {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Socket {
    /// A listening TCP socket that does not block.
    pub(super) fn tcp(listener: std::net::TcpListener) -> io::Result<Self> {
        let local = listener.local_addr()?;
        Ok(Self {
            kind: Kind::Tcp(TcpListener::from_std(listener)?),
            local: local.into(),
            is_exact: !local.ip().is_unspecified(),
            file: None,
        })
    }

    /// A listening Unix socket that does not block.
    pub(super) fn unix(descriptor: OwnedFd, file: Option<SocketFile>) -> io::Result<Self> {
        let listener = UnixListener::from_std(descriptor.into())?;
        Ok(Self {
            local: listener.local_addr()?.into(),
            kind: Kind::Unix(listener),
            is_exact: true,
            file,
        })
    }

    pub(super) fn local(&self) -> &Addr {
        &self.local
    }

    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, ConnInfo)>> {
        match &self.kind {
            Kind::Tcp(listener) => listener.poll_accept(cx).map(|accepted| {
                let (stream, peer) = accepted?;
                self.tcp_conn(stream, peer)
            }),
            Kind::Unix(listener) => listener.poll_accept(cx).map(|accepted| {
                let (stream, peer) = accepted?;
                Ok(self.unix_conn(stream, peer.into()))
            }),
        }
    }

    /// `None` when the queue is empty; a connection that died in it is an error of its own.
    fn accept_queued(&self) -> Option<io::Result<(Stream, ConnInfo)>> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let descriptor = match rustix::net::accept_with(self, flags) {
            Err(rustix::io::Errno::WOULDBLOCK) => return None,
            accepted => accepted.map_err(io::Error::from),
        };
        Some(descriptor.and_then(|descriptor| match self.kind {
            Kind::Tcp(_) => {
                let stream = TcpStream::from_std(descriptor.into())?;
                let peer = stream.peer_addr()?;
                self.tcp_conn(stream, peer)
            }
            Kind::Unix(_) => {
                let stream = UnixStream::from_std(descriptor.into())?;
                let peer = stream.peer_addr()?.into();
                Ok(self.unix_conn(stream, peer))
            }
        }))
    }

    /// Linux keeps one more than the backlog. It tells that of a TCP socket that listens, whoever has set it.
    fn queue_max(&self) -> usize {
        const UNIX_BACKLOG: u32 = 4096;
        let backlog = match &self.kind {
            Kind::Tcp(listener) => crate::sockopt::tcp_info(listener.as_fd())
                .map_or(UNIX_BACKLOG, |info| info.backlog()),
            Kind::Unix(_) => UNIX_BACKLOG,
        };
        backlog as usize + 1
    }

    fn tcp_conn(&self, stream: TcpStream, peer: SocketAddr) -> io::Result<(Stream, ConnInfo)> {
        let local = if self.is_exact {
            self.local.clone()
        } else {
            // getsockname fails once the peer has reset the connection; the caller takes that for one that died.
            stream.local_addr()?.into()
        };
        Ok((stream.into(), ConnInfo::new(peer.into(), local)))
    }

    fn unix_conn(&self, stream: UnixStream, peer: Addr) -> (Stream, ConnInfo) {
        let mut info = ConnInfo::new(peer, self.local.clone());
        info.facts_mut().credentials = Credentials::of(&stream);
        (stream.into(), info)
    }

    fn into_fd(self) -> io::Result<OwnedFd> {
        if let Some(file) = self.file {
            file.keep();
        }
        match self.kind {
            Kind::Tcp(listener) => listener.into_std().map(OwnedFd::from),
            Kind::Unix(listener) => listener.into_std().map(OwnedFd::from),
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.kind {
            Kind::Tcp(listener) => listener.as_fd(),
            Kind::Unix(listener) => listener.as_fd(),
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.fmt(f)
    }
}

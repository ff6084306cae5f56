use std::any::Any;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

use crate::{Conn, Counters, IdleTimeout, Stream, TotalTimeout};

/// A stream that is nothing but a kernel socket: no byte of it waits in this process.
#[derive(Clone, Copy)]
pub(super) struct Socket<'a> {
    kind: Kind<'a>,
    /// Those of the connection, which are not told of bytes that pass it by.
    counters: Option<&'a Counters>,
}

#[derive(Clone, Copy)]
enum Kind<'a> {
    Tcp(&'a TcpStream),
    Unix(&'a UnixStream),
}

/// The socket that `stream` is, if it is one. Every type that may be spliced is named here and nowhere else; a stream
/// that keeps bytes of its own (TLS, a buffered reader) must not be.
pub(super) fn socket_of(stream: &dyn Any) -> Option<Socket<'_>> {
    if let Some(conn) = stream.downcast_ref::<Conn>() {
        return Some(Socket {
            kind: Kind::of(conn.get_ref()),
            counters: Some(conn.counters()),
        });
    }
    let kind = if let Some(stream) = stream.downcast_ref() {
        Kind::of(stream)
    } else if let Some(tcp) = stream.downcast_ref() {
        Kind::Tcp(tcp)
    } else {
        Kind::Unix(stream.downcast_ref()?)
    };
    Some(Socket {
        kind,
        counters: None,
    })
}

impl<'a> Kind<'a> {
    fn of(stream: &'a Stream) -> Self {
        match stream {
            Stream::Tcp(tcp) => Self::Tcp(tcp),
            Stream::Unix(unix) => Self::Unix(unix),
        }
    }
}

impl Socket<'_> {
    pub(super) fn poll_readable(self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.kind {
            Kind::Tcp(stream) => stream.poll_read_ready(cx),
            Kind::Unix(stream) => stream.poll_read_ready(cx),
        }
    }

    pub(super) fn poll_writable(self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.kind {
            Kind::Tcp(stream) => stream.poll_write_ready(cx),
            Kind::Unix(stream) => stream.poll_write_ready(cx),
        }
    }

    /// Takes bytes out of this socket; see [`Self::try_io`].
    pub(super) fn try_read(
        self,
        call: impl FnOnce(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let read = self.try_io(Interest::READABLE, call)?;
        if let Some(counters) = self.counters {
            counters.add_read(read);
        }
        Ok(read)
    }

    /// Puts bytes into this socket; see [`Self::try_io`].
    pub(super) fn try_write(
        self,
        call: impl FnOnce(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let written = self.try_io(Interest::WRITABLE, call)?;
        if let Some(counters) = self.counters {
            counters.add_written(written);
        }
        Ok(written)
    }

    /// Runs `call`, a system call on this socket's descriptor. `WouldBlock` from it must mean that this socket was not
    /// ready: the runtime then forgets that it was, until the kernel tells of it again.
    fn try_io(
        self,
        interest: Interest,
        call: impl FnOnce(BorrowedFd<'_>) -> io::Result<usize>,
    ) -> io::Result<usize> {
        match self.kind {
            Kind::Tcp(stream) => stream.try_io(interest, || call(stream.as_fd())),
            Kind::Unix(stream) => stream.try_io(interest, || call(stream.as_fd())),
        }
    }
}

/// Makes the close of the TCP socket that `stream` is, or has below it, a reset. Anything else has none.
pub(super) fn reset_when_dropped(stream: &dyn Any) {
    if let Some(Socket {
        kind: Kind::Tcp(tcp),
        ..
    }) = socket_below(stream)
    {
        // It fails on a socket that is gone already, which no longer needs it.
        let _ = socket2::SockRef::from(tcp).set_linger(Some(Duration::ZERO));
    }
}

/// The same as [`socket_of`], but through the wrappers of this crate, which keep no bytes but have a say on each read.
fn socket_below(stream: &dyn Any) -> Option<Socket<'_>> {
    let below: Option<&dyn Any> = if let Some(wrapped) = stream.downcast_ref::<IdleTimeout<Conn>>()
    {
        Some(wrapped.get_ref())
    } else if let Some(wrapped) = stream.downcast_ref::<TotalTimeout<Conn>>() {
        Some(wrapped.get_ref())
    } else if let Some(wrapped) = stream.downcast_ref::<Conn<IdleTimeout<Stream>>>() {
        Some(wrapped.get_ref().get_ref())
    } else if let Some(wrapped) = stream.downcast_ref::<Conn<TotalTimeout<Stream>>>() {
        Some(wrapped.get_ref().get_ref())
    } else if let Some(wrapped) = stream.downcast_ref::<Conn<TcpStream>>() {
        Some(wrapped.get_ref())
    } else {
        None
    };
    socket_of(below.unwrap_or(stream))
}

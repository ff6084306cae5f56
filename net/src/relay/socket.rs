use std::any::Any;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::{TcpStream, UnixStream};

/// A stream that is nothing but a kernel socket: no byte of it waits in this process.
#[derive(Clone, Copy)]
pub(super) enum Socket<'a> {
    Tcp(&'a TcpStream),
    Unix(&'a UnixStream),
}

/// The socket that `stream` is, if it is one. Every type that may be spliced is named here and nowhere else; a stream
/// that keeps bytes of its own (TLS, a buffered reader) must not be.
pub(super) fn socket_of(stream: &dyn Any) -> Option<Socket<'_>> {
    if let Some(tcp) = stream.downcast_ref() {
        Some(Socket::Tcp(tcp))
    } else {
        stream.downcast_ref().map(Socket::Unix)
    }
}

impl Socket<'_> {
    pub(super) fn poll_readable(self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_read_ready(cx),
            Self::Unix(stream) => stream.poll_read_ready(cx),
        }
    }

    pub(super) fn poll_writable(self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(stream) => stream.poll_write_ready(cx),
            Self::Unix(stream) => stream.poll_write_ready(cx),
        }
    }

    /// Runs `call`, a system call on this socket's descriptor. `WouldBlock` from it must mean that this socket was not
    /// ready: the runtime then forgets that it was, until the kernel tells of it again.
    pub(super) fn try_io<R>(
        self,
        interest: Interest,
        call: impl FnOnce(BorrowedFd<'_>) -> io::Result<R>,
    ) -> io::Result<R> {
        match self {
            Self::Tcp(stream) => stream.try_io(interest, || call(stream.as_fd())),
            Self::Unix(stream) => stream.try_io(interest, || call(stream.as_fd())),
        }
    }

    /// Makes the close of this socket a reset. A Unix socket has none.
    pub(super) fn reset_when_dropped(self) {
        if let Self::Tcp(stream) = self {
            // It fails on a socket that is gone already, which no longer needs it.
            let _ = socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO));
        }
    }
}

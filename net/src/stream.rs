use std::io::{self, IoSlice};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use crate::Addr;

/// A connected socket, TCP or Unix, with vectored writes passed through.
#[derive(Debug)]
#[non_exhaustive]
pub enum Stream {
    /// A TCP socket.
    Tcp(TcpStream),
    /// A Unix socket of the stream kind.
    Unix(UnixStream),
}

impl Stream {
    /// The address of the other end.
    ///
    /// # Errors
    ///
    /// Those of getpeername(2), such as `NotConnected` on a TCP connection that was reset.
    pub fn peer_addr(&self) -> io::Result<Addr> {
        match self {
            Self::Tcp(stream) => stream.peer_addr().map(Addr::from),
            Self::Unix(stream) => stream.peer_addr().map(Addr::from),
        }
    }

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// Those of getsockname(2).
    pub fn local_addr(&self) -> io::Result<Addr> {
        match self {
            Self::Tcp(stream) => stream.local_addr().map(Addr::from),
            Self::Unix(stream) => stream.local_addr().map(Addr::from),
        }
    }
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Self::Unix(stream)
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

/// Runs one expression on whichever socket it is, pinned.
macro_rules! either {
    ($stream:expr, $io:ident => $run:expr) => {
        match $stream.get_mut() {
            Stream::Tcp(io) => {
                let $io = Pin::new(io);
                $run
            }
            Stream::Unix(io) => {
                let $io = Pin::new(io);
                $run
            }
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        either!(self, io => io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        either!(self, io => io.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(stream) => stream.is_write_vectored(),
            Self::Unix(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_shutdown(cx))
    }
}

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wharf_net::{Conn, ConnInfo, TcpInfo};

use crate::https::{TlsInfo, TlsStream};

/// A connection to a server, whatever is between.
#[derive(Debug)]
pub(super) enum ClientStream {
    Plain(Conn),
    Tls(Box<TlsStream<Conn>>),
    /// Behind a proxy that is itself spoken to over TLS.
    TlsInTls(Box<TlsStream<TlsStream<Conn>>>),
}

impl ClientStream {
    /// The connection below.
    fn conn(&self) -> &Conn {
        match self {
            Self::Plain(conn) => conn,
            Self::Tls(stream) => stream.get_ref(),
            Self::TlsInTls(stream) => stream.get_ref().get_ref(),
        }
    }

    pub(super) fn info(&self) -> &ConnInfo {
        self.conn().info()
    }

    /// What the kernel knows of it, if it is TCP.
    pub(super) fn tcp_info(&self) -> Option<TcpInfo> {
        self.conn().tcp_info().ok()
    }

    /// What was agreed on with the origin.
    pub(super) fn tls_info(&self) -> Option<&TlsInfo> {
        match self {
            Self::Plain(_) => None,
            Self::Tls(stream) => Some(stream.info()),
            Self::TlsInTls(stream) => Some(stream.info()),
        }
    }

    /// Whether something has arrived that nobody has read, as far as the kernel knows.
    pub(super) fn has_arrived(&self) -> bool {
        self.conn().has_arrived()
    }
}

/// Runs one expression on whichever stream it is, pinned.
macro_rules! either {
    ($stream:expr, $io:ident => $run:expr) => {
        match $stream.get_mut() {
            ClientStream::Plain(io) => {
                let $io = Pin::new(io);
                $run
            }
            ClientStream::Tls(io) => {
                let $io = Pin::new(&mut **io);
                $run
            }
            ClientStream::TlsInTls(io) => {
                let $io = Pin::new(&mut **io);
                $run
            }
        }
    };
}

impl AsyncRead for ClientStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_read(cx, buf))
    }
}

impl AsyncWrite for ClientStream {
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
            Self::Plain(io) => io.is_write_vectored(),
            Self::Tls(io) => io.is_write_vectored(),
            Self::TlsInTls(io) => io.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, io => io.poll_shutdown(cx))
    }
}

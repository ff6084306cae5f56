use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Engine;
use crate::{Error, TlsInfo};

/// A TLS stream after its handshake, of either side.
///
/// # Reading
///
/// - A read fills its buffer with as many records as have come and fit, and receives up to four records at once.
/// - A read that has to wait first sends what is waiting to be sent, so that a question that was not flushed does not wait for
///   its own answer.
/// - After the peer's `close_notify`, a read returns 0 bytes; writing goes on to work. An end without `close_notify` is an
///   error, [`Truncated`](crate::Truncated).
/// - What TLS refuses is an [`InvalidData`](io::ErrorKind::InvalidData) error whose inner error is a [`rustls::Error`]. Content
///   before it is delivered first, its alert is handed to the transport first, and later reads and writes repeat it.
///
/// # Writing
///
/// - A write encrypts up to 64 KiB and tries to send it at once; it waits while records of an earlier write have not been sent.
///   So at most 64 KiB of content, as records, is ever parked, and one record more behind [`cork`](Self::cork).
/// - The tickets of a server share a send with the first write behind the handshake, unless a read has to wait before it, or
///   the client sent early data.
/// - `flush` returns when the transport has everything.
/// - **A stream that is dropped sends nothing more**: the peer misses what was parked, nothing if the transport took it
///   all, and `close_notify`, so it sees a truncated stream. End a stream with [`close`](Self::close) or
///   `AsyncWriteExt::shutdown`.
///
/// # Memory
///
/// A stream that waits for its peer holds no buffers: they are borrowed from a small pool of the thread while bytes pass
/// through. What has to wait is held in memory of its size: a part of a record, content that a small read left, records that
/// the transport did not take, tickets that wait for the first write. More than a record of it keeps its buffer, 90 KiB in
/// each direction.
///
/// # Cancel safety
///
/// Reads, writes and flushes can be dropped without loss; `write_all` forgets how far it was, as everywhere.
pub struct TlsStream<IO> {
    pub(super) io: IO,
    pub(super) engine: Engine,
    info: TlsInfo,
}

impl<IO> TlsStream<IO> {
    pub(crate) fn new(io: IO, engine: Engine, info: TlsInfo) -> Self {
        Self { io, engine, info }
    }

    /// What the handshake agreed on.
    pub fn info(&self) -> &TlsInfo {
        &self.info
    }

    /// The stream under TLS. Reading from it or writing to it would break the connection.
    pub fn get_ref(&self) -> &IO {
        &self.io
    }

    /// The memory held by what waits in this stream, in bytes: 0 while it is idle.
    pub fn buffered_bytes(&self) -> usize {
        self.engine.buffered_bytes()
    }

    /// Makes the next write only encrypt: what it writes, up to one record, shares a send with the write, flush or shutdown
    /// behind it. For the last write before a shutdown, whose `close_notify` would else be a packet of its own. A flush or a
    /// shutdown without a write before it undoes it.
    pub fn cork(&mut self) {
        self.engine.is_corked = true;
    }

    /// Derives keying material that both sides of this connection, and nobody else, can compute ([RFC 8446 §7.5]): for channel
    /// bindings ([RFC 9266]) and the like. `context` left out is the same as an empty one.
    ///
    /// # Errors
    ///
    /// Over TLS 1.2, whose exporter is not implemented. When `label` is longer than 249 bytes, or `out` is empty or longer than
    /// HKDF can fill: 255 times the length of the cipher suite's hash.
    ///
    /// [RFC 8446 §7.5]: https://www.rfc-editor.org/rfc/rfc8446#section-7.5
    /// [RFC 9266]: https://www.rfc-editor.org/rfc/rfc9266
    pub fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), Error> {
        self.engine.export_keying_material(label, context, out)
    }

    /// Gives back the stream under TLS, and what was received from it and is not used up. What was not sent is lost: flush
    /// before.
    ///
    /// After [`close_notify`](Self::close_notify) and a read that returned 0 bytes, that is the beginning of what the peer sends
    /// in the clear. Otherwise it is a part of a record, of no use but for the next user of the transport to know that the
    /// transport stands in the middle of one.
    pub fn into_inner(self) -> (IO, Vec<u8>) {
        (self.io, self.engine.into_incoming())
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> TlsStream<IO> {
    /// Changes the keys of both directions ([RFC 8446 §4.6.3]): our own at once, the peer's with its answer. Returns when the
    /// transport has our message.
    ///
    /// rustls does so by itself long before keys wear out. It is of use before a long pause, so that keys found later do
    /// not open what was sent before. Peers tolerate only so many in a row (rustls 32) without content between them.
    ///
    /// # Errors
    ///
    /// Over TLS 1.2, which has none: [`Unsupported`](io::ErrorKind::Unsupported). Otherwise as for a write.
    ///
    /// # Cancel safety
    ///
    /// If it is dropped, the message may be parked, as content is.
    ///
    /// [RFC 8446 §4.6.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.3
    pub async fn request_key_update(&mut self) -> io::Result<()> {
        let Self { io, engine, .. } = self;
        let mut asked = false;
        poll_fn(|cx| engine.poll_key_update(io, cx, &mut asked)).await
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<IO> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { io, engine, .. } = self.get_mut();
        engine.poll_read(io, cx, buf)
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<IO> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { io, engine, .. } = self.get_mut();
        engine.poll_write(io, cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, engine, .. } = self.get_mut();
        engine.is_corked = false;
        let polled = engine.poll_flush(io, cx);
        engine.settle();
        polled
    }

    /// Sends what is parked, `close_notify` and FIN. It does not wait for the peer's `close_notify`.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { io, engine, .. } = self.get_mut();
        std::task::ready!(engine.poll_close_notify(io, cx))?;
        Pin::new(io).poll_shutdown(cx)
    }
}

impl<IO> fmt::Debug for TlsStream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsStream")
            .field("info", &self.info)
            .field("buffered_bytes", &self.buffered_bytes())
            .finish_non_exhaustive()
    }
}

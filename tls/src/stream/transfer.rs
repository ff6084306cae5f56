//! Drives an [`Engine`] after the handshake: read, write, flush, shut down.

use std::io::{self, IoSlice};
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::buffers::{Buffer, RECORD_BYTES_MAX};
use super::connection::Wish;
use super::engine::Stop;
use super::failure::protocol_failure;
use super::{Engine, Truncated};

/// The most content of one record ([RFC 8446 §5.1]).
///
/// [RFC 8446 §5.1]: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
const RECORD_CONTENT_MAX: usize = 16 * 1024;

/// The most content that one write takes, and so what can wait for the transport: four whole records fit a pooled buffer.
/// Others: rustls and tokio-rustls 64 KiB, OpenSSL one record.
pub(super) const WRITE_CONTENT_MAX: usize = 4 * RECORD_CONTENT_MAX;

impl Engine {
    /// Fills `reader` with as many records as have been received and fit. Receives only if there are none.
    pub(super) fn poll_read<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
        reader: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.is_held {
            self.push(io, cx);
        }
        let polled = self.poll_content(io, cx, reader);
        // What is held back goes no later than now, if nothing is to be written to what was read. So does an answer of our
        // own to it, or the alert that refuses it.
        let goes_on = matches!(polled, Poll::Ready(Ok(()))) && !self.peer_closed;
        if !self.is_held || !goes_on || self.failed().is_some() {
            self.push(io, cx);
        }
        self.settle();
        polled
    }

    fn poll_content<IO: AsyncRead + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
        reader: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = reader.filled().len();
        loop {
            self.decrypted.drain_to(reader);
            if reader.remaining() == 0 {
                return Poll::Ready(Ok(()));
            }
            let has_content = reader.filled().len() > before;
            if let Some(error) = self.failed() {
                // What came before the error is delivered before it.
                return Poll::Ready(if has_content {
                    Ok(())
                } else {
                    Err(protocol_failure(error))
                });
            }
            if self.peer_closed {
                return Poll::Ready(Ok(()));
            }
            // What is wrong, and the end, are seen at the top.
            if self.is_idle() || matches!(self.advance(Some(reader)), Ok(Stop::Needs { .. })) {
                if reader.filled().len() > before {
                    return Poll::Ready(Ok(()));
                }
                if ready!(self.poll_receive(io, cx))? == Some(0) {
                    return Poll::Ready(Err(Truncated.into()));
                }
            }
        }
    }

    /// Encrypts up to [`WRITE_CONTENT_MAX`], and tries to send it unless the stream is corked. Waits while earlier records have
    /// not been sent.
    pub(super) fn poll_write<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
        content: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = self.poll_write_unsettled(io, cx, content);
        self.settle();
        polled
    }

    fn poll_write_unsettled<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
        content: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.close_notify_queued {
            let message = "write after close_notify";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::BrokenPipe, message)));
        }
        ready!(self.poll_writable(io, cx))?;
        let taken = self.encrypt(content)?;
        if mem::take(&mut self.is_corked) {
            self.is_held = true;
            return Poll::Ready(Ok(taken));
        }
        match self.poll_send(io, cx) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            // What was not sent waits; the caller is done with it.
            _ => Poll::Ready(Ok(taken)),
        }
    }

    /// Encrypts small slices together, so that a head and its body share a record, and long ones from where they are.
    fn encrypt(&mut self, content: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut left = WRITE_CONTENT_MAX;
        let mut joined = Buffer::default();
        for (at, slice) in content.iter().enumerate() {
            let mut slice = &slice[..slice.len().min(left)];
            left -= slice.len();
            let is_last = left == 0 || at + 1 == content.len();
            while !slice.is_empty() {
                let whole_records = slice.len() - slice.len() % RECORD_CONTENT_MAX;
                if joined.is_empty() && (whole_records > 0 || is_last) {
                    let taken = if is_last { slice.len() } else { whole_records };
                    self.put(Wish::Encrypt(&slice[..taken]))?;
                    slice = &slice[taken..];
                    continue;
                }
                let taken = slice.len().min(RECORD_CONTENT_MAX - joined.len());
                joined.room(RECORD_CONTENT_MAX - joined.len())[..taken]
                    .copy_from_slice(&slice[..taken]);
                joined.advance(taken);
                slice = &slice[taken..];
                if joined.len() == RECORD_CONTENT_MAX {
                    self.put(Wish::Encrypt(joined.filled()))?;
                    joined.consume(RECORD_CONTENT_MAX);
                }
            }
        }
        if !joined.is_empty() {
            self.put(Wish::Encrypt(joined.filled()))?;
        }
        Ok(WRITE_CONTENT_MAX - left)
    }

    /// Sends all that waits, and flushes the transport.
    pub(super) fn poll_flush<IO: AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_send(io, cx))?;
        if self.flush_due {
            ready!(Pin::new(io).poll_flush(cx))?;
            self.flush_due = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Sends all that waits, and asks for new keys of both directions ([RFC 8446 §4.6.3]). `asked` is whether that is in
    /// `outgoing` already.
    ///
    /// [RFC 8446 §4.6.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.3
    pub(super) fn poll_key_update<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
        asked: &mut bool,
    ) -> Poll<io::Result<()>> {
        if self.state().protocol_version() != Some(ProtocolVersion::TLSv1_3) {
            let message = "a key update needs TLS 1.3";
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::Unsupported, message)));
        }
        if !*asked {
            ready!(self.poll_writable(io, cx))?;
            self.put(Wish::KeyUpdate)?;
            *asked = true;
        }
        let polled = self.poll_flush(io, cx);
        self.settle();
        polled
    }

    /// Sends all that waits, then `close_notify`. Of a connection that failed, only the alert is left to send.
    pub(super) fn poll_close_notify<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.is_corked = false;
        if !self.close_notify_queued && self.failed().is_none() {
            ready!(self.poll_writable(io, cx))?;
            self.put(Wish::CloseNotify)?;
            self.close_notify_queued = true;
        }
        let polled = self.poll_flush(io, cx);
        self.settle();
        polled
    }

    /// Receives once. `None`: there was no room, and the connection has failed.
    pub(super) fn poll_receive<IO: AsyncRead + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<usize>>> {
        let received = ready!(self.incoming.poll_fill(io, cx))?;
        if received.is_none() {
            self.refuse_long_message();
        }
        Poll::Ready(Ok(received))
    }

    /// To be called before a poll ends: nothing is borrowed from the pool by a connection that waits for its peer.
    pub(super) fn settle(&mut self) {
        self.incoming.settle();
        self.outgoing.settle();
    }

    /// Waits until all that waited is sent, and content can be encrypted. With early data that is when the rest of the
    /// handshake has come, unless the configuration allows data before it.
    fn poll_writable<IO: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            let joins_what_is_held = self.is_held
                && self.outgoing.len() <= RECORD_BYTES_MAX
                && self.failed().is_none()
                && !self.is_handshaking();
            let sent = if joins_what_is_held {
                Poll::Ready(Ok(()))
            } else {
                self.poll_send(io, cx)
            };
            if let Some(error) = self.failed() {
                return Poll::Ready(Err(protocol_failure(error)));
            }
            ready!(sent)?;
            if !self.is_handshaking() {
                return Poll::Ready(Ok(()));
            }
            // What is wrong is seen at the top, and so is what there is to send.
            let stop = self.advance(None);
            if stop == Ok(Stop::Needs { may_write: true }) {
                return Poll::Ready(Ok(()));
            }
            if stop == Ok(Stop::Needs { may_write: false })
                && self.outgoing.is_empty()
                && ready!(self.poll_receive(io, cx))? == Some(0)
            {
                return Poll::Ready(Err(Truncated.into()));
            }
        }
    }

    fn put(&mut self, wish: Wish<'_>) -> io::Result<()> {
        self.write(wish).map_err(|error| protocol_failure(&error))
    }

    /// Sends what waits as far as the transport takes it. An error shows at the next write or flush.
    fn push<IO: AsyncWrite + Unpin>(&mut self, io: &mut IO, cx: &mut Context<'_>) {
        let _ = self.poll_flush(io, cx);
    }

    fn poll_send<IO: AsyncWrite + Unpin>(
        &mut self,
        io: &mut IO,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        self.is_held = false;
        while !self.outgoing.is_empty() {
            let sent = ready!(Pin::new(&mut *io).poll_write(cx, self.outgoing.filled()))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.outgoing.consume(sent);
            self.flush_due = true;
        }
        Poll::Ready(Ok(()))
    }
}

//! Drives an [`Engine`] through the handshake.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use rustls::ProtocolVersion;
use tokio::io::{AsyncRead, AsyncWrite};

use super::engine::Stop;
use super::{Engine, Failure};

impl Engine {
    /// Performs the handshake, until content may flow and our side of it is sent.
    ///
    /// - A server that has early data returns with it: the handshake goes on while the stream is read.
    /// - The tickets of a TLS 1.3 server wait for the first response, or for a read that has to wait. They need no send of their
    ///   own, and a client that first sends all that it has must not bring us to a stop.
    ///
    /// There is no deadline in here.
    ///
    /// # Errors
    ///
    /// If TLS refuses, its alert has been written as far as the transport is not broken. The caller has to see to it that it
    /// arrives: [`deliver_alert`](super::deliver_alert). An end of stream is [`io::ErrorKind::UnexpectedEof`].
    ///
    /// # Cancel safety
    ///
    /// A dropped future has lost nothing: another call goes on where it was.
    pub(crate) async fn handshake<IO>(&mut self, io: &mut IO) -> Result<(), Failure>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let result = poll_fn(|cx| {
            let polled = self.poll_handshake(io, cx);
            self.settle();
            polled
        });
        result.await
    }

    fn poll_handshake<IO>(&mut self, io: &mut IO, cx: &mut Context<'_>) -> Poll<Result<(), Failure>>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        loop {
            if self.only_tickets_wait() {
                self.is_held = !self.outgoing.is_empty();
                return Poll::Ready(Ok(()));
            }
            let sent = self.poll_flush(io, cx);
            if let Some(error) = self.failed() {
                let error = error.clone();
                // The transport's own trouble with the alert is of less interest.
                return sent.map(|_| Err(Failure::Tls(error)));
            }
            let is_blocked = sent.is_pending();
            if !self.is_handshaking() || !self.decrypted.is_empty() {
                return sent.map_err(Failure::Io);
            }
            if let Poll::Ready(Err(error)) = sent {
                return Poll::Ready(Err(error.into()));
            }
            // What is wrong is seen at the top, and so is what there is to send. A peer that takes nothing may be waiting for
            // us to take something.
            if let Ok(Stop::Needs { .. }) = self.advance(None)
                && self.is_handshaking()
                && (is_blocked || self.outgoing.is_empty())
                && ready!(self.poll_receive(io, cx))? == Some(0)
            {
                let eof = io::Error::from(io::ErrorKind::UnexpectedEof);
                return Poll::Ready(Err(eof.into()));
            }
        }
    }

    /// In TLS 1.3, a server sends nothing but tickets behind the client's Finished ([RFC 8446 §4.6.1]).
    ///
    /// [RFC 8446 §4.6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.6.1
    fn only_tickets_wait(&self) -> bool {
        let is_tls13 = self.state().protocol_version() == Some(ProtocolVersion::TLSv1_3);
        self.is_server() && is_tls13 && !self.is_handshaking() && self.failed().is_none()
    }
}

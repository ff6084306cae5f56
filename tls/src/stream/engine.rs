use std::sync::Arc;

use rustls::client::UnbufferedClientConnection;
use rustls::pki_types::ServerName;
use rustls::server::UnbufferedServerConnection;
use rustls::{ClientConfig, CommonState, InvalidMessage, ServerConfig};
use tokio::io::ReadBuf;

use super::buffers::Buffer;
use super::connection::{Connection, Sinks, Step, Wish};
use super::early::EarlyData;
use super::secrets::{self, ExporterSecret};
use crate::Error;
use crate::error::Kind;

/// One TLS connection of either role, and the bytes that wait around it.
///
/// It does no I/O: `handshake.rs` and `transfer.rs` move bytes between its buffers and a transport.
pub(crate) struct Engine {
    connection: Connection,
    /// Received, and not decrypted yet. While rustls holds a part of a handshake message it is still in here.
    pub(super) incoming: Buffer,
    /// Decrypted, and not read yet.
    pub(super) decrypted: Buffer,
    /// Records that the transport has not taken yet.
    pub(super) outgoing: Buffer,
    /// `outgoing` has not been offered to the transport: it shares a send with what is written next.
    pub(super) is_held: bool,
    /// The next write is to be held.
    pub(super) is_corked: bool,
    /// The transport has taken bytes since it was last flushed.
    pub(super) flush_due: bool,
    /// rustls holds nothing that refers to `incoming`, so it can be called without it.
    aligned: bool,
    /// The peer has sent `close_notify`.
    pub(super) peer_closed: bool,
    /// `close_notify` is in `outgoing` or sent.
    pub(super) close_notify_queued: bool,
    /// What ended the connection. Its alert is in `outgoing` or sent.
    failed: Option<rustls::Error>,
    exporter: Option<ExporterSecret>,
    early_data: Option<EarlyData>,
}

/// Why [`Engine::advance`] stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is content.
    Content,
    /// There will be no more content.
    PeerClosed,
    /// Nothing more happens before the peer sends something. Content can be encrypted, or cannot yet.
    Needs { may_write: bool },
}

impl Engine {
    /// The server's side. `received` is what has been read already, from the first byte of the ClientHello on.
    ///
    /// # Errors
    ///
    /// When `config` is not usable.
    pub(crate) fn server(
        config: Arc<ServerConfig>,
        received: Vec<u8>,
    ) -> Result<Self, rustls::Error> {
        let connection = UnbufferedServerConnection::new(config)?;
        Ok(Self::new(
            Connection::Server(Box::new(connection)),
            received,
        ))
    }

    /// The client's side, for a server called `name`.
    ///
    /// # Errors
    ///
    /// When `config` is not usable.
    pub(crate) fn client(
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> Result<Self, rustls::Error> {
        let connection = UnbufferedClientConnection::new(config, name)?;
        Ok(Self::new(
            Connection::Client(Box::new(connection)),
            Vec::new(),
        ))
    }

    fn new(connection: Connection, received: Vec<u8>) -> Self {
        Self {
            connection,
            incoming: Buffer::from(received),
            decrypted: Buffer::default(),
            outgoing: Buffer::default(),
            is_held: false,
            is_corked: false,
            flush_due: false,
            aligned: true,
            peer_closed: false,
            close_notify_queued: false,
            failed: None,
            exporter: None,
            early_data: None,
        }
    }

    /// What was negotiated.
    pub(crate) fn state(&self) -> &CommonState {
        &self.connection
    }

    /// Whether the handshake is still under way. After [`Engine::handshake`] that is so only while a client sends early
    /// data.
    pub(crate) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    /// Early data, if any has been decrypted.
    pub(crate) fn early_data(&self) -> Option<EarlyData> {
        self.early_data.clone()
    }

    /// The memory that the buffers hold.
    pub(crate) fn buffered_bytes(&self) -> usize {
        self.incoming.capacity() + self.decrypted.capacity() + self.outgoing.capacity()
    }

    /// What was received and is not used up.
    pub(super) fn into_incoming(self) -> Vec<u8> {
        self.incoming.into_vec()
    }

    /// Derives keying material from the exporter secret.
    pub(crate) fn export_keying_material(
        &self,
        label: &[u8],
        context: Option<&[u8]>,
        out: &mut [u8],
    ) -> Result<(), Error> {
        let Some(exporter) = &self.exporter else {
            return Err(Kind::ExporterUnavailable.into());
        };
        exporter.export(label, context.unwrap_or_default(), out)
    }

    pub(super) fn is_server(&self) -> bool {
        self.connection.is_server()
    }

    pub(super) fn failed(&self) -> Option<&rustls::Error> {
        self.failed.as_ref()
    }

    /// Whether rustls has nothing to do before something is received.
    pub(super) fn is_idle(&self) -> bool {
        self.incoming.is_empty()
            && self.aligned
            && self.failed.is_none()
            && !self.connection.is_handshaking()
            && !self.connection.wants_write()
    }

    /// Decrypts what has been received, up to the first record with content.
    pub(super) fn advance(
        &mut self,
        reader: Option<&mut ReadBuf<'_>>,
    ) -> Result<Stop, rustls::Error> {
        self.run(reader, None)
    }

    /// Encrypts something. Only possible when a [`Stop`] has said so.
    ///
    /// rustls decrypts all that it is shown before it encrypts, and what has been received may be more than a reader wants
    /// yet. So it is shown nothing, unless it holds a part of a handshake message. Then all that was received is that part:
    /// it is looked at as soon as it comes.
    pub(super) fn write(&mut self, wish: Wish<'_>) -> Result<(), rustls::Error> {
        self.run(None, Some(wish)).map(drop)
    }

    fn run(
        &mut self,
        mut reader: Option<&mut ReadBuf<'_>>,
        mut wish: Option<Wish<'_>>,
    ) -> Result<Stop, rustls::Error> {
        let is_reading = wish.is_none();
        loop {
            let show_incoming = is_reading || !self.aligned;
            let incoming = if show_incoming {
                self.incoming.filled_mut()
            } else {
                &mut []
            };
            let mut sinks = Sinks {
                reader: reader.as_deref_mut(),
                decrypted: &mut self.decrypted,
                outgoing: &mut self.outgoing,
            };
            let connection = &mut self.connection;
            let (discard, step) = if self.exporter.is_none() && connection.is_handshaking() {
                let process = || connection.process(incoming, wish, &mut sinks);
                let (result, secret) = secrets::capture(process);
                self.exporter = secret;
                result
            } else {
                connection.process(incoming, wish, &mut sinks)
            };
            self.incoming.consume(discard);
            let step = step.inspect_err(|error| self.fail(error.clone()))?;
            if show_incoming {
                self.aligned = match step {
                    // Other records never stand between the parts of a handshake message [RFC 8446 §5.1].
                    Step::Content | Step::EarlyData(_) | Step::PeerClosed | Step::Closed => true,
                    // A whole record that is left here holds a part of a handshake message.
                    _ => !begins_with_record(self.incoming.filled()),
                };
            }
            match step {
                Step::Encoded | Step::Transmitted => {}
                Step::Content => {
                    if is_reading {
                        return Ok(Stop::Content);
                    }
                }
                Step::EarlyData(bytes) => {
                    self.early_data.get_or_insert_default().add(bytes as u64);
                    return Ok(Stop::Content);
                }
                Step::PeerClosed | Step::Closed => {
                    self.peer_closed = true;
                    if is_reading || step == Step::Closed {
                        return Ok(Stop::PeerClosed);
                    }
                }
                Step::Blocked => return Ok(Stop::Needs { may_write: false }),
                // The record of a key update comes out in the next round.
                Step::Writable if wish.take().is_some() && self.connection.wants_write() => {}
                Step::Writable => return Ok(Stop::Needs { may_write: true }),
            }
        }
    }

    /// The peer needs more room for one handshake message than there is. A message of a size that rustls takes fits, except
    /// in records of a few bytes each.
    pub(super) fn refuse_long_message(&mut self) {
        self.fail(InvalidMessage::HandshakePayloadTooLarge.into());
    }

    /// Remembers the error, and gets the alert that rustls has for it.
    fn fail(&mut self, error: rustls::Error) {
        let mut sinks = Sinks {
            reader: None,
            decrypted: &mut self.decrypted,
            outgoing: &mut self.outgoing,
        };
        // rustls must not look at what it has refused a second time. While it has records to send, it does not.
        while self.connection.wants_write() {
            if self.connection.process(&mut [], None, &mut sinks).1 != Ok(Step::Encoded) {
                break;
            }
        }
        // Nobody will look at the rest.
        self.incoming = Buffer::default();
        self.failed = Some(error);
    }
}

/// Whether there is a whole record in front.
fn begins_with_record(bytes: &[u8]) -> bool {
    match bytes {
        [_, _, _, high, low, rest @ ..] => {
            rest.len() >= usize::from(u16::from_be_bytes([*high, *low]))
        }
        _ => false,
    }
}

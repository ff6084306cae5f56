//! The states of rustls's unbuffered connections, for both roles.

use std::ops::Deref;

use rustls::CommonState;
use rustls::client::UnbufferedClientConnection;
use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{
    ConnectionState, EncodeError, EncodeTlsData, EncryptError, UnbufferedStatus, WriteTraffic,
};
use tokio::io::ReadBuf;

use super::buffers::Buffer;

pub(super) enum Connection {
    Server(Box<UnbufferedServerConnection>),
    Client(Box<UnbufferedClientConnection>),
}

/// What one call of rustls did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It decrypted content.
    Content,
    /// It decrypted so many bytes of early data.
    EarlyData(usize),
    /// It wrote a record of its own. There may be more.
    Encoded,
    /// It was told that its records are taken care of.
    Transmitted,
    /// It met the peer's `close_notify`: what comes behind is not TLS any more.
    PeerClosed,
    /// Both sides have sent `close_notify`.
    Closed,
    /// It needs more from the peer, and cannot encrypt content yet.
    Blocked,
    /// It needs more from the peer, or content to encrypt. A wish has been granted.
    Writable,
}

/// What to do once content can be encrypted.
#[derive(Clone, Copy)]
pub(super) enum Wish<'a> {
    Encrypt(&'a [u8]),
    CloseNotify,
    KeyUpdate,
}

/// Where the results of a call go.
pub(super) struct Sinks<'a, 'b> {
    /// Content goes to the reader, if there is one, as far as it fits.
    pub(super) reader: Option<&'a mut ReadBuf<'b>>,
    /// The rest waits here.
    pub(super) decrypted: &'a mut Buffer,
    /// Records to be sent.
    pub(super) outgoing: &'a mut Buffer,
}

impl Connection {
    /// Calls rustls once. Returns how many bytes of `incoming` are used up.
    pub(super) fn process(
        &mut self,
        incoming: &mut [u8],
        wish: Option<Wish<'_>>,
        sinks: &mut Sinks<'_, '_>,
    ) -> (usize, Result<Step, rustls::Error>) {
        match self {
            Self::Client(client) => {
                let UnbufferedStatus { discard, state } = client.process_tls_records(incoming);
                let (more, step) = split_result(state.and_then(|state| sinks.take(state, wish)));
                (discard + more, step)
            }
            Self::Server(server) => {
                let UnbufferedStatus { discard, state } = server.process_tls_records(incoming);
                let (more, step) = split_result(state.and_then(|state| match state {
                    ConnectionState::ReadEarlyData(mut early) => {
                        let (mut more, mut bytes) = (0, 0);
                        while let Some(record) = early.next_record() {
                            let record = record?;
                            more += record.discard;
                            bytes += record.payload.len();
                            sinks.put(record.payload);
                        }
                        Ok((more, Step::EarlyData(bytes)))
                    }
                    state => sinks.take(state, wish),
                }));
                (discard + more, step)
            }
        }
    }

    pub(super) fn is_server(&self) -> bool {
        matches!(self, Self::Server(_))
    }
}

impl Deref for Connection {
    type Target = CommonState;

    fn deref(&self) -> &CommonState {
        match self {
            Self::Server(server) => server,
            Self::Client(client) => client,
        }
    }
}

fn split_result(
    result: Result<(usize, Step), rustls::Error>,
) -> (usize, Result<Step, rustls::Error>) {
    match result {
        Ok((discard, step)) => (discard, Ok(step)),
        Err(error) => (0, Err(error)),
    }
}

impl Sinks<'_, '_> {
    /// Handles a state that both roles have.
    fn take<Data>(
        &mut self,
        state: ConnectionState<'_, '_, Data>,
        wish: Option<Wish<'_>>,
    ) -> Result<(usize, Step), rustls::Error> {
        let step = match state {
            ConnectionState::ReadTraffic(mut content) => {
                let mut more = 0;
                while let Some(record) = content.next_record() {
                    let record = record?;
                    more += record.discard;
                    self.put(record.payload);
                }
                return Ok((more, Step::Content));
            }
            ConnectionState::EncodeTlsData(record) => {
                self.encode(record)?;
                Step::Encoded
            }
            ConnectionState::TransmitTlsData(records) => {
                // They are in `outgoing`, in order; sending them is our business.
                records.done();
                Step::Transmitted
            }
            ConnectionState::PeerClosed => Step::PeerClosed,
            ConnectionState::Closed => Step::Closed,
            ConnectionState::BlockedHandshake => Step::Blocked,
            ConnectionState::WriteTraffic(traffic) => {
                self.grant(traffic, wish)?;
                Step::Writable
            }
            _ => return Err(rustls::Error::General("unknown state".to_owned())),
        };
        Ok((0, step))
    }

    fn put(&mut self, content: &[u8]) {
        let mut rest = content;
        if let Some(reader) = &mut self.reader
            && self.decrypted.is_empty()
        {
            let (fits, more) = content.split_at(content.len().min(reader.remaining()));
            reader.put_slice(fits);
            rest = more;
        }
        self.decrypted.keep(rest);
    }

    /// The record is lost if this state is left without it, so there has to be room.
    fn encode<Data>(&mut self, mut record: EncodeTlsData<'_, Data>) -> Result<(), rustls::Error> {
        let size = match record.encode(&mut []) {
            Err(EncodeError::InsufficientSize(needed)) => needed.required_size,
            Ok(_) | Err(EncodeError::AlreadyEncoded) => return Ok(()),
        };
        match record.encode(self.outgoing.room(size)) {
            Ok(written) => {
                self.outgoing.advance(written);
                Ok(())
            }
            Err(error) => Err(rustls::Error::General(error.to_string())),
        }
    }

    fn grant<Data>(
        &mut self,
        mut traffic: WriteTraffic<'_, Data>,
        wish: Option<Wish<'_>>,
    ) -> Result<(), rustls::Error> {
        match wish {
            None => Ok(()),
            Some(Wish::KeyUpdate) => traffic.refresh_traffic_keys(),
            Some(Wish::Encrypt(content)) => {
                self.write(|outgoing| traffic.encrypt(content, outgoing))
            }
            Some(Wish::CloseNotify) => self.write(|outgoing| traffic.queue_close_notify(outgoing)),
        }
    }

    /// `write` says how much room it needs if there is too little, and has done nothing then.
    fn write(
        &mut self,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, EncryptError>,
    ) -> Result<(), rustls::Error> {
        let mut room = 1;
        loop {
            match write(self.outgoing.room(room)) {
                Ok(written) => {
                    self.outgoing.advance(written);
                    return Ok(());
                }
                Err(EncryptError::InsufficientSize(needed)) if needed.required_size > room => {
                    room = needed.required_size;
                }
                Err(_) => return Err(rustls::Error::EncryptError),
            }
        }
    }
}

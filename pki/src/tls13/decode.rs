//! The records of both directions, and the messages in them, in the order of the wire.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::time::Duration;

use super::protection::Opener;
use super::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, Cut, HANDSHAKE, Records};
use super::schedule::Schedule;
use super::transcript::Transcript;
use super::{
    Body, Certificates, Fault, Handshake, Message, Protection, Record, Recording, Secrets, Sender,
    message,
};

/// The longest handshake message that is read, in bytes: what rustls reads.
const MESSAGE_BYTES_MAX: usize = 0xffff;

/// Decodes a recording with what is known of its secrets. Nothing is trusted, and nothing panics: bytes that are no handshake are
/// told as a [`Fault`].
pub fn decode(recording: &Recording, secrets: &Secrets) -> Handshake {
    let mut decoder = Decoder {
        secrets,
        seen: Handshake::default(),
        client: Direction::new(Sender::Client),
        server: Direction::new(Sender::Server),
        transcript: Transcript::default(),
        client_random: None,
        has_retried: false,
        schedule: None,
    };
    for piece in recording.pieces() {
        decoder.add(piece.from, piece.at, &piece.bytes);
    }
    decoder.end(recording)
}

pub(super) struct Decoder<'a> {
    pub(super) secrets: &'a Secrets,
    pub(super) seen: Handshake,
    pub(super) client: Direction,
    pub(super) server: Direction,
    pub(super) transcript: Transcript,
    pub(super) client_random: Option<[u8; 32]>,
    pub(super) has_retried: bool,
    pub(super) schedule: Option<Schedule<'a>>,
}

/// What one side sends.
pub(super) struct Direction {
    pub(super) from: Sender,
    pub(super) records: Records,
    pub(super) opener: Option<Opener>,
    pub(super) protection: Protection,
    /// Handshake messages that are not whole, and the record that they begin in.
    pub(super) joined: Vec<u8>,
    pub(super) joined_from: usize,
    pub(super) certificates: Option<Certificates>,
    pub(super) is_finished: bool,
    /// Whether the records can still be found.
    pub(super) has_records: bool,
    /// Whether what is in them can still be read.
    pub(super) is_readable: bool,
}

impl Direction {
    fn new(from: Sender) -> Self {
        Self {
            from,
            records: Records::default(),
            opener: None,
            protection: Protection::None,
            joined: Vec::new(),
            joined_from: 0,
            certificates: None,
            is_finished: false,
            has_records: true,
            is_readable: true,
        }
    }
}

impl Decoder<'_> {
    pub(super) fn of(&mut self, from: Sender) -> &mut Direction {
        match from {
            Sender::Client => &mut self.client,
            Sender::Server => &mut self.server,
        }
    }

    fn add(&mut self, from: Sender, at: Duration, bytes: &[u8]) {
        self.of(from).records.add(bytes);
        while self.of(from).has_records {
            match self.of(from).records.next(from) {
                Ok(Some(cut)) => self.record(from, at, &cut),
                Ok(None) => break,
                Err(fault) => {
                    self.of(from).has_records = false;
                    self.fail(from, fault);
                }
            }
        }
    }

    /// What follows in this direction cannot be read.
    pub(super) fn fail(&mut self, from: Sender, fault: Fault) {
        self.of(from).is_readable = false;
        self.seen.faults.push(fault);
    }

    /// Nothing that follows can be read.
    pub(super) fn give_up(&mut self, fault: Fault) {
        self.client.is_readable = false;
        self.server.is_readable = false;
        self.seen.faults.push(fault);
    }

    fn record(&mut self, from: Sender, at: Duration, cut: &Cut) {
        self.seen.records.push(Record {
            from,
            at,
            content_type: cut.content_type(),
            version: cut.version(),
            length: cut.body.len(),
            protection: Protection::None,
            inner_type: None,
            padding: 0,
        });
        let direction = self.of(from);
        if !direction.is_readable {
            return;
        }
        if cut.content_type() != APPLICATION_DATA {
            self.inside(from, at, Protection::None, cut.content_type(), 0, &cut.body);
            return;
        }
        let protection = direction.protection;
        let Some(opener) = &mut direction.opener else {
            self.fail(from, Fault::NoKeys { from });
            return;
        };
        match opener.open(cut.header, &cut.body) {
            Ok(opened) => {
                let (kind, padding) = (opened.content_type, opened.padding);
                self.inside(from, at, protection, kind, padding, &opened.content);
            }
            Err(fault) => self.fail(from, fault),
        }
    }

    /// What is in a record.
    fn inside(
        &mut self,
        from: Sender,
        at: Duration,
        protection: Protection,
        kind: u8,
        padding: usize,
        content: &[u8],
    ) {
        if let Some(record) = self.seen.records.last_mut() {
            record.protection = protection;
            record.inner_type = Some(kind);
            record.padding = padding;
        }
        let begun = self.of(from).joined.len();
        // CCS may stand anywhere; it belongs to no message.
        if kind != HANDSHAKE && kind != CHANGE_CIPHER_SPEC && begun > 0 {
            self.fail(from, Fault::MessageCut { from, bytes: begun });
            return;
        }
        let (body, fields) = match kind {
            HANDSHAKE => return self.join(from, at, protection, content),
            ALERT => message::alert(content),
            CHANGE_CIPHER_SPEC => (Body::ChangeCipherSpec, Vec::new()),
            APPLICATION_DATA => (Body::ApplicationData, Vec::new()),
            kind => (Body::Unknown(kind), Vec::new()),
        };
        let last = self.seen.records.len().saturating_sub(1);
        self.seen.messages.push(Message {
            from,
            at,
            protection,
            records: last..last.saturating_add(1),
            bytes: content.to_vec(),
            fields,
            body,
            transcript_hash: None,
            checks: Vec::new(),
        });
    }

    /// Joins handshake messages that come in several records, and takes apart those that come in one.
    fn join(&mut self, from: Sender, at: Duration, protection: Protection, content: &[u8]) {
        let last = self.seen.records.len().saturating_sub(1);
        let direction = self.of(from);
        if direction.joined.is_empty() {
            direction.joined_from = last;
        }
        direction.joined.extend_from_slice(content);
        loop {
            let direction = self.of(from);
            let Some((header, _)) = direction.joined.split_first_chunk::<4>() else {
                return;
            };
            let [kind, high, middle, low] = *header;
            let length = u32::from_be_bytes([0, high, middle, low]);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            if length > MESSAGE_BYTES_MAX {
                let max = MESSAGE_BYTES_MAX;
                self.fail(from, Fault::MessageTooLong { from, length, max });
                return;
            }
            let whole = length.saturating_add(header.len());
            if direction.joined.len() < whole {
                return;
            }
            let rest = direction.joined.split_off(whole);
            let bytes = std::mem::replace(&mut direction.joined, rest);
            let records = direction.joined_from..last.saturating_add(1);
            direction.joined_from = last;
            let (body, fields) = message::handshake(&bytes);
            self.seen.messages.push(Message {
                from,
                at,
                protection,
                records,
                bytes,
                fields,
                body,
                transcript_hash: None,
                checks: Vec::new(),
            });
            self.handshake(from, protection, kind);
            let direction = self.of(from);
            if !direction.is_readable {
                return;
            }
        }
    }

    fn end(mut self, recording: &Recording) -> Handshake {
        for direction in [&self.client, &self.server] {
            let from = direction.from;
            if !direction.has_records || recording.is_cut() {
                continue;
            }
            if direction.records.rest() > 0 {
                let bytes = direction.records.rest();
                self.seen.faults.push(Fault::RecordCut { from, bytes });
            } else if direction.is_readable && !direction.joined.is_empty() {
                let bytes = direction.joined.len();
                self.seen.faults.push(Fault::MessageCut { from, bytes });
            }
        }
        if recording.is_cut() {
            self.seen.faults.push(Fault::RecordingCut);
        }
        let schedule = self.schedule.map(Schedule::into_derivations);
        self.seen.derivations = schedule.unwrap_or_default();
        self.seen
    }
}

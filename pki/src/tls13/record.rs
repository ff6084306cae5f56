//! Bytes to records ([RFC 8446 §5.1]).
//!
//! [RFC 8446 §5.1]: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::time::Duration;

use super::{Fault, Sender};

/// The longest record: 2^14 bytes of content, and 256 for its protection.
const RECORD_BYTES_MAX: usize = (1 << 14) + 256;

pub(super) const CHANGE_CIPHER_SPEC: u8 = 20;
pub(super) const ALERT: u8 = 21;
pub(super) const HANDSHAKE: u8 = 22;
pub(super) const APPLICATION_DATA: u8 = 23;
const HEARTBEAT: u8 = 24;

/// Which keys a record was protected with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// None: everybody on the way can read it.
    None,
    /// Those of the handshake.
    Handshake,
    /// Those of application data.
    Application,
}

impl fmt::Display for Protection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::None => "in the clear",
            Self::Handshake => "under handshake keys",
            Self::Application => "under application keys",
        })
    }
}

/// A record, as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Who sent it.
    pub from: Sender,
    /// When the last byte of it was seen, counted from the beginning of the connection.
    pub at: Duration,
    /// What it says that it is. That of a protected one is always `application_data`.
    pub content_type: u8,
    /// The version that it says, 1.2 or 1.0 for the sake of old boxes on the way.
    pub version: u16,
    /// The length of what is behind its header, in bytes.
    pub length: usize,
    /// Which keys it was opened with.
    pub protection: Protection,
    /// What it is, if it was opened or never protected.
    pub inner_type: Option<u8>,
    /// The zeros behind its content, in bytes.
    pub padding: usize,
}

/// A record that was cut out of the bytes.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) header: [u8; 5],
    pub(super) body: Vec<u8>,
}

impl Cut {
    pub(super) fn content_type(&self) -> u8 {
        let [kind, ..] = self.header;
        kind
    }

    pub(super) fn version(&self) -> u16 {
        let [_, major, minor, ..] = self.header;
        u16::from_be_bytes([major, minor])
    }
}

/// The bytes of one direction that are not records yet.
#[derive(Debug, Default)]
pub(super) struct Records {
    bytes: Vec<u8>,
    at: usize,
}

impl Records {
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// What is left over.
    pub(super) fn rest(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// The next record, once it is whole.
    pub(super) fn next(&mut self, from: Sender) -> Result<Option<Cut>, Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if let Some(&first) = rest.first()
            && !(CHANGE_CIPHER_SPEC..=HEARTBEAT).contains(&first)
        {
            return Err(Fault::NotRecords { from, first });
        }
        let Some((header, body)) = rest.split_first_chunk::<5>() else {
            return Ok(None);
        };
        let [_, _, _, high, low] = *header;
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length > RECORD_BYTES_MAX {
            let max = RECORD_BYTES_MAX;
            return Err(Fault::RecordTooLong { from, length, max });
        }
        let Some(body) = body.get(..length) else {
            return Ok(None);
        };
        let cut = Cut {
            header: *header,
            body: body.to_vec(),
        };
        self.at = self.at.saturating_add(length).saturating_add(header.len());
        Ok(Some(cut))
    }
}

//! The head of a response as it arrives: status line and field section ([RFC 9112 §4], [RFC 9112 §5]).
//!
//! ```text
//! HTTP-message  = start-line CRLF *( field-line CRLF ) CRLF [ message-body ]         RFC 9112 §2.1
//! status-line   = HTTP-version SP status-code SP [ reason-phrase ]                   RFC 9112 §4
//! HTTP-version  = "HTTP" "/" DIGIT "." DIGIT                                         RFC 9112 §2.3
//! status-code   = 3DIGIT
//! reason-phrase = 1*( HTAB / SP / VCHAR / obs-text )
//! ```
//!
//! The status line is read here and taken off the buffer as soon as it is whole; httparse reads the fields. One
//! liberty is granted, because servers are known to take it: the SP in front of a reason phrase that is not there may
//! be missing. An empty line in front of the status line is refused: it would be bytes behind the response before.
//!
//! [RFC 9112 §4]: https://www.rfc-editor.org/rfc/rfc9112#section-4
//! [RFC 9112 §5]: https://www.rfc-editor.org/rfc/rfc9112#section-5

use bytes::{Buf, Bytes, BytesMut};
use http::{Response, StatusCode, Version, response};

use super::fields::{self, Present};
use super::scan::{SectionScan, within};
use super::{Limits, ProtocolError};

/// The reason phrase of a response, if it differs from the registered one; in the extensions of the response.
///
/// It is for people to read: a program goes by the status, and HTTP/2 has no reason phrases
/// ([RFC 9112 §4](https://www.rfc-editor.org/rfc/rfc9112#section-4)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReasonPhrase(Bytes);

impl ReasonPhrase {
    /// The phrase. It may hold any byte but controls; nobody says in which encoding.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The status code that was received, if it is none: 600 to 999. In the extensions of the response, whose own status is
/// 500 then ([RFC 9110 §15](https://www.rfc-editor.org/rfc/rfc9110#section-15)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidStatus(pub StatusCode);

/// Reads response heads off a buffer; remembers how far it has looked.
#[derive(Debug, Default)]
pub(super) struct ResponseHeadReader {
    /// Everything before this has been looked at for the end of the status line.
    looked: usize,
    line: Option<StatusLine>,
    fields: SectionScan,
}

impl ResponseHeadReader {
    /// Takes the next head off `buf`, if it is there whole.
    ///
    /// The rules are looked at in the order of the bytes, so that the error is the same however they arrive.
    pub(super) fn read(
        &mut self,
        buf: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<(response::Parts, Present)>, ProtocolError> {
        let line = match self.line.take() {
            Some(line) => line,
            None => match self.read_line(buf, limits)? {
                Some(line) => line,
                None => return Ok(None),
            },
        };
        let room = limits.head_bytes_max.saturating_sub(line.length);
        let Some(end) = self.fields.find_end(within(buf, room))? else {
            self.line = Some(line);
            return too_large_or_incomplete(buf, room, limits);
        };
        *self = Self::default();
        let section = buf.split_to(end).freeze();
        let (fields, present) = fields::parse_folded(&section, limits)?;
        let mut parts = line.into_parts();
        parts.headers = fields;
        Ok(Some((parts, present)))
    }

    /// Whether the status line has been taken off the buffer, and the end of the head has not.
    pub(super) fn is_inside(&self) -> bool {
        self.line.is_some()
    }

    fn read_line(
        &mut self,
        buf: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<StatusLine>, ProtocolError> {
        // Who speaks another protocol is not waited for until its line ends, if it ever does.
        if !buf
            .iter()
            .zip(b"HTTP/")
            .all(|(byte, expected)| byte == expected)
        {
            return Err(ProtocolError::MalformedStatusLine);
        }
        let window = within(buf, limits.head_bytes_max);
        let found = window
            .get(self.looked..)
            .and_then(|rest| memchr::memchr(b'\n', rest));
        let Some(offset) = found else {
            self.looked = window.len();
            return too_large_or_incomplete(buf, limits.head_bytes_max, limits);
        };
        let length = self.looked + offset + 1;
        let line = StatusLine::parse(window.get(..length).unwrap_or_default())?;
        buf.advance(length);
        Ok(Some(line))
    }
}

fn too_large_or_incomplete<T>(
    buf: &[u8],
    room: usize,
    limits: &Limits,
) -> Result<Option<T>, ProtocolError> {
    if buf.len() <= room {
        return Ok(None);
    }
    Err(ProtocolError::HeadTooLarge {
        limit: limits.head_bytes_max,
    })
}

#[derive(Debug, PartialEq, Eq)]
struct StatusLine {
    version: Version,
    status: StatusCode,
    invalid: Option<InvalidStatus>,
    reason: Option<ReasonPhrase>,
    /// In bytes, with its CRLF.
    length: usize,
}

impl StatusLine {
    fn parse(line: &[u8]) -> Result<Self, ProtocolError> {
        let [content @ .., b'\r', b'\n'] = line else {
            return Err(ProtocolError::BareLineFeed);
        };
        let [
            b'H',
            b'T',
            b'T',
            b'P',
            b'/',
            major,
            b'.',
            minor,
            b' ',
            rest @ ..,
        ] = content
        else {
            return Err(ProtocolError::MalformedStatusLine);
        };
        let version = version(*major, *minor)?;
        let (code, rest) = rest
            .split_first_chunk()
            .ok_or(ProtocolError::MalformedStatusLine)?;
        let (status, invalid) = status(code)?;
        let reason = match rest {
            [] => &b""[..],
            [b' ', reason @ ..] if reason.iter().all(is_reason_byte) => reason,
            _ => return Err(ProtocolError::MalformedStatusLine),
        };
        let registered = status.canonical_reason().unwrap_or_default();
        let is_news = !reason.is_empty() && (invalid.is_some() || reason != registered.as_bytes());
        Ok(Self {
            version,
            status,
            invalid,
            reason: is_news.then(|| ReasonPhrase(Bytes::copy_from_slice(reason))),
            length: line.len(),
        })
    }

    fn into_parts(self) -> response::Parts {
        let (mut parts, ()) = Response::new(()).into_parts();
        parts.version = self.version;
        parts.status = self.status;
        if let Some(invalid) = self.invalid {
            parts.extensions.insert(invalid);
        }
        if let Some(reason) = self.reason {
            parts.extensions.insert(reason);
        }
        parts
    }
}

/// A higher minor version is read as the highest we know ([RFC 9110 §2.5]).
///
/// [RFC 9110 §2.5]: https://www.rfc-editor.org/rfc/rfc9110#section-2.5
fn version(major: u8, minor: u8) -> Result<Version, ProtocolError> {
    match (major, minor) {
        (b'1', b'0') => Ok(Version::HTTP_10),
        (b'1', b'1'..=b'9') => Ok(Version::HTTP_11),
        (b'0'..=b'9', b'0'..=b'9') => Err(ProtocolError::UnsupportedVersion),
        _ => Err(ProtocolError::MalformedStatusLine),
    }
}

/// A status outside 100 to 599 is none; a client is to take it for a server's error ([RFC 9110 §15]). Below 100 we
/// know of no server that sends one, and take it for what it is more likely to be: another protocol.
///
/// [RFC 9110 §15]: https://www.rfc-editor.org/rfc/rfc9110#section-15
fn status(code: &[u8; 3]) -> Result<(StatusCode, Option<InvalidStatus>), ProtocolError> {
    match StatusCode::from_bytes(code) {
        Ok(status) if status.as_u16() < 600 => Ok((status, None)),
        Ok(status) => Ok((
            StatusCode::INTERNAL_SERVER_ERROR,
            Some(InvalidStatus(status)),
        )),
        Err(_) => Err(ProtocolError::MalformedStatusLine),
    }
}

fn is_reason_byte(byte: &u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

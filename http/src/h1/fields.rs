//! A field section as a map ([RFC 9112 §5]).
//!
//! [RFC 9112 §5]: https://www.rfc-editor.org/rfc/rfc9112#section-5

use std::cell::Cell;

use bytes::{Bytes, BytesMut};
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, HeaderName, HeaderValue, TE,
    TRANSFER_ENCODING, UPGRADE,
};
use httparse::{EMPTY_HEADER, Error, Header, Status};

use super::grammar::is_host;
use super::{Limits, ProtocolError};

/// Which of the fields that concern the codec a section has.
///
/// Noted while the map is built: looking in a map for what is not there costs as much as finding something, and most
/// requests have none of these but `Host`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Present {
    pub(super) host_lines: usize,
    /// Whether the last of them is one.
    pub(super) host_is_valid: bool,
    pub(super) connection: bool,
    pub(super) content_length: bool,
    pub(super) expect: bool,
    pub(super) te: bool,
    pub(super) transfer_encoding: bool,
    pub(super) upgrade: bool,
}

impl Present {
    fn note(&mut self, name: &HeaderName, value: &[u8]) {
        // By its length first: it is none of these, nearly always.
        match name.as_str().len() {
            2 => self.te |= *name == TE,
            4 if *name == HOST => {
                self.host_lines += 1;
                self.host_is_valid = is_host(value);
            }
            6 => self.expect |= *name == EXPECT,
            7 => self.upgrade |= *name == UPGRADE,
            10 => self.connection |= *name == CONNECTION,
            14 => self.content_length |= *name == CONTENT_LENGTH,
            17 => self.transfer_encoding |= *name == TRANSFER_ENCODING,
            _ => {}
        }
    }
}

thread_local! {
    /// A map that was sent, empty again. Nearly every request wants one, and nearly every response had one.
    static SPARE: Cell<Option<HeaderMap>> = const { Cell::new(None) };
}

/// The most fields there may be room for in a map that is kept for later.
const SPARE_MAX: usize = 64;

/// An empty map with room for so many fields.
fn map_for(fields: usize) -> Option<HeaderMap> {
    let spare = SPARE.take().filter(|map| map.capacity() >= fields);
    spare.or_else(|| HeaderMap::try_with_capacity(fields).ok())
}

/// Keeps the memory of a map that is no longer needed for the next one.
pub(super) fn recycle(mut map: HeaderMap) {
    // Repeated names have memory of their own.
    if (1..=SPARE_MAX).contains(&map.capacity()) && map.len() <= SPARE_MAX {
        map.clear();
        SPARE.set(Some(map));
    }
}

/// More names than this do not fit into a `HeaderMap`.
const MAP_MAX: usize = 24_576;

/// How many field lines are read without an allocation.
pub(super) const FIELDS_ON_STACK: usize = 100;

/// So many lines are made room for at first: to clear the room for all that may be there costs more than to read what is.
const FIELDS_AT_FIRST: usize = 16;

/// Reads a whole field section, up to and with the empty line behind it.
pub(super) fn parse(
    section: &Bytes,
    limits: &Limits,
) -> Result<(HeaderMap, Present), ProtocolError> {
    let limit = limits.fields_max;
    let mut few = [EMPTY_HEADER; FIELDS_AT_FIRST];
    let room = limit.min(FIELDS_AT_FIRST);
    match parse_into(section, few.get_mut(..room).unwrap_or_default()) {
        Err(ProtocolError::TooManyFields { .. }) if limit > FIELDS_AT_FIRST => {
            parse_into(section, &mut vec![EMPTY_HEADER; limit])
        }
        parsed => parsed,
    }
}

/// [`parse`] for a section that may be folded.
///
/// Hardly any is. A fold is no field line, so the section is read as it is, and unfolded only when that fails.
pub(super) fn parse_folded(
    section: &Bytes,
    limits: &Limits,
) -> Result<(HeaderMap, Present), ProtocolError> {
    parse(section, limits).or_else(|_| {
        let mut unfolded = BytesMut::from(&section[..]);
        unfold(&mut unfolded);
        parse(&unfolded.freeze(), limits)
    })
}

fn parse_into<'a>(
    section: &'a Bytes,
    lines: &mut [Header<'a>],
) -> Result<(HeaderMap, Present), ProtocolError> {
    let limit = lines.len();
    match httparse::parse_headers(section, lines) {
        Ok(Status::Complete((_, lines))) => {
            let mut fields = HeaderMap::new();
            let present = collect(section, lines, &mut fields)?;
            Ok((fields, present))
        }
        Err(Error::TooManyHeaders) => Err(ProtocolError::TooManyFields { limit }),
        _ => Err(ProtocolError::MalformedField),
    }
}

/// ```text
/// obs-fold = OWS CRLF RWS                                      RFC 9112 §5.2
/// ```
///
/// Makes spaces of each fold in a field section. Senders of requests fold no more, but a client has to take a folded
/// response for what it meant; done before the lines are looked at, the fields end where everyone else sees them end.
fn unfold(section: &mut [u8]) {
    let mut from = 0;
    while let Some(rest) = section.get_mut(from..)
        && let Some(lf) = memchr::memchr(b'\n', rest)
    {
        let (line, next) = rest.split_at_mut(lf + 1);
        let white = next.iter().take_while(|byte| is_ows(byte)).count();
        // White space in front of the first line folds nothing: there is no line to go on with.
        if let [content @ .., cr @ b'\r', lf @ b'\n'] = line
            && white > 0
        {
            (*cr, *lf) = (b' ', b' ');
            let behind = content.iter_mut().rev().take_while(|byte| is_ows(byte));
            let ahead = next.iter_mut().take(white);
            behind.chain(ahead).for_each(|byte| *byte = b' ');
        }
        from += lf + 1 + white;
    }
}

fn is_ows(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Makes `map` that of the field lines; each value shares the memory of the section.
pub(super) fn collect(
    section: &Bytes,
    lines: &[Header<'_>],
    map: &mut HeaderMap,
) -> Result<Present, ProtocolError> {
    let too_many = ProtocolError::TooManyFields { limit: MAP_MAX };
    *map = map_for(lines.len()).ok_or(too_many)?;
    let mut present = Present::default();
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_maybe_shared(section.slice_ref(line.value));
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(ProtocolError::MalformedField);
        };
        present.note(&name, line.value);
        if map.try_append(name, value).is_err() {
            return Err(ProtocolError::TooManyFields { limit: MAP_MAX });
        }
    }
    Ok(present)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_becomes_spaces_and_nothing_else_changes() {
        for (section, expected) in [
            ("a: b\r\n c\r\n\r\n", "a: b   c\r\n\r\n"),
            ("a: b \t\r\n\t c\td\r\n\r\n", "a: b      c\td\r\n\r\n"),
            ("a:\r\n \r\n b\r\n\r\n", "a:      b\r\n\r\n"),
            ("a: b\r\nc: d\r\n\r\n", "a: b\r\nc: d\r\n\r\n"),
            (" a: b\r\n\r\n", " a: b\r\n\r\n"),
            ("\n a: b\r\n\r\n", "\n a: b\r\n\r\n"),
            ("\r\n", "\r\n"),
            ("", ""),
        ] {
            let mut bytes = section.as_bytes().to_vec();
            unfold(&mut bytes);
            assert_eq!(bytes, expected.as_bytes(), "{}", section.escape_debug());
        }
    }

    #[test]
    fn a_section_may_have_as_many_lines_as_the_limit_says() {
        for limit in [0, 1, FIELDS_AT_FIRST, FIELDS_AT_FIRST + 1] {
            let limits = Limits {
                fields_max: limit,
                ..Limits::default()
            };
            let parsed = |lines| {
                let section = "a: b\r\n".repeat(lines) + "\r\n";
                parse(&Bytes::from(section), &limits).map(|(fields, _)| fields.len())
            };
            assert_eq!(parsed(limit), Ok(limit));
            assert_eq!(
                parsed(limit + 1),
                Err(ProtocolError::TooManyFields { limit })
            );
        }
    }
}

//! The chunked transfer coding ([RFC 9112 §7.1]), read strictly.
//!
//! ```text
//! chunked-body   = *chunk last-chunk trailer-section CRLF
//! chunk          = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
//! chunk-size     = 1*HEXDIG
//! last-chunk     = 1*("0") [ chunk-ext ] CRLF
//! chunk-ext      = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
//! chunk-ext-name = token
//! chunk-ext-val  = token / quoted-string
//! ```
//!
//! Erratum 7633, which would have allowed bare LF here, was rejected on purpose: a line that two readers end at
//! different places lets a request hide in an extension. `httparse::parse_chunk_size` takes an empty size for 0 and any
//! octet in an extension, so this reader is our own.
//!
//! [RFC 9112 §7.1]: https://www.rfc-editor.org/rfc/rfc9112#section-7.1

use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderMap, header};

use super::body::{Piece, take_up_to};
use super::grammar::is_tchar;
use super::scan::{SectionScan, within};
use super::{Limits, ProtocolError, fields};

/// A chunk-size may have leading zeros, which mean nothing; more digits than this are nobody's honest number.
const SIZE_DIGITS_MAX: usize = 64;

/// Reads a chunked body off a buffer.
#[derive(Debug, Default)]
pub(super) struct ChunkedReader {
    state: State,
    /// Content announced so far.
    content: u64,
    extension_bytes: usize,
    /// What was wrong, if it has been taken from the buffer.
    refused: Bytes,
    /// Whether folded trailers are joined, as a client has to, or refused.
    unfolds: bool,
}

#[derive(Debug)]
enum State {
    /// Before a chunk-size line, of which `looked` bytes hold no LF.
    Size { looked: usize },
    /// Inside chunk-data.
    Data { left: u64 },
    /// Before the CRLF behind chunk-data.
    DataEnd,
    /// Inside the trailer section.
    Trailers(SectionScan),
}

impl Default for State {
    fn default() -> Self {
        Self::Size { looked: 0 }
    }
}

impl ChunkedReader {
    /// For the body of a response, whose trailers may be folded ([RFC 9112 §5.2]).
    ///
    /// [RFC 9112 §5.2]: https://www.rfc-editor.org/rfc/rfc9112#section-5.2
    pub(super) fn of_response() -> Self {
        Self {
            unfolds: true,
            ..Self::default()
        }
    }

    /// Takes the next piece off `buf`; `None` when it needs more bytes.
    pub(super) fn read(
        &mut self,
        buf: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Piece>, ProtocolError> {
        loop {
            match &mut self.state {
                State::Size { looked } => {
                    match find_line(buf, looked, limits.chunk_line_bytes_max)? {
                        Some(line) => {
                            let size = self.size_line(&line, limits);
                            if size.is_err() {
                                self.refused = line;
                            }
                            let size = size?;
                            self.state = match size {
                                0 => State::Trailers(SectionScan::default()),
                                left => State::Data { left },
                            };
                        }
                        None => return Ok(None),
                    }
                }
                State::Data { .. } if buf.is_empty() => return Ok(None),
                State::Data { left } => {
                    let data = take_up_to(buf, *left);
                    *left -= data.len().try_into().unwrap_or(*left);
                    if *left == 0 {
                        self.state = State::DataEnd;
                    }
                    return Ok(Some(Piece::Data(data)));
                }
                State::DataEnd => match buf.get(..2) {
                    Some(b"\r\n") => {
                        buf.advance(2);
                        self.state = State::default();
                    }
                    Some(_) => return Err(ProtocolError::UnterminatedChunk),
                    None if buf.first().is_none_or(|byte| *byte == b'\r') => return Ok(None),
                    None => return Err(ProtocolError::UnterminatedChunk),
                },
                State::Trailers(scan) => {
                    let limit = limits.trailer_bytes_max;
                    return match scan.find_end(within(buf, limit))? {
                        Some(end) => {
                            let section = buf.split_to(end).freeze();
                            let trailers = self.trailers(&section, limits);
                            if trailers.is_err() {
                                self.refused = section;
                            }
                            trailers.map(|trailers| Some(Piece::End(trailers)))
                        }
                        None if buf.len() <= limit => Ok(None),
                        _ => Err(ProtocolError::TrailersTooLarge { limit }),
                    };
                }
            }
        }
    }

    /// What was refused and is not in the buffer any more.
    pub(super) fn refused(&self) -> &[u8] {
        &self.refused
    }

    fn trailers(
        &self,
        section: &Bytes,
        limits: &Limits,
    ) -> Result<Option<HeaderMap>, ProtocolError> {
        if section.len() == 2 {
            return Ok(None);
        }
        let parse = if self.unfolds {
            fields::parse_folded
        } else {
            fields::parse
        };
        let (fields, _) = parse(section, limits)?;
        if fields.keys().any(is_forbidden_trailer) {
            return Err(ProtocolError::ForbiddenTrailer);
        }
        Ok(Some(fields))
    }

    /// The chunk-size in a line without its CRLF.
    fn size_line(&mut self, line: &[u8], limits: &Limits) -> Result<u64, ProtocolError> {
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (digits, extensions) = line.split_at_checked(digits).unwrap_or_default();
        let size = chunk_size(digits).ok_or(ProtocolError::InvalidChunkSize)?;
        if !are_extensions(extensions) {
            return Err(match extensions.first() {
                Some(b';' | b' ' | b'\t') => ProtocolError::InvalidChunkExtension,
                _ => ProtocolError::InvalidChunkSize,
            });
        }
        self.extension_bytes += extensions.len();
        if self.extension_bytes > limits.chunk_extension_bytes_max {
            let limit = limits.chunk_extension_bytes_max;
            return Err(ProtocolError::ChunkExtensionsTooLarge { limit });
        }
        self.content = self.content.saturating_add(size);
        match limits.content_bytes_max {
            Some(limit) if self.content > limit => Err(ProtocolError::ContentTooLarge { limit }),
            _ => Ok(size),
        }
    }
}

/// Takes a line off `buf` and its CRLF with it.
fn find_line(
    buf: &mut BytesMut,
    looked: &mut usize,
    limit: usize,
) -> Result<Option<Bytes>, ProtocolError> {
    // A line that does not begin with a digit will not become one by waiting for its end.
    if buf.first().is_some_and(|byte| !byte.is_ascii_hexdigit()) {
        return Err(ProtocolError::InvalidChunkSize);
    }
    let found = buf
        .get(*looked..)
        .and_then(|rest| memchr::memchr(b'\n', rest));
    match found.map(|offset| *looked + offset + 1) {
        Some(end) if end <= limit => {
            let Some([content @ .., b'\r', b'\n']) = buf.get(..end) else {
                return Err(ProtocolError::BareLineFeed);
            };
            let length = content.len();
            let mut line = buf.split_to(end).freeze();
            line.truncate(length);
            Ok(Some(line))
        }
        None if buf.len() <= limit => {
            *looked = buf.len();
            Ok(None)
        }
        _ => Err(ProtocolError::ChunkExtensionsTooLarge { limit }),
    }
}

/// At most 2^63 - 1.
fn chunk_size(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > SIZE_DIGITS_MAX {
        return None;
    }
    let size = digits.iter().try_fold(0_u64, |size, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        size.checked_mul(16)?.checked_add(digit.into())
    })?;
    i64::try_from(size).is_ok().then_some(size)
}

/// Whether `bytes` is a `chunk-ext`. Nobody uses them, and all are ignored ([RFC 9112 §7.1.1]); but what is not one may
/// be something else to the next reader.
///
/// [RFC 9112 §7.1.1]: https://www.rfc-editor.org/rfc/rfc9112#section-7.1.1
fn are_extensions(mut bytes: &[u8]) -> bool {
    while !bytes.is_empty() {
        let [b';', rest @ ..] = skip_bws(bytes) else {
            return false;
        };
        let Some(rest) = skip_token(skip_bws(rest)) else {
            return false;
        };
        bytes = match skip_bws(rest) {
            [b'=', value @ ..] => match skip_value(skip_bws(value)) {
                Some(rest) => rest,
                None => return false,
            },
            _ => rest,
        };
    }
    true
}

fn skip_bws(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn skip_token(bytes: &[u8]) -> Option<&[u8]> {
    let length = bytes.iter().take_while(|byte| is_tchar(**byte)).count();
    if length == 0 {
        None
    } else {
        bytes.get(length..)
    }
}

/// ```text
/// quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE      RFC 9110 §5.6.4
/// qdtext        = HTAB / SP / %x21 / %x23-5B / %x5D-7E / obs-text
/// quoted-pair   = "\" ( HTAB / SP / VCHAR / obs-text )
/// ```
fn skip_value(bytes: &[u8]) -> Option<&[u8]> {
    let [b'"', rest @ ..] = bytes else {
        return skip_token(bytes);
    };
    let mut rest = rest;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', b'\t' | b' '..=b'~' | 0x80.., rest @ ..] => rest,
            [b'\t' | b' '..=b'[' | b']'..=b'~' | 0x80.., rest @ ..] => rest,
            _ => return None,
        };
    }
}

/// Fields that frame, route, authenticate, describe or condition the message: at its end they come too late to be
/// honoured, and a program that merges trailers into the head would be fooled by them ([RFC 9110 §6.5.1]).
///
/// [RFC 9110 §6.5.1]: https://www.rfc-editor.org/rfc/rfc9110#section-6.5.1
pub(super) fn is_forbidden_trailer(name: &header::HeaderName) -> bool {
    use header::{
        AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_DISPOSITION, CONTENT_ENCODING,
        CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, COOKIE,
        EXPECT, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
        MAX_FORWARDS, PRAGMA, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, RANGE, SET_COOKIE, TE,
        TRAILER, TRANSFER_ENCODING, UPGRADE, WWW_AUTHENTICATE,
    };
    [
        AUTHORIZATION,
        CACHE_CONTROL,
        CONNECTION,
        CONTENT_DISPOSITION,
        CONTENT_ENCODING,
        CONTENT_LANGUAGE,
        CONTENT_LENGTH,
        CONTENT_LOCATION,
        CONTENT_RANGE,
        CONTENT_TYPE,
        COOKIE,
        EXPECT,
        HOST,
        IF_MATCH,
        IF_MODIFIED_SINCE,
        IF_NONE_MATCH,
        IF_RANGE,
        IF_UNMODIFIED_SINCE,
        MAX_FORWARDS,
        PRAGMA,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        RANGE,
        SET_COOKIE,
        TE,
        TRAILER,
        TRANSFER_ENCODING,
        UPGRADE,
        WWW_AUTHENTICATE,
    ]
    .contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            content_bytes_max: Some(100),
            chunk_line_bytes_max: 40,
            chunk_extension_bytes_max: 60,
            trailer_bytes_max: 60,
            ..Limits::default()
        }
    }

    type Read = Result<(Vec<u8>, Option<HeaderMap>), ProtocolError>;

    /// `None`: the bytes ended before the body did.
    fn read_split(bytes: &[u8], at: usize) -> Option<Read> {
        let (mut reader, mut buf, mut content) =
            (ChunkedReader::default(), BytesMut::new(), Vec::new());
        let (first, second) = bytes.split_at(at);
        for piece in [first, second] {
            buf.extend_from_slice(piece);
            loop {
                match reader.read(&mut buf, &limits()) {
                    Ok(Some(Piece::Data(data))) => content.extend_from_slice(&data),
                    Ok(Some(Piece::End(trailers))) => return Some(Ok((content, trailers))),
                    Ok(None) => break,
                    Err(error) => return Some(Err(error)),
                }
            }
        }
        None
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: Option<Result<&[u8], ProtocolError>>) {
        for at in 0..=bytes.len() {
            let read = read_split(bytes, at).map(|read| read.map(|(content, _)| content));
            assert_eq!(
                read,
                expected.clone().map(|r| r.map(<[u8]>::to_vec)),
                "split at {at}"
            );
        }
    }

    #[test]
    fn chunks_are_joined() {
        check(b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", Some(Ok(b"hello!")));
        check(b"0\r\n\r\n", Some(Ok(b"")));
        check(
            b"00000000000000000a\r\n0123456789\r\n0\r\n\r\n",
            Some(Ok(b"0123456789")),
        );
        check(b"0A\r\n0123456789\r\n000\r\n\r\n", Some(Ok(b"0123456789")));
    }

    #[test]
    fn what_is_not_a_chunk_size_is_refused() {
        for size in [
            "",
            "0x1",
            "+1",
            "-1",
            "_1",
            " 1",
            "1g",
            "1.",
            "g",
            ";a",
            "10000000000000000",
            "8000000000000000",
        ] {
            check(
                format!("{size}\r\nx\r\n0\r\n\r\n").as_bytes(),
                Some(Err(ProtocolError::InvalidChunkSize)),
            );
        }
    }

    #[test]
    fn extensions_are_read_and_ignored() {
        for extension in [
            ";a",
            ";a=b",
            "; a = b",
            " ;a",
            "\t;a;b=\"c;d\"",
            ";a=\"\\\"\"",
            ";a=\"\"",
        ] {
            check(
                format!("1{extension}\r\nx\r\n0{extension}\r\n\r\n").as_bytes(),
                Some(Ok(b"x")),
            );
        }
    }

    #[test]
    fn what_only_looks_like_an_extension_is_refused() {
        for extension in [
            " ",
            ";",
            ";a=",
            ";a=\"",
            ";a b",
            "; ",
            ";a=b ",
            ";=b",
            ";\x01",
            ";a=\"\x01\"",
            ";a\r",
            ";a=\"\r\"",
        ] {
            check(
                format!("1{extension}\r\nx\r\n").as_bytes(),
                Some(Err(ProtocolError::InvalidChunkExtension)),
            );
        }
    }

    #[test]
    fn a_bare_line_feed_is_refused_everywhere() {
        for body in [
            "1\nx\r\n",
            "1;a\nx\r\n",
            "0\n\r\n",
            "0\r\n\n",
            "0\r\na: b\n\r\n",
            "1;a=\"\n\"\r\n",
        ] {
            check(body.as_bytes(), Some(Err(ProtocolError::BareLineFeed)));
        }
        check(b"1\r\nx\n", Some(Err(ProtocolError::UnterminatedChunk)));
    }

    #[test]
    fn chunk_data_ends_with_crlf() {
        for end in ["y", "\rX", "\n", "0\r\n\r\n"] {
            check(
                format!("1\r\nx{end}\r\n").as_bytes(),
                Some(Err(ProtocolError::UnterminatedChunk)),
            );
        }
        check(b"1\r\nx", None);
        check(b"1\r\nx\r", None);
    }

    #[test]
    fn limits_hold() {
        check(b"64\r\n", None);
        check(
            b"65\r\n",
            Some(Err(ProtocolError::ContentTooLarge { limit: 100 })),
        );
        let long = format!("1;{}\r\n", "a".repeat(40));
        check(
            long.as_bytes(),
            Some(Err(ProtocolError::ChunkExtensionsTooLarge { limit: 40 })),
        );
        let many = "1;aaaaaaaaaaaaaaaaaaaaaaaaa\r\nx\r\n".repeat(3);
        check(
            many.as_bytes(),
            Some(Err(ProtocolError::ChunkExtensionsTooLarge { limit: 60 })),
        );
        let trailers = format!("0\r\na: {}\r\n\r\n", "b".repeat(60));
        check(
            trailers.as_bytes(),
            Some(Err(ProtocolError::TrailersTooLarge { limit: 60 })),
        );
    }

    #[test]
    fn trailers_are_kept_apart() {
        let body = b"0\r\nA: b\r\nC:d\r\n\r\nnext";
        let (_, trailers) = read_split(body, 4).unwrap().unwrap();
        let trailers = trailers.unwrap();
        assert_eq!(
            (&trailers["a"], &trailers["c"]),
            (&"b".parse().unwrap(), &"d".parse().unwrap())
        );
    }

    #[test]
    fn malformed_and_forbidden_trailers_are_refused() {
        for line in ["a", "a : b", ": b", "a: b\r\n c", "a: \x01"] {
            check(
                format!("0\r\n{line}\r\n\r\n").as_bytes(),
                Some(Err(ProtocolError::MalformedField)),
            );
        }
        for name in [
            "Content-Length",
            "transfer-encoding",
            "Host",
            "Authorization",
        ] {
            check(
                format!("0\r\n{name}: 1\r\n\r\n").as_bytes(),
                Some(Err(ProtocolError::ForbiddenTrailer)),
            );
        }
    }
}

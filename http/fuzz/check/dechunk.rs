//! A reader of chunked bodies for which there is only the whole: no state, no limits. It takes any extension for one.

use std::collections::VecDeque;

/// A field line.
pub(super) type Line = (String, Vec<u8>);

/// A body that has been read to its end.
#[derive(Debug, PartialEq)]
pub(super) struct Dechunked {
    pub(super) content: Vec<u8>,
    pub(super) trailers: VecDeque<Line>,
    /// How many bytes it took.
    pub(super) length: usize,
    /// Nothing but sizes and data: no extension, no trailer section, no size of more than 15 digits.
    pub(super) is_plain: bool,
}

/// `None`: that is no chunked body, or not yet.
pub(super) fn dechunk(bytes: &[u8]) -> Option<Dechunked> {
    let (mut rest, mut content, mut is_plain) = (bytes, Vec::new(), true);
    loop {
        let line = take_line(&mut rest)?;
        let digits = line
            .iter()
            .position(|byte| !byte.is_ascii_hexdigit())
            .map_or(line, |at| &line[..at]);
        is_plain &= digits.len() == line.len() && digits.len() < 16;
        let size = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        if size == 0 {
            break;
        }
        content.extend_from_slice(rest.split_off(..size)?);
        if !take_line(&mut rest)?.is_empty() {
            return None;
        }
    }
    let trailers = take_fields(&mut rest)?;
    Some(Dechunked {
        content,
        is_plain: is_plain && trailers.is_empty(),
        trailers,
        length: bytes.len() - rest.len(),
    })
}

/// Field lines up to the empty one.
pub(super) fn take_fields(rest: &mut &[u8]) -> Option<VecDeque<Line>> {
    let mut fields = VecDeque::new();
    loop {
        let line = take_line(rest)?;
        if line.is_empty() {
            return Some(fields);
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let name = std::str::from_utf8(&line[..colon]).ok()?;
        let value = line[colon + 1..].trim_ascii().to_vec();
        fields.push_back((name.to_ascii_lowercase(), value));
    }
}

/// Up to the first CR or LF, which has to be a CRLF.
pub(super) fn take_line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'))?;
    let line = rest.split_off(..end)?;
    (rest.split_off(..2)? == b"\r\n").then_some(line)
}

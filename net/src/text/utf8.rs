use std::str;

use super::decoder::wide;
use super::{Encoding, OnInvalid, TextError};

/// The longest beginning of a character that is not yet a character.
const INCOMPLETE_BYTES_MAX: usize = 3;

/// Decodes UTF-8 piece by piece.
///
/// A chunk is cut where its last, incomplete character begins. What comes before is one validation and one append.
#[derive(Debug)]
pub(super) struct Utf8Decoder {
    on_invalid: OnInvalid,
    /// The offset of the first byte that is not decoded yet, which is the first one in `held` if there is any.
    offset: u64,
    /// The beginning of a character: at most three bytes.
    held: Vec<u8>,
}

impl Utf8Decoder {
    /// Of bytes that begin at an offset.
    pub(super) fn new(on_invalid: OnInvalid, offset: u64) -> Self {
        Self {
            on_invalid,
            offset,
            held: Vec::with_capacity(INCOMPLETE_BYTES_MAX + 1),
        }
    }

    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        let rest = self.complete_held(bytes, out)?;
        let (body, tail) = rest.split_at(rest.len() - incomplete_len(rest));
        match str::from_utf8(body) {
            Ok(text) => self.append(text, out),
            Err(_) => self.decode_invalid(body, out)?,
        }
        self.held.extend_from_slice(tail);
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut String) -> Result<(), TextError> {
        if self.held.is_empty() {
            return Ok(());
        }
        let bytes = std::mem::take(&mut self.held);
        match self.on_invalid {
            OnInvalid::Strict => Err(TextError::Incomplete {
                encoding: Encoding::UTF_8,
                offset: self.offset,
                bytes,
            }),
            OnInvalid::Lossy => self.invalid(&bytes, out),
        }
    }

    /// Adds bytes to the held ones until they are a character or cannot become one. Returns what is left.
    fn complete_held<'a>(
        &mut self,
        mut bytes: &'a [u8],
        out: &mut String,
    ) -> Result<&'a [u8], TextError> {
        while !self.held.is_empty()
            && let Some((&next, rest)) = bytes.split_first()
        {
            let mut longer = self.held.clone();
            longer.push(next);
            match str::from_utf8(&longer) {
                Ok(character) => {
                    self.held.clear();
                    self.append(character, out);
                }
                Err(error) if error.error_len().is_none() => self.held = longer,
                // The held bytes were a beginning, so the maximal subpart is all of them, and `next` begins anew.
                Err(_) => {
                    let bad = std::mem::take(&mut self.held);
                    self.invalid(&bad, out)?;
                    break;
                }
            }
            bytes = rest;
        }
        Ok(bytes)
    }

    /// The slow way, for bytes that are known to be invalid somewhere.
    fn decode_invalid(&mut self, body: &[u8], out: &mut String) -> Result<(), TextError> {
        for chunk in body.utf8_chunks() {
            self.append(chunk.valid(), out);
            if !chunk.invalid().is_empty() {
                self.invalid(chunk.invalid(), out)?;
            }
        }
        Ok(())
    }

    fn append(&mut self, text: &str, out: &mut String) {
        out.push_str(text);
        self.pass(text.len());
    }

    fn invalid(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        match self.on_invalid {
            OnInvalid::Strict => Err(TextError::Invalid {
                encoding: Encoding::UTF_8,
                offset: self.offset,
                bytes: bytes.to_vec(),
            }),
            OnInvalid::Lossy => {
                out.push(char::REPLACEMENT_CHARACTER);
                self.pass(bytes.len());
                Ok(())
            }
        }
    }

    fn pass(&mut self, bytes: usize) {
        self.offset += wide(bytes);
    }
}

/// How many bytes at the end are the beginning of a character whose rest may still come.
fn incomplete_len(bytes: &[u8]) -> usize {
    for len in 1..=INCOMPLETE_BYTES_MAX.min(bytes.len()) {
        let (_, tail) = bytes.split_at(bytes.len() - len);
        match tail.first() {
            // A continuation byte: the lead byte is further ahead.
            Some(0x80..=0xBF) => {}
            _ => {
                let cut = str::from_utf8(tail)
                    .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none());
                return if cut { len } else { 0 };
            }
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: usize) {
        assert_eq!(incomplete_len(bytes), expected, "{}", bytes.escape_ascii());
    }

    #[test]
    fn the_incomplete_end_is_found() {
        check(b"", 0);
        check(b"a", 0);
        check("aé".as_bytes(), 0);
        check(b"a\xC3", 1);
        check(b"a\xE2\x82", 2);
        check(b"a\xF0\x9F\x98", 3);
        check("😀".as_bytes(), 0);
        // Only the last of two beginnings can still be completed.
        check(b"\xE2\x82\xE2\x82", 2);
    }

    #[test]
    fn an_end_that_can_never_be_completed_is_not_held() {
        // Continuation without lead, overlong, surrogate, past U+10FFFF, no lead byte at all.
        check(b"\x80", 0);
        check(b"\x80\x80\x80\x80", 0);
        check(b"\xC0", 0);
        check(b"\xE0\x80", 0);
        check(b"\xED\xA0", 0);
        check(b"\xF0\x8F", 0);
        check(b"\xF4\x90", 0);
        check(b"\xF5", 0);
    }
}

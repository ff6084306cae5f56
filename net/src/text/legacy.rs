//! Every encoding but UTF-8: what the standard calls the legacy encodings, UTF-16 among them.

use std::fmt;

use encoding_rs::{CoderResult, DecoderResult};

use super::decoder::wide;
use super::encoding::{Encoding, Kind};
use super::{OnInvalid, TextError};

/// An encoding of the standard other than UTF-8 and `replacement`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Legacy(&'static encoding_rs::Encoding);

impl Legacy {
    pub(super) fn for_label(trimmed: &str) -> Option<Self> {
        encoding_rs::Encoding::for_label_no_replacement(trimmed.as_bytes()).map(Self)
    }

    pub(super) fn name(self) -> &'static str {
        self.0.name()
    }

    /// A decoder of bytes that begin at an offset. Boxed: a decoder of UTF-8 should not carry the room for this one.
    pub(super) fn decoder(self, on_invalid: OnInvalid, offset: u64) -> Box<LegacyDecoder> {
        Box::new(LegacyDecoder {
            legacy: self,
            on_invalid,
            // `bom.rs` has seen to the mark.
            inner: self.0.new_decoder_without_bom_handling(),
            offset,
            recent: Vec::new(),
        })
    }

    /// The byte order marks. That of GB18030 is none to the standard: it stays in the text.
    pub(super) fn marks() -> impl Iterator<Item = (&'static [u8], Self)> {
        let little: &[u8] = b"\xFF\xFE";
        let big: &[u8] = b"\xFE\xFF";
        [
            (little, Self(encoding_rs::UTF_16LE)),
            (big, Self(encoding_rs::UTF_16BE)),
        ]
        .into_iter()
    }
}

/// The most bytes that encoding_rs may have read when it reports an error: the invalid ones and those after them.
const LOOKAHEAD_BYTES_MAX: usize = 6;

/// Decodes one of them piece by piece.
pub(super) struct LegacyDecoder {
    legacy: Legacy,
    on_invalid: OnInvalid,
    inner: encoding_rs::Decoder,
    /// The offset of the next byte.
    offset: u64,
    /// The last bytes before `offset`, so that an error can show bytes of an earlier chunk.
    recent: Vec<u8>,
}

impl LegacyDecoder {
    pub(super) fn encoding(&self) -> Encoding {
        Encoding(Kind::Legacy(self.legacy))
    }

    pub(super) fn decode(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        match self.on_invalid {
            OnInvalid::Strict => {
                self.strict(bytes, out, false)?;
                self.pass(bytes);
            }
            OnInvalid::Lossy => self.lossy(bytes, out, false),
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut String) -> Result<(), TextError> {
        match self.on_invalid {
            OnInvalid::Strict => self.strict(&[], out, true),
            OnInvalid::Lossy => {
                self.lossy(&[], out, true);
                Ok(())
            }
        }
    }

    fn lossy(&mut self, bytes: &[u8], out: &mut String, last: bool) {
        let mut rest = bytes;
        loop {
            out.reserve(room(self.inner.max_utf8_buffer_length(rest.len())));
            let (result, read, _) = self.inner.decode_to_string(rest, out, last);
            rest = rest.get(read..).unwrap_or_default();
            match result {
                CoderResult::InputEmpty => return,
                // Not with this much room; with less it would be the way on.
                CoderResult::OutputFull => {}
            }
        }
    }

    fn strict(&mut self, bytes: &[u8], out: &mut String, last: bool) -> Result<(), TextError> {
        let mut read = 0;
        loop {
            let rest = bytes.get(read..).unwrap_or_default();
            out.reserve(room(
                self.inner
                    .max_utf8_buffer_length_without_replacement(rest.len()),
            ));
            let (result, more) = self
                .inner
                .decode_to_string_without_replacement(rest, out, last);
            read += more;
            match result {
                DecoderResult::InputEmpty => return Ok(()),
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(len, after) => {
                    self.pass(bytes.get(..read).unwrap_or_default());
                    return Err(self.malformed(usize::from(len), usize::from(after), last));
                }
            }
        }
    }

    /// The error for `len` bytes, which end `after` bytes before the offset.
    fn malformed(&self, len: usize, after: usize, last: bool) -> TextError {
        let encoding = self.encoding();
        let back = len + after;
        let offset = self.offset - wide(back);
        let begin = self.recent.len().saturating_sub(back);
        let bytes = self.recent.iter().skip(begin).take(len).copied().collect();
        if last {
            TextError::Incomplete {
                encoding,
                offset,
                bytes,
            }
        } else {
            TextError::Invalid {
                encoding,
                offset,
                bytes,
            }
        }
    }

    /// Counts bytes and remembers the last of them.
    fn pass(&mut self, bytes: &[u8]) {
        self.offset += wide(bytes.len());
        let (_, last) = bytes.split_at(bytes.len().saturating_sub(LOOKAHEAD_BYTES_MAX));
        self.recent.extend_from_slice(last);
        let past = self.recent.len().saturating_sub(LOOKAHEAD_BYTES_MAX);
        self.recent.drain(..past);
    }
}

impl fmt::Debug for LegacyDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LegacyDecoder")
            .field("encoding", &self.legacy.name())
            .field("on_invalid", &self.on_invalid)
            .field("offset", &self.offset)
            .finish_non_exhaustive()
    }
}

/// The room that encoding_rs asks for. `None` is more than the address space has, and then reserving fails loudly.
fn room(asked: Option<usize>) -> usize {
    asked.unwrap_or(usize::MAX)
}

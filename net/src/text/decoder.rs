use super::TextError;
use super::bom::{Look, Start};
use super::encoding::{Encoding, Kind};
use super::legacy::LegacyDecoder;
use super::utf8::Utf8Decoder;

/// How bytes are read as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TextOptions {
    /// The encoding. Without the feature `encoding` there is only this one. The default is UTF-8.
    pub encoding: Encoding,
    /// What happens at bytes that are no text. Others: Node's `StringDecoder` and Go's `range` replace without a word,
    /// Rust's `read_to_string` fails. The default is [`OnInvalid::Strict`]: text that is silently altered is found too
    /// late.
    pub on_invalid: OnInvalid,
    /// What happens to a byte order mark at the very start. Others: Node keeps it, WHATWG `TextDecoder` strips it.
    /// The default is [`Bom::Strip`].
    pub bom: Bom,
}

/// What happens at bytes that are no text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInvalid {
    /// An error that says where. All text before it is delivered, nothing after it.
    #[default]
    Strict,
    /// One U+FFFD for each invalid sequence, and for an incomplete character at the end. In UTF-8 a sequence is the
    /// longest beginning of a character, or else one byte, as in [`String::from_utf8_lossy`] and on the web.
    Lossy,
}

/// What happens to a byte order mark at the very start. Anywhere else U+FEFF is a character and stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bom {
    /// The mark of the chosen encoding is no part of the text. Only UTF-8 and UTF-16 have one.
    #[default]
    Strip,
    /// It is a character like any other.
    Keep,
    /// The mark of UTF-8 or UTF-16 overrides the chosen encoding, as when a browser decodes a page, and is stripped.
    /// Without the feature `encoding` this is the same as [`Bom::Strip`].
    Sniff,
}

/// Turns bytes that arrive in chunks into text, without ever splitting a character.
///
/// Nothing is held back but the incomplete character at the end of a chunk: at most three bytes. (With [`Bom::Sniff`]
/// also the first two bytes, until it is clear that they are no mark.) `out` grows by what the chunk decodes to, at
/// worst three bytes for each byte.
///
/// ```
/// use wharf_net::text::{Decoder, TextError};
///
/// let mut decoder = Decoder::default();
/// let mut text = String::new();
/// decoder.decode(b"caf\xC3", &mut text)?;
/// assert_eq!(text, "caf");
/// decoder.decode(b"\xA9!", &mut text)?;
/// decoder.finish(&mut text)?;
/// assert_eq!(text, "café!");
///
/// let error = decoder.decode(b"ol\xFF", &mut text).unwrap_err();
/// assert_eq!(error.to_string(), r"invalid UTF-8 at byte 2: \xff");
/// # Ok::<(), TextError>(())
/// ```
///
/// # After an error
///
/// An error stays: every later call returns the same one and adds nothing to `out`.
#[derive(Debug)]
pub struct Decoder {
    options: TextOptions,
    /// Until it is known whether there is a byte order mark.
    start: Option<Start>,
    engine: Engine,
    failed: Option<TextError>,
}

/// UTF-8, strict, without its byte order mark.
impl Default for Decoder {
    fn default() -> Self {
        Self::new(&TextOptions::default())
    }
}

impl Decoder {
    /// A decoder at the start of a text.
    pub fn new(options: &TextOptions) -> Self {
        let start = match options.bom {
            Bom::Strip => Some(Start::of(options.encoding)),
            Bom::Keep => None,
            Bom::Sniff => Some(Start::of_any()),
        };
        Self {
            options: *options,
            start,
            engine: Engine::new(options.encoding, options.on_invalid, 0),
            failed: None,
        }
    }

    /// The encoding in use: the chosen one, or the one of the byte order mark that was found.
    pub fn encoding(&self) -> Encoding {
        match &self.engine {
            Engine::Utf8(_) => Encoding::UTF_8,
            Engine::Legacy(decoder) => decoder.encoding(),
        }
    }

    /// Appends to `out` the text of all complete characters up to the end of this chunk. A chunk may be empty.
    ///
    /// # Errors
    ///
    /// [`TextError::Invalid`], if strict; see [after an error](Self#after-an-error).
    pub fn decode(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        self.check()?;
        let result = self.advance(bytes, out);
        self.remember(result)
    }

    /// Says that no more bytes come, and appends to `out` what they leave: nothing, or U+FFFD for an incomplete
    /// character. After `Ok` the decoder stands at the start of another text.
    ///
    /// # Errors
    ///
    /// [`TextError::Incomplete`], if strict and inside a character; see [after an error](Self#after-an-error).
    pub fn finish(&mut self, out: &mut String) -> Result<(), TextError> {
        self.check()?;
        let result = self.leave_start(out).and_then(|()| self.engine.finish(out));
        self.remember(result)?;
        *self = Self::new(&self.options);
        Ok(())
    }

    /// The error that stays, if there was one.
    pub(super) fn check(&self) -> Result<(), TextError> {
        match &self.failed {
            Some(error) => Err(error.clone()),
            None => Ok(()),
        }
    }

    fn advance(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        match self.start.as_mut().map(|start| start.look(bytes)) {
            None => self.engine.decode(bytes, out),
            Some(Look::Undecided) => Ok(()),
            Some(Look::Absent) => {
                self.leave_start(out)?;
                self.engine.decode(bytes, out)
            }
            Some(Look::Mark {
                encoding,
                mark_bytes,
                rest,
            }) => {
                self.start = None;
                self.engine = Engine::new(encoding, self.options.on_invalid, wide(mark_bytes));
                self.engine.decode(rest, out)
            }
        }
    }

    /// There is no mark: what was held for one is text.
    fn leave_start(&mut self, out: &mut String) -> Result<(), TextError> {
        match self.start.take() {
            Some(start) => self.engine.decode(&start.into_held(), out),
            None => Ok(()),
        }
    }

    fn remember(&mut self, result: Result<(), TextError>) -> Result<(), TextError> {
        result.inspect_err(|error| self.failed = Some(error.clone()))
    }
}

/// What decodes, once the encoding is known.
#[derive(Debug)]
enum Engine {
    Utf8(Utf8Decoder),
    Legacy(Box<LegacyDecoder>),
}

impl Engine {
    /// For bytes that begin at an offset.
    fn new(encoding: Encoding, on_invalid: OnInvalid, offset: u64) -> Self {
        match encoding.0 {
            Kind::Utf8 => Self::Utf8(Utf8Decoder::new(on_invalid, offset)),
            Kind::Legacy(legacy) => Self::Legacy(legacy.decoder(on_invalid, offset)),
        }
    }

    fn decode(&mut self, bytes: &[u8], out: &mut String) -> Result<(), TextError> {
        match self {
            Self::Utf8(decoder) => decoder.decode(bytes, out),
            Self::Legacy(decoder) => decoder.decode(bytes, out),
        }
    }

    fn finish(&mut self, out: &mut String) -> Result<(), TextError> {
        match self {
            Self::Utf8(decoder) => decoder.finish(out),
            Self::Legacy(decoder) => decoder.finish(out),
        }
    }
}

/// A count of bytes as a part of an offset.
pub(super) fn wide(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

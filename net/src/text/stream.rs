use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncReadExt};

use super::{Decoder, TextError};
use crate::CHUNK_BYTES;

/// Text from a stream of bytes, in chunks as they come or in lines.
///
/// It holds one buffer of bytes and one of text, and reads only when the text in hand is used up.
///
/// ```
/// use wharf_net::text::{Decoder, TextStream};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// // Any `AsyncRead`; this one delivers at most four bytes at a time, and so cuts the euro sign.
/// let (mut far, near) = tokio::io::duplex(4);
/// let peer = async move { tokio::io::AsyncWriteExt::write_all(&mut far, "2 × 4 €".as_bytes()).await };
///
/// let mut stream = TextStream::new(near, Decoder::default());
/// let reader = async {
///     let mut all = String::new();
///     while let Some(text) = stream.next().await? {
///         all.push_str(text);
///     }
///     std::io::Result::Ok(all)
/// };
/// let (written, all) = tokio::join!(peer, reader);
/// written?;
/// assert_eq!(all?, "2 × 4 €");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Those of the reader, after which another call reads again. A [`TextError`] becomes an [`io::Error`] of kind
/// `InvalidData` and [`io::Error::get_ref`] leads back to it. It comes after all text before it was handed out; then it
/// stays, and nothing more is read.
///
/// # Cancel safety
///
/// [`next`](Self::next) and [`next_line`](Self::next_line) lose nothing when their future is dropped: no byte, and no
/// text that was not returned.
pub struct TextStream<R> {
    reader: R,
    decoder: Decoder,
    chunk: Box<[u8]>,
    /// What was decoded. The first `taken` bytes of it were handed out.
    text: String,
    taken: usize,
    /// The reader has come to its end.
    ended: bool,
}

impl<R> TextStream<R> {
    /// Reads [`CHUNK_BYTES`] at a time; see [`with_chunk_bytes`](Self::with_chunk_bytes).
    pub fn new(reader: R, decoder: Decoder) -> Self {
        Self::with_chunk_bytes(reader, decoder, CHUNK_BYTES)
    }

    /// Reads up to `chunk_bytes` at a time, which is the size of the buffer that this stream keeps; 0 counts as 1.
    /// Fewer make sense for many streams that are mostly idle.
    ///
    /// The buffer of text grows to what a chunk decodes to, with [`next_line`](Self::next_line) to a line and a chunk.
    pub fn with_chunk_bytes(reader: R, decoder: Decoder, chunk_bytes: usize) -> Self {
        Self {
            reader,
            decoder,
            // A read into an empty buffer looks like the end.
            chunk: vec![0; chunk_bytes.max(1)].into_boxed_slice(),
            text: String::new(),
            taken: 0,
            ended: false,
        }
    }

    /// The decoder, which knows the encoding in use.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// The reader, to write to if it is a stream of both directions. Bytes read from it are missing in the text.
    pub fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The reader. Text that was decoded and not returned is lost, and so are the bytes of an incomplete character.
    pub fn into_reader(self) -> R {
        self.reader
    }

    /// The text that was not handed out yet.
    fn pending(&self) -> &str {
        self.text.get(self.taken..).unwrap_or_default()
    }

    /// Hands out `len` bytes of the pending text, and passes over `skip` more.
    fn take(&mut self, len: usize, skip: usize) -> &str {
        let from = self.taken;
        self.taken += len + skip;
        self.text.get(from..from + len).unwrap_or_default()
    }
}

impl<R: AsyncRead + Unpin> TextStream<R> {
    /// The next text, as much as there is, never empty; `None` at the end.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors).
    pub async fn next(&mut self) -> io::Result<Option<&str>> {
        while self.pending().is_empty() {
            if !self.fill().await? {
                return Ok(None);
            }
        }
        let len = self.pending().len();
        Ok(Some(self.take(len, 0)))
    }

    /// The next line, without the LF or CRLF that ends it; `None` at the end. What follows the last LF is a line too,
    /// unless it is empty.
    ///
    /// `bytes_max` is the longest line that is taken, in bytes of UTF-8 and without its end: what a peer may make us
    /// keep. Lines and chunks can be mixed: [`next`](Self::next) returns what follows the last line.
    ///
    /// # Errors
    ///
    /// See [above](Self#errors); the beginning of the line before the fault is still to be had by `next`. And
    /// [`TextError::LineTooLong`]. Such a line is not consumed: `next` returns its
    /// beginning, another call with a larger bound goes on waiting for its end.
    pub async fn next_line(&mut self, bytes_max: usize) -> io::Result<Option<&str>> {
        let mut searched = 0;
        loop {
            let pending = self.pending();
            let unsearched = pending.get(searched..).unwrap_or_default();
            if let Some(at) = unsearched.find('\n') {
                let (line, _) = pending.split_at(searched + at);
                let len = line.strip_suffix('\r').unwrap_or(line).len();
                let skip = line.len() + 1 - len;
                return self.take_line(len, skip, bytes_max).map(Some);
            }
            searched = pending.len();
            // A CR at the end may be that of a CRLF.
            if pending.strip_suffix('\r').unwrap_or(pending).len() > bytes_max {
                return Err(TextError::LineTooLong { limit: bytes_max }.into());
            }
            if !self.fill().await? {
                let len = self.pending().len();
                return match len {
                    0 => Ok(None),
                    _ => self.take_line(len, 0, bytes_max).map(Some),
                };
            }
        }
    }

    fn take_line(&mut self, len: usize, skip: usize, bytes_max: usize) -> io::Result<&str> {
        if len > bytes_max {
            return Err(TextError::LineTooLong { limit: bytes_max }.into());
        }
        Ok(self.take(len, skip))
    }

    /// Reads once and decodes what came; it may add no text. Whether there may be more.
    ///
    /// The only wait is for the reader, and nothing was changed by then: a dropped future loses nothing.
    async fn fill(&mut self) -> io::Result<bool> {
        self.decoder.check()?;
        if self.ended {
            return Ok(false);
        }
        let read = self.reader.read(&mut self.chunk).await?;
        self.text.drain(..self.taken);
        self.taken = 0;
        let result = match self.chunk.get(..read) {
            None | Some([]) => {
                self.ended = true;
                self.decoder.finish(&mut self.text)
            }
            Some(bytes) => self.decoder.decode(bytes, &mut self.text),
        };
        // What came before a fault is handed out first; the decoder keeps the fault for the next time.
        if self.text.is_empty() {
            result?;
        }
        Ok(true)
    }
}

/// Without what the peer sent.
impl<R: fmt::Debug> fmt::Debug for TextStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextStream")
            .field("reader", &self.reader)
            .field("decoder", &self.decoder)
            .field("chunk_bytes", &self.chunk.len())
            .field("pending_bytes", &self.pending().len())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

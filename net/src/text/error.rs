use std::io;

use super::Encoding;

/// Why bytes are not the text that they should be.
///
/// Offsets count from the first byte that the decoder was given, a byte order mark included.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A sequence of bytes that means nothing in the encoding.
    #[error("invalid {encoding} at byte {offset}: {}", bytes.escape_ascii())]
    Invalid {
        /// The encoding in use, which a byte order mark may have chosen.
        encoding: Encoding,
        /// Where the sequence begins.
        offset: u64,
        /// The sequence: at most four bytes, and for UTF-8 the maximal subpart, which is at most three.
        bytes: Vec<u8>,
    },
    /// The bytes end inside a character.
    #[error("incomplete {encoding} at the end, from byte {offset}: {}", bytes.escape_ascii())]
    Incomplete {
        /// The encoding in use, which a byte order mark may have chosen.
        encoding: Encoding,
        /// Where the character begins.
        offset: u64,
        /// What there is of it: at most four bytes.
        bytes: Vec<u8>,
    },
    /// A line is longer than the caller takes. Only [`TextStream::next_line`](super::TextStream::next_line) says this.
    #[error("line is longer than {limit} bytes")]
    LineTooLong {
        /// The limit that was exceeded.
        limit: usize,
    },
}

/// The kind is `InvalidData`; [`io::Error::get_ref`] leads back to the [`TextError`].
impl From<TextError> for io::Error {
    fn from(error: TextError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

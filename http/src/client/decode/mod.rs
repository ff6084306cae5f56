//! Content codings ([RFC 9110 §8.4]), taken off the content of a response as it arrives.
//!
//! | file | what it holds |
//! |---|---|
//! | `coding.rs` | which codings there are, what to ask for, what a response's fields say of them |
//! | `body.rs` | `Decoded`: a body around a body |
//! | `stage.rs` | one coding: a piece in, pieces out, counted |
//! | `inflate.rs`, `brotli.rs`, `zstd.rs` | the codecs, each behind its feature |
//!
//! A piece of content is taken when all that came of the last one has been handed out, and no piece handed out is larger
//! than 32 KiB. What is kept between two pieces is the codec's window: 32 KiB for gzip, at most 16 MiB for br and 8 MiB for
//! zstd ([RFC 9659]), filled only as far as there is content for it.
//!
//! [RFC 9110 §8.4]: https://www.rfc-editor.org/rfc/rfc9110#section-8.4
//! [RFC 9659]: https://www.rfc-editor.org/rfc/rfc9659

mod body;
#[cfg(feature = "br")]
mod brotli;
mod coding;
#[cfg(feature = "gzip")]
mod inflate;
mod stage;
#[cfg(all(test, feature = "gzip", feature = "br", feature = "zstd"))]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

pub use body::Decoded;
pub(crate) use coding::{accept_encoding, take_codings};

/// The bounds on content that is decoded.
///
/// A coding makes much of little: a kilobyte of br can be a gigabyte of zeros. Decoding itself takes no more memory for
/// that; these are for what becomes of the content afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoding {
    /// The longest content after decoding, in bytes; `None` for no bound.
    ///
    /// Go, curl and reqwest have none: whoever keeps content has a bound for what it keeps, and whoever streams it may want
    /// all there is. The default is `None`.
    pub bytes_max: Option<u64>,
    /// How many times as long as what was received the decoded content may be; `None` for no bound.
    ///
    /// gzip reaches 1032, br and zstd more than ten thousand, both only for content that is one thing over and over. Logs
    /// and tables in JSON reach 20 to 100. Others: Apache httpd 200 (`DeflateInflateRatioLimit`), Go and curl none. The
    /// default is 200.
    pub ratio_max: Option<u32>,
    /// How much decoded content is fine at any ratio, in bytes.
    ///
    /// A short answer that says little may well be short: 100 KB of spaces are 100 bytes. The default is 1 MiB.
    pub ratio_free_bytes: u64,
    /// How many codings, one over the other, are taken off; more are an error.
    ///
    /// Each costs a window and multiplies what the others make. Others: curl 5, urllib3 5. Servers send
    /// one. The default is 3.
    pub codings_max: usize,
}

impl Default for Decoding {
    fn default() -> Self {
        Self {
            bytes_max: None,
            ratio_max: Some(200),
            ratio_free_bytes: 1 << 20,
            codings_max: 3,
        }
    }
}

/// Why content could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentCodingError {
    /// It is not what `Content-Encoding` says, or a checksum does not match.
    #[error("content is not valid {coding}")]
    Corrupt {
        /// The name of the coding.
        coding: &'static str,
    },
    /// The content ended, and the coding had not.
    #[error("{coding} content is truncated")]
    Truncated {
        /// The name of the coding.
        coding: &'static str,
    },
    /// The coding ended, and the content had not.
    #[error("there is more behind {coding} content")]
    Trailing {
        /// The name of the coding.
        coding: &'static str,
    },
    /// zstd that needs more than 8 MiB of what came before, which [RFC 9659] forbids.
    ///
    /// [RFC 9659]: https://www.rfc-editor.org/rfc/rfc9659
    #[error("{coding} content needs a window of more than 8 MiB")]
    WindowTooLarge {
        /// The name of the coding.
        coding: &'static str,
    },
    /// More than [`Decoding::bytes_max`].
    #[error("decoded content is longer than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// More than [`Decoding::ratio_max`].
    #[error("decoded content is more than {limit} times as long as what was received")]
    RatioTooHigh {
        /// The limit.
        limit: u32,
    },
    /// More than [`Decoding::codings_max`].
    #[error("more than {limit} content codings")]
    TooManyCodings {
        /// The limit.
        limit: usize,
    },
}

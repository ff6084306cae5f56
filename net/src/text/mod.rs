//! Bytes that arrive in chunks become text, and no chunk border ever splits a character.
//!
//! A network hands out bytes in pieces that know nothing of characters: the four bytes of one emoji may arrive in four
//! reads. [`Decoder`] takes the pieces as they come and holds back the incomplete character at the end, nothing else.
//! [`TextStream`] puts one on top of any `AsyncRead`: chunks or lines of text instead of bytes.
//!
//! # In scope
//!
//! - UTF-8, always. With the feature `encoding` every other encoding of the WHATWG [Encoding Standard], found by its
//!   label with [`Encoding::for_label`]: GB18030, Big5, `Shift_JIS`, EUC-JP, EUC-KR, UTF-16, the single-byte ones.
//! - What to do with bytes that are no text ([`OnInvalid`]): an error that says where, or U+FFFD.
//! - The byte order mark ([`Bom`]), also when it arrives byte by byte.
//!
//! # Out of scope
//!
//! Guessing an encoding from its bytes, UTF-32 and UTF-7 (the standard has neither), normalization, and encoding text.
//!
//! # What is the same at every split
//!
//! However the bytes are cut, empty chunks included: the text, the error, its offset and its bytes. For UTF-8,
//! [`OnInvalid::Lossy`] gives what [`String::from_utf8_lossy`] gives for the whole, and the offset of an error in
//! [`OnInvalid::Strict`] is the [`valid_up_to`](std::str::Utf8Error::valid_up_to) of the whole.
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `decoder.rs` | [`Decoder`] and its options: mark, engine, errors that stay |
//! | `bom.rs` | the byte order mark at the very start |
//! | `utf8.rs` | the engine for UTF-8 |
//! | `encoding.rs` | [`Encoding`]: names and labels |
//! | `legacy.rs` | the engine for everything else, with the feature `encoding` |
//! | `legacy_absent.rs` | the same names without the feature: types that have no value |
//! | `stream.rs` | [`TextStream`] |
//! | `error.rs` | [`TextError`] |
//!
//! [Encoding Standard]: https://encoding.spec.whatwg.org/

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod bom;
mod decoder;
mod encoding;
mod error;
#[cfg(feature = "encoding")]
mod legacy;
#[cfg(not(feature = "encoding"))]
#[path = "legacy_absent.rs"]
mod legacy;
mod stream;
mod utf8;

pub use decoder::{Bom, Decoder, OnInvalid, TextOptions};
pub use encoding::Encoding;
pub use error::TextError;
pub use stream::TextStream;

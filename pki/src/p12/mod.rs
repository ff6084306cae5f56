//! PKCS#12 files ([RFC 7292]): a key, its certificates and a password, in the one form that Windows, macOS, Java and
//! browsers import; or certificates alone, as Java's truststores are.
//!
//! # Theory of operation
//!
//! ```text
//! PFX ── authSafe: octets ───────────────┬─ ContentInfo: encrypted ── SafeContents ── certificates
//!    │                                   └─ ContentInfo: plain ────── SafeContents ── encrypted key
//!    └── macData: MAC over those octets
//! ```
//!
//! Every layer has a password-based algorithm of its own, with a salt and a number of iterations that the file chooses.
//! So a file is read in this order: the structure, then the MAC, which tells a wrong password from a right one, then each
//! encrypted part. A file whose MAC fails although its parts can be decrypted was damaged, and that is said.
//!
//! Files come from everywhere, so reading takes what others write: BER with indefinite lengths (NSS, Bouncy Castle), PBES2
//! with AES ([RFC 8018 §6.2]), the 3DES and RC2 of [RFC 7292] appendix C, PBMAC1 ([RFC 9579]), no MAC at all, and
//! either encoding of an empty password. Written is one of two forms, [`Pkcs12Encryption`].
//!
//! Not read: files protected by a public key instead of a password, RC4, scrypt. Ignored: CRLs, Java's secret keys and
//! attributes other than the name and the identifier of the key; [`inspect::inspect_pkcs12`] lists them.
//!
//! | file | what it holds |
//! |---|---|
//! | `file.rs` | [`Pkcs12`], [`Pkcs12Encryption`]: what a file holds, out of and into DER |
//! | `fault.rs` | [`Pkcs12Fault`] |
//! | `read.rs`, `chain.rs` | from octets to bags, and from bags to a key with its chain |
//! | `write.rs` | the other way |
//! | `asn1.rs`, `oid.rs` | the types of [RFC 7292] appendix D; object identifiers and their names |
//! | `safe.rs` | the bags of a SafeContents |
//! | `mac.rs` | macData, made and checked; PBMAC1 |
//! | `scheme.rs`, `cipher.rs` | the algorithms that encrypt, as the file names them and as they are computed |
//! | `kdf.rs`, `hash.rs` | keys from passwords ([RFC 7292] appendix B) |
//! | `password.rs` | a password as octets, in both encodings |
//! | `work.rs` | how much work a file may cost |
//!
//! [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
//! [RFC 8018 §6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2
//! [RFC 9579]: https://www.rfc-editor.org/rfc/rfc9579
//! [`inspect::inspect_pkcs12`]: crate::inspect::inspect_pkcs12

#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod asn1;
mod chain;
mod cipher;
mod fault;
mod file;
mod hash;
mod kdf;
mod mac;
mod oid;
mod password;
mod read;
mod safe;
mod scheme;
mod work;
mod write;

pub use fault::Pkcs12Fault;
pub use file::{ITERATIONS, Pkcs12, Pkcs12Encryption};
pub use read::FILE_BYTES_MAX;
pub use safe::BAGS_MAX;
pub use work::WORK_MAX;

pub(crate) use oid::name as oid_name;
pub(crate) use read::{Part, look};
pub(crate) use safe::{Bag, Entry};
pub(crate) use scheme::Scheme;

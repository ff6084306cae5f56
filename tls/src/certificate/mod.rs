//! What stands in a certificate ([RFC 5280 §4.1]), read once and kept as plain values.
//!
//! | file | what it holds |
//! |---|---|
//! | `facts.rs` | [`Certificate`]: one certificate's facts |
//! | `names.rs` | [`SubjectAltNames`], and distinguished names as text |
//! | `key.rs` | [`PublicKeyAlgorithm`] and its size |
//! | `pin.rs` | [`SpkiPin`]: the digest of a public key |
//! | `time.rs` | times of X.509 as `SystemTime`, and as text |
//! | `error.rs` | [`CertificateError`] |
//!
//! Reading is not verifying: whoever made a certificate chose every byte of it. Nothing here says that it is genuine.
//!
//! [RFC 5280 §4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1

mod error;
mod facts;
mod key;
mod names;
mod pin;
mod time;

pub use error::CertificateError;
pub use facts::{CERTIFICATE_BYTES_MAX, Certificate};
pub use key::PublicKeyAlgorithm;
pub use names::SubjectAltNames;
pub use pin::{PinError, SpkiPin};
pub(crate) use time::{system_time, utc};

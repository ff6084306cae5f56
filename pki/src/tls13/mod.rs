//! A TLS 1.3 handshake that was recorded, decoded again ([RFC 8446]): for who wants to see how it works, and to check it with a
//! second pair of eyes.
//!
//! Bytes of both directions and a key log go in; records, messages with every field, and the key schedule come out. No state of
//! the TLS library that made the handshake is used: the keys are derived, the records opened, the signatures and the MACs computed
//! again here. With the shared secret of the key exchange the schedule is computed from its beginning, and each secret is compared
//! with the one that was logged.
//!
//! ```text
//!   Recording ──► record.rs ──► protection.rs ──► message.rs ──► Message
//!                                   ▲ keys            │ transcript
//!   Secrets ────────────────► schedule.rs ◄───────────┘
//! ```
//!
//! What cannot be read is no error of the whole: what came before it is told, and so is the [`Fault`].
//!
//! | file | section of RFC 8446 | what it holds |
//! |---|---|---|
//! | `recording.rs` | | [`Recording`]: the bytes, bounded |
//! | `record.rs` | 5.1 | bytes to records |
//! | `protection.rs` | 5.2, 5.3 | opening protected records |
//! | `cursor.rs` | 3 | reading fields and noting where they are: [`Field`] |
//! | `message.rs` | 4 | [`Body`]: what a message says |
//! | `hello.rs` | 4.1, 4.2 | ClientHello, ServerHello, HelloRetryRequest |
//! | `extension.rs` | 4.2 | extensions of the other messages |
//! | `authentication.rs` | 4.4 | Certificate, CertificateRequest, CertificateVerify |
//! | `check.rs` | 4.4.3, 4.4.4 | signatures and MACs, computed again |
//! | `suite.rs` | B.4 | the cipher suites |
//! | `derivation.rs` | 7.1 | [`Derivation`]: secrets and keys, and how they come about |
//! | `schedule.rs`, `hkdf.rs` | 7.1, 7.3 | the key schedule |
//! | `secret.rs`, `key_log.rs` | | [`Secret`], [`Secrets`]: what is known beforehand ([RFC 9850]) |
//! | `names.rs` | B | what numbers are called |
//! | `decode.rs` | 5 | the records and messages of both directions |
//! | `exchange.rs` | 2, 4 | what each message does |
//! | `handshake.rs` | | [`Handshake`]: what comes out |
//! | `transcript.rs` | 4.4.1 | the transcript hash |
//! | `fault.rs` | | [`Fault`], [`Malformed`] |
//!
//! [RFC 8446]: https://www.rfc-editor.org/rfc/rfc8446
//! [RFC 9850]: https://www.rfc-editor.org/rfc/rfc9850

mod authentication;
mod check;
mod cursor;
mod decode;
mod derivation;
mod exchange;
mod extension;
mod fault;
mod handshake;
mod hello;
mod hkdf;
mod key_log;
mod message;
pub mod names;
mod protection;
mod record;
mod recording;
mod schedule;
mod secret;
mod suite;
mod transcript;

pub use authentication::{CertificateEntry, CertificateRequest, Certificates};
pub use check::{Check, CheckKind, Outcome};
pub use cursor::{Field, Value};
pub use decode::decode;
pub use derivation::{Derivation, Derived, Origin};
pub use extension::Extensions;
pub use fault::{Fault, Malformed};
pub use handshake::{Handshake, Message};
pub use hello::{ClientHello, HelloRetryRequest, KeyShare, ServerHello};
pub use key_log::{KeyLogError, Secrets};
pub use message::Body;
pub use record::{Protection, Record};
pub use recording::{Piece, RECORDING_BYTES_MAX, Recording, Sender};
pub use secret::Secret;
pub use suite::Suite;

//! The ClientHello ([RFC 8446 §4.1.2]), read before rustls sees it: for the selector of a server, and for the fingerprint
//! that rustls does not expose.
//!
//! rustls reads the same bytes again and decides about them. What it refuses we let it refuse, with its alert; where both
//! accept a hello, they read the same from it: `tls/fuzz` looks for bytes where they do not.
//!
//! | file | what it holds |
//! |---|---|
//! | `parse.rs` | the message: a pure function over its bytes |
//! | `reader.rs` | the records that it comes in |
//! | `ja4.rs` | its fingerprint |
//!
//! [RFC 8446 §4.1.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.1.2

#[cfg(test)]
mod agreement;
#[cfg(test)]
#[path = "../../fuzz/check/client_hello.rs"]
mod check;
mod ja4;
mod parse;
mod reader;
#[cfg(test)]
#[path = "../../tests/internal/hello.rs"]
mod seeds;

pub use ja4::Ja4;
pub use parse::HelloError;
pub(crate) use reader::{HelloReader, Progress};

use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

/// What a client offers. Nothing of it has been verified.
///
/// Lists are in the client's order, and hold what it sent of reserved values that mean nothing ([RFC 8701]).
///
/// [RFC 8701]: https://www.rfc-editor.org/rfc/rfc8701
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientHello {
    /// The name of the server that it wants, in lower case ([RFC 6066 §3]). `None` if it sent none, or an IP address, which
    /// is not allowed there and ignored.
    ///
    /// [RFC 6066 §3]: https://www.rfc-editor.org/rfc/rfc6066#section-3
    pub server_name: Option<String>,
    /// The version of the message itself; 1.2 in every hello of TLS 1.3.
    pub legacy_version: ProtocolVersion,
    /// The extension `supported_versions` ([RFC 8446 §4.2.1]). Empty in clients that know no later one than 1.2.
    ///
    /// [RFC 8446 §4.2.1]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.1
    pub supported_versions: Vec<ProtocolVersion>,
    /// The cipher suites.
    pub cipher_suites: Vec<CipherSuite>,
    /// Protocols for ALPN ([RFC 7301]).
    ///
    /// [RFC 7301]: https://www.rfc-editor.org/rfc/rfc7301
    pub alpn: Vec<Vec<u8>>,
    /// The extension `signature_algorithms` ([RFC 8446 §4.2.3]).
    ///
    /// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
    pub signature_schemes: Vec<SignatureScheme>,
    /// The extension `supported_groups` ([RFC 8446 §4.2.7]).
    ///
    /// [RFC 8446 §4.2.7]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.7
    pub named_groups: Vec<NamedGroup>,
    /// The groups of which it sent a key share ([RFC 8446 §4.2.8]).
    ///
    /// [RFC 8446 §4.2.8]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.8
    pub key_shares: Vec<NamedGroup>,
    /// The types of all extensions.
    pub extensions: Vec<u16>,
}

impl ClientHello {
    /// With nothing in it.
    fn empty(legacy_version: ProtocolVersion) -> Self {
        Self {
            server_name: None,
            legacy_version,
            supported_versions: Vec::new(),
            cipher_suites: Vec::new(),
            alpn: Vec::new(),
            signature_schemes: Vec::new(),
            named_groups: Vec::new(),
            key_shares: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Whether it announces early data ([RFC 8446 §4.2.10]).
    ///
    /// [RFC 8446 §4.2.10]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.10
    pub fn offers_early_data(&self) -> bool {
        self.extensions.contains(&extension::EARLY_DATA)
    }

    /// Whether it offers a session of TLS 1.3 to be resumed ([RFC 8446 §4.2.11], `pre_shared_key`).
    ///
    /// [RFC 8446 §4.2.11]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.11
    pub fn offers_session(&self) -> bool {
        self.extensions.contains(&extension::PRE_SHARED_KEY)
    }

    /// Its JA4 fingerprint, for TLS over TCP.
    pub fn ja4(&self) -> Ja4 {
        Ja4::of(self)
    }
}

/// The extensions that are looked into ([IANA]).
///
/// [IANA]: https://www.iana.org/assignments/tls-extensiontype-values
mod extension {
    pub(super) const SERVER_NAME: u16 = 0;
    pub(super) const SUPPORTED_GROUPS: u16 = 10;
    pub(super) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(super) const ALPN: u16 = 16;
    pub(super) const PRE_SHARED_KEY: u16 = 41;
    pub(super) const EARLY_DATA: u16 = 42;
    pub(super) const SUPPORTED_VERSIONS: u16 = 43;
    pub(super) const KEY_SHARE: u16 = 51;
}

/// Whether `value` is one of the reserved ones of [RFC 8701]: `0x?a?a`, both bytes the same.
///
/// [RFC 8701]: https://www.rfc-editor.org/rfc/rfc8701
fn is_grease(value: u16) -> bool {
    let [high, low] = value.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

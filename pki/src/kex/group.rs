//! The groups: in which ways two sides agree on a secret.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

use super::KexFault;
use crate::text::printable;

/// A way to agree on a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Group {
    /// Diffie-Hellman on Curve25519 ([RFC 7748 §6.1]).
    ///
    /// [RFC 7748 §6.1]: https://www.rfc-editor.org/rfc/rfc7748#section-6.1
    X25519,
    /// Diffie-Hellman on the curve P-256.
    P256,
    /// Diffie-Hellman on the curve P-384.
    P384,
    /// The key encapsulation of FIPS 203, which a quantum computer does not break.
    MlKem768,
    /// ML-KEM-768 and X25519 at once, in the order of TLS: ML-KEM first. It holds as long as one of them does.
    X25519MlKem768,
    /// A secret that is encrypted to the server's RSA key, with OAEP and SHA-256 ([RFC 8017 §7.1]). Whoever has that key
    /// later reads all that was recorded before: no forward secrecy.
    ///
    /// [RFC 8017 §7.1]: https://www.rfc-editor.org/rfc/rfc8017#section-7.1
    RsaOaep,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::X25519,
        Self::P256,
        Self::P384,
        Self::MlKem768,
        Self::X25519MlKem768,
        Self::RsaOaep,
    ];

    /// The number on the wire: that of TLS ([RFC 8446 §4.2.7] and its registry); RSA-OAEP is no group of TLS, and has one of
    /// those for private use.
    ///
    /// [RFC 8446 §4.2.7]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.7
    pub fn code(self) -> u16 {
        match self {
            Self::X25519 => 0x001d,
            Self::P256 => 0x0017,
            Self::P384 => 0x0018,
            Self::MlKem768 => 0x0201,
            Self::X25519MlKem768 => 0x11ec,
            Self::RsaOaep => 0xfe01,
        }
    }

    /// The group with this number.
    ///
    /// # Errors
    ///
    /// [`KexFault::UnknownGroup`].
    pub fn from_code(code: u16) -> Result<Self, KexFault> {
        let found = Self::ALL.into_iter().find(|group| group.code() == code);
        found.ok_or(KexFault::UnknownGroup { code })
    }

    /// How long the share of a client is, in bytes: a public key. `None` for RSA-OAEP, whose share is a ciphertext as long as
    /// the server's modulus.
    pub fn client_share_bytes(self) -> Option<usize> {
        match self {
            Self::X25519 => Some(X25519_BYTES),
            Self::P256 => Some(65),
            Self::P384 => Some(97),
            Self::MlKem768 => Some(ENCAPSULATION_KEY_BYTES),
            Self::X25519MlKem768 => Some(ENCAPSULATION_KEY_BYTES + X25519_BYTES),
            Self::RsaOaep => None,
        }
    }

    /// How long the share of a server is, in bytes: a public key, a ciphertext, or both. With RSA-OAEP it has none.
    pub fn server_share_bytes(self) -> usize {
        match self {
            Self::X25519 => X25519_BYTES,
            Self::P256 => 65,
            Self::P384 => 97,
            Self::MlKem768 => CIPHERTEXT_BYTES,
            Self::X25519MlKem768 => CIPHERTEXT_BYTES + X25519_BYTES,
            Self::RsaOaep => 0,
        }
    }

    /// Whether the keys are made for one exchange and thrown away: who steals the server's key later cannot read what was
    /// recorded.
    pub fn has_forward_secrecy(self) -> bool {
        self != Self::RsaOaep
    }

    /// Whether what is recorded today stays secret from a quantum computer.
    pub fn resists_quantum(self) -> bool {
        matches!(self, Self::MlKem768 | Self::X25519MlKem768)
    }

    /// How it is written on the command line: `x25519mlkem768`.
    pub fn name(self) -> &'static str {
        match self {
            Self::X25519 => "x25519",
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::MlKem768 => "ml-kem-768",
            Self::X25519MlKem768 => "x25519mlkem768",
            Self::RsaOaep => "rsa-oaep",
        }
    }
}

/// A key of X25519, and what it gives.
pub(super) const X25519_BYTES: usize = 32;
/// The sizes of ML-KEM-768: FIPS 203, table 3.
pub(super) const ENCAPSULATION_KEY_BYTES: usize = 1184;
/// The same.
pub(super) const DECAPSULATION_KEY_BYTES: usize = 2400;
/// The same.
pub(super) const CIPHERTEXT_BYTES: usize = 1088;

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::X25519 => "X25519",
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::MlKem768 => "ML-KEM-768",
            Self::X25519MlKem768 => "X25519MLKEM768",
            Self::RsaOaep => "RSA-OAEP-SHA256",
        })
    }
}

/// Reads [`Group::name`], in any case.
impl FromStr for Group {
    type Err = KexFault;

    fn from_str(text: &str) -> Result<Self, KexFault> {
        let same = |group: &Self| group.name().eq_ignore_ascii_case(text);
        Self::ALL
            .into_iter()
            .find(same)
            .ok_or_else(|| KexFault::UnknownGroupName {
                given: printable(text),
            })
    }
}

//! What a key is: the algorithm and its parameters, as PKCS#8 and SubjectPublicKeyInfo both say it ([RFC 5280 §4.1.1.2]).
//!
//! [RFC 5280 §4.1.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.1.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use pkcs8::AlgorithmIdentifierRef;
use pkcs8::der::asn1::{AnyRef, UintRef};

/// What a key is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// Elliptic curve P-256, which is also called prime256v1 and secp256r1 ([RFC 5480 §2.1.1.1]).
    ///
    /// [RFC 5480 §2.1.1.1]: https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1.1
    P256,
    /// Elliptic curve P-384, also secp384r1.
    P384,
    /// Elliptic curve P-521, also secp521r1.
    P521,
    /// Ed25519 ([RFC 8410 §3]).
    ///
    /// [RFC 8410 §3]: https://www.rfc-editor.org/rfc/rfc8410#section-3
    Ed25519,
    /// RSA ([RFC 3279 §2.3.1]).
    ///
    /// [RFC 3279 §2.3.1]: https://www.rfc-editor.org/rfc/rfc3279#section-2.3.1
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// RSA for RSASSA-PSS alone, with any hash ([RFC 4055 §1.2]). It verifies; no certificate is issued for it.
    ///
    /// [RFC 4055 §1.2]: https://www.rfc-editor.org/rfc/rfc4055#section-1.2
    RsaPss {
        /// The length of the modulus.
        bits: usize,
    },
    /// ML-DSA-44 ([RFC 9881 §4]).
    ///
    /// [RFC 9881 §4]: https://www.rfc-editor.org/rfc/rfc9881#section-4
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
    /// One that this crate does not use.
    Other {
        /// Its name; an OID where there is none.
        name: String,
    },
}

impl KeyAlgorithm {
    /// Reads an AlgorithmIdentifier. `rsa_bits` finds the length of the modulus if it is RSA; `None` if it cannot, and then
    /// the key is malformed.
    pub(super) fn identify(
        algorithm: &AlgorithmIdentifierRef<'_>,
        rsa_bits: impl FnOnce() -> Option<usize>,
    ) -> Option<Self> {
        let bare = algorithm.parameters.is_none();
        Some(match algorithm.oid.to_string().as_str() {
            "1.2.840.113549.1.1.1" => Self::Rsa { bits: rsa_bits()? },
            "1.2.840.113549.1.1.10" if bare => Self::RsaPss { bits: rsa_bits()? },
            "1.2.840.113549.1.1.10" => other("RSA-PSS with parameters"),
            "1.2.840.10045.2.1" => curve(algorithm.parameters),
            "1.3.101.112" if bare => Self::Ed25519,
            "2.16.840.1.101.3.4.3.17" if bare => Self::MlDsa44,
            "2.16.840.1.101.3.4.3.18" if bare => Self::MlDsa65,
            "2.16.840.1.101.3.4.3.19" if bare => Self::MlDsa87,
            oid => other(unused(oid).unwrap_or(oid)),
        })
    }

    /// The curve of this OID.
    pub(super) fn of_curve(oid: &str) -> Self {
        match oid {
            "1.2.840.10045.3.1.7" => Self::P256,
            "1.3.132.0.34" => Self::P384,
            "1.3.132.0.35" => Self::P521,
            "1.2.840.10045.3.1.1" => other("EC P-192"),
            "1.3.132.0.33" => other("EC P-224"),
            "1.3.132.0.10" => other("EC secp256k1"),
            "1.3.36.3.3.2.8.1.1.7" => other("EC brainpoolP256r1"),
            "1.3.36.3.3.2.8.1.1.11" => other("EC brainpoolP384r1"),
            "1.3.36.3.3.2.8.1.1.13" => other("EC brainpoolP512r1"),
            "1.2.156.10197.1.301" => other("EC SM2"),
            _ => other(&format!("EC {oid}")),
        }
    }
}

fn curve(parameters: Option<AnyRef<'_>>) -> KeyAlgorithm {
    let named = parameters.and_then(|any| any.decode_as::<pkcs8::ObjectIdentifier>().ok());
    named.map_or_else(
        // RFC 5480 §2.1.1: a certificate has no other. Who may choose a curve's constants can choose a weak curve.
        || other("EC with parameters of its own"),
        |oid| KeyAlgorithm::of_curve(&oid.to_string()),
    )
}

/// What is met and not used.
fn unused(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.10040.4.1" => "DSA",
        "1.2.840.113549.1.3.1" | "1.2.840.10046.2.1" => "DH",
        "1.3.101.110" => "X25519",
        "1.3.101.111" => "X448",
        "1.3.101.113" => "Ed448",
        "2.16.840.1.101.3.4.4.1" => "ML-KEM-512",
        "2.16.840.1.101.3.4.4.2" => "ML-KEM-768",
        "2.16.840.1.101.3.4.4.3" => "ML-KEM-1024",
        oid => match oid.strip_prefix("2.16.840.1.101.3.4.3.")?.parse() {
            Ok(20..=31_u8) => "SLH-DSA",
            _ => return None,
        },
    })
}

fn other(name: &str) -> KeyAlgorithm {
    // An OID may be as long as its key.
    KeyAlgorithm::Other {
        name: crate::text::printable(name),
    }
}

/// The length of an RSA modulus.
pub(super) fn modulus_bits(modulus: UintRef<'_>) -> usize {
    let octets = modulus.as_bytes();
    let unused = octets
        .first()
        .map_or(0, |first| first.leading_zeros().try_into().unwrap_or(0));
    (octets.len() * 8).saturating_sub(unused)
}

/// `EC P-256`, `RSA 2048`, `Ed25519`.
impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::P256 => f.write_str("EC P-256"),
            Self::P384 => f.write_str("EC P-384"),
            Self::P521 => f.write_str("EC P-521"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::Rsa { bits } => write!(f, "RSA {bits}"),
            Self::RsaPss { bits } => write!(f, "RSA-PSS {bits}"),
            Self::MlDsa44 => f.write_str("ML-DSA-44"),
            Self::MlDsa65 => f.write_str("ML-DSA-65"),
            Self::MlDsa87 => f.write_str("ML-DSA-87"),
            Self::Other { name } => f.write_str(name),
        }
    }
}

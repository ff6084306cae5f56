//! Which public keys a profile takes.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use serde::{Deserialize, Serialize};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

/// A kind of public key, by its algorithm and curve. How long an RSA key has to be is not a profile's question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum KeyKind {
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
    /// Ed25519.
    Ed25519,
    /// RSA of any length.
    Rsa,
    /// ML-DSA of any parameter set.
    MlDsa,
}

impl KeyKind {
    /// The kind of a public key in the form SubjectPublicKeyInfo; `None` for any other.
    pub fn of_spki(spki: &[u8]) -> Option<Self> {
        let (_, spki) = SubjectPublicKeyInfo::from_der(spki).ok()?;
        let oid = spki.algorithm.algorithm.to_id_string();
        let curve = || {
            let curve = spki.algorithm.parameters.as_ref()?.as_oid().ok()?;
            Some(curve.to_id_string())
        };
        match oid.as_str() {
            "1.2.840.10045.2.1" => match curve()?.as_str() {
                "1.2.840.10045.3.1.7" => Some(Self::P256),
                "1.3.132.0.34" => Some(Self::P384),
                "1.3.132.0.35" => Some(Self::P521),
                _ => None,
            },
            "1.3.101.112" => Some(Self::Ed25519),
            // rsaEncryption, and RSASSA-PSS with a key of its own.
            "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => Some(Self::Rsa),
            "2.16.840.1.101.3.4.3.17" | "2.16.840.1.101.3.4.3.18" | "2.16.840.1.101.3.4.3.19" => {
                Some(Self::MlDsa)
            }
            _ => None,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::Ed25519 => "Ed25519",
            Self::Rsa => "RSA",
            Self::MlDsa => "ML-DSA",
        })
    }
}

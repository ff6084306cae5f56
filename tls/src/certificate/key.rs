#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// The kind of a public key, and its size where one kind has several.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyAlgorithm {
    /// RSA, with the length of the modulus in bits.
    Rsa {
        /// The length of the modulus.
        bits: usize,
    },
    /// An elliptic curve key on P-256.
    EcP256,
    /// An elliptic curve key on P-384.
    EcP384,
    /// An elliptic curve key on P-521.
    EcP521,
    /// Ed25519 ([RFC 8410]).
    ///
    /// [RFC 8410]: https://www.rfc-editor.org/rfc/rfc8410
    Ed25519,
    /// Ed448.
    Ed448,
    /// ML-DSA-44 ([RFC 9881]).
    ///
    /// [RFC 9881]: https://www.rfc-editor.org/rfc/rfc9881
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
    /// Any other: the object identifier of the algorithm, or of the curve.
    Other(String),
}

impl PublicKeyAlgorithm {
    pub(super) fn of(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let oid = key.algorithm.algorithm.to_id_string();
        match oid.as_str() {
            "1.2.840.113549.1.1.1" => match key.parsed() {
                Ok(PublicKey::RSA(rsa)) => Self::Rsa {
                    bits: bits(rsa.modulus),
                },
                _ => Self::Other(oid),
            },
            "1.2.840.10045.2.1" => Self::on_curve(key),
            "1.3.101.112" => Self::Ed25519,
            "1.3.101.113" => Self::Ed448,
            "2.16.840.1.101.3.4.3.17" => Self::MlDsa44,
            "2.16.840.1.101.3.4.3.18" => Self::MlDsa65,
            "2.16.840.1.101.3.4.3.19" => Self::MlDsa87,
            _ => Self::Other(oid),
        }
    }

    fn on_curve(key: &SubjectPublicKeyInfo<'_>) -> Self {
        let parameters = key.algorithm.parameters.as_ref();
        let curve = parameters.and_then(|parameters| parameters.as_oid().ok());
        let curve = curve.map_or_else(|| "1.2.840.10045.2.1".into(), |oid| oid.to_id_string());
        match curve.as_str() {
            "1.2.840.10045.3.1.7" => Self::EcP256,
            "1.3.132.0.34" => Self::EcP384,
            "1.3.132.0.35" => Self::EcP521,
            _ => Self::Other(curve),
        }
    }
}

/// `RSA 2048`, `EC P-256`, `Ed25519`, `ML-DSA-65`, or an object identifier.
impl fmt::Display for PublicKeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rsa { bits } => return write!(f, "RSA {bits}"),
            Self::EcP256 => "EC P-256",
            Self::EcP384 => "EC P-384",
            Self::EcP521 => "EC P-521",
            Self::Ed25519 => "Ed25519",
            Self::Ed448 => "Ed448",
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
            Self::Other(oid) => oid,
        })
    }
}

/// The length of a big-endian number without its leading zeros.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|octet| **octet == 0).count();
    let Some((first, rest)) = number.get(zeros..).and_then(<[u8]>::split_first) else {
        return 0;
    };
    let in_first = (0..8).filter(|bit| first >> bit != 0).count();
    in_first.saturating_add(rest.len().saturating_mul(8))
}

#[cfg(test)]
mod tests {
    use super::bits;

    #[test]
    fn leading_zeros_do_not_make_a_key_longer() {
        for (number, length) in [
            (&[][..], 0),
            (&[0, 0], 0),
            (&[1], 1),
            (&[0, 0x80], 8),
            (&[0x7f, 0], 15),
            (&[0, 0, 0xff, 0xff], 16),
        ] {
            assert_eq!(bits(number), length, "{number:?}");
        }
    }
}

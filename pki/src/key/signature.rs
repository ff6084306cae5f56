//! How a signature was made: the AlgorithmIdentifier beside it ([RFC 5280 §4.1.1.2]).
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

use der::asn1::AnyRef;
use der::{Decode, Reader, TagMode, TagNumber};
use pkcs8::AlgorithmIdentifierRef;

use crate::error::Error;

/// A way to sign that this crate can check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 ([RFC 8017 §8.2]).
    ///
    /// [RFC 8017 §8.2]: https://www.rfc-editor.org/rfc/rfc8017#section-8.2
    RsaPkcs1(Hash),
    /// RSASSA-PSS ([RFC 8017 §8.1]) with MGF1 over the same hash.
    ///
    /// [RFC 8017 §8.1]: https://www.rfc-editor.org/rfc/rfc8017#section-8.1
    RsaPss {
        /// The hash, and that of MGF1.
        hash: Hash,
        /// The length of the salt.
        salt_bytes: u16,
    },
    /// ECDSA ([RFC 5758 §3.2]). The hash need not have the length of the curve.
    ///
    /// [RFC 5758 §3.2]: https://www.rfc-editor.org/rfc/rfc5758#section-3.2
    Ecdsa(Hash),
    /// Ed25519 ([RFC 8410 §3]).
    ///
    /// [RFC 8410 §3]: https://www.rfc-editor.org/rfc/rfc8410#section-3
    Ed25519,
    /// ML-DSA-44 with an empty context ([RFC 9881 §3]).
    ///
    /// [RFC 9881 §3]: https://www.rfc-editor.org/rfc/rfc9881#section-3
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

/// The hash within a [`SignatureAlgorithm`]. SHA-1 and SHA-224 are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl SignatureAlgorithm {
    /// Reads an AlgorithmIdentifier in DER.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedSignatureAlgorithm`] for one that is not among these, or cannot be read.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        match AlgorithmIdentifierRef::from_der(der) {
            Ok(identifier) => Self::identify(&identifier),
            Err(_) => Err(unsupported("one that is malformed")),
        }
    }

    pub(super) fn identify(identifier: &AlgorithmIdentifierRef<'_>) -> Result<Self, Error> {
        let oid = identifier.oid.to_string();
        let parameters = identifier.parameters;
        if oid == RSASSA_PSS {
            return rsa_pss(parameters)
                .ok_or_else(|| unsupported("rsassaPss with parameters that are not checked here"));
        }
        let found = match oid.as_str() {
            "1.2.840.113549.1.1.11" => Self::RsaPkcs1(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::RsaPkcs1(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::RsaPkcs1(Hash::Sha512),
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" => Self::Ed25519,
            "2.16.840.1.101.3.4.3.17" => Self::MlDsa44,
            "2.16.840.1.101.3.4.3.18" => Self::MlDsa65,
            "2.16.840.1.101.3.4.3.19" => Self::MlDsa87,
            oid => return Err(unsupported(unchecked(oid).unwrap_or(oid))),
        };
        // NULL is right for RSA PKCS#1 v1.5, and its absence has to be accepted (RFC 4055 §5). The others have none.
        let null = parameters.is_some_and(AnyRef::is_null);
        match found {
            Self::RsaPkcs1(_) if null => Ok(found),
            _ if parameters.is_none() => Ok(found),
            _ => Err(unsupported(&format!("{found} with parameters"))),
        }
    }
}

impl Hash {
    fn from_oid(oid: &str) -> Option<Self> {
        match oid {
            "2.16.840.1.101.3.4.2.1" => Some(Self::Sha256),
            "2.16.840.1.101.3.4.2.2" => Some(Self::Sha384),
            "2.16.840.1.101.3.4.2.3" => Some(Self::Sha512),
            _ => None,
        }
    }
}

const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const MGF1: &str = "1.2.840.113549.1.1.8";

/// ```text
/// RSASSA-PSS-params  ::=  SEQUENCE  {                              RFC 4055 §3.1
///     hashAlgorithm      [0] HashAlgorithm DEFAULT sha1Identifier,
///     maskGenAlgorithm   [1] MaskGenAlgorithm DEFAULT mgf1SHA1Identifier,
///     saltLength         [2] INTEGER DEFAULT 20,
///     trailerField       [3] INTEGER DEFAULT 1  }
/// ```
///
/// The defaults are SHA-1, so hash and mask have to be there.
fn rsa_pss(parameters: Option<AnyRef<'_>>) -> Option<SignatureAlgorithm> {
    let fields = parameters?.sequence(|reader| {
        let mut identifier = |number| {
            reader.context_specific::<AlgorithmIdentifierRef<'_>>(
                TagNumber(number),
                TagMode::Explicit,
            )
        };
        let (hash, mask) = (identifier(0)?, identifier(1)?);
        let mut number =
            |number| reader.context_specific::<u16>(TagNumber(number), TagMode::Explicit);
        Ok::<_, der::Error>((hash, mask, number(2)?, number(3)?))
    });
    let (hash, mask, salt_bytes, trailer) = fields.ok()?;
    let (hash, mask) = (hash?, mask?);
    let hash = Hash::from_oid(&hash.oid.to_string())?;
    let mask_hash: AlgorithmIdentifierRef<'_> = mask.parameters?.decode_as().ok()?;
    let usual = mask.oid.to_string() == MGF1
        && Hash::from_oid(&mask_hash.oid.to_string()) == Some(hash)
        && trailer.unwrap_or(1) == 1;
    usual.then_some(SignatureAlgorithm::RsaPss {
        hash,
        salt_bytes: salt_bytes.unwrap_or(20),
    })
}

/// What is met and not checked.
fn unchecked(oid: &str) -> Option<&'static str> {
    Some(match oid {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" | "1.3.14.3.2.29" => "sha1WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10040.4.3" => "dsa-with-SHA1",
        "2.16.840.1.101.3.4.3.1" => "dsa-with-SHA224",
        "2.16.840.1.101.3.4.3.2" => "dsa-with-SHA256",
        "1.3.101.113" => "Ed448",
        _ => return None,
    })
}

fn unsupported(algorithm: &str) -> Error {
    Error::UnsupportedSignatureAlgorithm {
        algorithm: crate::text::printable(algorithm),
    }
}

/// As the RFCs call it: `ecdsa-with-SHA256`, `sha256WithRSAEncryption`; and `rsassaPss with SHA-256`.
impl fmt::Display for SignatureAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RsaPkcs1(Hash::Sha256) => f.write_str("sha256WithRSAEncryption"),
            Self::RsaPkcs1(Hash::Sha384) => f.write_str("sha384WithRSAEncryption"),
            Self::RsaPkcs1(Hash::Sha512) => f.write_str("sha512WithRSAEncryption"),
            Self::RsaPss { hash, .. } => write!(f, "rsassaPss with {hash}"),
            Self::Ecdsa(Hash::Sha256) => f.write_str("ecdsa-with-SHA256"),
            Self::Ecdsa(Hash::Sha384) => f.write_str("ecdsa-with-SHA384"),
            Self::Ecdsa(Hash::Sha512) => f.write_str("ecdsa-with-SHA512"),
            Self::Ed25519 => f.write_str("Ed25519"),
            Self::MlDsa44 => f.write_str("ML-DSA-44"),
            Self::MlDsa65 => f.write_str("ML-DSA-65"),
            Self::MlDsa87 => f.write_str("ML-DSA-87"),
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

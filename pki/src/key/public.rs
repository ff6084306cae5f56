//! The public key: SubjectPublicKeyInfo ([RFC 5280 §4.1.2.7]).
//!
//! [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use aws_lc_rs::digest;
use data_encoding::BASE64;
use pkcs8::SubjectPublicKeyInfoRef;
use pkcs8::der::asn1::{AnyRef, UintRef};
use pkcs8::der::{self, Decode, SliceReader};
use rcgen::PublicKeyData;

use super::algorithm::modulus_bits;
use super::{Hash, KEY_BYTES_MAX, KeyAlgorithm, PublicKeyFault, RSA_BITS_MIN, SignatureAlgorithm};
use crate::error::Error;
use crate::pem;

/// A public key of any type, whether it can be used here or not.
///
/// Two are equal if their DER is: the same key in another form, a compressed point for example, is another.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublicKey {
    der: Vec<u8>,
    algorithm: KeyAlgorithm,
    /// The content of the BIT STRING.
    key_octets: Vec<u8>,
}

impl PublicKey {
    /// Reads DER: one SubjectPublicKeyInfo, of at most [`KEY_BYTES_MAX`], and nothing behind it.
    ///
    /// # Errors
    ///
    /// [`PublicKeyFault::Malformed`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        read(der).ok_or_else(|| PublicKeyFault::Malformed.into())
    }

    /// Reads the first `PUBLIC KEY` of a PEM text.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, [`PublicKeyFault::Malformed`] if it is none.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(&pem::find(text, &[LABEL], "public key")?.decode()?)
    }

    /// The key as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The key as PEM, as `openssl pkey -pubout` writes it.
    pub fn to_pem(&self) -> String {
        pem::encode(LABEL, &self.der)
    }

    /// What kind of key it is.
    pub fn algorithm(&self) -> &KeyAlgorithm {
        &self.algorithm
    }

    /// How a [`Key`](crate::Key) of this type signs; `None` if none does.
    pub fn signature_algorithm(&self) -> Option<SignatureAlgorithm> {
        Some(match &self.algorithm {
            KeyAlgorithm::P256 => SignatureAlgorithm::Ecdsa(Hash::Sha256),
            KeyAlgorithm::P384 => SignatureAlgorithm::Ecdsa(Hash::Sha384),
            KeyAlgorithm::P521 => SignatureAlgorithm::Ecdsa(Hash::Sha512),
            KeyAlgorithm::Ed25519 => SignatureAlgorithm::Ed25519,
            KeyAlgorithm::Rsa { .. } => SignatureAlgorithm::RsaPkcs1(Hash::Sha256),
            KeyAlgorithm::MlDsa44 => SignatureAlgorithm::MlDsa44,
            KeyAlgorithm::MlDsa65 => SignatureAlgorithm::MlDsa65,
            KeyAlgorithm::MlDsa87 => SignatureAlgorithm::MlDsa87,
            KeyAlgorithm::RsaPss { .. } | KeyAlgorithm::Other { .. } => return None,
        })
    }

    /// SHA-256 of its DER: the pin of [RFC 7469 §2.4].
    ///
    /// [RFC 7469 §2.4]: https://www.rfc-editor.org/rfc/rfc7469#section-2.4
    pub fn sha256(&self) -> [u8; 32] {
        let mut pin = [0; 32];
        pin.copy_from_slice(digest::digest(&digest::SHA256, &self.der).as_ref());
        pin
    }

    /// The same in base64: what `curl --pinnedpubkey sha256//…` takes.
    pub fn pin(&self) -> String {
        BASE64.encode(&self.sha256())
    }

    pub(crate) fn key_octets(&self) -> &[u8] {
        &self.key_octets
    }

    /// The key for rcgen to put into a certificate.
    pub(crate) fn certifiable(&self) -> Result<Certifiable<'_>, Error> {
        let algorithm = match &self.algorithm {
            KeyAlgorithm::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyAlgorithm::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyAlgorithm::P521 => &rcgen::PKCS_ECDSA_P521_SHA512,
            KeyAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
            KeyAlgorithm::Rsa {
                bits: RSA_BITS_MIN..,
            } => &rcgen::PKCS_RSA_SHA256,
            KeyAlgorithm::MlDsa44 => &rcgen::PKCS_ML_DSA_44,
            KeyAlgorithm::MlDsa65 => &rcgen::PKCS_ML_DSA_65,
            KeyAlgorithm::MlDsa87 => &rcgen::PKCS_ML_DSA_87,
            KeyAlgorithm::Rsa { .. } | KeyAlgorithm::RsaPss { .. } | KeyAlgorithm::Other { .. } => {
                let found = self.algorithm.to_string();
                return Err(PublicKeyFault::Unsupported { found }.into());
            }
        };
        let key = Certifiable {
            key_octets: &self.key_octets,
            algorithm,
        };
        if key.subject_public_key_info() == self.der {
            Ok(key)
        } else {
            Err(PublicKeyFault::Form.into())
        }
    }
}

const LABEL: &str = "PUBLIC KEY";

fn read(der: &[u8]) -> Option<PublicKey> {
    if der.len() > KEY_BYTES_MAX {
        return None;
    }
    let info = SubjectPublicKeyInfoRef::from_der(der).ok()?;
    // No algorithm has a key that ends within an octet.
    let key_octets = info.subject_public_key.as_bytes()?;
    let bits = || rsa_bits(key_octets).ok();
    Some(PublicKey {
        algorithm: KeyAlgorithm::identify(&info.algorithm, bits)?,
        der: der.to_vec(),
        key_octets: key_octets.to_vec(),
    })
}

/// The length of the modulus of an RSAPublicKey ([RFC 8017 A.1.1]).
///
/// [RFC 8017 A.1.1]: https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.1
fn rsa_bits(key_octets: &[u8]) -> der::Result<usize> {
    let content = AnyRef::from_der(key_octets)?;
    UintRef::decode(&mut SliceReader::new(content.value())?).map(modulus_bits)
}

/// A public key that rcgen can write, and writes as it is.
///
/// rcgen's algorithms are pairs of a key and a hash. For the key of a subject only the first half counts.
#[derive(Debug)]
pub(crate) struct Certifiable<'a> {
    key_octets: &'a [u8],
    algorithm: &'static rcgen::SignatureAlgorithm,
}

impl PublicKeyData for Certifiable<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.key_octets
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

/// `PublicKey(EC P-256, sha256//…)`.
impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, sha256//{})", self.algorithm, self.pin())
    }
}

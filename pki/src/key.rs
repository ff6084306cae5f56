//! One key type over aws-lc-rs. Nothing else in this crate signs.
//!
//! rcgen has a key type too. Ours writes Ed25519 as PKCS#8 version 1, because OpenSSL 3.0 cannot read version 2
//! ([RFC 5958 §2]), keeps the private key in memory that is wiped, and never prints it.
//!
//! [RFC 5958 §2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use rcgen::{PublicKeyData, SignatureAlgorithm, SigningKey};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::{pem, text};

/// Which kind of key: the curve, and with it the signature algorithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyType {
    /// ECDSA on P-256 with SHA-256. Every TLS peer has it. The default.
    #[default]
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// Ed25519. Small and fast, but browsers do not offer it in TLS: for services that talk to each other.
    Ed25519,
}

impl KeyType {
    /// All of them, for help texts and tests.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::Ed25519];
}

impl fmt::Display for KeyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P256 => "p256",
            Self::P384 => "p384",
            Self::Ed25519 => "ed25519",
        })
    }
}

impl FromStr for KeyType {
    type Err = Error;

    fn from_str(given: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|key_type| key_type.to_string() == given.to_ascii_lowercase())
            .ok_or_else(|| Error::UnknownKeyType {
                given: text::printable(given),
            })
    }
}

/// A private key with its public key.
///
/// It is wiped when dropped, prints as `[redacted]`, and cannot be cloned: there is one copy of a secret.
pub struct Key {
    pair: Pair,
    pkcs8: Zeroizing<Vec<u8>>,
}

enum Pair {
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if the cryptographic library fails.
    pub fn generate(key_type: KeyType) -> Result<Self, Error> {
        let failed = |_| Error::Crypto {
            operation: "generate a key",
        };
        Self::from_pair(match key_type {
            KeyType::P256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).map_err(failed)?)
            }
            KeyType::P384 => {
                Pair::P384(EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).map_err(failed)?)
            }
            KeyType::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
        })
    }

    /// The first private key of a PEM text: PKCS#8 (`PRIVATE KEY`) or, for the curves, SEC 1 (`EC PRIVATE KEY`).
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, [`Error::EncryptedKey`] if it needs a password, [`Error::UnsupportedKey`] if it
    /// is malformed or of another type.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        match pem::private_key(text)? {
            PrivateKeyDer::Pkcs8(key) => Self::from_der(key.secret_pkcs8_der()),
            PrivateKeyDer::Sec1(key) => Self::from_der(key.secret_sec1_der()),
            _ => Err(Error::UnsupportedKey),
        }
    }

    fn from_der(der: &[u8]) -> Result<Self, Error> {
        let ecdsa = |algorithm: &'static EcdsaSigningAlgorithm| {
            EcdsaKeyPair::from_private_key_der(algorithm, der)
        };
        if let Ok(pair) = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING) {
            return Self::from_pair(Pair::P256(pair));
        }
        if let Ok(pair) = ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING) {
            return Self::from_pair(Pair::P384(pair));
        }
        let pair = Ed25519KeyPair::from_pkcs8(der).map_err(|_| Error::UnsupportedKey)?;
        Self::from_pair(Pair::Ed25519(pair))
    }

    fn from_pair(pair: Pair) -> Result<Self, Error> {
        let document = match &pair {
            Pair::P256(pair) | Pair::P384(pair) => pair.to_pkcs8v1(),
            Pair::Ed25519(pair) => pair.to_pkcs8v1(),
        };
        let document = document.map_err(|_| Error::Crypto {
            operation: "encode a key",
        })?;
        Ok(Self {
            pair,
            pkcs8: Zeroizing::new(document.as_ref().to_vec()),
        })
    }

    /// The private key as PEM, PKCS#8 version 1.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(pem::encode("PRIVATE KEY", &self.pkcs8))
    }

    /// The private key as DER, PKCS#8 version 1.
    pub fn to_pkcs8_der(&self) -> Zeroizing<Vec<u8>> {
        self.pkcs8.clone()
    }

    /// Which kind of key it is.
    pub fn key_type(&self) -> KeyType {
        match self.pair {
            Pair::P256(_) => KeyType::P256,
            Pair::P384(_) => KeyType::P384,
            Pair::Ed25519(_) => KeyType::Ed25519,
        }
    }

    /// The public key as DER, in the form SubjectPublicKeyInfo ([RFC 5280 §4.1.2.7]).
    ///
    /// [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
    pub fn spki_der(&self) -> Vec<u8> {
        self.subject_public_key_info()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, [redacted])", self.key_type())
    }
}

/// For TLS: the key in the form that rustls takes. The copy is wiped when dropped, too.
impl From<&Key> for PrivateKeyDer<'static> {
    fn from(key: &Key) -> Self {
        PrivatePkcs8KeyDer::from(key.pkcs8.to_vec()).into()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        match &self.pair {
            Pair::P256(pair) | Pair::P384(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self.pair {
            Pair::P256(_) => &rcgen::PKCS_ECDSA_P256_SHA256,
            Pair::P384(_) => &rcgen::PKCS_ECDSA_P384_SHA384,
            Pair::Ed25519(_) => &rcgen::PKCS_ED25519,
        }
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature = match &self.pair {
            Pair::P256(pair) | Pair::P384(pair) => pair.sign(&SystemRandom::new(), message),
            Pair::Ed25519(pair) => pair.try_sign(message),
        };
        Ok(signature
            .map_err(|_| rcgen::Error::RingUnspecified)?
            .as_ref()
            .to_vec())
    }
}

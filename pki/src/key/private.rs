//! The private key itself.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use aws_lc_rs::digest::Digest;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1_SIGNING, ECDSA_P521_SHA512_ASN1_SIGNING,
    EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ML_DSA_44_SIGNING,
    ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, PqdsaKeyPair, PqdsaSigningAlgorithm, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use rcgen::{PublicKeyData, SigningKey};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use super::{Hash, KeyType, PublicKey, SignatureAlgorithm};
use crate::error::Error;

/// The shortest RSA key, in bits: no certificate has had a shorter one since 2014, and aws-lc-rs signs with none.
pub const RSA_BITS_MIN: usize = 2048;

/// The longest RSA key that signs here, in bits.
///
/// Signing with 8192 bits takes eight times as long as with 4096, and a server signs in every handshake. Longer ones are
/// refused. The limit is 4096.
pub const RSA_BITS_MAX: usize = 4096;

/// A private key with its public key.
///
/// It is wiped when dropped, prints as `[redacted]`, and cannot be cloned: there is one copy of a secret.
///
/// ```
/// use wharf_pki::key::{Key, KeyType, Password};
///
/// # fn main() -> Result<(), wharf_pki::Error> {
/// let key = Key::generate(KeyType::P256)?;
/// let password = Password::new("correct horse");
/// let text = key.to_encrypted_pem(&password)?;
/// assert_eq!(Key::from_encrypted_pem(&text, &password)?.public_key(), key.public_key());
/// assert!(Key::from_pem(&text).unwrap_err().is_password());
/// # Ok(())
/// # }
/// ```
pub struct Key {
    key_type: KeyType,
    pair: Pair,
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    public_key: PublicKey,
}

pub(super) enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
    MlDsa(PqdsaKeyPair),
}

/// What aws-lc-rs needs to know to make or load a key of a type.
pub(super) enum Scheme {
    Ecdsa(&'static EcdsaSigningAlgorithm),
    Ed25519,
    Rsa(KeySize),
    MlDsa(&'static PqdsaSigningAlgorithm),
}

pub(super) fn scheme(key_type: KeyType) -> Scheme {
    match key_type {
        KeyType::P256 => Scheme::Ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING),
        KeyType::P384 => Scheme::Ecdsa(&ECDSA_P384_SHA384_ASN1_SIGNING),
        KeyType::P521 => Scheme::Ecdsa(&ECDSA_P521_SHA512_ASN1_SIGNING),
        KeyType::Ed25519 => Scheme::Ed25519,
        KeyType::Rsa2048 => Scheme::Rsa(KeySize::Rsa2048),
        KeyType::Rsa3072 => Scheme::Rsa(KeySize::Rsa3072),
        KeyType::Rsa4096 => Scheme::Rsa(KeySize::Rsa4096),
        KeyType::MlDsa44 => Scheme::MlDsa(&ML_DSA_44_SIGNING),
        KeyType::MlDsa65 => Scheme::MlDsa(&ML_DSA_65_SIGNING),
        KeyType::MlDsa87 => Scheme::MlDsa(&ML_DSA_87_SIGNING),
    }
}

impl Key {
    /// A new key from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`] if the cryptographic library fails.
    pub fn generate(key_type: KeyType) -> Result<Self, Error> {
        let pair = match scheme(key_type) {
            Scheme::Ecdsa(algorithm) => EcdsaKeyPair::generate(algorithm).map(Pair::Ecdsa),
            Scheme::Ed25519 => Ed25519KeyPair::generate().map(Pair::Ed25519),
            Scheme::Rsa(size) => RsaKeyPair::generate(size).map(Pair::Rsa),
            Scheme::MlDsa(algorithm) => PqdsaKeyPair::generate(algorithm).map(Pair::MlDsa),
        };
        let pair = pair.map_err(|_| Error::Crypto {
            operation: "generate a key",
        })?;
        let pkcs8 = pair.to_pkcs8().map_err(|_| Error::Crypto {
            operation: "encode a key",
        })?;
        Self::from_parts(key_type, pair, pkcs8)
    }

    pub(super) fn from_parts(
        key_type: KeyType,
        pair: Pair,
        pkcs8: Zeroizing<Vec<u8>>,
    ) -> Result<Self, Error> {
        let spki = PublicPart {
            key_type,
            pair: &pair,
        }
        .subject_public_key_info();
        Ok(Self {
            key_type,
            pair,
            pkcs8,
            public_key: PublicKey::from_der(&spki)?,
        })
    }

    /// Which type of key it is. An RSA key of another length than these is of the next longer type;
    /// [`public_key`](Self::public_key) knows its length.
    pub fn key_type(&self) -> KeyType {
        self.key_type
    }

    /// The public key that belongs to it.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The public key as DER, in the form SubjectPublicKeyInfo ([RFC 5280 §4.1.2.7]).
    ///
    /// [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
    pub fn spki_der(&self) -> Vec<u8> {
        self.public_key.der().to_vec()
    }

    /// How it signs.
    pub fn signature_algorithm(&self) -> SignatureAlgorithm {
        match self.key_type {
            KeyType::P256 => SignatureAlgorithm::Ecdsa(Hash::Sha256),
            KeyType::P384 => SignatureAlgorithm::Ecdsa(Hash::Sha384),
            KeyType::P521 => SignatureAlgorithm::Ecdsa(Hash::Sha512),
            KeyType::Ed25519 => SignatureAlgorithm::Ed25519,
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => {
                SignatureAlgorithm::RsaPkcs1(Hash::Sha256)
            }
            KeyType::MlDsa44 => SignatureAlgorithm::MlDsa44,
            KeyType::MlDsa65 => SignatureAlgorithm::MlDsa65,
            KeyType::MlDsa87 => SignatureAlgorithm::MlDsa87,
        }
    }

    pub(super) fn pair(&self) -> &Pair {
        &self.pair
    }
}

impl Pair {
    /// PKCS#8 version 1 ([RFC 5958 §2] calls what has the public key, too, version 2).
    ///
    /// [RFC 5958 §2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
    pub(super) fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Unspecified> {
        Ok(Zeroizing::new(match self {
            Self::Ecdsa(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Self::Ed25519(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
            Self::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair)?.as_ref().to_vec(),
            Self::MlDsa(pair) => pair.to_pkcs8v1()?.as_ref().to_vec(),
        }))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Ecdsa(pair) => Ok(pair.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            Self::Ed25519(pair) => Ok(pair.try_sign(message)?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    message,
                    &mut signature,
                )?;
                Ok(signature)
            }
            Self::MlDsa(pair) => {
                let mut signature = vec![0; pair.algorithm().signature_len()];
                let length = pair.sign(message, &mut signature)?;
                signature.truncate(length);
                Ok(signature)
            }
        }
    }
}

impl Pair {
    /// What [`sign`](Self::sign) makes, of a message that was hashed already. Ed25519 and ML-DSA have nothing like it.
    pub(super) fn sign_digest(&self, digest: &Digest) -> Result<Vec<u8>, Unspecified> {
        match self {
            Self::Ecdsa(pair) => Ok(pair.sign_digest(digest)?.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign_digest(&RSA_PKCS1_SHA256, digest, &mut signature)?;
                Ok(signature)
            }
            Self::Ed25519(_) | Self::MlDsa(_) => Err(Unspecified),
        }
    }
}

/// The octets of a SubjectPublicKeyInfo and their type, which is all that rcgen needs to write one.
struct PublicPart<'a> {
    key_type: KeyType,
    pair: &'a Pair,
}

impl PublicKeyData for PublicPart<'_> {
    fn der_bytes(&self) -> &[u8] {
        match self.pair {
            Pair::Ecdsa(pair) => pair.public_key().as_ref(),
            Pair::Ed25519(pair) => pair.public_key().as_ref(),
            Pair::Rsa(pair) => pair.public_key().as_ref(),
            Pair::MlDsa(pair) => pair.public_key().as_ref(),
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self.key_type {
            KeyType::P256 => &rcgen::PKCS_ECDSA_P256_SHA256,
            KeyType::P384 => &rcgen::PKCS_ECDSA_P384_SHA384,
            KeyType::P521 => &rcgen::PKCS_ECDSA_P521_SHA512,
            KeyType::Ed25519 => &rcgen::PKCS_ED25519,
            KeyType::Rsa2048 | KeyType::Rsa3072 | KeyType::Rsa4096 => &rcgen::PKCS_RSA_SHA256,
            KeyType::MlDsa44 => &rcgen::PKCS_ML_DSA_44,
            KeyType::MlDsa65 => &rcgen::PKCS_ML_DSA_65,
            KeyType::MlDsa87 => &rcgen::PKCS_ML_DSA_87,
        }
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        self.public_key.key_octets()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        PublicPart {
            key_type: self.key_type,
            pair: &self.pair,
        }
        .algorithm()
    }
}

/// For rcgen, and for whoever signs something else: the signature is made as
/// [`signature_algorithm`](Key::signature_algorithm) says.
impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.pair
            .sign(message)
            .map_err(|_| rcgen::Error::RingUnspecified)
    }
}

/// For TLS: the key in the form that rustls takes. The copy is wiped when dropped, too.
impl From<&Key> for PrivateKeyDer<'static> {
    fn from(key: &Key) -> Self {
        PrivatePkcs8KeyDer::from(key.pkcs8.to_vec()).into()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, [redacted])", self.key_type)
    }
}

//! Hybrid public key encryption ([RFC 9180]) in its base mode: to a public key, from nobody in particular.
//!
//! It is the HPKE that rustls has for Encrypted ClientHello, with AES-256-GCM and the suites in which KEM and KDF have the same
//! strength. A context seals a sequence of messages; each takes the next nonce, so that they open in their order alone.
//!
//! ```
//! use wharf_tls::hpke::{Kem, Opener, Sealer};
//!
//! # fn main() -> Result<(), wharf_tls::hpke::Error> {
//! # let (public_key, private_key) = Kem::X25519.generate()?;
//! let (enc, mut sealer) = Sealer::new(Kem::X25519, &public_key, b"what it is for")?;
//! let sealed = sealer.seal(b"", b"a message")?;
//!
//! let mut opener = Opener::new(Kem::X25519, &enc, &private_key, b"what it is for")?;
//! assert_eq!(opener.open(b"", &sealed)?.as_slice(), b"a message");
//! # Ok(())
//! # }
//! ```
//!
//! [RFC 9180]: https://www.rfc-editor.org/rfc/rfc9180

use rustls::crypto::aws_lc_rs::hpke::{
    DH_KEM_P256_HKDF_SHA256_AES_256, DH_KEM_P384_HKDF_SHA384_AES_256,
    DH_KEM_P521_HKDF_SHA512_AES_256, DH_KEM_X25519_HKDF_SHA256_AES_256,
};
use rustls::crypto::hpke::{
    EncapsulatedSecret, Hpke, HpkeOpener, HpkePrivateKey, HpkePublicKey, HpkeSealer,
};
use zeroize::Zeroizing;

/// The AEAD of every suite here: AES-256-GCM ([RFC 9180 §7.3]).
///
/// [RFC 9180 §7.3]: https://www.rfc-editor.org/rfc/rfc9180#section-7.3
pub const AEAD_ID: u16 = 0x0002;

/// By how many bytes a sealed message is longer: the tag of AES-256-GCM.
pub const TAG_BYTES: usize = 16;

/// How the secret is encapsulated ([RFC 9180 §7.1]).
///
/// [RFC 9180 §7.1]: https://www.rfc-editor.org/rfc/rfc9180#section-7.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kem {
    /// DHKEM(P-256, HKDF-SHA256).
    P256,
    /// DHKEM(P-384, HKDF-SHA384).
    P384,
    /// DHKEM(P-521, HKDF-SHA512).
    P521,
    /// DHKEM(X25519, HKDF-SHA256).
    X25519,
}

impl Kem {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::P256, Self::P384, Self::P521, Self::X25519];

    /// Its number in the registry of IANA.
    pub fn id(self) -> u16 {
        match self {
            Self::P256 => 0x0010,
            Self::P384 => 0x0011,
            Self::P521 => 0x0012,
            Self::X25519 => 0x0020,
        }
    }

    /// The number of the KDF that goes with it ([RFC 9180 §7.2]).
    ///
    /// [RFC 9180 §7.2]: https://www.rfc-editor.org/rfc/rfc9180#section-7.2
    pub fn kdf_id(self) -> u16 {
        match self {
            Self::P256 | Self::X25519 => 0x0001,
            Self::P384 => 0x0002,
            Self::P521 => 0x0003,
        }
    }

    /// The length of an encapsulated secret, in bytes, and of a public key: an uncompressed point, or 32 octets of X25519.
    pub fn enc_bytes(self) -> usize {
        match self {
            Self::P256 => 65,
            Self::P384 => 97,
            Self::P521 => 133,
            Self::X25519 => 32,
        }
    }

    /// A new public key, and its private key.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`].
    pub fn generate(self) -> Result<(Vec<u8>, Zeroizing<Vec<u8>>), Error> {
        let (public, secret) = self
            .suite()
            .generate_key_pair()
            .map_err(|_| Error::Crypto)?;
        Ok((public.0, Zeroizing::new(secret.secret_bytes().to_vec())))
    }

    fn suite(self) -> &'static dyn Hpke {
        match self {
            Self::P256 => DH_KEM_P256_HKDF_SHA256_AES_256,
            Self::P384 => DH_KEM_P384_HKDF_SHA384_AES_256,
            Self::P521 => DH_KEM_P521_HKDF_SHA512_AES_256,
            Self::X25519 => DH_KEM_X25519_HKDF_SHA256_AES_256,
        }
    }
}

/// What seals messages to a public key.
#[derive(Debug)]
pub struct Sealer(Box<dyn HpkeSealer>);

impl Sealer {
    /// Encapsulates a new secret for `public_key`; the octets that are returned with the context go to the recipient. `info`
    /// says what it is for: a recipient with another one opens nothing.
    ///
    /// # Errors
    ///
    /// [`Error::PublicKey`] if it is none of this KEM.
    pub fn new(kem: Kem, public_key: &[u8], info: &[u8]) -> Result<(Vec<u8>, Self), Error> {
        if public_key.len() != kem.enc_bytes() {
            return Err(Error::PublicKey);
        }
        let (enc, sealer) = kem
            .suite()
            .setup_sealer(info, &HpkePublicKey(public_key.to_vec()))
            .map_err(|_| Error::PublicKey)?;
        Ok((enc.0, Self(sealer)))
    }

    /// Seals the next message. `aad` is not part of it, and has to be the same when it is opened.
    ///
    /// # Errors
    ///
    /// [`Error::Crypto`].
    pub fn seal(&mut self, aad: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.seal(aad, message).map_err(|_| Error::Crypto)
    }
}

/// What opens them.
#[derive(Debug)]
pub struct Opener(Box<dyn HpkeOpener>);

impl Opener {
    /// From the encapsulated secret and the private key, which is big-endian in the length of the group's order, or 32 octets
    /// of X25519.
    ///
    /// # Errors
    ///
    /// [`Error::Encapsulated`] if it is none of this KEM, or the private key is none.
    pub fn new(kem: Kem, enc: &[u8], private_key: &[u8], info: &[u8]) -> Result<Self, Error> {
        if enc.len() != kem.enc_bytes() {
            return Err(Error::Encapsulated);
        }
        let secret = HpkePrivateKey::from(private_key.to_vec());
        kem.suite()
            .setup_opener(&EncapsulatedSecret(enc.to_vec()), info, &secret)
            .map(Self)
            .map_err(|_| Error::Encapsulated)
    }

    /// Opens the next message.
    ///
    /// # Errors
    ///
    /// [`Error::Open`] if it was changed, is not the next one, or is for another key, `info` or `aad`.
    pub fn open(&mut self, aad: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        if sealed.len() < TAG_BYTES {
            return Err(Error::Open);
        }
        let opened = self.0.open(aad, sealed).map_err(|_| Error::Open)?;
        Ok(Zeroizing::new(opened))
    }
}

/// Why nothing is sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The public key is none of this KEM: of another length, or not on the curve.
    #[error("public key is none of this KEM")]
    PublicKey,
    /// The encapsulated secret is none of this KEM, or the private key is none.
    #[error("encapsulated secret is none of this KEM")]
    Encapsulated,
    /// The message was changed, is not the next one, or was sealed to another key or for something else.
    #[error("message does not open")]
    Open,
    /// The cryptographic library failed.
    #[error("cryptographic library failed to seal")]
    Crypto,
}

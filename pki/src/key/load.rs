//! Reading a private key.
//!
//! ```text
//! PKCS#8      PrivateKeyInfo, OneAsymmetricKey    RFC 5958 §2      BEGIN PRIVATE KEY
//!             EncryptedPrivateKeyInfo             RFC 5958 §3      BEGIN ENCRYPTED PRIVATE KEY
//! SEC 1       ECPrivateKey                        RFC 5915 §3      BEGIN EC PRIVATE KEY
//! PKCS#1      RSAPrivateKey                       RFC 8017 A.1.2   BEGIN RSA PRIVATE KEY
//! ```
//!
//! The form is told from the octets, not from the label or the caller: files are mislabelled often enough, and the forms
//! cannot be mistaken for each other. What cannot be used is refused by its name.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::signature::{EcdsaKeyPair, Ed25519KeyPair, PqdsaKeyPair, RsaKeyPair};
use pkcs8::der::asn1::{AnyRef, ContextSpecific, OctetStringRef, UintRef};
use pkcs8::der::{self, Decode, Encode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use zeroize::Zeroizing;

use super::algorithm::modulus_bits;
use super::private::{Pair, RSA_BITS_MAX, RSA_BITS_MIN, Scheme, scheme};
use super::{Key, KeyAlgorithm, KeyFault, KeyType, Password, pbes2};
use crate::error::Error;
use crate::pem;
use crate::text::printable;

/// The longest private key that is read, in DER, in bytes.
///
/// ML-DSA-87 with seed and expanded key has 5 kB, RSA of 16384 bits 9 kB. A longer one is refused. The limit is 64 KiB.
pub const KEY_BYTES_MAX: usize = 64 * 1024;

impl Key {
    /// The first private key of a PEM text, in any of the forms that openssl writes without a password.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, [`Error::Key`] if it is encrypted, malformed, or of a type that is not used here.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        read_pem(text, None)
    }

    /// The same with a password, in case the key is encrypted: PKCS#8 with PBES2, from PBKDF2 or scrypt and AES-CBC.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem) has them; [`KeyFault::WrongPassword`] for another password, and
    /// [`KeyFault::TooCostly`] for a file that asks for more work than [`PBKDF2_ITERATIONS_MAX`](super::PBKDF2_ITERATIONS_MAX)
    /// or [`SCRYPT_BYTES_MAX`](super::SCRYPT_BYTES_MAX).
    pub fn from_encrypted_pem(text: &str, password: &Password) -> Result<Self, Error> {
        read_pem(text, Some(password))
    }

    /// A private key in DER: PKCS#8, SEC 1 or PKCS#1.
    ///
    /// # Errors
    ///
    /// [`Error::Key`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        read_der(der, None)
    }

    /// The same with a password, in case the key is encrypted.
    ///
    /// # Errors
    ///
    /// [`Error::Key`].
    pub fn from_encrypted_der(der: &[u8], password: &Password) -> Result<Self, Error> {
        read_der(der, Some(password))
    }
}

const WANTED: &str = "private key";
const OPENSSH: &str = "OPENSSH PRIVATE KEY";
const LABELS: &[&str] = &[
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "EC PRIVATE KEY",
    "RSA PRIVATE KEY",
    "DSA PRIVATE KEY",
    OPENSSH,
];

fn read_pem(text: &str, password: Option<&Password>) -> Result<Key, Error> {
    read_section(&pem::find(text, LABELS, WANTED)?, password)
}

impl pem::Section<'_> {
    /// The private key that it is; `None` if it is encrypted.
    pub(crate) fn private_key(&self) -> Result<Option<Key>, Error> {
        match read_section(self, None) {
            Ok(key) => Ok(Some(key)),
            Err(Error::Key {
                fault: KeyFault::Encrypted | KeyFault::OldEncryption { .. },
            }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn read_section(section: &pem::Section<'_>, password: Option<&Password>) -> Result<Key, Error> {
    if section.label == OPENSSH {
        return Err(KeyFault::OpenSsh.into());
    }
    // OpenSSL's own form from before 2000 derives the key from one round of MD5.
    if section
        .header("Proc-Type")
        .is_some_and(|value| value.contains("ENCRYPTED"))
    {
        let cipher = section
            .header("DEK-Info")
            .and_then(|info| info.split(',').next());
        let found = printable(&format!(
            "traditional PEM, {}",
            cipher.unwrap_or("no cipher")
        ));
        return Err(KeyFault::OldEncryption { found }.into());
    }
    read_der(&section.decode()?, password)
}

fn read_der(der: &[u8], password: Option<&Password>) -> Result<Key, Error> {
    if der.len() > KEY_BYTES_MAX {
        let limit_bytes = KEY_BYTES_MAX;
        return Err(KeyFault::TooLong { limit_bytes }.into());
    }
    match form(der).map_err(malformed)? {
        Form::Pkcs8 => pkcs8(der),
        Form::Sec1 => sec1(der),
        Form::Pkcs1 => pkcs1(der),
        Form::Encrypted => {
            let password = password.ok_or(KeyFault::Encrypted)?;
            let plain = pbes2::decrypt(der, password)?;
            match form(&plain).map_err(malformed)? {
                Form::Pkcs8 => pkcs8(&plain),
                _ => Err(KeyFault::Malformed.into()),
            }
        }
        Form::Dsa => Err(unsupported("DSA")),
    }
}

enum Form {
    Pkcs8,
    Encrypted,
    Sec1,
    Pkcs1,
    /// DSA in OpenSSL's traditional form: version, p, q, g, y, x.
    Dsa,
}

/// The elements with which a key begins tell its form.
fn form(der: &[u8]) -> der::Result<Form> {
    AnyRef::from_der(der)?.sequence(|reader| {
        let first = AnyRef::decode(reader)?;
        let second = AnyRef::decode(reader)?;
        let mut others = 0;
        while !reader.is_finished() {
            AnyRef::decode(reader)?;
            others += 1;
        }
        match (first.tag(), second.tag()) {
            (Tag::Integer, Tag::Sequence) => Ok(Form::Pkcs8),
            (Tag::Integer, Tag::OctetString) => Ok(Form::Sec1),
            (Tag::Integer, Tag::Integer) if others == 4 => Ok(Form::Dsa),
            (Tag::Integer, Tag::Integer) => Ok(Form::Pkcs1),
            (Tag::Sequence, Tag::OctetString) => Ok(Form::Encrypted),
            (_, tag) => Err(tag.value_error().into()),
        }
    })
}

fn pkcs8(der: &[u8]) -> Result<Key, Error> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(malformed)?;
    let bits = || pkcs1_bits(info.private_key.as_bytes()).ok();
    let algorithm = KeyAlgorithm::identify(&info.algorithm, bits).ok_or(KeyFault::Malformed)?;
    let key_type = usable(&algorithm)?;
    let pair = match scheme(key_type) {
        Scheme::Ecdsa(algorithm) => EcdsaKeyPair::from_pkcs8(algorithm, der).map(Pair::Ecdsa),
        Scheme::Ed25519 => Ed25519KeyPair::from_pkcs8(der).map(Pair::Ed25519),
        Scheme::Rsa(_) => RsaKeyPair::from_pkcs8(der).map(Pair::Rsa),
        Scheme::MlDsa(algorithm) => PqdsaKeyPair::from_pkcs8(algorithm, der).map(Pair::MlDsa),
    };
    let pair = pair.map_err(malformed)?;
    let pkcs8 = match pair.to_pkcs8() {
        Ok(pkcs8) => pkcs8,
        // An ML-DSA key without its seed. There is no way back to the seed, so it stays as it is.
        Err(_) => version_1(info)?,
    };
    Key::from_parts(key_type, pair, pkcs8)
}

/// The same without the attributes and the public key that may stand behind the private key.
fn version_1(mut info: PrivateKeyInfoRef<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    info.public_key = None;
    info.to_der().map(Zeroizing::new).map_err(malformed)
}

fn sec1(der: &[u8]) -> Result<Key, Error> {
    let key_type = usable(&sec1_curve(der).map_err(malformed)?)?;
    let Scheme::Ecdsa(algorithm) = scheme(key_type) else {
        return Err(KeyFault::Malformed.into());
    };
    let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).map_err(malformed)?;
    with_pkcs8(key_type, Pair::Ecdsa(pair))
}

/// The curve of an ECPrivateKey. Where it does not say, the length of the number does.
fn sec1_curve(der: &[u8]) -> der::Result<KeyAlgorithm> {
    AnyRef::from_der(der)?.sequence(|reader| {
        let _version = UintRef::decode(reader)?;
        let number = <&OctetStringRef>::decode(reader)?;
        let named = ContextSpecific::<AnyRef<'_>>::decode_explicit(reader, TagNumber(0))?;
        while !reader.is_finished() {
            AnyRef::decode(reader)?;
        }
        Ok(match named {
            Some(parameters) => match parameters.value.decode_as::<ObjectIdentifier>() {
                Ok(oid) => KeyAlgorithm::of_curve(&oid.to_string()),
                Err(_) => KeyAlgorithm::Other {
                    name: "EC with parameters of its own".into(),
                },
            },
            None => match number.as_bytes().len() {
                32 => KeyAlgorithm::P256,
                48 => KeyAlgorithm::P384,
                66 => KeyAlgorithm::P521,
                _ => return Err(Tag::OctetString.length_error().into()),
            },
        })
    })
}

fn pkcs1(der: &[u8]) -> Result<Key, Error> {
    let bits = pkcs1_bits(der).map_err(malformed)?;
    let key_type = usable(&KeyAlgorithm::Rsa { bits })?;
    let pair = RsaKeyPair::from_der(der).map_err(malformed)?;
    with_pkcs8(key_type, Pair::Rsa(pair))
}

/// The length of the modulus of an RSAPrivateKey.
fn pkcs1_bits(der: &[u8]) -> der::Result<usize> {
    let content = AnyRef::from_der(der)?;
    let mut reader = SliceReader::new(content.value())?;
    let _version = UintRef::decode(&mut reader)?;
    UintRef::decode(&mut reader).map(modulus_bits)
}

fn with_pkcs8(key_type: KeyType, pair: Pair) -> Result<Key, Error> {
    let pkcs8 = pair.to_pkcs8().map_err(malformed)?;
    Key::from_parts(key_type, pair, pkcs8)
}

/// The type of a key of this algorithm, if such keys sign here.
fn usable(algorithm: &KeyAlgorithm) -> Result<KeyType, Error> {
    Ok(match *algorithm {
        KeyAlgorithm::P256 => KeyType::P256,
        KeyAlgorithm::P384 => KeyType::P384,
        KeyAlgorithm::P521 => KeyType::P521,
        KeyAlgorithm::Ed25519 => KeyType::Ed25519,
        KeyAlgorithm::MlDsa44 => KeyType::MlDsa44,
        KeyAlgorithm::MlDsa65 => KeyType::MlDsa65,
        KeyAlgorithm::MlDsa87 => KeyType::MlDsa87,
        KeyAlgorithm::Rsa { bits } => match bits {
            RSA_BITS_MIN => KeyType::Rsa2048,
            2049..=3072 => KeyType::Rsa3072,
            3073..=RSA_BITS_MAX => KeyType::Rsa4096,
            _ => return Err(KeyFault::RsaLength { bits }.into()),
        },
        KeyAlgorithm::RsaPss { .. } | KeyAlgorithm::Other { .. } => {
            return Err(unsupported(&algorithm.to_string()));
        }
    })
}

fn unsupported(found: &str) -> Error {
    KeyFault::Unsupported {
        found: found.to_owned(),
    }
    .into()
}

/// Whatever a parser says of a secret stays here.
fn malformed<E>(_: E) -> Error {
    KeyFault::Malformed.into()
}

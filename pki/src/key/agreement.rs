//! Keys with which two sides agree on a secret: those of ECDSA, which do Diffie-Hellman as well, and X25519, which does
//! nothing else. They are read here, in the octets that HPKE ([RFC 9180 §7.1]) takes; whoever encrypts does so elsewhere.
//!
//! [RFC 9180 §7.1]: https://www.rfc-editor.org/rfc/rfc9180#section-7.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode, Reader};
use zeroize::Zeroizing;

use super::{
    KEY_BYTES_MAX, Key, KeyAlgorithm, KeyEncoding, KeyFault, KeyType, Password, PublicKey,
    PublicKeyFault, pbes2,
};
use crate::error::Error;
use crate::pem;

/// The group in which a secret is agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Agreement {
    /// Elliptic curve P-256.
    P256,
    /// Elliptic curve P-384.
    P384,
    /// Elliptic curve P-521.
    P521,
    /// X25519 ([RFC 8410 §3]).
    ///
    /// [RFC 8410 §3]: https://www.rfc-editor.org/rfc/rfc8410#section-3
    X25519,
}

impl Agreement {
    /// How long a private key is: big-endian, with zeros in front.
    fn secret_bytes(self) -> usize {
        match self {
            Self::P256 | Self::X25519 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
            Self::X25519 => "X25519",
        })
    }
}

impl PublicKey {
    /// The group of the key and its octets: an uncompressed point ([RFC 5480 §2.2]), or those of X25519.
    ///
    /// # Errors
    ///
    /// [`PublicKeyFault::NoAgreement`] for a key of another type, and for a compressed point: its owner would derive another
    /// secret than we.
    ///
    /// [RFC 5480 §2.2]: https://www.rfc-editor.org/rfc/rfc5480#section-2.2
    pub fn agreement(&self) -> Result<(Agreement, &[u8]), Error> {
        let octets = self.key_octets();
        let is_point = |size: usize| octets.first() == Some(&4) && octets.len() == 2 * size + 1;
        let agreement = match self.algorithm() {
            KeyAlgorithm::P256 if is_point(32) => Agreement::P256,
            KeyAlgorithm::P384 if is_point(48) => Agreement::P384,
            KeyAlgorithm::P521 if is_point(66) => Agreement::P521,
            KeyAlgorithm::Other { name } if name == X25519 && octets.len() == 32 => {
                Agreement::X25519
            }
            other => {
                let found = other.to_string();
                return Err(PublicKeyFault::NoAgreement { found }.into());
            }
        };
        Ok((agreement, octets))
    }
}

/// A private key with which a secret can be agreed on. It is wiped when dropped and prints as `[redacted]`.
pub struct AgreementKey {
    agreement: Agreement,
    secret: Zeroizing<Vec<u8>>,
}

impl AgreementKey {
    /// The first private key of a PEM text, in the forms that [`Key`] is read from, and PKCS#8 of X25519.
    ///
    /// # Errors
    ///
    /// As [`Key::from_pem`] has them; [`PublicKeyFault::NoAgreement`] for RSA, Ed25519 and ML-DSA.
    pub fn from_pem(text: &str, password: Option<&Password>) -> Result<Self, Error> {
        match pem::find(
            text,
            &["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"],
            "private key",
        ) {
            Ok(section) => Self::from_der(&section.decode()?, password),
            // SEC 1 and what is refused by its name.
            Err(_) => Key::from_pem(text)?.try_into(),
        }
    }

    /// A private key in DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem) has them.
    pub fn from_der(der: &[u8], password: Option<&Password>) -> Result<Self, Error> {
        if der.len() > KEY_BYTES_MAX {
            let limit_bytes = KEY_BYTES_MAX;
            return Err(KeyFault::TooLong { limit_bytes }.into());
        }
        if EncryptedPrivateKeyInfoRef::try_from(der).is_ok() {
            let password = password.ok_or(KeyFault::Encrypted)?;
            return Self::from_der(&pbes2::decrypt(der, password)?, None);
        }
        match x25519(der) {
            Some(secret) => Ok(Self {
                agreement: Agreement::X25519,
                secret: secret.ok_or(KeyFault::Malformed)?,
            }),
            None => match password {
                Some(password) => Key::from_encrypted_der(der, password)?,
                None => Key::from_der(der)?,
            }
            .try_into(),
        }
    }

    /// The group.
    pub fn agreement(&self) -> Agreement {
        self.agreement
    }

    /// The private key: big-endian of the length of the group's order, or the octets of X25519. **A secret.**
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }
}

impl TryFrom<Key> for AgreementKey {
    type Error = Error;

    fn try_from(key: Key) -> Result<Self, Error> {
        let agreement = match key.key_type() {
            KeyType::P256 => Agreement::P256,
            KeyType::P384 => Agreement::P384,
            KeyType::P521 => Agreement::P521,
            other => {
                let found = other.to_string();
                return Err(PublicKeyFault::NoAgreement { found }.into());
            }
        };
        let sec1 = key.to_der_as(KeyEncoding::Sec1)?;
        let scalar = scalar(&sec1).map_err(|_| KeyFault::Malformed)?;
        // Some leave zeros in front out.
        let missing = agreement
            .secret_bytes()
            .checked_sub(scalar.len())
            .ok_or(KeyFault::Malformed)?;
        let mut secret = Zeroizing::new(Vec::with_capacity(agreement.secret_bytes()));
        secret.resize(missing, 0);
        secret.extend_from_slice(scalar);
        Ok(Self { agreement, secret })
    }
}

impl fmt::Debug for AgreementKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AgreementKey({}, [redacted])", self.agreement)
    }
}

const X25519: &str = "X25519";
const X25519_OID: &str = "1.3.101.110";

/// The octets of an X25519 key; `None` if it is of another type, and `Some(None)` if it is malformed.
fn x25519(der: &[u8]) -> Option<Option<Zeroizing<Vec<u8>>>> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    if info.algorithm.oid.to_string() != X25519_OID {
        return None;
    }
    // RFC 8410 §7: CurvePrivateKey is an OCTET STRING within the one of PKCS#8.
    let octets = <&OctetStringRef>::from_der(info.private_key.as_bytes()).ok();
    let octets = octets.map(OctetStringRef::as_bytes);
    Some(
        octets
            .filter(|octets| octets.len() == Agreement::X25519.secret_bytes())
            .map(|octets| Zeroizing::new(octets.to_vec())),
    )
}

/// The privateKey of an ECPrivateKey ([RFC 5915 §3]).
///
/// [RFC 5915 §3]: https://www.rfc-editor.org/rfc/rfc5915#section-3
fn scalar(sec1: &[u8]) -> der::Result<&[u8]> {
    AnyRef::from_der(sec1)?.sequence(|parts| {
        let _version = AnyRef::decode(parts)?;
        let octets = <&OctetStringRef>::decode(parts)?.as_bytes();
        while !parts.is_finished() {
            AnyRef::decode(parts)?;
        }
        Ok(octets)
    })
}

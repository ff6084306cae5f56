//! [`ExchangeKey`]: a private key that two sides agree with.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use pkcs8::EncryptedPrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::curve::CurveKey;
use super::encoding::{ml_kem_from_pkcs8, ml_kem_pkcs8};
use super::group::CIPHERTEXT_BYTES;
use super::ml_kem::MlKemKey;
use super::{ExchangePublicKey, Group, KexFault, Secret, rsa};
use crate::error::Error;
use crate::key::{
    self, Agreement, AgreementKey, KEY_BYTES_MAX, Key, KeyAlgorithm, KeyFault, KeyType, Password,
    PublicKeyFault,
};
use crate::pem;

/// A private key with which two sides agree on a secret, of any [`Group`]. It is wiped when dropped and prints as
/// `[redacted]`.
///
/// ```
/// use wharf_pki::kex::{ExchangeKey, Group};
///
/// # fn main() -> Result<(), wharf_pki::Error> {
/// let key = ExchangeKey::generate(Group::X25519MlKem768)?;
/// let sent = key.public().encapsulate()?;
/// let secret = key.decapsulate(&sent.ciphertext)?;
/// assert_eq!(secret.reveal(), sent.secret.reveal());
/// # Ok(())
/// # }
/// ```
pub struct ExchangeKey {
    private: Private,
    public: ExchangePublicKey,
}

enum Private {
    Curve(CurveKey),
    MlKem(MlKemKey),
    Hybrid { ml_kem: MlKemKey, x25519: CurveKey },
    Rsa(Key),
}

impl ExchangeKey {
    /// A new key. RSA has 3072 bits.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`] if the cryptographic library fails.
    pub fn generate(group: Group) -> Result<Self, Error> {
        let private = match group {
            Group::X25519 | Group::P256 | Group::P384 => Private::Curve(CurveKey::generate(group)?),
            Group::MlKem768 => Private::MlKem(MlKemKey::generate()?),
            Group::X25519MlKem768 => Private::Hybrid {
                ml_kem: MlKemKey::generate()?,
                x25519: CurveKey::generate(Group::X25519)?,
            },
            Group::RsaOaep => Private::Rsa(Key::generate(KeyType::Rsa3072)?),
        };
        Self::new(group, private)
    }

    fn new(group: Group, private: Private) -> Result<Self, Error> {
        let octets = match &private {
            Private::Curve(key) => key.public()?,
            Private::MlKem(key) => key.public().to_vec(),
            Private::Hybrid { ml_kem, x25519 } => {
                [ml_kem.public(), x25519.public()?.as_slice()].concat()
            }
            Private::Rsa(key) => key.spki_der(),
        };
        Ok(Self {
            private,
            public: ExchangePublicKey::from_parts(group, octets),
        })
    }

    /// Its group.
    pub fn group(&self) -> Group {
        self.public.group()
    }

    /// The public key that belongs to it.
    pub fn public(&self) -> &ExchangePublicKey {
        &self.public
    }

    /// Reads PEM: PKCS#8, plain or encrypted, and the older forms that [`Key`] is read from. A text with a key of ML-KEM-768
    /// and one of X25519, in this order, is a key of [`Group::X25519MlKem768`].
    ///
    /// # Errors
    ///
    /// As [`Key::from_pem`] has them; [`KexFault::KeyHash`] for ML-KEM;
    /// [`PublicKeyFault::NoAgreement`] for keys that only sign.
    pub fn from_pem(text: &str, password: Option<&Password>) -> Result<Self, Error> {
        let sections = pem::sections(text)?;
        let mut private = sections
            .iter()
            .filter(|section| section.label.ends_with("PRIVATE KEY"));
        let (first, second) = (private.next(), private.next());
        // What is neither PKCS#8 nor encrypted PKCS#8 may have headers, or a form that is refused by its name.
        let Some(first) = first.filter(|first| PKCS8_LABELS.contains(&first.label)) else {
            return Key::from_pem(text)?.try_into();
        };
        let first = Self::from_der(&first.decode()?, password)?;
        match (first.private, second) {
            (Private::MlKem(ml_kem), Some(second)) => {
                match Self::from_der(&second.decode()?, password)?.private {
                    Private::Curve(x25519) if x25519.is_x25519() => {
                        Self::new(Group::X25519MlKem768, Private::Hybrid { ml_kem, x25519 })
                    }
                    _ => Self::new(Group::MlKem768, Private::MlKem(ml_kem)),
                }
            }
            (private, _) => Ok(Self {
                private,
                public: first.public,
            }),
        }
    }

    /// Reads one key in DER.
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
            return Self::from_der(&key::decrypt(der, password)?, None);
        }
        if let Some(read) = ml_kem_from_pkcs8(der) {
            return Self::new(Group::MlKem768, Private::MlKem(read?));
        }
        match AgreementKey::from_der(der, None) {
            Ok(key) => Self::curve(&key),
            Err(refused) => match Key::from_der(der) {
                Ok(key) => key.try_into(),
                Err(_) => Err(refused),
            },
        }
    }

    /// Reads what [`pkcs8`](Self::pkcs8) wrote: one key, or the two of [`Group::X25519MlKem768`].
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem) has them.
    pub fn from_pkcs8(parts: &[&[u8]]) -> Result<Self, Error> {
        let text: String = parts
            .iter()
            .map(|der| pem::encode("PRIVATE KEY", der))
            .collect();
        Self::from_pem(&Zeroizing::new(text), None)
    }

    fn curve(key: &AgreementKey) -> Result<Self, Error> {
        let group = match key.agreement() {
            Agreement::X25519 => Group::X25519,
            Agreement::P256 => Group::P256,
            Agreement::P384 => Group::P384,
            Agreement::P521 => {
                let found = key.agreement().to_string();
                return Err(PublicKeyFault::NoAgreement { found }.into());
            }
        };
        let key = CurveKey::from_octets(group, key.secret())?;
        Self::new(group, Private::Curve(key))
    }

    /// The private key as PEM: PKCS#8, version 1. A key of [`Group::X25519MlKem768`] is two, in the order of TLS.
    ///
    /// # Errors
    ///
    /// [`KexFault::Crypto`] if the cryptographic library fails.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, Error> {
        let sections = self.pkcs8()?;
        let sections = sections.iter().map(|der| pem::encode("PRIVATE KEY", der));
        Ok(Zeroizing::new(sections.collect::<String>()))
    }

    /// The private key as DER, PKCS#8, version 1: one, or two for [`Group::X25519MlKem768`]. **A secret.**
    ///
    /// # Errors
    ///
    /// As [`to_pem`](Self::to_pem) has them.
    pub fn pkcs8(&self) -> Result<Vec<Zeroizing<Vec<u8>>>, Error> {
        Ok(match &self.private {
            Private::Curve(key) => vec![key.pkcs8()?],
            Private::MlKem(key) => vec![ml_kem_pkcs8(key.expanded())],
            Private::Hybrid { ml_kem, x25519 } => {
                vec![ml_kem_pkcs8(ml_kem.expanded()), x25519.pkcs8()?]
            }
            Private::Rsa(key) => vec![key.to_pkcs8_der()],
        })
    }

    /// The secret that this key and the public key of the other side give: what `openssl pkeyutl -derive` prints.
    ///
    /// # Errors
    ///
    /// [`KexFault::GroupMismatch`], [`KexFault::SmallOrder`], [`KexFault::NotOnCurve`]; [`KexFault::NoSuchOperation`] for
    /// ML-KEM and RSA, which encapsulate.
    pub fn derive(&self, peer: &ExchangePublicKey) -> Result<Secret, KexFault> {
        let Private::Curve(key) = &self.private else {
            let (group, verb) = (self.group(), "derive");
            return Err(KexFault::NoSuchOperation { group, verb });
        };
        if peer.group() != self.group() {
            let (private, public) = (self.group(), peer.group());
            return Err(KexFault::GroupMismatch { private, public });
        }
        key.agree(peer.octets())
    }

    /// The secret in what [`ExchangePublicKey::encapsulate`] made. With Diffie-Hellman the ciphertext is the public key that
    /// was made for it.
    ///
    /// One that was made for another key of ML-KEM gives a secret, too: FIPS 203 has no error for it.
    ///
    /// # Errors
    ///
    /// [`KexFault::Length`], [`KexFault::NotDecrypted`] for RSA, and those of [`derive`](Self::derive).
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret, KexFault> {
        match &self.private {
            Private::Curve(key) => key.agree(ciphertext),
            Private::MlKem(key) => key.decapsulate(ciphertext),
            Private::Hybrid { ml_kem, x25519 } => {
                let group = Group::X25519MlKem768;
                let wanted_bytes = group.server_share_bytes();
                if ciphertext.len() != wanted_bytes {
                    return Err(KexFault::Length {
                        group,
                        what: "ciphertext",
                        wanted_bytes,
                        found_bytes: ciphertext.len(),
                    });
                }
                let (first, second) = ciphertext
                    .split_at_checked(CIPHERTEXT_BYTES)
                    .unwrap_or_default();
                let (first, second) = (ml_kem.decapsulate(first)?, x25519.agree(second)?);
                let both = [first.reveal(), second.reveal()].concat();
                Ok(Secret::new(both))
            }
            Private::Rsa(key) => rsa::decapsulate(key, ciphertext),
        }
    }
}

impl ExchangeKey {
    /// The same for a ciphertext of somebody who may try as many as he likes: for RSA there is no error, but another secret.
    pub(super) fn decapsulate_blindly(&self, ciphertext: &[u8]) -> Result<Secret, KexFault> {
        match &self.private {
            Private::Rsa(key) => rsa::decapsulate_blindly(key, ciphertext),
            _ => self.decapsulate(ciphertext),
        }
    }
}

const PKCS8_LABELS: [&str; 2] = ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY"];

/// RSA, and the curves; all others only sign.
impl TryFrom<Key> for ExchangeKey {
    type Error = Error;

    fn try_from(key: Key) -> Result<Self, Error> {
        if matches!(key.public_key().algorithm(), KeyAlgorithm::Rsa { .. }) {
            return Self::new(Group::RsaOaep, Private::Rsa(key));
        }
        Self::curve(&key.try_into()?)
    }
}

impl fmt::Debug for ExchangeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExchangeKey({}, [redacted])", self.group())
    }
}

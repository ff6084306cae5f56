//! [`ExchangePublicKey`]: what the other side gets to see.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use super::encoding::{ml_kem_spki, p256_spki, p384_spki, x25519_spki};
use super::group::ENCAPSULATION_KEY_BYTES;
use super::{ExchangeKey, Group, KexFault, Secret, curve, ml_kem, rsa};
use crate::error::Error;
use crate::key::{Agreement, KeyAlgorithm, PublicKey, PublicKeyFault};
use crate::pem;

/// A public key of any [`Group`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangePublicKey {
    group: Group,
    /// As they go over the wire; of RSA the SubjectPublicKeyInfo.
    octets: Vec<u8>,
}

/// A secret, and how the owner of the private key learns it.
#[derive(Debug)]
pub struct Encapsulated {
    /// For the owner of the private key.
    pub ciphertext: Vec<u8>,
    /// What both have then.
    pub secret: Secret,
    /// The private key that was made for it, with Diffie-Hellman; and its part of [`Group::X25519MlKem768`].
    pub ephemeral: Option<ExchangeKey>,
}

impl ExchangePublicKey {
    pub(super) fn from_parts(group: Group, octets: Vec<u8>) -> Self {
        Self { group, octets }
    }

    /// Reads a share as it goes over the wire.
    ///
    /// # Errors
    ///
    /// [`KexFault::Length`], and [`KexFault::NotOnCurve`] for a point in another form; whether it is one is checked when it is
    /// used. RSA has no share that is a key.
    pub fn from_octets(group: Group, octets: &[u8]) -> Result<Self, KexFault> {
        match group {
            Group::X25519 | Group::P256 | Group::P384 => curve::check(group, octets)?,
            Group::MlKem768 => ml_kem::check(octets)?,
            Group::X25519MlKem768 => {
                let wanted_bytes = group.client_share_bytes().unwrap_or_default();
                if octets.len() != wanted_bytes {
                    return Err(KexFault::Length {
                        group,
                        what: "public key",
                        wanted_bytes,
                        found_bytes: octets.len(),
                    });
                }
            }
            Group::RsaOaep => {
                let verb = "go over the wire";
                return Err(KexFault::NoSuchOperation { group, verb });
            }
        }
        let octets = octets.to_vec();
        Ok(Self { group, octets })
    }

    /// Reads PEM: one SubjectPublicKeyInfo, or two for [`Group::X25519MlKem768`], ML-KEM-768 first.
    ///
    /// # Errors
    ///
    /// As [`PublicKey::from_pem`] has them, and [`PublicKeyFault::NoAgreement`] for keys that only sign or verify.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let sections = pem::sections(text)?;
        let mut keys = sections
            .iter()
            .filter(|section| section.label == "PUBLIC KEY");
        let Some(first) = keys.next() else {
            return PublicKey::from_pem(text).and_then(|key| Self::try_from(&key));
        };
        let first = Self::try_from(&PublicKey::from_der(&first.decode()?)?)?;
        if let (Group::MlKem768, Some(second)) = (first.group, keys.next()) {
            let second = Self::try_from(&PublicKey::from_der(&second.decode()?)?)?;
            if second.group == Group::X25519 {
                return Ok(Self {
                    group: Group::X25519MlKem768,
                    octets: [first.octets, second.octets].concat(),
                });
            }
        }
        Ok(first)
    }

    /// The key as PEM, as `openssl pkey -pubout` writes it; two for [`Group::X25519MlKem768`].
    pub fn to_pem(&self) -> String {
        let keys = self.spki();
        keys.iter()
            .map(|der| pem::encode("PUBLIC KEY", der))
            .collect()
    }

    /// The key as DER: one SubjectPublicKeyInfo, or two.
    pub fn spki(&self) -> Vec<Vec<u8>> {
        let octets = self.octets.as_slice();
        match self.group {
            Group::X25519 => vec![x25519_spki(octets)],
            Group::P256 => vec![p256_spki(octets)],
            Group::P384 => vec![p384_spki(octets)],
            Group::MlKem768 => vec![ml_kem_spki(octets)],
            Group::X25519MlKem768 => {
                let (ml_kem, x25519) = self.halves();
                vec![ml_kem_spki(ml_kem), x25519_spki(x25519)]
            }
            Group::RsaOaep => vec![octets.to_vec()],
        }
    }

    /// Its group.
    pub fn group(&self) -> Group {
        self.group
    }

    /// The key as it goes over the wire: 32 octets, an uncompressed point, an encapsulation key, or two of these; of RSA the
    /// SubjectPublicKeyInfo.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// ML-KEM first, as in TLS.
    fn halves(&self) -> (&[u8], &[u8]) {
        self.octets
            .split_at_checked(ENCAPSULATION_KEY_BYTES)
            .unwrap_or_default()
    }

    /// A new secret for the owner of the private key. With Diffie-Hellman a key pair is made for it, and its public key is
    /// the ciphertext.
    ///
    /// # Errors
    ///
    /// [`KexFault::SmallOrder`], [`KexFault::NotOnCurve`], [`KexFault::Modulus`]: a public key that nobody may have.
    pub fn encapsulate(&self) -> Result<Encapsulated, KexFault> {
        match self.group {
            Group::X25519 | Group::P256 | Group::P384 => agree_anew(self.group, &self.octets),
            Group::MlKem768 => {
                let (ciphertext, secret) = ml_kem::encapsulate(&self.octets)?;
                Ok(Encapsulated {
                    ciphertext,
                    secret,
                    ephemeral: None,
                })
            }
            Group::X25519MlKem768 => {
                let (ml_kem, x25519) = self.halves();
                let (ciphertext, first) = ml_kem::encapsulate(ml_kem)?;
                let second = agree_anew(Group::X25519, x25519)?;
                let secret = [first.reveal(), second.secret.reveal()].concat();
                Ok(Encapsulated {
                    ciphertext: [ciphertext, second.ciphertext].concat(),
                    secret: Secret::new(secret),
                    ephemeral: second.ephemeral,
                })
            }
            Group::RsaOaep => {
                let (ciphertext, secret) = rsa::encapsulate(&self.octets)?;
                Ok(Encapsulated {
                    ciphertext,
                    secret,
                    ephemeral: None,
                })
            }
        }
    }
}

fn agree_anew(group: Group, peer: &[u8]) -> Result<Encapsulated, KexFault> {
    let failed = |_| KexFault::Crypto {
        operation: "make a key pair",
    };
    let ephemeral = ExchangeKey::generate(group).map_err(failed)?;
    Ok(Encapsulated {
        ciphertext: ephemeral.public().octets().to_vec(),
        secret: ephemeral.decapsulate(peer)?,
        ephemeral: Some(ephemeral),
    })
}

/// The keys of certificates, requests and files.
impl TryFrom<&PublicKey> for ExchangePublicKey {
    type Error = Error;

    fn try_from(key: &PublicKey) -> Result<Self, Error> {
        let (group, octets) = match key.algorithm() {
            KeyAlgorithm::Rsa { bits: 2048..=8192 } => (Group::RsaOaep, key.der()),
            KeyAlgorithm::Other { name } if name == "ML-KEM-768" => {
                (Group::MlKem768, key.key_octets())
            }
            _ => match key.agreement()? {
                (Agreement::X25519, octets) => (Group::X25519, octets),
                (Agreement::P256, octets) => (Group::P256, octets),
                (Agreement::P384, octets) => (Group::P384, octets),
                (other, _) => {
                    let found = other.to_string();
                    return Err(PublicKeyFault::NoAgreement { found }.into());
                }
            },
        };
        if group == Group::MlKem768 {
            ml_kem::check(octets)?;
        }
        Ok(Self {
            group,
            octets: octets.to_vec(),
        })
    }
}

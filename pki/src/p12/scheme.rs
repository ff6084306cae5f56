//! How a part of a file is encrypted: one algorithm identifier, read and written.
//!
//! Two families: PBES2 ([RFC 8018 §6.2]), which names a key derivation and a cipher, and those of PKCS#12 ([RFC 7292]
//! appendix C), which are one OID for each cipher, with SHA-1.
//!
//! [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
//! [RFC 8018 §6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2

use aws_lc_rs::rand;
use der::asn1::{Any, Null, ObjectIdentifier, OctetString};
use der::{EncodingRules, FixedTag};
use zeroize::Zeroizing;

use super::asn1::{
    AlgorithmIdentifier, EncryptedPrivateKeyInfo, Pbes2Params, Pbkdf2Params, Pkcs12PbeParams,
};
use super::cipher::{Cipher, Unfit};
use super::fault::Pkcs12Fault;
use super::file::{ITERATIONS, Pkcs12Encryption};
use super::hash::Hash;
use super::kdf::{self, Purpose};
use super::oid;
use super::password::Secret;
use super::work::Work;
use crate::error::Error;

/// A cipher, and how its key comes from a password.
#[derive(Debug)]
pub(crate) struct Scheme {
    family: Family,
    cipher: Cipher,
    /// The OID of the cipher; with PKCS#12's own schemes, that of the scheme.
    oid: ObjectIdentifier,
    salt: Vec<u8>,
    iterations: u64,
}

#[derive(Debug)]
enum Family {
    /// The key is of PBKDF2 with this hash; the initialisation vector is written down.
    Pbes2 { prf: Hash, iv: Vec<u8> },
    /// Both are derived, with SHA-1.
    Pkcs12,
}

impl Scheme {
    /// Reads an algorithm identifier.
    pub(super) fn read(identifier: &AlgorithmIdentifier) -> Result<Self, Pkcs12Fault> {
        match identifier.oid {
            oid::PBES2 => Self::read_pbes2(&parameters(identifier)?),
            oid => {
                let cipher = find(&PKCS12, oid)?;
                let parameters: Pkcs12PbeParams = parameters(identifier)?;
                Ok(Self {
                    family: Family::Pkcs12,
                    cipher,
                    oid,
                    salt: parameters.salt.into_bytes().into(),
                    iterations: parameters.iterations,
                })
            }
        }
    }

    fn read_pbes2(parameters: &Pbes2Params) -> Result<Self, Pkcs12Fault> {
        let cipher = find(&PBES2, parameters.cipher.oid)?;
        let iv: OctetString = self::parameters(&parameters.cipher)?;
        let derivation = read_pbkdf2(&parameters.kdf)?;
        let key_len = u32::try_from(cipher.key_len()).unwrap_or(u32::MAX);
        if derivation.key_bytes.is_some_and(|bytes| bytes != key_len)
            || iv.as_bytes().len() != cipher.block_len()
        {
            return Err(Pkcs12Fault::Malformed);
        }
        Ok(Self {
            family: Family::Pbes2 {
                prf: derivation.prf,
                iv: iv.into_bytes().into(),
            },
            cipher,
            oid: parameters.cipher.oid,
            salt: derivation.salt,
            iterations: derivation.iterations,
        })
    }

    /// One with a salt of its own, for writing.
    pub(super) fn new(encryption: Pkcs12Encryption) -> Result<Self, Error> {
        let (family, (cipher, oid), salt_len) = match encryption {
            Pkcs12Encryption::Modern => {
                let (prf, iv) = (Hash::Sha256, random(Cipher::Aes256.block_len())?);
                (Family::Pbes2 { prf, iv }, AES_256, 16)
            }
            Pkcs12Encryption::Legacy => (Family::Pkcs12, TRIPLE_DES, 8),
        };
        Ok(Self {
            family,
            cipher,
            oid,
            salt: random(salt_len)?,
            iterations: ITERATIONS.into(),
        })
    }

    /// The plain text; [`Unfit`] for a password that is not the one, or for octets that were changed.
    pub(super) fn decrypt(
        &self,
        octets: &[u8],
        secret: &Secret<'_>,
        work: &mut Work,
    ) -> Result<Result<Zeroizing<Vec<u8>>, Unfit>, Pkcs12Fault> {
        let (key, iv) = self.derive(secret, work)?;
        Ok(self.cipher.decrypt(&key, &iv, octets))
    }

    /// The cipher text.
    pub(super) fn encrypt(&self, plain: &[u8], secret: &Secret<'_>) -> Result<Vec<u8>, Error> {
        let (key, iv) = self.derive(secret, &mut Work::new())?;
        self.cipher
            .encrypt(&key, &iv, plain)
            .map_err(|Unfit| FAILED)
    }

    fn derive(
        &self,
        secret: &Secret<'_>,
        work: &mut Work,
    ) -> Result<(Octets, Octets), Pkcs12Fault> {
        let (from, length) = ((&*self.salt, self.iterations), self.cipher.key_len());
        match &self.family {
            Family::Pbes2 { prf, iv } => {
                let key = kdf::pbkdf2(*prf, from, secret, length, work)?;
                Ok((key, Zeroizing::new(iv.clone())))
            }
            Family::Pkcs12 => {
                let key = kdf::pkcs12(Hash::Sha1, Purpose::Key, from, secret, length, work)?;
                let length = self.cipher.block_len();
                let iv = kdf::pkcs12(Hash::Sha1, Purpose::Iv, from, secret, length, work)?;
                Ok((key, iv))
            }
        }
    }

    /// The algorithm identifier.
    pub(super) fn identifier(&self) -> der::Result<AlgorithmIdentifier> {
        let salt = OctetString::new(&*self.salt)?;
        match &self.family {
            Family::Pbes2 { prf, iv } => {
                let iv = OctetString::new(&**iv)?;
                let derivation = Pbkdf2Params {
                    salt,
                    iterations: self.iterations,
                    key_bytes: None,
                    prf: Some(with(prf.hmac_oid(), &Null)?),
                };
                let kdf = with(oid::PBKDF2, &derivation)?;
                let cipher = with(self.oid, &iv)?;
                with(oid::PBES2, &Pbes2Params { kdf, cipher })
            }
            Family::Pkcs12 => with(
                self.oid,
                &Pkcs12PbeParams {
                    salt,
                    iterations: self.iterations,
                },
            ),
        }
    }

    /// For people: `AES-256-CBC, PBKDF2 with HMAC-SHA-256`.
    pub(crate) fn name(&self) -> String {
        match &self.family {
            Family::Pbes2 { prf, .. } => format!(
                "{}, PBKDF2 with {}",
                oid::name(&self.oid),
                oid::name(&prf.hmac_oid())
            ),
            Family::Pkcs12 => oid::name(&self.oid),
        }
    }

    pub(crate) fn iterations(&self) -> u64 {
        self.iterations
    }
}

impl EncryptedPrivateKeyInfo {
    /// How this key is encrypted.
    pub(crate) fn scheme(&self) -> Result<Scheme, Pkcs12Fault> {
        Scheme::read(&self.algorithm)
    }
}

type Octets = Zeroizing<Vec<u8>>;

const FAILED: Error = Error::Crypto {
    operation: "encrypt a PKCS#12 file",
};

/// What PBKDF2 is told.
#[derive(Debug)]
pub(super) struct Derivation {
    pub(super) salt: Vec<u8>,
    pub(super) iterations: u64,
    pub(super) key_bytes: Option<u32>,
    pub(super) prf: Hash,
}

/// Reads the algorithm identifier of a key derivation, which has to be PBKDF2.
pub(super) fn read_pbkdf2(identifier: &AlgorithmIdentifier) -> Result<Derivation, Pkcs12Fault> {
    if identifier.oid != oid::PBKDF2 {
        return Err(unsupported(&identifier.oid));
    }
    let parameters: Pbkdf2Params = parameters(identifier)?;
    let prf = parameters.prf.map_or(oid::HMAC_SHA1, |prf| prf.oid);
    let hash = Hash::of_hmac(&prf).filter(|hash| hash.pbkdf2().is_some());
    Ok(Derivation {
        prf: hash.ok_or_else(|| unsupported(&prf))?,
        salt: parameters.salt.into_bytes().into(),
        iterations: parameters.iterations,
        key_bytes: parameters.key_bytes,
    })
}

/// The parameters of an algorithm.
pub(super) fn parameters<T>(identifier: &AlgorithmIdentifier) -> Result<T, Pkcs12Fault>
where
    T: for<'a> der::DecodeValue<'a, Error = der::Error> + FixedTag,
{
    let parameters = identifier.parameters.as_ref();
    parameters
        .and_then(|any| any.decode_as_encoding(EncodingRules::Ber).ok())
        .ok_or(Pkcs12Fault::Malformed)
}

pub(super) fn unsupported(oid: &ObjectIdentifier) -> Pkcs12Fault {
    Pkcs12Fault::Unsupported {
        found: oid::name(oid),
    }
}

/// An algorithm identifier with parameters.
pub(super) fn with(
    oid: ObjectIdentifier,
    parameters: &(impl der::Tagged + der::EncodeValue),
) -> der::Result<AlgorithmIdentifier> {
    Ok(AlgorithmIdentifier {
        oid,
        parameters: Some(Any::encode_from(parameters)?),
    })
}

/// Fresh random octets.
pub(super) fn random(length: usize) -> Result<Vec<u8>, Error> {
    let mut octets = vec![0; length];
    rand::fill(&mut octets).map_err(|_| FAILED)?;
    Ok(octets)
}

type Named = (Cipher, ObjectIdentifier);

const TRIPLE_DES: Named = (Cipher::TripleDes, oid::PBE_3DES);
const AES_256: Named = (Cipher::Aes256, oid::AES_256_CBC);

const PKCS12: [Named; 4] = [
    TRIPLE_DES,
    (Cipher::TripleDesTwoKeys, oid::PBE_3DES_2KEY),
    (Cipher::Rc2With128Bits, oid::PBE_RC2_128),
    (Cipher::Rc2With40Bits, oid::PBE_RC2_40),
];

const PBES2: [Named; 4] = [
    (Cipher::Aes128, oid::AES_128_CBC),
    (Cipher::Aes192, oid::AES_192_CBC),
    AES_256,
    (Cipher::TripleDes, oid::DES_EDE3_CBC),
];

fn find(ciphers: &[Named], oid: ObjectIdentifier) -> Result<Cipher, Pkcs12Fault> {
    let found = ciphers.iter().find(|(_, named)| *named == oid);
    found
        .map(|(cipher, _)| *cipher)
        .ok_or_else(|| unsupported(&oid))
}

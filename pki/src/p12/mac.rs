//! macData: what tells a wrong password from a right one, and a changed file from a whole one.
//!
//! Two forms: the one of PKCS#12, HMAC with a key from its own derivation ([RFC 7292 §4]), and PBMAC1 ([RFC 9579]), whose
//! key is of PBKDF2. The second is read and not written: Java 17, NSS and OpenSSL 3.0 do not know it.
//!
//! [RFC 7292 §4]: https://www.rfc-editor.org/rfc/rfc7292#section-4
//! [RFC 9579]: https://www.rfc-editor.org/rfc/rfc9579

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use der::asn1::{Null, OctetString};
use zeroize::Zeroizing;

use super::asn1::{AlgorithmIdentifier, DigestInfo, MacData, Pbes2Params};
use super::fault::Pkcs12Fault;
use super::file::{ITERATIONS, Pkcs12Encryption};
use super::hash::Hash;
use super::kdf::{self, Purpose};
use super::oid;
use super::password::Secret;
use super::scheme::{parameters, random, read_pbkdf2, unsupported, with};
use super::work::Work;
use crate::error::Error;

/// The MAC of a file.
#[derive(Debug)]
pub(crate) struct Mac {
    family: Family,
    hash: Hash,
    salt: Vec<u8>,
    iterations: u64,
    digest: Vec<u8>,
}

#[derive(Debug)]
enum Family {
    Pkcs12,
    Pbmac1 { prf: Hash, key_len: usize },
}

/// The longest key of a PBMAC1: that of the longest block of a hash here. The RFC takes 20 at least.
const KEY_LEN_MAX: usize = 128;
const KEY_LEN_MIN: usize = 20;

impl Mac {
    pub(super) fn read(data: MacData) -> Result<Self, Pkcs12Fault> {
        let digest = data.mac.digest.into_bytes().into();
        let algorithm = data.mac.algorithm;
        if algorithm.oid == oid::PBMAC1 {
            return Self::read_pbmac1(&parameters(&algorithm)?, digest);
        }
        let hash = Hash::of(&algorithm.oid).ok_or_else(|| unsupported(&algorithm.oid))?;
        Ok(Self {
            family: Family::Pkcs12,
            hash,
            salt: data.mac_salt.into_bytes().into(),
            iterations: data.iterations,
            digest,
        })
    }

    /// Salt and iterations of the macData itself mean nothing here.
    fn read_pbmac1(parameters: &Pbes2Params, digest: Vec<u8>) -> Result<Self, Pkcs12Fault> {
        let derivation = read_pbkdf2(&parameters.kdf)?;
        let mac: &AlgorithmIdentifier = &parameters.cipher;
        let hash = Hash::of_hmac(&mac.oid).ok_or_else(|| unsupported(&mac.oid))?;
        let key_len = derivation
            .key_bytes
            .and_then(|bytes| usize::try_from(bytes).ok());
        let key_len = key_len.filter(|bytes| (KEY_LEN_MIN..=KEY_LEN_MAX).contains(bytes));
        Ok(Self {
            family: Family::Pbmac1 {
                prf: derivation.prf,
                key_len: key_len.ok_or(Pkcs12Fault::Malformed)?,
            },
            hash,
            salt: derivation.salt,
            iterations: derivation.iterations,
            digest,
        })
    }

    /// Whether it is the MAC of `content` with this password.
    pub(super) fn fits(
        &self,
        content: &[u8],
        secret: &Secret<'_>,
        work: &mut Work,
    ) -> Result<bool, Pkcs12Fault> {
        let tag = self.tag(content, secret, work)?;
        Ok(verify_slices_are_equal(tag.as_ref(), &self.digest).is_ok())
    }

    /// The macData of `content`.
    pub(super) fn new(
        content: &[u8],
        secret: &Secret<'_>,
        encryption: Pkcs12Encryption,
    ) -> Result<Self, Error> {
        let (hash, salt_len) = match encryption {
            Pkcs12Encryption::Modern => (Hash::Sha256, 16),
            Pkcs12Encryption::Legacy => (Hash::Sha1, 8),
        };
        let mut mac = Self {
            family: Family::Pkcs12,
            hash,
            salt: random(salt_len)?,
            iterations: ITERATIONS.into(),
            digest: Vec::new(),
        };
        mac.digest = mac
            .tag(content, secret, &mut Work::new())?
            .as_ref()
            .to_vec();
        Ok(mac)
    }

    pub(super) fn to_mac_data(&self) -> der::Result<MacData> {
        Ok(MacData {
            mac: DigestInfo {
                algorithm: with(self.hash.oid(), &Null)?,
                digest: OctetString::new(&*self.digest)?,
            },
            mac_salt: OctetString::new(&*self.salt)?,
            iterations: self.iterations,
        })
    }

    fn tag(
        &self,
        content: &[u8],
        secret: &Secret<'_>,
        work: &mut Work,
    ) -> Result<hmac::Tag, Pkcs12Fault> {
        let key = self.key(secret, work)?;
        Ok(hmac::sign(&hmac::Key::new(self.hash.hmac(), &key), content))
    }

    fn key(&self, secret: &Secret<'_>, work: &mut Work) -> Result<Zeroizing<Vec<u8>>, Pkcs12Fault> {
        let from = (&*self.salt, self.iterations);
        match self.family {
            Family::Pkcs12 => {
                let length = self.hash.digest().output_len();
                kdf::pkcs12(self.hash, Purpose::Mac, from, secret, length, work)
            }
            Family::Pbmac1 { prf, key_len } => kdf::pbkdf2(prf, from, secret, key_len, work),
        }
    }

    /// For people: `HMAC-SHA-256`.
    pub(crate) fn name(&self) -> String {
        let mac = oid::name(&self.hash.hmac_oid());
        match self.family {
            Family::Pkcs12 => mac,
            Family::Pbmac1 { prf, .. } => {
                format!(
                    "PBMAC1 of {mac}, PBKDF2 with {}",
                    oid::name(&prf.hmac_oid())
                )
            }
        }
    }

    pub(crate) fn iterations(&self) -> u64 {
        self.iterations
    }
}

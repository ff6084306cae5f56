//! OCSP responses ([RFC 6960 §4.2]), as far as it takes to know whether to send one.
//!
//! ```text
//! OCSPResponse   ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] SEQUENCE { OID, OCTET STRING } OPTIONAL }
//! BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature, certs [0] OPTIONAL }
//! ResponseData   ::= SEQUENCE { version [0] DEFAULT v1, responderID, producedAt, responses SEQUENCE OF SingleResponse, … }
//! SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] OPTIONAL, singleExtensions [1] OPTIONAL }
//! CertID         ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber }
//! CertStatus     ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }
//! ```
//!
//! [RFC 6960 §4.2]: https://www.rfc-editor.org/rfc/rfc6960#section-4.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::time::SystemTime;

use aws_lc_rs::digest::{self, digest};
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::time::ASN1Time;

use super::IdentityFault;
use super::der::{self, NotDer, Reader, explicit};
use crate::certificate::{Certificate, system_time};

/// The longest OCSP response that is taken, in bytes.
///
/// It goes into the handshake of every client that asks. With the responder's certificate it has 0.5 to 3 KiB; with
/// signatures of ML-DSA-87, 15 KiB.
pub const STAPLE_BYTES_MAX: usize = 32 * 1024;

/// From when to when an OCSP response is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Staple {
    /// When the status was known to be right.
    pub this_update: SystemTime,
    /// When there will be newer information; later than this, clients refuse it. `None` if it does not say.
    pub next_update: Option<SystemTime>,
}

impl Staple {
    pub(super) fn check_valid_at(&self, now: SystemTime) -> Result<(), IdentityFault> {
        if self.this_update > now {
            return Err(IdentityFault::StapleNotYetValid {
                this_update: self.this_update,
            });
        }
        match self.next_update {
            Some(next_update) if next_update < now => {
                Err(IdentityFault::StapleExpired { next_update })
            }
            _ => Ok(()),
        }
    }
}

impl From<NotDer> for IdentityFault {
    fn from(_: NotDer) -> Self {
        Self::StapleMalformed
    }
}

/// `id-pkix-ocsp-basic`, 1.3.6.1.5.5.7.48.1.1.
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];

/// Reads a response about the first certificate of `chain`.
pub(super) fn read(response: &[u8], chain: &[Certificate]) -> Result<Staple, IdentityFault> {
    if response.len() > STAPLE_BYTES_MAX {
        return Err(IdentityFault::StapleTooLong);
    }
    let end_entity = chain.first().ok_or(IdentityFault::NoCertificate)?;
    let mut responses = single_responses(response)?;
    while !responses.is_at_end() {
        let mut single = responses.enter(der::SEQUENCE)?;
        let id = CertId::read(single.enter(der::SEQUENCE)?)?;
        if id.is_of(end_entity, chain.get(1))? {
            return status(single);
        }
    }
    Err(IdentityFault::StapleOfOther {
        serial: end_entity.serial_hex(),
    })
}

fn single_responses(response: &[u8]) -> Result<Reader<'_>, IdentityFault> {
    let mut outer = Reader::new(response);
    let mut response = outer.enter(der::SEQUENCE)?;
    if !outer.is_at_end() {
        return Err(IdentityFault::StapleMalformed);
    }
    match response.expect(der::ENUMERATED)? {
        [0] => {}
        [1] => return Err(IdentityFault::StapleUnsuccessful("malformedRequest")),
        [2] => return Err(IdentityFault::StapleUnsuccessful("internalError")),
        [3] => return Err(IdentityFault::StapleUnsuccessful("tryLater")),
        [5] => return Err(IdentityFault::StapleUnsuccessful("sigRequired")),
        [6] => return Err(IdentityFault::StapleUnsuccessful("unauthorized")),
        _ => return Err(IdentityFault::StapleMalformed),
    }
    let mut bytes = response.enter(explicit(0))?.enter(der::SEQUENCE)?;
    if bytes.expect(der::OBJECT_IDENTIFIER)? != BASIC {
        return Err(IdentityFault::StapleMalformed);
    }
    let mut basic = bytes.enter(der::OCTET_STRING)?.enter(der::SEQUENCE)?;
    let mut data = basic.enter(der::SEQUENCE)?;
    data.optional(explicit(0))?; // version
    data.next()?; // responderID
    data.next()?; // producedAt
    Ok(data.enter(der::SEQUENCE)?)
}

/// What follows the CertID.
fn status(mut single: Reader<'_>) -> Result<Staple, IdentityFault> {
    match single.next()?.tag {
        0x80 => {}
        0xa1 => return Err(IdentityFault::StapleRevoked),
        0x82 => return Err(IdentityFault::StapleUnknown),
        _ => return Err(IdentityFault::StapleMalformed),
    }
    let this_update = time(single.next()?.whole)?;
    let next_update = single.optional(explicit(0))?.map(time).transpose()?;
    Ok(Staple {
        this_update,
        next_update,
    })
}

fn time(der: &[u8]) -> Result<SystemTime, IdentityFault> {
    match ASN1Time::from_der(der) {
        Ok(([], time)) => system_time(time).map_err(|_| IdentityFault::StapleMalformed),
        _ => Err(IdentityFault::StapleMalformed),
    }
}

/// Which certificate a single response is about.
struct CertId<'a> {
    algorithm: &'static digest::Algorithm,
    issuer_name_hash: &'a [u8],
    issuer_key_hash: &'a [u8],
    serial: &'a [u8],
}

impl<'a> CertId<'a> {
    fn read(mut id: Reader<'a>) -> Result<Self, IdentityFault> {
        let oid = id.enter(der::SEQUENCE)?.expect(der::OBJECT_IDENTIFIER)?;
        let algorithm = match oid {
            // SHA-1 is what everybody uses here; nothing depends on its resistance to collisions.
            [0x2b, 0x0e, 3, 2, 0x1a] => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => &digest::SHA256,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => &digest::SHA384,
            [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => &digest::SHA512,
            _ => return Err(IdentityFault::StapleMalformed),
        };
        Ok(Self {
            algorithm,
            issuer_name_hash: id.expect(der::OCTET_STRING)?,
            issuer_key_hash: id.expect(der::OCTET_STRING)?,
            serial: der::unsigned(id.expect(der::INTEGER)?)?,
        })
    }

    /// A serial number is unique for its issuer only. The issuer's key is looked at if we have its certificate.
    fn is_of(
        &self,
        certificate: &Certificate,
        issuer: Option<&Certificate>,
    ) -> Result<bool, NotDer> {
        let hash_is = |bytes, hash: &[u8]| digest(self.algorithm, bytes).as_ref() == hash;
        let key_fits = match issuer {
            Some(issuer) => hash_is(key_bits(issuer.spki())?, self.issuer_key_hash),
            None => true,
        };
        Ok(key_fits
            && self.serial == certificate.serial()
            && hash_is(certificate.raw_issuer(), self.issuer_name_hash))
    }
}

/// The key within a SubjectPublicKeyInfo, without the count of unused bits.
fn key_bits(spki: &[u8]) -> Result<&[u8], NotDer> {
    let mut info = Reader::new(spki).enter(der::SEQUENCE)?;
    info.next()?;
    let bits = info.expect(der::BIT_STRING)?;
    bits.get(1..).ok_or(NotDer)
}

use std::time::SystemTime;

use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject;
use webpki::OwnedCertRevocationList;
use x509_parser::asn1_rs::{Any, BitString, FromDer as _};
use x509_parser::oid_registry::OID_X509_EXT_ISSUER_DISTRIBUTION_POINT;
use x509_parser::revocation_list::CertificateRevocationList;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{CRLS_MAX, TrustFault, name};
use crate::Error;
use crate::error::Kind;

/// The largest CRL, in bytes of DER.
///
/// Most are below 1 MiB, and a CA that revokes much splits its CRL; those of the largest PKIs have some 10 MiB. It is
/// held once as it is and once, several times as large, as a table of serial numbers. The limit is 16 MiB.
pub const CRL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A certificate revocation list ([RFC 5280 §5]), read as verification will read it: version 2, complete (no delta),
/// direct, with a `nextUpdate`.
///
/// [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crl {
    der: CertificateRevocationListDer<'static>,
    issuer: String,
    number: Option<String>,
    this_update: SystemTime,
    next_update: SystemTime,
    pub(super) scope: Scope,
    order: Vec<u8>,
}

/// Which certificates a CRL speaks for: those of an issuer, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scope {
    /// The issuer's name as DER.
    pub(super) issuer: Vec<u8>,
    /// The content of the extension IssuingDistributionPoint ([RFC 5280 §5.2.5]).
    ///
    /// [RFC 5280 §5.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.5
    distribution_point: Option<Vec<u8>>,
}

impl Crl {
    /// Reads a file of CRLs: one as DER, or any number as PEM (`X509 CRL`; other objects are passed over).
    ///
    /// # Errors
    ///
    /// When there is none in it, or one is malformed, larger than [`CRL_BYTES_MAX`] or of a kind that verification
    /// does not know.
    pub fn read(file: &[u8]) -> Result<Vec<Self>, Error> {
        // Every CRL is a SEQUENCE; no line of text begins with its tag, the digit zero, and is PEM.
        if file.first() == Some(&0x30) {
            return Ok(vec![Self::parse(file.to_vec().into(), 1)?]);
        }
        let mut crls = Vec::new();
        for der in CertificateRevocationListDer::pem_slice_iter(file) {
            let der = der.map_err(|source| Kind::Pem {
                what: "CRLs",
                source,
            })?;
            if crls.len() == CRLS_MAX {
                return Err(TrustFault::TooManyCrls.into());
            }
            crls.push(Self::parse(der, crls.len() + 1)?);
        }
        if crls.is_empty() {
            return Err(TrustFault::NoCrl.into());
        }
        Ok(crls)
    }

    /// Takes a CRL as DER.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn from_der(der: CertificateRevocationListDer<'static>) -> Result<Self, Error> {
        Ok(Self::parse(der, 1)?)
    }

    /// The issuer's name, for people.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The CRL number ([RFC 5280 §5.2.3]) in decimal. `None` if the CRL has none, which RFC 5280 forbids.
    ///
    /// [RFC 5280 §5.2.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// When it was issued.
    pub fn this_update(&self) -> SystemTime {
        self.this_update
    }

    /// When the next one was to be issued. From then on it is expired.
    pub fn next_update(&self) -> SystemTime {
        self.next_update
    }

    /// The CRL as DER.
    pub fn der(&self) -> &CertificateRevocationListDer<'static> {
        &self.der
    }

    /// Whether this one replaces `other`, which speaks for the same certificates. The number decides; it may not fall
    /// ([RFC 5280 §5.2.3]).
    pub(super) fn is_newer_than(&self, other: &Self) -> bool {
        let rank = |crl: &Self| (crl.order.len(), crl.order.clone(), crl.this_update);
        rank(self) > rank(other)
    }

    /// Whether the key of `spki` signed it. `false` too if the provider does not know the algorithm: verification would
    /// refuse it as well.
    pub(super) fn is_signed_by(
        &self,
        spki: &SubjectPublicKeyInfo<'_>,
        algorithms: WebPkiSupportedAlgorithms,
    ) -> bool {
        let signed = signed_parts(&self.der);
        let key = key_algorithm(spki.raw);
        let (Some((message, algorithm, signature)), Some(key)) = (signed, key) else {
            return false;
        };
        algorithms
            .all
            .iter()
            .filter(|known| known.signature_alg_id().as_ref() == algorithm)
            .filter(|known| known.public_key_alg_id().as_ref() == key)
            .any(|known| {
                let key = &spki.subject_public_key.data;
                known.verify_signature(key, message, &signature).is_ok()
            })
    }

    fn parse(
        der: CertificateRevocationListDer<'static>,
        number: usize,
    ) -> Result<Self, TrustFault> {
        if der.len() > CRL_BYTES_MAX {
            return Err(TrustFault::CrlTooLarge);
        }
        OwnedCertRevocationList::from_der(&der)
            .map_err(|source| TrustFault::CrlUnreadable { number, source })?;
        let unreadable = || TrustFault::CrlUnreadable {
            number,
            source: webpki::Error::BadDer,
        };
        let (_, parsed) = CertificateRevocationList::from_der(&der).map_err(|_| unreadable())?;
        let distribution_point = parsed
            .extensions()
            .iter()
            .find(|extension| extension.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT)
            .map(|extension| extension.value.to_vec());
        Ok(Self {
            issuer: name::text(parsed.issuer()),
            number: parsed.crl_number().map(ToString::to_string),
            order: parsed
                .crl_number()
                .map_or_else(Vec::new, |n| n.to_bytes_be()),
            this_update: name::time(parsed.last_update()),
            next_update: name::time(parsed.next_update().ok_or_else(unreadable)?),
            scope: Scope {
                issuer: parsed.issuer().as_raw().to_vec(),
                distribution_point,
            },
            der: der.clone(),
        })
    }
}

/// ```text
/// CertificateList  ::=  SEQUENCE  {
///      tbsCertList          TBSCertList,
///      signatureAlgorithm   AlgorithmIdentifier,
///      signatureValue       BIT STRING  }
/// ```
///
/// What is signed, the content of the algorithm identifier, and the signature ([RFC 5280 §5.1]).
///
/// [RFC 5280 §5.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.1
fn signed_parts(der: &[u8]) -> Option<(&[u8], &[u8], Vec<u8>)> {
    let (_, list) = Any::from_der(der).ok()?;
    let (rest, _tbs) = Any::from_der(list.data).ok()?;
    let message = list.data.get(..list.data.len() - rest.len())?;
    let (rest, algorithm) = Any::from_der(rest).ok()?;
    let (_, signature) = BitString::from_der(rest).ok()?;
    Some((message, algorithm.data, signature.data.to_vec()))
}

/// The content of the algorithm identifier at the beginning of a SubjectPublicKeyInfo.
fn key_algorithm(spki: &[u8]) -> Option<&[u8]> {
    let (_, spki) = Any::from_der(spki).ok()?;
    let (_, algorithm) = Any::from_der(spki.data).ok()?;
    Some(algorithm.data)
}

//! A CRL that was read: DER that was parsed once.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use rustls_pki_types::CertificateRevocationListDer;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::info::{CrlInfo, entries};
use super::number::SerialNumber;
use super::params::RevokedCertificate;
use super::{CRL_BYTES_MAX, ENTRIES_MAX};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::PublicKey;
use crate::pem;

/// A CRL that is well-formed. Nothing is said about whose it is before [`check_signed_by`](Self::check_signed_by).
#[derive(Clone, PartialEq, Eq)]
pub struct Crl {
    der: CertificateRevocationListDer<'static>,
    info: CrlInfo,
    /// The issuer's name as DER.
    issuer: Vec<u8>,
    /// Sorted by serial number.
    entries: Vec<RevokedCertificate>,
}

impl Crl {
    /// Reads DER: one CRL and nothing behind it.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedCrl`]; [`Error::CrlTooLarge`] above [`CRL_BYTES_MAX`] or [`ENTRIES_MAX`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        if der.len() > CRL_BYTES_MAX {
            return Err(Error::CrlTooLarge {
                limit: CRL_BYTES_MAX,
                of: "bytes",
            });
        }
        let parsed = parse(der)?;
        if parsed.tbs_cert_list.revoked_certificates.len() > ENTRIES_MAX {
            return Err(Error::CrlTooLarge {
                limit: ENTRIES_MAX,
                of: "entries",
            });
        }
        let mut entries = entries(&parsed);
        let info = CrlInfo::of(&parsed, entries.len());
        entries.sort_by(|one, other| one.serial.cmp(&other.serial));
        Ok(Self {
            der: der.to_vec().into(),
            info,
            issuer: parsed.issuer().as_raw().to_vec(),
            entries,
        })
    }

    /// Reads the first CRL of a PEM text (`X509 CRL`).
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, and as [`from_der`](Self::from_der).
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(&pem::crl(text)?)
    }

    /// Reads every CRL of a PEM text, at least one, at most [`pem::CERTIFICATES_MAX`].
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, Error> {
        pem::crls(text)?
            .iter()
            .map(|der| Self::from_der(der))
            .collect()
    }

    /// The CRL as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The CRL as PEM.
    pub fn to_pem(&self) -> String {
        pem::encode("X509 CRL", &self.der)
    }

    /// What it says, ready to print; the entries are in [`entries`](Self::entries).
    pub fn info(&self) -> &CrlInfo {
        &self.info
    }

    /// Its entries, ordered by serial number.
    pub fn entries(&self) -> &[RevokedCertificate] {
        &self.entries
    }

    /// The entry of a certificate, by its serial number. The certificate has to be one of this CRL's issuer, and this CRL
    /// one that covers it: [`CrlInfo::distribution_point`] says which it does.
    pub fn entry(&self, serial: &SerialNumber) -> Option<&RevokedCertificate> {
        let at = self.entries.partition_point(|entry| entry.serial < *serial);
        self.entries.get(at).filter(|entry| entry.serial == *serial)
    }

    /// Whether `issuer` signed it and may: its name, its cRLSign if it has a keyUsage ([RFC 5280 §4.2.1.3]), and the
    /// signature. Whether to trust `issuer` is for its own certification path.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] or [`Error::MayNotSignCrls`].
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    pub fn check_signed_by(&self, issuer: &Certificate) -> Result<(), Error> {
        let issuer = issuer.parsed()?;
        if self.raw_issuer() != issuer.subject().as_raw() {
            return Err(Error::BadSignature);
        }
        let usage = issuer
            .key_usage()
            .map_err(|_| Error::MalformedCertificate)?;
        if usage.is_some_and(|usage| !usage.value.crl_sign()) {
            return Err(Error::MayNotSignCrls);
        }
        let key = PublicKey::from_der(issuer.public_key().raw)?;
        key.verify_signed(&self.der)
    }

    pub(crate) fn raw_issuer(&self) -> &[u8] {
        &self.issuer
    }

    pub(crate) fn parsed(&self) -> Result<CertificateRevocationList<'_>, Error> {
        parse(&self.der)
    }
}

/// Without the bytes and the entries: a page of numbers helps no one.
impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crl")
            .field("der_bytes", &self.der.len())
            .field("info", &self.info)
            .finish_non_exhaustive()
    }
}

/// For TLS: the CRL in the form that rustls takes.
impl From<Crl> for CertificateRevocationListDer<'static> {
    fn from(crl: Crl) -> Self {
        crl.der
    }
}

fn parse(der: &[u8]) -> Result<CertificateRevocationList<'_>, Error> {
    match CertificateRevocationList::from_der(der) {
        Ok(([], list)) => Ok(list),
        _ => Err(Error::MalformedCrl),
    }
}

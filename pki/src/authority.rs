//! A CA certificate with its key: what can issue.
//!
//! ```text
//! root          signs itself            pathLenConstraint 1     kept in trust stores
//!  └─ intermediate                      pathLenConstraint 0     signs every day
//!      └─ end entity                    cA false                (issue.rs)
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::time::Duration;

use rcgen::{CertificateParams, Issuer};
use rustls_pki_types::CertificateDer;
use time::OffsetDateTime;
use x509_parser::certificate::X509Certificate;

use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::Key;
use crate::profile;
use crate::subject::CaSubject;
use crate::validity::Validity;

/// A certification authority: its certificate and the key that signs.
#[derive(Debug)]
pub struct Authority {
    certificate: Certificate,
    key: Key,
    path_len: Option<u32>,
}

impl Authority {
    /// Joins a CA certificate and its key.
    ///
    /// # Errors
    ///
    /// [`Error::NotACa`] without basicConstraints that say cA ([RFC 5280 §4.2.1.9]), [`Error::MayNotSign`] with a keyUsage
    /// that lacks keyCertSign ([RFC 5280 §4.2.1.3]), [`Error::KeyMismatch`] if the key is another's,
    /// [`Error::UnsupportedIssuerName`] if the subject has a form that rcgen does not write,
    /// [`Error::MalformedCertificate`] if these extensions cannot be read.
    ///
    /// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn new(certificate: Certificate, key: Key) -> Result<Self, Error> {
        let parsed = certificate.parsed()?;
        let constraints = parsed
            .basic_constraints()
            .map_err(|_| Error::MalformedCertificate)?;
        let constraints = constraints
            .filter(|found| found.value.ca)
            .ok_or(Error::NotACa)?;
        let path_len = constraints.value.path_len_constraint;
        let usage = parsed
            .key_usage()
            .map_err(|_| Error::MalformedCertificate)?;
        if usage.is_some_and(|found| !found.value.key_cert_sign()) {
            return Err(Error::MayNotSign);
        }
        if parsed.public_key().raw != key.spki_der() {
            return Err(Error::KeyMismatch);
        }
        check_subject(&parsed)?;
        drop(parsed);
        Ok(Self {
            certificate,
            key,
            path_len,
        })
    }

    /// Makes a root: a CA that signs itself.
    ///
    /// `path_len` is how many CAs may stand between it and an end entity ([RFC 5280 §4.2.1.9]); 1 leaves room for an
    /// intermediate that issues.
    ///
    /// # Errors
    ///
    /// [`Error::Subject`] or [`Error::Lifetime`] for arguments that no certificate may have.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn root(
        key: Key,
        subject: &CaSubject,
        lifetime: Duration,
        path_len: u8,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let params = profile::ca(
            subject.to_distinguished_name()?,
            path_len,
            Validity::of(lifetime, now)?,
        )?;
        let certificate = Certificate::from_der(params.self_signed(&key)?.der())?;
        certificate.check_signed_by(&certificate)?;
        Self::new(certificate, key)
    }

    /// Issues a CA below this one. Its pathLenConstraint is one less than this one's, or 0 below a CA without any; its
    /// validity lies inside this one's.
    ///
    /// # Errors
    ///
    /// [`Error::PathLength`] if there is no room for one, [`Error::NotYetValid`] or [`Error::Expired`] outside this
    /// CA's validity, [`Error::KeyReused`] or [`Error::SubjectReused`] if it has this one's key or name,
    /// [`Error::Subject`] or [`Error::Lifetime`] for arguments that no certificate may have.
    pub fn intermediate(
        &self,
        key: Key,
        subject: &CaSubject,
        lifetime: Duration,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let path_len = match self.path_len {
            Some(length) => length.checked_sub(1).ok_or(Error::PathLength)?,
            None => 0,
        };
        let path_len = u8::try_from(path_len).unwrap_or(u8::MAX);
        let validity = Validity::of(lifetime, now)?.within(self.certificate.validity());
        let params = profile::ca(subject.to_distinguished_name()?, path_len, validity)?;
        let certificate = self.sign(&params, &key, now)?;
        Self::new(certificate, key)
    }

    /// The CA's certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The CA's key.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// How many CAs may stand between this one and an end entity; `None` if the certificate does not say.
    pub fn path_len(&self) -> Option<u32> {
        self.path_len
    }

    /// Signs, and reads again what was signed: names, key and signature are as they should be when it leaves here.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        subject_key: &Key,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        self.certificate.validity().check(now)?;
        if subject_key.spki_der() == self.key.spki_der() {
            return Err(Error::KeyReused);
        }
        let issuer =
            Issuer::from_ca_cert_der(&CertificateDer::from(self.certificate.der()), &self.key)?;
        let certificate = Certificate::from_der(params.signed_by(subject_key, &issuer)?.der())?;
        certificate.check_signed_by(&self.certificate)?;
        let parsed = certificate.parsed()?;
        if parsed.subject().as_raw() == parsed.issuer().as_raw() {
            return Err(Error::SubjectReused);
        }
        drop(parsed);
        Ok(certificate)
    }
}

/// rcgen holds a distinguished name as a map from attribute type to value. A subject that has a type twice, two attributes
/// in one step or none at all would come out changed as an issuer field, and no path would lead through it.
fn check_subject(certificate: &X509Certificate<'_>) -> Result<(), Error> {
    let mut types = Vec::new();
    for step in certificate.subject().iter() {
        let mut attributes = step.iter();
        let (Some(attribute), None) = (attributes.next(), attributes.next()) else {
            return Err(Error::UnsupportedIssuerName);
        };
        if types.contains(&attribute.attr_type()) {
            return Err(Error::UnsupportedIssuerName);
        }
        types.push(attribute.attr_type());
    }
    // A CA's subject is never empty: RFC 5280 §4.1.2.6.
    if types.is_empty() {
        Err(Error::UnsupportedIssuerName)
    } else {
        Ok(())
    }
}

//! A certificate: DER that was parsed once.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use rustls_pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;

use crate::error::Error;
use crate::pem;
use crate::validity::Validity;

/// An X.509 certificate that is well-formed. Nothing is said about whether to trust it.
#[derive(Clone, PartialEq, Eq)]
pub struct Certificate {
    der: CertificateDer<'static>,
    validity: Validity,
}

impl Certificate {
    /// Reads DER: one certificate and nothing behind it.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedCertificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let parsed = parse(der)?;
        let validity = parsed.validity();
        let validity = Validity {
            not_before: validity.not_before.to_datetime(),
            not_after: validity.not_after.to_datetime(),
        };
        Ok(Self {
            der: CertificateDer::from(der).into_owned(),
            validity,
        })
    }

    /// Reads the first certificate of a PEM text.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none, [`Error::MalformedCertificate`] if it is none.
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        Self::from_der(&pem::certificate(text)?)
    }

    /// The certificate as DER.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificate as PEM.
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der)
    }

    /// From when to when it is valid.
    pub fn validity(&self) -> Validity {
        self.validity
    }

    pub(crate) fn parsed(&self) -> Result<X509Certificate<'_>, Error> {
        parse(&self.der)
    }

    /// Whether `issuer` signed this one: the names and the signature, not a certification path.
    pub(crate) fn check_signed_by(&self, issuer: &Self) -> Result<(), Error> {
        let (subject, issuer) = (self.parsed()?, issuer.parsed()?);
        if subject.issuer().as_raw() != issuer.subject().as_raw() {
            return Err(Error::BadSignature);
        }
        subject
            .verify_signature(Some(issuer.public_key()))
            .map_err(|_| Error::BadSignature)
    }
}

/// Without the bytes: a page of numbers helps no one.
impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("der_bytes", &self.der.len())
            .field("validity", &self.validity)
            .finish()
    }
}

/// For TLS: the certificate in the form that rustls takes.
impl From<Certificate> for CertificateDer<'static> {
    fn from(certificate: Certificate) -> Self {
        certificate.der
    }
}

pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, Error> {
    match x509_parser::parse_x509_certificate(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(Error::MalformedCertificate),
    }
}

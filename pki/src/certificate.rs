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
use crate::key::PublicKey;
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

    /// Reads all certificates of a PEM text, at least one.
    ///
    /// # Errors
    ///
    /// [`Error::Pem`] if there is none or too many, [`Error::MalformedCertificate`] if one is none.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, Error> {
        let found = pem::certificates(text)?;
        found.iter().map(|der| Self::from_der(der)).collect()
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

    /// The key that it certifies.
    ///
    /// # Errors
    ///
    /// [`Error::PublicKey`] if it is malformed.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        PublicKey::from_der(self.parsed()?.public_key().raw)
    }

    pub(crate) fn parsed(&self) -> Result<X509Certificate<'_>, Error> {
        parse(&self.der)
    }

    /// Whether `issuer` signed this one: the names and the signature, not a certification path.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] if it did not, [`Error::PublicKey`] for an issuer whose key no signature is checked with.
    pub fn check_signed_by(&self, issuer: &Self) -> Result<(), Error> {
        let (subject, issuer) = (self.parsed()?, issuer.parsed()?);
        // The algorithm is written twice, once where it is signed: RFC 5280 §4.1.1.2.
        let is_issuers = subject.issuer().as_raw() == issuer.subject().as_raw()
            && subject.signature_algorithm == subject.tbs_certificate.signature;
        if !is_issuers {
            return Err(Error::BadSignature);
        }
        PublicKey::from_der(issuer.public_key().raw)?.verify_signed(&self.der)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{Key, KeyType};
    use crate::validity::DAY;
    use crate::{Authority, CaSubject};

    /// The two places where the signature's algorithm stands differ by the NULL that may be there or not. The outer one is
    /// not signed.
    #[test]
    fn an_algorithm_that_is_not_the_signed_one_is_refused() {
        let key = Key::generate(KeyType::Rsa2048).unwrap();
        let now = time::macros::datetime!(2027-01-01 00:00 UTC);
        let root = Authority::root(key, &CaSubject::new("root"), DAY, 1, now).unwrap();
        let signed = root.certificate();
        assert_eq!(signed.check_signed_by(signed), Ok(()));

        let algorithm = [
            0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11, 5, 0,
        ];
        let mut places = signed.der().windows(algorithm.len());
        let at = places.rposition(|octets| octets == algorithm).unwrap();
        let mut der = signed.der().to_vec();
        der.drain(at + 13..at + 15);
        der[at + 1] = 11;
        let length = u16::try_from(der.len() - 4).unwrap().to_be_bytes();
        der[2..4].copy_from_slice(&length);

        let changed = Certificate::from_der(&der).unwrap();
        let key = changed.public_key().unwrap();
        assert_eq!(key.verify_signed(changed.der()), Ok(()));
        let refused = Err(Error::BadSignature);
        assert_eq!(changed.check_signed_by(&changed), refused);
    }
}

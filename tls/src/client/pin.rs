use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Error;
use crate::error::Kind;

/// The SHA-256 digest of a SubjectPublicKeyInfo ([RFC 7469 §2.4]).
///
/// [RFC 7469 §2.4]: https://www.rfc-editor.org/rfc/rfc7469#section-2.4
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SpkiPin([u8; 32]);

impl SpkiPin {
    /// The pin of a certificate's key.
    ///
    /// # Errors
    ///
    /// When the certificate is not readable.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, Error> {
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|_| {
            Kind::Config(rustls::Error::InvalidCertificate(
                rustls::CertificateError::BadEncoding,
            ))
        })?;
        let mut pin = [0; 32];
        pin.copy_from_slice(digest(&SHA256, parsed.public_key().raw).as_ref());
        Ok(Self(pin))
    }
}

impl FromStr for SpkiPin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let digest = text
            .strip_prefix("sha256/")
            .and_then(|base64| BASE64.decode(base64.as_bytes()).ok())
            .and_then(|octets| octets.try_into().ok());
        digest
            .map(Self)
            .ok_or_else(|| Kind::Options("a pin is `sha256/` and 32 octets in base64").into())
    }
}

impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", BASE64.encode(&self.0))
    }
}

impl fmt::Debug for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

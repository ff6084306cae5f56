//! The smallest form of `trust::Trust`, `trust::CrlPolicy` and `certificate::SpkiPin`; to be replaced by them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64;
use rustls::RootCertStore;
use rustls::client::ServerCertVerifierBuilder;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::Error;
use crate::error::Kind;

/// Trust anchors and CRLs.
#[derive(Clone, Debug)]
pub struct Trust {
    pub(crate) anchors: Arc<RootCertStore>,
    /// The CRLs.
    pub crls: Vec<CertificateRevocationListDer<'static>>,
    /// How they are used.
    pub crl_policy: CrlPolicy,
}

impl Trust {
    /// Reads the certificates of the trust anchors as PEM.
    ///
    /// # Errors
    ///
    /// When it is not readable.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        let mut anchors = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|source| Kind::Pem {
                what: "trust anchors",
                source,
            })?;
            anchors.add(certificate).map_err(Kind::Config)?;
        }
        Ok(Self {
            anchors: Arc::new(anchors),
            crls: Vec::new(),
            crl_policy: CrlPolicy::default(),
        })
    }
}

/// How CRLs are used. The default is the strictest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CrlPolicy {
    /// Whether only the end entity is checked, not the CAs above it.
    pub end_entity_only: bool,
    /// Whether a certificate passes that no CRL says anything about.
    pub allow_unknown: bool,
    /// Whether a CRL past its nextUpdate still counts.
    pub allow_expired: bool,
}

impl CrlPolicy {
    pub(crate) fn apply(self, mut builder: ServerCertVerifierBuilder) -> ServerCertVerifierBuilder {
        if self.end_entity_only {
            builder = builder.only_check_end_entity_revocation();
        }
        if self.allow_unknown {
            builder = builder.allow_unknown_revocation_status();
        }
        if !self.allow_expired {
            builder = builder.enforce_revocation_expiration();
        }
        builder
    }
}

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

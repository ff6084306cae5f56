use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Kind;
use crate::{Certificate, Error, Expiring, Expiry, provider};

/// Who we are: a certification path, end entity first and trust anchor left out, and the end entity's private key.
///
/// Cheap to clone. The key never appears in `Debug`.
#[derive(Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
}

impl Identity {
    /// Reads PEM ([RFC 7468]): a file with the certificates, end entity first, and one with the key (PKCS#8, SEC1 or
    /// PKCS#1). Both may be the same file.
    ///
    /// # Errors
    ///
    /// When either is missing or not readable, or the key does not belong to the first certificate.
    ///
    /// [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468
    pub fn from_pem(certificates: &[u8], private_key: &[u8]) -> Result<Self, Error> {
        let chain = CertificateDer::pem_slice_iter(certificates)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| Kind::Pem {
                what: "certificates",
                source,
            })?;
        let key = PrivateKeyDer::from_pem_slice(private_key).map_err(|source| match source {
            pem::Error::NoItemsFound => Kind::NoPrivateKey,
            source => Kind::Pem {
                what: "private key",
                source,
            },
        })?;
        Self::from_der(chain, key)
    }

    /// Takes certificates and key as DER, end entity first.
    ///
    /// # Errors
    ///
    /// When there is no certificate, or the key is of an unknown kind or does not belong to the first certificate.
    pub fn from_der(
        chain: Vec<CertificateDer<'static>>,
        private_key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        if chain.is_empty() {
            return Err(Kind::NoCertificate.into());
        }
        match CertifiedKey::from_der(chain, private_key, &provider()) {
            Ok(key) => Ok(Self { key: Arc::new(key) }),
            Err(rustls::Error::InconsistentKeys(_)) => Err(Kind::KeyMismatch.into()),
            Err(error) => Err(Kind::Identity(error).into()),
        }
    }

    /// The certificates as DER, end entity first.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }

    /// The names that it serves: those in its certificate, in lower case.
    pub(crate) fn names(&self) -> Vec<String> {
        let certificate = self.chain().first().map(Certificate::parse);
        let Some(Ok(certificate)) = certificate else {
            return Vec::new();
        };
        let names = &certificate.names().dns;
        names.iter().map(|name| name.to_ascii_lowercase()).collect()
    }

    /// Whether it can sign in one of these ways.
    pub(crate) fn can_sign(&self, offered: &[SignatureScheme]) -> bool {
        self.key.key.choose_scheme(offered).is_some()
    }

    /// Until when each of its certificates is good.
    pub(crate) fn expiries(&self) -> Vec<Expiry> {
        let parsed = self.chain().iter().map(Certificate::parse);
        parsed
            .filter_map(Result::ok)
            .map(|certificate| Expiry {
                until: certificate.not_after(),
                since: certificate.not_before(),
                what: Expiring::Certificate,
                name: certificate.subject().to_owned(),
            })
            .collect()
    }

    pub(crate) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity")
            .field("certificates", &self.key.cert.len())
            .field("key", &"[redacted]")
            .finish()
    }
}

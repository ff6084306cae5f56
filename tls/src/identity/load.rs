use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::SignatureScheme;
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use zeroize::Zeroizing;

use super::staple::{self, Staple};
use super::{Finding, IdentityFault, Password, Role, chain, findings, private_key};
use crate::certificate::{Certificate, SubjectAltNames};
use crate::error::Kind;
use crate::{Error, Expiring, Expiry};

/// Who we are: a certification path, end entity first and trust anchor left out, and the end entity's private key.
///
/// What is loaded fits together: the key belongs to the first certificate, and each further one is named as the issuer of
/// the one before. Whether clients will like it is what [`check`](Self::check) says.
///
/// Cheap to clone. The key never appears in `Debug`. The copies of the key that are made here on the way into the crypto
/// provider are erased; the bytes that a caller passes in are the caller's.
#[derive(Clone)]
pub struct Identity {
    key: Arc<CertifiedKey>,
    facts: Arc<[Certificate]>,
    staple: Option<Staple>,
}

impl Identity {
    /// Reads PEM ([RFC 7468]): a file with the certificates and one with the key (PKCS#8, SEC1 or PKCS#1). Both may be the
    /// same file.
    ///
    /// The certificates may come in any order: they are put into that of the handshake. Duplicates are dropped, and so is
    /// the root, which no client needs.
    ///
    /// # Errors
    ///
    /// When either is missing or not readable, when the key belongs to none of the certificates, when a certificate is not
    /// part of their chain, or when the key is encrypted. [`Error::hint`] says what to do.
    ///
    /// [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468
    pub fn from_pem(certificates: &[u8], private_key: &[u8]) -> Result<Self, Error> {
        Self::read(certificates, private_key, None)
    }

    /// The same with a key that may be encrypted, as `ENCRYPTED PRIVATE KEY` ([RFC 5958 §3]): PBES2 with PBKDF2 or scrypt,
    /// and AES. A key that is not encrypted is taken as it is.
    ///
    /// This computes for as long as the file asks for, tens of milliseconds as a rule and bounded by
    /// [`PBKDF2_ITERATIONS_MAX`](crate::PBKDF2_ITERATIONS_MAX) and [`SCRYPT_BYTES_MAX`](crate::SCRYPT_BYTES_MAX): on a
    /// runtime, call it through `spawn_blocking`.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem), and when the password is wrong, or the key is encrypted in an old form (PBES1,
    /// PKCS#12, `Proc-Type: 4,ENCRYPTED`), whose key derivation protects nothing.
    ///
    /// [RFC 5958 §3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
    pub fn from_encrypted_pem(
        certificates: &[u8],
        private_key: &[u8],
        password: &Password,
    ) -> Result<Self, Error> {
        Self::read(certificates, private_key, Some(password))
    }

    /// Takes certificates, in any order, and key as DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_der(
        chain: Vec<CertificateDer<'static>>,
        private_key: PrivateKeyDer<'static>,
    ) -> Result<Self, Error> {
        Self::new(&chain, Zeroizing::new(private_key))
    }

    fn read(
        certificates: &[u8],
        private_key: &[u8],
        password: Option<&Password>,
    ) -> Result<Self, Error> {
        let chain = CertificateDer::pem_slice_iter(certificates)
            // One more than is allowed is enough to refuse them.
            .take(chain::CHAIN_CERTIFICATES_MAX + 1)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|source| Kind::Pem {
                what: "certificates",
                source,
            })?;
        Self::new(&chain, private_key::read(private_key, password)?)
    }

    fn new(
        certificates: &[CertificateDer<'static>],
        private_key: Zeroizing<PrivateKeyDer<'static>>,
    ) -> Result<Self, Error> {
        let parsed = chain::parse(certificates)?;
        // Not through the provider, which takes the key away: it could not be erased. It is the same function.
        let key = any_supported_type(&private_key).map_err(IdentityFault::PrivateKey)?;
        drop(private_key);
        let facts = match key.public_key() {
            Some(spki) => chain::arrange(parsed, &spki)?,
            None => return Err(IdentityFault::KeyMismatch.into()),
        };
        let chain = facts.iter().map(|facts| facts.der().clone()).collect();
        let key = CertifiedKey::new(chain, key);
        // What x509-parser reads, webpki may still not.
        key.keys_match().map_err(IdentityFault::Unusable)?;
        Ok(Self {
            key: Arc::new(key),
            facts: facts.into(),
            staple: None,
        })
    }

    /// The same identity, sending `response` to clients that ask for an OCSP response ([RFC 6066 §8]).
    ///
    /// It has to be about this certificate, say that it is good, and be valid at `now`. Its signature is for the client to
    /// check, which knows whom it trusts.
    ///
    /// # Errors
    ///
    /// When it is any other: a client that gets a bad response breaks off, where none at all would have been fine.
    ///
    /// [RFC 6066 §8]: https://www.rfc-editor.org/rfc/rfc6066#section-8
    pub fn with_ocsp_staple(&self, response: Vec<u8>, now: SystemTime) -> Result<Self, Error> {
        let staple = staple::read(&response, &self.facts)?;
        staple.check_valid_at(now)?;
        let mut key = CertifiedKey::clone(&self.key);
        key.ocsp = Some(response);
        Ok(Self {
            key: Arc::new(key),
            facts: Arc::clone(&self.facts),
            staple: Some(staple),
        })
    }

    /// The same identity without an OCSP response, for when it has expired.
    #[must_use]
    pub fn without_ocsp_staple(&self) -> Self {
        let mut key = CertifiedKey::clone(&self.key);
        key.ocsp = None;
        Self {
            key: Arc::new(key),
            facts: Arc::clone(&self.facts),
            staple: None,
        }
    }

    /// The OCSP response's validity, if there is one.
    pub fn staple(&self) -> Option<Staple> {
        self.staple
    }

    /// The certificates as DER, in the order of the handshake.
    pub fn chain(&self) -> &[CertificateDer<'static>] {
        &self.key.cert
    }

    /// What they say, in the same order. There is at least one.
    pub fn certificates(&self) -> &[Certificate] {
        &self.facts
    }

    /// The names that it serves: the subjectAltNames of the end entity, `*.example.com` included.
    pub fn names(&self) -> &SubjectAltNames {
        self.end_entity().names()
    }

    /// Whether it can sign for a peer that accepts `offered` (`signature_algorithms`, [RFC 8446 §4.2.3]). With several
    /// identities for one name, the first that can is the one to send.
    ///
    /// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
    pub fn can_sign(&self, offered: &[SignatureScheme]) -> bool {
        self.key.key.choose_scheme(offered).is_some()
    }

    /// What a peer will object to, or an operator should know, at `now` and in `role`. The fatal ones come first.
    pub fn check(&self, role: Role, now: SystemTime) -> Vec<Finding> {
        findings::check(&self.facts, self.staple, role, now)
    }

    /// Until when its parts are good: each certificate, and the OCSP response if it says.
    pub fn expiries(&self) -> Vec<Expiry> {
        let certificates = self.facts.iter().map(|facts| Expiry {
            until: facts.not_after(),
            since: facts.not_before(),
            what: Expiring::Certificate,
            name: facts.subject().to_owned(),
        });
        let staple = self.staple.and_then(|staple| {
            Some(Expiry {
                until: staple.next_update?,
                since: staple.this_update,
                what: Expiring::OcspStaple,
                name: self.end_entity().subject().to_owned(),
            })
        });
        certificates.chain(staple).collect()
    }

    pub(crate) fn end_entity(&self) -> &Certificate {
        // `chain::arrange` never returns an empty chain.
        &self.facts[0]
    }

    pub(crate) fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("names", self.names())
            .field("certificates", &self.key.cert.len())
            .field("key", &"[redacted]")
            .finish()
    }
}

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer};
use x509_parser::asn1_rs::FromDer as _;
use x509_parser::certificate::X509Certificate;

use super::findings::{self, TrustFinding};
use super::id::Digester;
use super::{Crl, CrlPolicy, TrustFault, TrustId, name};
use crate::error::Kind;
use crate::{Error, Expiry, provider};

/// The most trust anchors. Each handshake may try them all, and each is a name and a key in memory. Mozilla has some
/// 150, operating systems up to 400. The limit is 1,024.
pub const ANCHORS_MAX: usize = 1024;

/// The most CRLs. Verification goes through them one by one for each certificate of a path. The limit is 256.
pub const CRLS_MAX: usize = 256;

/// Whom we accept: the certificates of CAs as trust anchors, and CRLs that take back what these or the CAs under them
/// issued.
///
/// Each is parsed and checked when loaded; one that appears twice is taken once. Cheap to clone.
///
/// A trust anchor's own expiry is not enforced: [RFC 5280 §6.1] leaves it outside of the path, and so does
/// webpki. [`findings`](Self::findings) reports it.
///
/// [RFC 5280 §6.1]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1
#[derive(Clone)]
pub struct Trust {
    anchors: Arc<[Anchor]>,
    roots: Arc<RootCertStore>,
    crls: Arc<[Crl]>,
    superseded: Arc<[Crl]>,
    crl_policy: CrlPolicy,
    id: TrustId,
}

/// A certificate that is believed without being verified.
#[derive(Debug)]
pub(super) struct Anchor {
    der: CertificateDer<'static>,
    pub(super) subject: String,
    /// The subject as DER.
    pub(super) subject_der: Vec<u8>,
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
}

impl Trust {
    /// Reads the certificates of trust anchors as PEM (`CERTIFICATE`; other objects are passed over).
    ///
    /// # Errors
    ///
    /// When there are none or more than [`ANCHORS_MAX`], or one is malformed or not a CA: without basicConstraints that
    /// say cA ([RFC 5280 §4.2.1.9]), or with a keyUsage that lacks keyCertSign. An end entity as trust anchor
    /// would make its private key a CA's. A version 1 certificate cannot say that it is a CA, and is refused too.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        // One more than allowed is enough to see that there are too many.
        let certificates = CertificateDer::pem_slice_iter(pem)
            .take(ANCHORS_MAX + 1)
            .collect::<Result<_, _>>()
            .map_err(|source| Kind::Pem {
                what: "trust anchors",
                source,
            })?;
        Self::from_der(certificates)
    }

    /// Takes the certificates of trust anchors as DER.
    ///
    /// # Errors
    ///
    /// As [`from_pem`](Self::from_pem).
    pub fn from_der(certificates: Vec<CertificateDer<'static>>) -> Result<Self, Error> {
        let mut anchors: Vec<Anchor> = Vec::new();
        let mut roots = RootCertStore::empty();
        if certificates.len() > ANCHORS_MAX {
            return Err(TrustFault::TooManyAnchors.into());
        }
        for (index, der) in certificates.into_iter().enumerate() {
            let number = index + 1;
            if anchors.iter().any(|known| known.der == der) {
                continue;
            }
            let anchor = Anchor::parse(der, number)?;
            roots
                .add(anchor.der.clone())
                .map_err(|source| TrustFault::Anchor {
                    number,
                    subject: anchor.subject.clone(),
                    source,
                })?;
            anchors.push(anchor);
        }
        if anchors.is_empty() {
            return Err(TrustFault::NoAnchor.into());
        }
        Ok(Self {
            id: identify(&anchors, &[], CrlPolicy::default()),
            anchors: anchors.into(),
            roots: Arc::new(roots),
            crls: Arc::new([]),
            superseded: Arc::new([]),
            crl_policy: CrlPolicy::default(),
        })
    }

    /// The same trust anchors with these CRLs instead of those before.
    ///
    /// Of several CRLs that speak for the same certificates the newest counts: verification would believe whichever it
    /// meets first. A CRL whose issuer is no trust anchor is taken for that of an intermediate CA.
    ///
    /// # Errors
    ///
    /// When there are more than [`CRLS_MAX`], or one bears the name of a trust anchor but was not signed by it:
    /// verification would refuse everybody whom this CA issued to.
    pub fn with_crls(&self, crls: Vec<Crl>) -> Result<Self, Error> {
        if crls.len() > CRLS_MAX {
            return Err(TrustFault::TooManyCrls.into());
        }
        for crl in &crls {
            self.check_signature(crl)?;
        }
        let (crls, superseded) = newest(crls);
        Ok(Self {
            id: identify(&self.anchors, &crls, self.crl_policy),
            crls: crls.into(),
            superseded: superseded.into(),
            ..self.clone()
        })
    }

    /// The same with another policy for the CRLs.
    #[must_use]
    pub fn with_crl_policy(&self, crl_policy: CrlPolicy) -> Self {
        Self {
            id: identify(&self.anchors, &self.crls, crl_policy),
            crl_policy,
            ..self.clone()
        }
    }

    /// What distinguishes this trust from another.
    pub fn id(&self) -> TrustId {
        self.id
    }

    /// How the CRLs are used.
    pub fn crl_policy(&self) -> CrlPolicy {
        self.crl_policy
    }

    /// The CRLs that are used, one for each issuer and part of what it issued.
    pub fn crls(&self) -> &[Crl] {
        &self.crls
    }

    /// When each trust anchor and CRL expires, in the order in which they were loaded.
    pub fn expiries(&self) -> Vec<Expiry> {
        findings::expiries(&self.anchors, &self.crls)
    }

    /// What is odd about it at the time `now`, for a log or a warning. None of it keeps the trust from working as
    /// described; much of it is a mistake.
    pub fn findings(&self, now: SystemTime) -> Vec<TrustFinding> {
        findings::find(&self.anchors, &self.crls, &self.superseded, now)
    }

    pub(crate) fn root_store(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }

    pub(crate) fn crls_der(&self) -> impl Iterator<Item = CertificateRevocationListDer<'static>> {
        self.crls.iter().map(|crl| crl.der().clone())
    }

    fn check_signature(&self, crl: &Crl) -> Result<(), TrustFault> {
        let algorithms = provider().signature_verification_algorithms;
        let mut named = self
            .anchors
            .iter()
            .filter(|anchor| anchor.subject_der == crl.scope.issuer)
            .peekable();
        // Two anchors may share a name, when a CA has changed its key.
        if named.peek().is_none() || named.any(|anchor| anchor.signed(crl, algorithms)) {
            return Ok(());
        }
        Err(TrustFault::CrlSignature {
            issuer: crl.issuer().to_owned(),
        })
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trust")
            .field("anchors", &self.anchors.len())
            .field("crls", &self.crls.len())
            .field("crl_policy", &self.crl_policy)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Anchor {
    fn parse(der: CertificateDer<'static>, number: usize) -> Result<Self, TrustFault> {
        let malformed = || TrustFault::NotACertificate { number };
        let (rest, parsed) = X509Certificate::from_der(&der).map_err(|_| malformed())?;
        if !rest.is_empty() {
            return Err(malformed());
        }
        let not_a_ca = |reason| TrustFault::NotACa {
            number,
            subject: name::text(parsed.subject()),
            reason,
        };
        let constraints = parsed.basic_constraints().map_err(|_| malformed())?;
        if !constraints.is_some_and(|found| found.value.ca) {
            return Err(not_a_ca("its basicConstraints do not say so"));
        }
        let usage = parsed.key_usage().map_err(|_| malformed())?;
        if usage.is_some_and(|found| !found.value.key_cert_sign()) {
            return Err(not_a_ca("its keyUsage lacks keyCertSign"));
        }
        Ok(Self {
            subject: name::text(parsed.subject()),
            subject_der: parsed.subject().as_raw().to_vec(),
            not_before: name::time(parsed.validity().not_before),
            not_after: name::time(parsed.validity().not_after),
            der: der.clone(),
        })
    }

    fn signed(&self, crl: &Crl, algorithms: rustls::crypto::WebPkiSupportedAlgorithms) -> bool {
        X509Certificate::from_der(&self.der)
            .is_ok_and(|(_, parsed)| crl.is_signed_by(parsed.public_key(), algorithms))
    }
}

/// The newest CRL of each scope, and the others. The order stays.
fn newest(crls: Vec<Crl>) -> (Vec<Crl>, Vec<Crl>) {
    let (mut kept, mut superseded): (Vec<Crl>, Vec<Crl>) = (Vec::new(), Vec::new());
    for crl in crls {
        match kept.iter_mut().find(|known| known.scope == crl.scope) {
            None => kept.push(crl),
            Some(known) if known.der() == crl.der() => {}
            Some(known) if crl.is_newer_than(known) => {
                superseded.push(std::mem::replace(known, crl));
            }
            Some(_) => superseded.push(crl),
        }
    }
    (kept, superseded)
}

fn identify(anchors: &[Anchor], crls: &[Crl], policy: CrlPolicy) -> TrustId {
    Digester::new("wharf trust 1:")
        .octets(policy.octets())
        .set(anchors.iter().map(|anchor| anchor.der.as_ref()))
        .set(crls.iter().map(|crl| crl.der().as_ref()))
        .finish()
}

//! Who somebody is: certificates, a signature over the transcript, and a MAC over both (SIGMA).
//!
//! The signature ties the certificate to this exchange; the MAC ties the identity to the keys, so that nobody can sign a
//! transcript that is not his own. What is signed begins as in TLS ([RFC 8446 §4.4.3]): 64 spaces, a text with the role, a
//! zero. So a signature of one side is none of the other, and none of any other protocol.
//!
//! [RFC 8446 §4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use aws_lc_rs::hmac;
use rcgen::SigningKey;
use rustls_pki_types::ServerName;
use time::OffsetDateTime;

use super::hkdf::HASH_BYTES;
use super::message::MAC_BYTES;
use super::{KexFault, Role, Secret};
use crate::certificate::Certificate;
use crate::crl::Crl;
use crate::key::{Hash, Key, SignatureAlgorithm};
use crate::verify::{Given, Purpose, Report, VerifyOptions, verify};

/// Whether the two sides show who they are. Both have to be of one mind.
#[derive(Debug)]
pub enum Authentication {
    /// Both show a certificate and check that of the other.
    Certificates(Box<Credentials>),
    /// Nobody does. It protects against whoever only listens, and not against whoever stands in between.
    None,
}

/// A side's own certificate, and which others it accepts.
pub struct Credentials {
    /// Its chain, the end entity first.
    pub chain: Vec<Certificate>,
    /// The key of the first.
    pub key: Key,
    /// Whom to believe.
    pub trust: PeerTrust,
}

/// Which certificates of the other side are accepted.
#[derive(Clone, Debug)]
pub struct PeerTrust {
    /// The trust anchors.
    pub anchors: Vec<Certificate>,
    /// CRLs. With none, no revocation is checked, as [`VerifyOptions`] has it.
    pub crls: Vec<Crl>,
    /// The name that a server has to have. A client has none that could be known before.
    pub name: Option<ServerName<'static>>,
    /// The time at which certificates have to be valid.
    pub now: OffsetDateTime,
    /// How strictly.
    pub options: VerifyOptions,
}

impl PeerTrust {
    /// Looks for a certification path.
    ///
    /// # Errors
    ///
    /// [`KexFault::CertificateRefused`] with every reason.
    pub fn check(&self, role: Role, chain: &[Certificate]) -> Result<Report, KexFault> {
        let Some((end_entity, intermediates)) = chain.split_first() else {
            return Err(KexFault::Anonymous { role });
        };
        let given = Given {
            end_entity,
            intermediates,
            anchors: &self.anchors,
            crls: &self.crls,
        };
        let name = self.name.clone();
        let purpose = match role {
            Role::Server => Purpose::Server { name },
            Role::Client => Purpose::Client,
        };
        let report = verify(&given, &purpose, self.now, &self.options);
        if report.is_verified() {
            return Ok(report);
        }
        let report = Box::new(report);
        Err(KexFault::CertificateRefused { role, report })
    }
}

/// What the end entity of a chain is called, escaped and cut.
pub(super) fn subject(report: &Report) -> String {
    let first = report.path.first();
    first
        .map(|certificate| certificate.subject.clone())
        .unwrap_or_default()
}

/// What is signed.
pub fn signed_content(role: Role, hash: &[u8; HASH_BYTES]) -> Vec<u8> {
    let text: &[u8] = match role {
        Role::Server => b"KX/1 server\0",
        Role::Client => b"KX/1 client\0",
    };
    [&[b' '; 64], text, hash].concat()
}

/// The MAC over the transcript up to the signature.
pub fn mac(key: &Secret, hash: &[u8; HASH_BYTES]) -> [u8; MAC_BYTES] {
    let mut mac = [0; MAC_BYTES];
    mac.copy_from_slice(hmac::sign(&hmac_key(key), hash).as_ref());
    mac
}

/// Compares it in constant time.
///
/// # Errors
///
/// [`KexFault::Mac`].
pub fn check_mac(
    role: Role,
    key: &Secret,
    hash: &[u8; HASH_BYTES],
    mac: &[u8; MAC_BYTES],
) -> Result<(), KexFault> {
    hmac::verify(&hmac_key(key), hash, mac).map_err(|_| KexFault::Mac { role })
}

fn hmac_key(key: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.reveal())
}

/// Signs, and says how.
///
/// # Errors
///
/// [`KexFault::Crypto`].
pub fn sign(key: &Key, role: Role, hash: &[u8; HASH_BYTES]) -> Result<(u16, Vec<u8>), KexFault> {
    let failed = KexFault::Crypto { operation: "sign" };
    let scheme = scheme(key.signature_algorithm()).ok_or_else(|| failed.clone())?;
    let signature = key.sign(&signed_content(role, hash)).map_err(|_| failed)?;
    Ok((scheme, signature))
}

/// Checks a signature with the key of a certificate. Each key signs in one way here: there is nothing to negotiate, and nothing
/// to downgrade.
///
/// # Errors
///
/// [`KexFault::SignatureScheme`], [`KexFault::Signature`], [`KexFault::MalformedCertificate`].
pub fn check_signature(
    role: Role,
    certificate: &Certificate,
    hash: &[u8; HASH_BYTES],
    code: u16,
    signature: &[u8],
) -> Result<(), KexFault> {
    let malformed = |_| KexFault::MalformedCertificate { role, at: 0 };
    let key = certificate.public_key().map_err(malformed)?;
    let algorithm = key
        .signature_algorithm()
        .filter(|algorithm| scheme(*algorithm) == Some(code));
    let algorithm = algorithm.ok_or(KexFault::SignatureScheme { role, code })?;
    key.verify(algorithm, &signed_content(role, hash), signature)
        .map_err(|_| KexFault::Signature { role })
}

/// The number of TLS: [RFC 8446 §4.2.3], and the registry for ML-DSA.
///
/// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
fn scheme(algorithm: SignatureAlgorithm) -> Option<u16> {
    Some(match algorithm {
        SignatureAlgorithm::RsaPkcs1(Hash::Sha256) => 0x0401,
        SignatureAlgorithm::Ecdsa(Hash::Sha256) => 0x0403,
        SignatureAlgorithm::Ecdsa(Hash::Sha384) => 0x0503,
        SignatureAlgorithm::Ecdsa(Hash::Sha512) => 0x0603,
        SignatureAlgorithm::Ed25519 => 0x0807,
        SignatureAlgorithm::MlDsa44 => 0x0904,
        SignatureAlgorithm::MlDsa65 => 0x0905,
        SignatureAlgorithm::MlDsa87 => 0x0906,
        _ => return None,
    })
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("chain", &self.chain)
            .field("key", &self.key)
            .field("trust", &self.trust)
            .finish()
    }
}

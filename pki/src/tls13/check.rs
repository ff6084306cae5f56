//! Signatures and MACs of a handshake, computed again.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::hmac;

use super::{Certificates, Secret, Sender, Suite};
use crate::key::{Hash, KeyAlgorithm, SignatureAlgorithm};
use crate::{Certificate, Error, PublicKey};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckKind {
    /// The signature in CertificateVerify, with the key of the certificate ([RFC 8446 §4.4.3]).
    ///
    /// [RFC 8446 §4.4.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.3
    Signature,
    /// The MAC in Finished ([RFC 8446 §4.4.4]).
    ///
    /// [RFC 8446 §4.4.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.4
    Finished,
}

/// What came of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It is as it has to be.
    Passed,
    /// It is not, and why.
    Failed(String),
    /// It could not be checked, and why.
    NotDone(String),
}

/// A check of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// What came of it.
    pub outcome: Outcome,
}

/// Checks the signature of `from` over a transcript with this hash.
pub(super) fn signature(
    from: Sender,
    certificates: Option<&Certificates>,
    scheme: u16,
    signature: &[u8],
    hash: &[u8],
) -> Check {
    let outcome = match end_entity_key(certificates) {
        Err(reason) => Outcome::NotDone(reason),
        Ok(key) => verified(&key, scheme, &signed_content(from, hash), signature),
    };
    Check {
        kind: CheckKind::Signature,
        outcome,
    }
}

fn end_entity_key(certificates: Option<&Certificates>) -> Result<PublicKey, String> {
    let first = certificates.and_then(|all| all.entries.first());
    let first = first.ok_or("there is no certificate that could be read")?;
    let read = Certificate::from_der(&first.der).and_then(|it| it.public_key());
    read.map_err(|error| error.to_string())
}

fn verified(key: &PublicKey, scheme: u16, content: &[u8], signature: &[u8]) -> Outcome {
    let Some(algorithm) = algorithm(scheme, key.algorithm()) else {
        let key = key.algorithm();
        return Outcome::Failed(format!(
            "the scheme {scheme:#06x} is not for a key of type {key}"
        ));
    };
    match key.verify(algorithm, content, signature) {
        Ok(()) => Outcome::Passed,
        Err(Error::BadSignature) => {
            Outcome::Failed("the key of the certificate did not make this signature".to_owned())
        }
        Err(error) => Outcome::NotDone(error.to_string()),
    }
}

/// What is signed: 64 spaces, so that it cannot be taken for a signature of TLS 1.2, a context, a zero, the hash.
fn signed_content(from: Sender, hash: &[u8]) -> Vec<u8> {
    let mut content = vec![b' '; 64];
    content.extend_from_slice(match from {
        Sender::Client => b"TLS 1.3, client CertificateVerify\0",
        Sender::Server => b"TLS 1.3, server CertificateVerify\0",
    });
    content.extend_from_slice(hash);
    content
}

/// The signature schemes that sign handshakes ([RFC 8446 §4.2.3]), each with the keys that it is for.
///
/// [RFC 8446 §4.2.3]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.3
fn algorithm(scheme: u16, key: &KeyAlgorithm) -> Option<SignatureAlgorithm> {
    use KeyAlgorithm as Key;
    let pss = |hash, salt_bytes| Some(SignatureAlgorithm::RsaPss { hash, salt_bytes });
    match (scheme, key) {
        (0x0403, Key::P256) => Some(SignatureAlgorithm::Ecdsa(Hash::Sha256)),
        (0x0503, Key::P384) => Some(SignatureAlgorithm::Ecdsa(Hash::Sha384)),
        (0x0603, Key::P521) => Some(SignatureAlgorithm::Ecdsa(Hash::Sha512)),
        (0x0804, Key::Rsa { .. }) | (0x0809, Key::RsaPss { .. }) => pss(Hash::Sha256, 32),
        (0x0805, Key::Rsa { .. }) | (0x080a, Key::RsaPss { .. }) => pss(Hash::Sha384, 48),
        (0x0806, Key::Rsa { .. }) | (0x080b, Key::RsaPss { .. }) => pss(Hash::Sha512, 64),
        (0x0807, Key::Ed25519) => Some(SignatureAlgorithm::Ed25519),
        (0x0904, Key::MlDsa44) => Some(SignatureAlgorithm::MlDsa44),
        (0x0905, Key::MlDsa65) => Some(SignatureAlgorithm::MlDsa65),
        (0x0906, Key::MlDsa87) => Some(SignatureAlgorithm::MlDsa87),
        _ => None,
    }
}

/// Checks the MAC over a transcript with this hash.
pub(super) fn finished(
    suite: Suite,
    key: Option<&Secret>,
    verify_data: &[u8],
    hash: &[u8],
) -> Check {
    let outcome = match key {
        None => Outcome::NotDone("there is no key for it".to_owned()),
        Some(key) => {
            let key = hmac::Key::new(suite.hmac(), key.as_bytes());
            match hmac::verify(&key, hash, verify_data) {
                Ok(()) => Outcome::Passed,
                Err(_) => {
                    Outcome::Failed("it is not the MAC over the messages that were sent".to_owned())
                }
            }
        }
    };
    Check {
        kind: CheckKind::Finished,
        outcome,
    }
}

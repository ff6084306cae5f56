//! What webpki refused and no check explained: nothing is lost, and nothing passes that webpki refuses.

use webpki::Error;

use super::path::Path;
use super::report::{Check, CheckKind, Failure, Outcome};
use crate::text::printable;

/// Adds webpki's refusal to the check that it belongs to, if that check found nothing.
pub(super) fn account_for(path: &Path<'_>, checks: &mut [Check]) {
    let Some(refusal) = path.refusal() else {
        return;
    };
    let is_explained = checks.iter().any(|check| !check.failures().is_empty());
    // Of several ways, webpki tells of one; that none leads further is no news where another check failed.
    if is_explained && matches!(refusal, Error::UnknownIssuer) {
        return;
    }
    let (kind, words) = sort(refusal);
    let Some(check) = checks.iter_mut().find(|check| check.check == kind) else {
        return;
    };
    if check.failures().is_empty() {
        let failure = Failure::new(
            "RFC 5280 §6.1",
            "certificate",
            format!("the path is refused: {words}"),
        )
        .found(printable(&format!("{refusal:?}")))
        .wanted("a path that webpki, the library that verifies for rustls, accepts")
        .hint("look at each certificate of the chain with inspect, and issue again what is odd");
        check.outcome = Outcome::Failed {
            failures: vec![failure],
        };
    }
}

fn sort(refusal: &Error) -> (CheckKind, &'static str) {
    match refusal {
        Error::UnknownIssuer => (CheckKind::Path, "no issuer leads to a trust anchor"),
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded => (
            CheckKind::Path,
            "there are too many certificates, or too many that could be an issuer",
        ),
        Error::InvalidSignatureForPublicKey
        | Error::SignatureAlgorithmMismatch
        | Error::UnsupportedSignatureAlgorithmContext(_)
        | Error::UnsupportedSignatureAlgorithmForPublicKeyContext(_) => (
            CheckKind::Signatures,
            "a signature is wrong, or of an algorithm that is not accepted",
        ),
        Error::CertExpired { .. }
        | Error::CertNotValidYet { .. }
        | Error::InvalidCertValidity
        | Error::BadDerTime => (CheckKind::Validity, "a validity does not include the time"),
        Error::UnsupportedCriticalExtension => (
            CheckKind::CriticalExtensions,
            "a critical extension is not understood",
        ),
        Error::CaUsedAsEndEntity | Error::EndEntityUsedAsCa => (
            CheckKind::Authorities,
            "a CA stands where an end entity should, or the other way round",
        ),
        Error::PathLenConstraintViolated => (
            CheckKind::PathLength,
            "there are more CAs than one of them allows",
        ),
        Error::EmptyEkuExtension | Error::RequiredEkuNotFoundContext(_) => {
            (CheckKind::Purpose, "a certificate is not for this purpose")
        }
        Error::CertNotValidForName(_)
        | Error::MalformedDnsIdentifier
        | Error::UnsupportedNameType => (CheckKind::Name, "the end entity does not have the name"),
        Error::NameConstraintViolation
        | Error::MalformedNameConstraint
        | Error::InvalidNetworkMaskConstraint
        | Error::MaximumNameConstraintComparisonsExceeded => (
            CheckKind::NameConstraints,
            "a name breaks the constraints of a CA, or the constraints are malformed",
        ),
        Error::CertRevoked
        | Error::UnknownRevocationStatus
        | Error::CrlExpired { .. }
        | Error::InvalidCrlNumber
        | Error::InvalidCrlSignatureForPublicKey
        | Error::IssuerNotCrlSigner
        | Error::UnsupportedCrlSignatureAlgorithmContext(_)
        | Error::UnsupportedCrlSignatureAlgorithmForPublicKeyContext(_) => (
            CheckKind::Revocation,
            "a certificate is revoked, or no CRL can tell",
        ),
        _ => (
            CheckKind::Path,
            "a certificate has a form that is not accepted",
        ),
    }
}

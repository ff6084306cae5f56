//! Each signature ([RFC 5280 §6.1.3]).
//!
//! [RFC 5280 §6.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3

use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};
use crate::error::Error;
use crate::inspect::info::{algorithm, public_key};

pub(super) fn check(path: &Path<'_>) -> Check {
    let failures = path.pairs().filter_map(|(at, subject, issuer)| {
        let refused = issuer.check_signed(subject.certificate.der()).err()?;
        Some(explain(subject, issuer, &refused).at(at))
    });
    let failures: Vec<_> = failures.collect();
    // A path of one has no signature that counts: it is trusted as it is.
    if failures.is_empty() && path.links().len() < 2 {
        return Check::not_applicable(
            CheckKind::Signatures,
            "there is no issuer to check one with",
        );
    }
    Check::of(CheckKind::Signatures, failures)
}

fn explain(subject: &Link<'_>, issuer: &Link<'_>, refused: &Error) -> Failure {
    let (whose, signer) = (subject.subject(), issuer.subject());
    let key = public_key(issuer.parsed.public_key());
    match refused {
        Error::BadSignature => Failure::new(
            "RFC 5280 §6.1.3",
            "signatureValue",
            format!("the signature of {whose} is wrong"),
        )
        .found(format!("a signature that the {key} key of {signer} did not make"))
        .wanted(format!("a signature by {signer}"))
        .hint(format!(
            "it was changed after it was signed, or another CA called {signer} issued it: if that CA was made anew, \
             trust its new certificate; if not, somebody pretends to be it"
        )),
        _ => Failure::new(
            "RFC 5280 §4.1.1.2",
            "signatureAlgorithm",
            format!("{whose} is signed with an algorithm that is not accepted here"),
        )
        .found(format!(
            "{} with a key {key}",
            algorithm(&subject.parsed.signature_algorithm)
        ))
        .wanted("ECDSA, Ed25519, ML-DSA, or RSA of 2048 bits or more, and SHA-256 or better")
        .hint("have it issued again with one of these"),
    }
}

//! The signature algorithm ([RFC 5280 §4.1.1.2]).
//!
//! [RFC 5280 §4.1.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.1.2

use x509_parser::certificate::X509Certificate;
use x509_parser::x509::AlgorithmIdentifier;

use super::facts::is_self_issued;
use super::rule::{Check::Certificate, Rule, Verdict};
use crate::inspect::info::algorithm;

/// SHA-1 and what is older: RSA, DSA, ECDSA.
const WEAK: &[&str] = &[
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.3",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.3.14.3.2.29",
    "1.2.840.10040.4.3",
    "1.2.840.10045.4.1",
];

pub(super) const WEAK_SECTION: &str = "RFC 9155 §3";
pub(super) const WEAK_SENTENCE: &str = "a signature is made with SHA-256 or better";

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "signature-algorithm-mismatch",
        "RFC 5280 §4.1.1.2",
        Certificate(mismatch),
    )
    .says(
        "the algorithm beside the signature is the one inside what is signed",
        "have it issued again; somebody may have changed it",
    ),
    Rule::error(
        "signature-weak",
        WEAK_SECTION,
        Certificate(weak_certificate),
    )
    .says(WEAK_SENTENCE, "have it issued again with SHA-256 or better"),
];

fn mismatch(certificate: &X509Certificate<'_>) -> Verdict {
    differ(
        &certificate.signature_algorithm,
        &certificate.tbs_certificate.signature,
    )
}

pub(super) fn differ(outer: &AlgorithmIdentifier<'_>, inner: &AlgorithmIdentifier<'_>) -> Verdict {
    (outer != inner).then(|| format!("{} outside, {} inside", algorithm(outer), algorithm(inner)))
}

fn weak_certificate(certificate: &X509Certificate<'_>) -> Verdict {
    // Nobody relies on the signature of a root.
    if is_self_issued(certificate) {
        return None;
    }
    weak(&certificate.signature_algorithm)
}

pub(super) fn weak(found: &AlgorithmIdentifier<'_>) -> Verdict {
    WEAK.contains(&found.algorithm.to_id_string().as_str())
        .then(|| format!("it is signed with {}", algorithm(found)))
}

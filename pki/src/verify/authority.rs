//! Who may issue: basicConstraints ([RFC 5280 §4.2.1.9]) and keyCertSign ([RFC 5280 §4.2.1.3]).
//!
//! webpki looks at no keyUsage, and at nothing of the trust anchor but its name, key and nameConstraints.
//!
//! [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
//! [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9

use x509_parser::extensions::{BasicConstraints, KeyUsage, ParsedExtension};

use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};

pub(super) fn check(path: &Path<'_>) -> Check {
    let mut failures = Vec::new();
    for (at, link) in path.each() {
        let subject = link.subject();
        let constraints = constraints(link);
        let is_ca = constraints.as_ref().is_some_and(|found| found.ca);
        let found = match &constraints {
            Some(found) if found.ca => "cA is true",
            Some(_) => "cA is false",
            None => "no basicConstraints",
        };
        if at == 0 {
            if is_ca {
                failures.push(ca_as_end_entity(&subject).at(at).found(found));
            }
            continue;
        }
        if !is_ca {
            failures.push(issuer_is_no_ca(&subject).at(at).found(found));
        }
        if key_usage(link).is_some_and(|usage| !usage.key_cert_sign()) {
            failures.push(may_not_sign(&subject).at(at));
        }
    }
    Check::of(CheckKind::Authorities, failures)
}

fn ca_as_end_entity(subject: &str) -> Failure {
    Failure::new(
        "RFC 5280 §4.2.1.9",
        "basicConstraints",
        format!("{subject} is a CA certificate, and not for an end entity"),
    )
    .wanted("cA false")
    .hint("issue a certificate for this name with that CA, and use it instead")
}

fn issuer_is_no_ca(subject: &str) -> Failure {
    Failure::new(
        "RFC 5280 §4.2.1.9",
        "basicConstraints",
        format!("{subject} issued a certificate, and is no CA"),
    )
    .wanted("cA true")
    .hint("whoever holds an end entity's certificate may not issue: have it issued by a CA, or trust the CA's own certificate")
}

fn may_not_sign(subject: &str) -> Failure {
    Failure::new(
        "RFC 5280 §4.2.1.3",
        "keyUsage",
        format!("{subject} issued a certificate, and may not sign any"),
    )
    .found("a keyUsage without keyCertSign")
    .wanted("keyCertSign")
    .hint("issue the CA certificate again with keyCertSign in its keyUsage")
}

/// The pathLenConstraint of each CA against the CAs below it. Those that issued themselves do not count
/// ([RFC 5280 §4.2.1.9]).
///
/// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
pub(super) fn check_length(path: &Path<'_>) -> Check {
    let mut failures = Vec::new();
    let mut below: u32 = 0;
    for (at, link) in path.each().skip(1) {
        let most = constraints(link).and_then(|found| found.path_len_constraint);
        if let Some(most) = most
            && below > most
        {
            let subject = link.subject();
            let failure = Failure::new(
                "RFC 5280 §4.2.1.9",
                "pathLenConstraint",
                format!("{subject} has {below} CAs below it, and allows {most}"),
            );
            failures.push(
                failure
                    .at(at)
                    .found(format!("{below} CAs between it and the end entity"))
                    .wanted(format!("at most {most}"))
                    .hint(format!(
                        "issue the end entity from a CA higher up, or issue {subject} again with a greater pathLenConstraint"
                    )),
            );
        }
        if !link.is_self_issued() {
            below = below.saturating_add(1);
        }
    }
    Check::of(CheckKind::PathLength, failures)
}

fn constraints(link: &Link<'_>) -> Option<BasicConstraints> {
    link.extension(|extension| match extension {
        ParsedExtension::BasicConstraints(found) => Some(found.clone()),
        _ => None,
    })
}

pub(super) fn key_usage(link: &Link<'_>) -> Option<KeyUsage> {
    link.extension(|extension| match extension {
        ParsedExtension::KeyUsage(found) => Some(*found),
        _ => None,
    })
}

//! Which extensions there are, and which are critical ([RFC 5280 §4.2]).
//!
//! [RFC 5280 §4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_PKIX_AUTHORITY_INFO_ACCESS, OID_X509_EXT_CERTIFICATE_POLICIES,
    OID_X509_EXT_INHIBIT_ANY_POLICY, OID_X509_EXT_POLICY_CONSTRAINTS, Oid,
};
use x509_parser::x509::X509Version;

use super::facts::{broken_if, find, repeated};
use super::rule::{Check::Certificate, Rule, Verdict};

const ONCE: &str = "issue it again, with each of them once";

pub(super) const RULES: &[Rule] = &[
    Rule::error("version-not-3", "RFC 5280 §4.1.2.1", Certificate(version)).says(
        "a certificate with extensions has version 3",
        "issue it again as version 3",
    ),
    Rule::error("extension-repeated", "RFC 5280 §4.2", Certificate(repeats))
        .says("no extension stands twice", ONCE),
    Rule::error(
        "extension-malformed",
        "RFC 5280 §4.2",
        Certificate(malformed),
    )
    .says(
        "each extension has the syntax of its kind",
        "issue it again without what cannot be read",
    ),
    Rule::warning(
        "extension-unknown-critical",
        "RFC 5280 §4.2",
        Certificate(unknown),
    )
    .says(
        "an extension that most programs do not know is not critical",
        "issue it without that extension, or not critical",
    ),
    Rule::error(
        "unique-identifier",
        "RFC 5280 §4.1.2.8",
        Certificate(unique_identifier),
    )
    .says(
        "there is neither an issuerUniqueID nor a subjectUniqueID",
        "issue it again without them",
    ),
    Rule::error(
        "policy-repeated",
        "RFC 5280 §4.2.1.4",
        Certificate(policy_repeats),
    )
    .says("no certificate policy stands twice", ONCE),
    Rule::error(
        "policy-constraints-not-critical",
        "RFC 5280 §4.2.1.11",
        Certificate(policy_constraints),
    )
    .says(
        "policyConstraints is critical",
        "issue it again with the extension critical",
    ),
    Rule::error(
        "inhibit-any-policy-not-critical",
        "RFC 5280 §4.2.1.14",
        Certificate(inhibit_any),
    )
    .says(
        "inhibitAnyPolicy is critical",
        "issue it again with the extension critical",
    ),
    Rule::error(
        "authority-info-access-critical",
        "RFC 5280 §4.2.2.1",
        Certificate(info_access),
    )
    .says(
        "authorityInfoAccess is not critical",
        "issue it again with it not critical",
    ),
];

fn version(certificate: &X509Certificate<'_>) -> Verdict {
    let version = certificate.version();
    let broken = version != X509Version::V3 && !certificate.extensions().is_empty();
    broken.then(|| {
        format!(
            "it has extensions and version {}",
            version.0.saturating_add(1)
        )
    })
}

fn repeats(certificate: &X509Certificate<'_>) -> Verdict {
    repeated_extension(certificate.extensions())
}

pub(super) fn repeated_extension(extensions: &[X509Extension<'_>]) -> Verdict {
    let oid = repeated(extensions.iter().map(|extension| &extension.oid))?;
    Some(format!("extension {} stands twice", oid.to_id_string()))
}

fn malformed(certificate: &X509Certificate<'_>) -> Verdict {
    malformed_extension(certificate.extensions())
}

pub(super) fn malformed_extension(extensions: &[X509Extension<'_>]) -> Verdict {
    let broken = extensions
        .iter()
        .find(|extension| extension.parsed_extension().error().is_some())?;
    Some(format!(
        "extension {} cannot be read",
        broken.oid.to_id_string()
    ))
}

fn unknown(certificate: &X509Certificate<'_>) -> Verdict {
    unknown_critical(certificate.extensions())
}

pub(super) fn unknown_critical(extensions: &[X509Extension<'_>]) -> Verdict {
    let unknown = extensions
        .iter()
        .find(|extension| extension.critical && extension.parsed_extension().unsupported())?;
    Some(format!(
        "extension {} is critical and not known here",
        unknown.oid.to_id_string()
    ))
}

fn unique_identifier(certificate: &X509Certificate<'_>) -> Verdict {
    broken_if(
        certificate.issuer_uid.is_some() || certificate.subject_uid.is_some(),
        "it has a unique identifier",
    )
}

fn policy_repeats(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(certificate.extensions(), &OID_X509_EXT_CERTIFICATE_POLICIES)?;
    let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension() else {
        return None;
    };
    let policy = repeated(policies.iter().map(|policy| &policy.policy_id))?;
    Some(format!("policy {} stands twice", policy.to_id_string()))
}

fn policy_constraints(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_X509_EXT_POLICY_CONSTRAINTS, true)
}

fn inhibit_any(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_X509_EXT_INHIBIT_ANY_POLICY, true)
}

fn info_access(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_PKIX_AUTHORITY_INFO_ACCESS, false)
}

/// Whether the extension, if there is one, is as critical as it should be.
pub(super) fn criticality(
    certificate: &X509Certificate<'_>,
    oid: &Oid<'_>,
    wanted: bool,
) -> Verdict {
    let extension = find(certificate.extensions(), oid)?;
    broken_if(
        extension.critical != wanted,
        if wanted {
            "it is not critical"
        } else {
            "it is critical"
        },
    )
}

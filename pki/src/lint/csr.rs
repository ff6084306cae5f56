//! Certification requests ([RFC 2986]), by their structure.
//!
//! [RFC 2986]: https://www.rfc-editor.org/rfc/rfc2986

use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::cri_attributes::ParsedCriAttribute;
use x509_parser::extensions::{ParsedExtension, X509Extension};

use super::extensions::{malformed_extension, repeated_extension};
use super::facts::{broken_if, repeated};
use super::key::{STRENGTH, weak as weak_key};
use super::names::{empty, name_too_long};
use super::rule::{Check::Request, Rule, Verdict};
use super::signature::{WEAK_SECTION, WEAK_SENTENCE, weak as weak_signature};

const AGAIN: &str = "make the request again";

pub(super) const RULES: &[Rule] = &[
    Rule::error("request-version", "RFC 2986 §4.1", Request(version)).says(
        "a certification request has version 1, which is written as 0",
        AGAIN,
    ),
    Rule::warning(
        "request-without-name",
        "RFC 5280 §4.1.2.6",
        Request(nameless),
    )
    .says(
        "a request names its subject, or asks for a subjectAltName",
        "make the request again with a name",
    ),
    Rule::error(
        "request-attribute-too-long",
        "RFC 5280 A.1",
        Request(too_long),
    )
    .says(
        "an attribute of a name is no longer than its upper bound",
        "make the request again with a shorter name",
    ),
    Rule::error("request-key-weak", STRENGTH, Request(key)).says(
        "the key is RSA of at least 2048 bits, or on a curve of at least 224, or newer",
        "make a new key, P-256 for example, and a request for it",
    ),
    Rule::error(
        "request-signature-weak",
        WEAK_SECTION,
        Request(|it| weak_signature(&it.signature_algorithm)),
    )
    .says(
        WEAK_SENTENCE,
        "make the request again with SHA-256 or better",
    ),
    Rule::error(
        "request-attribute-repeated",
        "RFC 2986 §4.1",
        Request(attribute_repeats),
    )
    .says("no attribute stands twice", AGAIN),
    Rule::error(
        "request-extension-repeated",
        "RFC 5280 §4.2",
        Request(extension_repeats),
    )
    .says("no extension is asked for twice", AGAIN),
    Rule::error(
        "request-extension-malformed",
        "RFC 5280 §4.2",
        Request(malformed),
    )
    .says("each extension that is asked for can be read", AGAIN),
    Rule::notice(
        "request-challenge-password",
        "RFC 2985 §5.4.1",
        Request(password),
    )
    .says(
        "a request carries no password: whoever sees the request sees it",
        "make the request again without it, unless the CA asks for one",
    ),
];

fn version(request: &X509CertificationRequest<'_>) -> Verdict {
    let version = request.certification_request_info.version.0;
    (version != 0).then(|| format!("the version is written as {version}"))
}

fn nameless(request: &X509CertificationRequest<'_>) -> Verdict {
    let has_alt_name = extensions(request).any(|extension| {
        matches!(
            extension.parsed_extension(),
            ParsedExtension::SubjectAlternativeName(names) if !names.general_names.is_empty()
        )
    });
    if has_alt_name {
        return None;
    }
    empty(
        &request.certification_request_info.subject,
        "the request has neither a subject nor a subjectAltName",
    )
}

fn too_long(request: &X509CertificationRequest<'_>) -> Verdict {
    name_too_long(&request.certification_request_info.subject)
}

fn key(request: &X509CertificationRequest<'_>) -> Verdict {
    weak_key(&request.certification_request_info.subject_pki)
}

fn attribute_repeats(request: &X509CertificationRequest<'_>) -> Verdict {
    let attributes = request.certification_request_info.iter_attributes();
    let oid = repeated(attributes.map(|attribute| &attribute.oid))?;
    Some(format!("attribute {} stands twice", oid.to_id_string()))
}

fn extension_repeats(request: &X509CertificationRequest<'_>) -> Verdict {
    requested(request).find_map(repeated_extension)
}

fn malformed(request: &X509CertificationRequest<'_>) -> Verdict {
    requested(request).find_map(malformed_extension)
}

fn password(request: &X509CertificationRequest<'_>) -> Verdict {
    let has_password = request
        .certification_request_info
        .iter_attributes()
        .any(|attribute| {
            matches!(
                attribute.parsed_attribute(),
                ParsedCriAttribute::ChallengePassword(_)
            )
        });
    broken_if(has_password, "the request has a challengePassword")
}

fn requested<'a>(
    request: &'a X509CertificationRequest<'_>,
) -> impl Iterator<Item = &'a [X509Extension<'a>]> {
    request
        .certification_request_info
        .iter_attributes()
        .filter_map(|attribute| match attribute.parsed_attribute() {
            ParsedCriAttribute::ExtensionRequest(asked) => Some(asked.extensions.as_slice()),
            _ => None,
        })
}

fn extensions<'a>(
    request: &'a X509CertificationRequest<'_>,
) -> impl Iterator<Item = &'a X509Extension<'a>> {
    requested(request).flatten()
}

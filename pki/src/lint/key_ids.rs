//! Subject and authority key identifiers ([RFC 5280 §4.2.1.1], [RFC 5280 §4.2.1.2]).
//!
//! [RFC 5280 §4.2.1.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.1
//! [RFC 5280 §4.2.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.2

use aws_lc_rs::digest;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{AuthorityKeyIdentifier, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
};

use super::extensions::criticality;
use super::facts::{broken_if, find, is_ca, is_self_issued};
use super::rule::{Check::Certificate, Rule, Verdict};
use crate::inspect::info::colons;

const AUTHORITY: &str = "RFC 5280 §4.2.1.1";
const SUBJECT: &str = "RFC 5280 §4.2.1.2";
const ADD_SUBJECT: &str = "issue it again with a subjectKeyIdentifier";

pub(super) const RULES: &[Rule] = &[
    Rule::error("authority-key-id-missing", AUTHORITY, Certificate(authority_missing)).says(
        "a certificate that did not sign itself has an authorityKeyIdentifier",
        "issue it again with the subjectKeyIdentifier of its issuer in it; Python 3.13 and OpenSSL's strict mode refuse it without",
    ),
    Rule::error("authority-key-id-empty", AUTHORITY, Certificate(authority_empty)).says(
        "an authorityKeyIdentifier has a keyIdentifier",
        "issue it again with the subjectKeyIdentifier of its issuer in it",
    ),
    Rule::error("authority-key-id-half", AUTHORITY, Certificate(authority_half)).says(
        "authorityCertIssuer and authorityCertSerialNumber stand together or not at all",
        "issue it again with keyIdentifier alone",
    ),
    Rule::error("authority-key-id-critical", AUTHORITY, Certificate(authority_critical))
        .says("authorityKeyIdentifier is not critical", "issue it again with it not critical"),
    Rule::error("subject-key-id-missing-in-ca", SUBJECT, Certificate(missing_in_ca))
        .says("a CA certificate has a subjectKeyIdentifier", ADD_SUBJECT),
    Rule::warning("subject-key-id-missing", SUBJECT, Certificate(missing))
        .says("an end-entity certificate has a subjectKeyIdentifier", ADD_SUBJECT),
    Rule::error("subject-key-id-critical", SUBJECT, Certificate(subject_critical))
        .says("subjectKeyIdentifier is not critical", "issue it again with it not critical"),
    Rule::notice("subject-key-id-method", SUBJECT, Certificate(method)).says(
        "a subjectKeyIdentifier is made from the key by a method of RFC 5280 or RFC 7093, or by one of the issuer's own",
        "leave it: any value that is unique does",
    ),
];

fn authority_missing(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(
        certificate.extensions(),
        &OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER,
    );
    broken_if(
        extension.is_none() && !is_self_issued(certificate),
        "it has no authorityKeyIdentifier",
    )
}

fn authority_empty(certificate: &X509Certificate<'_>) -> Verdict {
    let found = authority_key_id(certificate.extensions())?;
    broken_if(
        found.key_identifier.is_none(),
        "its authorityKeyIdentifier has no keyIdentifier",
    )
}

fn authority_half(certificate: &X509Certificate<'_>) -> Verdict {
    let found = authority_key_id(certificate.extensions())?;
    broken_if(
        found.authority_cert_issuer.is_some() != found.authority_cert_serial.is_some(),
        "one of the two is missing",
    )
}

pub(super) fn authority_key_id<'a>(
    extensions: &'a [X509Extension<'a>],
) -> Option<&'a AuthorityKeyIdentifier<'a>> {
    let extension = find(extensions, &OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER)?;
    match extension.parsed_extension() {
        ParsedExtension::AuthorityKeyIdentifier(found) => Some(found),
        _ => None,
    }
}

fn authority_critical(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, false)
}

fn missing_in_ca(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(
        certificate.extensions(),
        &OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    );
    broken_if(
        extension.is_none() && is_ca(certificate),
        "it is a CA without a subjectKeyIdentifier",
    )
}

fn missing(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(
        certificate.extensions(),
        &OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    );
    broken_if(
        extension.is_none() && !is_ca(certificate),
        "it has no subjectKeyIdentifier",
    )
}

fn subject_critical(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_X509_EXT_SUBJECT_KEY_IDENTIFIER, false)
}

/// [RFC 5280 §4.2.1.2] hashes the key with SHA-1, whole or its last 60 bits; [RFC 7093 §2] hashes the key or the
/// SubjectPublicKeyInfo with SHA-2, and mostly takes the first 160 bits.
///
/// [RFC 5280 §4.2.1.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.2
/// [RFC 7093 §2]: https://www.rfc-editor.org/rfc/rfc7093#section-2
fn method(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(
        certificate.extensions(),
        &OID_X509_EXT_SUBJECT_KEY_IDENTIFIER,
    )?;
    let ParsedExtension::SubjectKeyIdentifier(id) = extension.parsed_extension() else {
        return None;
    };
    let spki = certificate.public_key();
    let key: &[u8] = &spki.subject_public_key.data;
    let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key);
    let last_bits = sha1.as_ref().last_chunk::<8>().map(|last| {
        let mut last = *last;
        last[0] = last[0] & 0x0f | 0x40;
        last
    });
    let by_rfc_5280 = id.0 == sha1.as_ref() || last_bits.is_some_and(|bits| id.0 == bits);
    let sha2 = [&digest::SHA256, &digest::SHA384, &digest::SHA512];
    let by_rfc_7093 = id.0.len() >= 20
        && sha2.iter().any(|algorithm| {
            [key, spki.raw]
                .iter()
                .any(|input| digest::digest(algorithm, input).as_ref().starts_with(id.0))
        });
    (!by_rfc_5280 && !by_rfc_7093).then(|| format!("it is {}, made otherwise", colons(id.0)))
}

//! Subject and issuer ([RFC 5280 §4.1.2.4], [RFC 5280 §4.1.2.6]), subjectAltName ([RFC 5280 §4.2.1.6]), nameConstraints
//! ([RFC 5280 §4.2.1.10]).
//!
//! [RFC 5280 §4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4
//! [RFC 5280 §4.1.2.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.6
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10

use x509_parser::asn1_rs::Tag;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, NameConstraints, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{OID_X509_EXT_NAME_CONSTRAINTS, OID_X509_EXT_SUBJECT_ALT_NAME};
use x509_parser::x509::X509Name;

use super::extensions::criticality;
use super::facts::{broken_if, find, has_alt_names, is_ca};
use super::rule::{Check::Certificate, Rule, Verdict};
use crate::inspect::names::{distinguished_name, general_name};
use crate::name::{DNS_NAME_CHARS_MAX, LABEL_CHARS_MAX};

const ALT_NAME: &str = "RFC 5280 §4.2.1.6";
const CONSTRAINTS: &str = "RFC 5280 §4.2.1.10";
const NAME_AGAIN: &str = "issue it again with a name that clients can match";

pub(super) const RULES: &[Rule] = &[
    Rule::error("issuer-empty", "RFC 5280 §4.1.2.4", Certificate(issuer_empty))
        .says("the issuer has a name", "give the CA a subject, and issue it again"),
    Rule::error("ca-subject-empty", "RFC 5280 §4.1.2.6", Certificate(subject_empty))
        .says("the subject of a CA has a name", "give the CA a subject"),
    Rule::error("attribute-too-long", "RFC 5280 A.1", Certificate(too_long)).says(
        "an attribute of a name is no longer than its upper bound",
        "issue it again with a shorter name",
    ),
    Rule::warning("attribute-string-type", "RFC 5280 §4.1.2.4", Certificate(string_type)).says(
        "an attribute of a name is a PrintableString or UTF8String",
        "leave an old CA; issue others again",
    ),
    Rule::error("alt-name-empty", ALT_NAME, Certificate(alt_name_empty))
        .says("a subjectAltName has at least one name", NAME_AGAIN),
    Rule::error("alt-name-missing", ALT_NAME, Certificate(alt_name_missing))
        .says("an end entity without a subject has a subjectAltName", NAME_AGAIN),
    Rule::error("alt-name-not-critical", ALT_NAME, Certificate(alt_name_not_critical)).says(
        "the subjectAltName is critical where the subject is empty",
        "issue it again with it critical",
    ),
    Rule::warning("alt-name-critical", ALT_NAME, Certificate(alt_name_critical)).says(
        "the subjectAltName is not critical where there is a subject",
        "issue it again with it not critical",
    ),
    Rule::error("dns-name-malformed", ALT_NAME, Certificate(dns_name))
        .says("a dNSName is a host name, perhaps with * as its first label", NAME_AGAIN),
    Rule::error("ip-address-malformed", ALT_NAME, Certificate(ip_address))
        .says("an iPAddress has 4 or 16 octets", NAME_AGAIN),
    Rule::error("email-malformed", ALT_NAME, Certificate(email))
        .says("an rfc822Name is a mailbox, as local@host", NAME_AGAIN),
    Rule::error("uri-malformed", ALT_NAME, Certificate(uri))
        .says("a URI has a scheme and something behind it", NAME_AGAIN),
    Rule::error("general-name-malformed", ALT_NAME, Certificate(general_names))
        .says("each subjectAltName can be read", NAME_AGAIN),
    Rule::error("name-constraints-outside-ca", CONSTRAINTS, Certificate(constraints_outside_ca))
        .says("only a CA has nameConstraints", "issue it again without them"),
    Rule::error("name-constraints-not-critical", CONSTRAINTS, Certificate(constraints_critical))
        .says("nameConstraints are critical", "issue the CA certificate again with them critical"),
    Rule::error("name-constraints-empty", CONSTRAINTS, Certificate(constraints_empty)).says(
        "nameConstraints have permittedSubtrees or excludedSubtrees",
        "issue the CA certificate again with subtrees, or without the extension",
    ),
    Rule::warning("name-constraints-unprocessed", CONSTRAINTS, Certificate(constraints_unprocessed)).says(
        "nameConstraints are for DNS names and addresses",
        "constrain DNS names and addresses only: rustls refuses every name of the other kinds below this CA",
    ),
];

fn issuer_empty(certificate: &X509Certificate<'_>) -> Verdict {
    empty(certificate.issuer(), "the issuer is empty")
}

pub(super) fn empty(name: &X509Name<'_>, found: &str) -> Verdict {
    broken_if(name.iter_attributes().next().is_none(), found)
}

fn subject_empty(certificate: &X509Certificate<'_>) -> Verdict {
    if !is_ca(certificate) {
        return None;
    }
    empty(certificate.subject(), "the subject is empty")
}

/// The upper bounds of [RFC 5280 A.1] that people meet, in characters.
///
/// [RFC 5280 A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
const UPPER_BOUNDS: &[(&str, &str, usize)] = &[
    ("2.5.4.3", "commonName", 64),
    ("2.5.4.5", "serialNumber", 64),
    ("2.5.4.6", "countryName", 2),
    ("2.5.4.7", "localityName", 128),
    ("2.5.4.8", "stateOrProvinceName", 128),
    ("2.5.4.10", "organizationName", 64),
    ("2.5.4.11", "organizationalUnitName", 64),
    ("2.5.4.12", "title", 64),
    ("1.2.840.113549.1.9.1", "emailAddress", 255),
];

fn too_long(certificate: &X509Certificate<'_>) -> Verdict {
    name_too_long(certificate.subject()).or_else(|| name_too_long(certificate.issuer()))
}

pub(super) fn name_too_long(name: &X509Name<'_>) -> Verdict {
    for attribute in name.iter_attributes() {
        let oid = attribute.attr_type().to_id_string();
        let Some((_, label, bound)) = UPPER_BOUNDS.iter().find(|(known, ..)| *known == oid) else {
            continue;
        };
        let length = attribute.as_str().map_or(0, |value| value.chars().count());
        if length > *bound {
            return Some(format!(
                "{label} has {length} characters, and may have {bound}"
            ));
        }
    }
    None
}

fn string_type(certificate: &X509Certificate<'_>) -> Verdict {
    let old = [Tag::T61String, Tag::BmpString, Tag::UniversalString];
    [certificate.subject(), certificate.issuer()]
        .into_iter()
        .find(|name| {
            name.iter_attributes()
                .any(|attribute| old.contains(&attribute.attr_value().tag()))
        })
        .map(|name| format!("{} has a string of an old type", distinguished_name(name)))
}

/// The names of the subjectAltName.
pub(super) fn alt_names<'a>(extensions: &'a [X509Extension<'a>]) -> Option<&'a [GeneralName<'a>]> {
    let extension = find(extensions, &OID_X509_EXT_SUBJECT_ALT_NAME)?;
    match extension.parsed_extension() {
        ParsedExtension::SubjectAlternativeName(found) => Some(&found.general_names),
        _ => None,
    }
}

fn alt_name_empty(certificate: &X509Certificate<'_>) -> Verdict {
    let names = alt_names(certificate.extensions())?;
    broken_if(names.is_empty(), "its subjectAltName is empty")
}

fn has_subject(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().iter_attributes().next().is_some()
}

fn alt_name_missing(certificate: &X509Certificate<'_>) -> Verdict {
    broken_if(
        !is_ca(certificate) && !has_subject(certificate) && !has_alt_names(certificate),
        "it has neither a subject nor a subjectAltName",
    )
}

fn alt_name_not_critical(certificate: &X509Certificate<'_>) -> Verdict {
    if has_subject(certificate) {
        return None;
    }
    criticality(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME, true)
}

fn alt_name_critical(certificate: &X509Certificate<'_>) -> Verdict {
    if !has_subject(certificate) {
        return None;
    }
    criticality(certificate, &OID_X509_EXT_SUBJECT_ALT_NAME, false)
}

fn dns_name(certificate: &X509Certificate<'_>) -> Verdict {
    malformed(
        certificate,
        |name| matches!(name, GeneralName::DNSName(name) if !is_dns_name(name)),
    )
}

/// The preferred name syntax of [RFC 1034 §3.5], and `_`, which containers have in their names.
///
/// [RFC 1034 §3.5]: https://www.rfc-editor.org/rfc/rfc1034#section-3.5
fn is_dns_name(name: &str) -> bool {
    let host = name.strip_prefix("*.").unwrap_or(name);
    name.len() <= DNS_NAME_CHARS_MAX
        && host.split('.').all(|label| {
            (1..=LABEL_CHARS_MAX).contains(&label.len())
                && label
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_'))
                && !label.starts_with('-')
                && !label.ends_with('-')
        })
}

fn ip_address(certificate: &X509Certificate<'_>) -> Verdict {
    malformed(
        certificate,
        |name| matches!(name, GeneralName::IPAddress(octets) if !matches!(octets.len(), 4 | 16)),
    )
}

fn email(certificate: &X509Certificate<'_>) -> Verdict {
    malformed(
        certificate,
        |name| matches!(name, GeneralName::RFC822Name(name) if !is_mailbox(name)),
    )
}

fn is_mailbox(name: &str) -> bool {
    name.bytes().all(|octet| octet.is_ascii_graphic())
        && name
            .rsplit_once('@')
            .is_some_and(|(local, host)| !local.is_empty() && is_dns_name(host))
}

fn uri(certificate: &X509Certificate<'_>) -> Verdict {
    malformed(
        certificate,
        |name| matches!(name, GeneralName::URI(uri) if !is_absolute(uri)),
    )
}

fn is_absolute(uri: &str) -> bool {
    uri.bytes().all(|octet| octet.is_ascii_graphic())
        && uri.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
                && !rest.is_empty()
        })
}

fn general_names(certificate: &X509Certificate<'_>) -> Verdict {
    malformed(certificate, |name| matches!(name, GeneralName::Invalid(..)))
}

fn malformed(
    certificate: &X509Certificate<'_>,
    is_malformed: impl Fn(&GeneralName<'_>) -> bool,
) -> Verdict {
    let names = alt_names(certificate.extensions())?;
    names
        .iter()
        .find(|name| is_malformed(name))
        .map(|name| format!("the name {}", general_name(name)))
}

fn constraints<'a>(certificate: &'a X509Certificate<'_>) -> Option<&'a NameConstraints<'a>> {
    let extension = find(certificate.extensions(), &OID_X509_EXT_NAME_CONSTRAINTS)?;
    match extension.parsed_extension() {
        ParsedExtension::NameConstraints(found) => Some(found),
        _ => None,
    }
}

fn constraints_outside_ca(certificate: &X509Certificate<'_>) -> Verdict {
    let extension = find(certificate.extensions(), &OID_X509_EXT_NAME_CONSTRAINTS);
    broken_if(
        extension.is_some() && !is_ca(certificate),
        "it is no CA and has nameConstraints",
    )
}

fn constraints_critical(certificate: &X509Certificate<'_>) -> Verdict {
    criticality(certificate, &OID_X509_EXT_NAME_CONSTRAINTS, true)
}

fn constraints_empty(certificate: &X509Certificate<'_>) -> Verdict {
    let found = constraints(certificate)?;
    broken_if(
        found.permitted_subtrees.is_none() && found.excluded_subtrees.is_none(),
        "its nameConstraints are empty",
    )
}

fn constraints_unprocessed(certificate: &X509Certificate<'_>) -> Verdict {
    let found = constraints(certificate)?;
    let subtrees = [&found.permitted_subtrees, &found.excluded_subtrees];
    subtrees
        .into_iter()
        .flatten()
        .flatten()
        .find(|subtree| {
            !matches!(
                subtree.base,
                GeneralName::DNSName(_) | GeneralName::IPAddress(_)
            )
        })
        .map(|subtree| format!("a subtree {}", general_name(&subtree.base)))
}

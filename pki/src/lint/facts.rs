//! Finding extensions, leniently: the first of each kind, as most programs do.

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{BasicConstraints, KeyUsage, ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_BASIC_CONSTRAINTS, OID_X509_EXT_KEY_USAGE, OID_X509_EXT_SUBJECT_ALT_NAME, Oid,
};

/// The first extension of a kind.
pub(super) fn find<'a>(
    extensions: &'a [X509Extension<'a>],
    oid: &Oid<'_>,
) -> Option<&'a X509Extension<'a>> {
    extensions.iter().find(|extension| extension.oid == *oid)
}

pub(super) fn basic_constraints<'a>(
    certificate: &'a X509Certificate<'_>,
) -> Option<(bool, &'a BasicConstraints)> {
    let extension = find(certificate.extensions(), &OID_X509_EXT_BASIC_CONSTRAINTS)?;
    match extension.parsed_extension() {
        ParsedExtension::BasicConstraints(found) => Some((extension.critical, found)),
        _ => None,
    }
}

pub(super) fn key_usage<'a>(certificate: &'a X509Certificate<'_>) -> Option<(bool, &'a KeyUsage)> {
    let extension = find(certificate.extensions(), &OID_X509_EXT_KEY_USAGE)?;
    match extension.parsed_extension() {
        ParsedExtension::KeyUsage(found) => Some((extension.critical, found)),
        _ => None,
    }
}

pub(super) fn has_alt_names(certificate: &X509Certificate<'_>) -> bool {
    find(certificate.extensions(), &OID_X509_EXT_SUBJECT_ALT_NAME).is_some()
}

pub(super) fn is_ca(certificate: &X509Certificate<'_>) -> bool {
    basic_constraints(certificate).is_some_and(|(_, constraints)| constraints.ca)
}

pub(super) fn is_self_issued(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// For rules that look for the presence of something wrong.
pub(super) fn broken_if(broken: bool, found: &str) -> Option<String> {
    broken.then(|| found.to_owned())
}

/// The first element that stands twice.
pub(super) fn repeated<T: PartialEq>(elements: impl Iterator<Item = T>) -> Option<T> {
    let mut seen = Vec::new();
    for element in elements {
        if seen.contains(&element) {
            return Some(element);
        }
        seen.push(element);
    }
    None
}

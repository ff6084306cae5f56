//! A CA for tests, and what webpki says of its certificates.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use wharf_pki::inspect::inspect_der;
use wharf_pki::validity::DAY;
use wharf_pki::{
    Authority, AuthorityOptions, CaSubject, Certificate, CertificateInfo, EndEntity, Issued, Key,
    KeyType, NameConstraints,
};

pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

pub(crate) fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}

pub(crate) fn root() -> Authority {
    Authority::root(key(), &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap()
}

pub(crate) fn intermediate(root: &Authority) -> Authority {
    root.intermediate(key(), &CaSubject::new("intermediate"), 1825 * DAY, now())
        .unwrap()
}

pub(crate) fn request(names: &[&str]) -> EndEntity {
    EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..EndEntity::default()
    }
}

pub(crate) fn issue(authority: &Authority, request: &EndEntity) -> Issued {
    authority.issue(request, &key(), now()).unwrap()
}

pub(crate) fn info(certificate: &Certificate) -> CertificateInfo {
    inspect_der(certificate.der()).unwrap()
}

/// What webpki says about a path for a TLS server or client at a time, and about a name.
pub(crate) fn verify(
    chain: [&Certificate; 3],
    usage: KeyUsage,
    name: &str,
    at: OffsetDateTime,
) -> Result<(), webpki::Error> {
    let [leaf, intermediate, root] =
        chain.map(|certificate| CertificateDer::from(certificate.der()));
    let anchor = anchor_from_trusted_cert(&root)?;
    let leaf = EndEntityCert::try_from(&leaf)?;
    let at =
        UnixTime::since_unix_epoch(Duration::from_secs(at.unix_timestamp().try_into().unwrap()));
    leaf.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &[anchor],
        &[intermediate],
        at,
        usage,
        None,
        None,
    )?;
    leaf.verify_is_valid_for_subject_name(&ServerName::try_from(name).unwrap())
}

pub(crate) fn constrained(permitted: &[&str], excluded: &[&str]) -> NameConstraints {
    let subtrees = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    NameConstraints {
        permitted: subtrees(permitted),
        excluded: subtrees(excluded),
    }
}

pub(crate) fn options(name: &str, name_constraints: NameConstraints) -> AuthorityOptions {
    AuthorityOptions {
        subject: CaSubject::new(name),
        name_constraints,
        ..AuthorityOptions::default()
    }
}

/// The value of an extension, and whether it is critical; `None` if it is missing.
pub(crate) fn extension(certificate: &Certificate, oid: &str) -> Option<(bool, Vec<u8>)> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
    let mut all = parsed.extensions().iter();
    let found = all.find(|extension| extension.oid.to_id_string() == oid)?;
    Some((found.critical, found.value.to_vec()))
}

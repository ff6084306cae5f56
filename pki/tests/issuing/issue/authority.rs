//! CA certificates of others, and path length.

use webpki::KeyUsage;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, AuthorityOptions, CaSubject, Certificate, Error, Key, NameConstraints};

use crate::lab::{info, issue, key, now, options, request, root, verify};

#[test]
fn path_length_is_checked_before_anything_is_signed() {
    let top = Authority::root(key(), &CaSubject::new("top"), 9 * DAY, 2, now()).unwrap();
    let middle = top
        .intermediate(key(), &CaSubject::new("middle"), DAY, now())
        .unwrap();
    let last = middle
        .intermediate(key(), &CaSubject::new("last"), DAY, now())
        .unwrap();
    assert_eq!(
        [top.path_len(), middle.path_len(), last.path_len()],
        [Some(2), Some(1), Some(0)]
    );
    assert_eq!(
        last.intermediate(key(), &CaSubject::new("none"), DAY, now())
            .unwrap_err(),
        Error::PathLength {
            authority: "CN=last".into(),
            path_len: 0
        }
    );
}

#[test]
fn an_authority_needs_a_ca_certificate_and_its_key() {
    let root = root();
    let leaf_key = key();
    let leaf = root
        .issue(&request(&["a.test"]), &leaf_key, now())
        .unwrap()
        .certificate;
    let again = Key::from_pem(&root.key().to_pem()).unwrap();
    assert!(Authority::new(root.certificate().clone(), again).is_ok());
    assert_eq!(
        Authority::new(root.certificate().clone(), key()).unwrap_err(),
        Error::KeyMismatch
    );
    assert_eq!(Authority::new(leaf, leaf_key).unwrap_err(), Error::NotACa);
}

// Made by openssl from tests/data/p256-sec1.key; see tests/data/README.md.
const FOREIGN_KEY: &str = include_str!("../../data/p256-sec1.key");

fn foreign(certificate: &str) -> Result<Authority, Error> {
    Authority::new(
        Certificate::from_pem(certificate).unwrap(),
        Key::from_pem(FOREIGN_KEY).unwrap(),
    )
}

#[test]
fn a_ca_made_by_openssl_issues_and_keeps_its_name() {
    let root = foreign(include_str!("../../data/ca.crt")).unwrap();
    assert_eq!(root.path_len(), None);
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, now())
        .unwrap();
    assert_eq!(ca.path_len(), Some(0));
    let leaf = issue(&ca, &request(&["a.test"])).certificate;
    assert_eq!(
        info(ca.certificate()).issuer,
        "C=DE, O=Foreign, CN=Foreign root"
    );
    assert_eq!(
        verify(
            [&leaf, ca.certificate(), root.certificate()],
            KeyUsage::server_auth(),
            "a.test",
            now()
        ),
        Ok(())
    );
}

#[test]
fn a_ca_that_may_not_sign_is_refused() {
    assert_eq!(
        foreign(include_str!("../../data/ca-no-cert-sign.crt")).unwrap_err(),
        Error::MayNotSign
    );
    assert_eq!(
        foreign(include_str!("../../data/ca-false.crt")).unwrap_err(),
        Error::NotACa
    );
}

#[test]
fn a_ca_whose_name_could_not_be_repeated_is_refused() {
    assert_eq!(
        foreign(include_str!("../../data/ca-two-units.crt")).unwrap_err(),
        Error::UnsupportedIssuerName
    );
    assert_eq!(
        foreign(include_str!("../../data/ca-multi-valued.crt")).unwrap_err(),
        Error::UnsupportedIssuerName
    );
}

#[test]
fn a_path_length_is_held_against_those_of_all_cas_above() {
    let with = |name: &str, path_len| AuthorityOptions {
        path_len,
        ..options(name, NameConstraints::default())
    };
    let top = Authority::root_with(key(), &with("top", Some(2)), now()).unwrap();
    let below = |ca: &Authority, path_len| {
        let made = ca.intermediate_with(key(), &with("CA", path_len), now());
        made.map(|ca| ca.path_len())
    };
    let no_room = |authority: &str, path_len| {
        Err(Error::PathLength {
            authority: authority.into(),
            path_len,
        })
    };
    assert_eq!(below(&top, None), Ok(Some(1)));
    assert_eq!(below(&top, Some(0)), Ok(Some(0)));
    assert_eq!(below(&top, Some(1)), Ok(Some(1)));
    assert_eq!(below(&top, Some(2)), no_room("CN=top", 2));

    // A CA of others that promises more than the one above it has.
    let foreign = foreign(include_str!("../../data/ca.crt")).unwrap();
    let middle = foreign
        .intermediate_with(key(), &with("middle", Some(200)), now())
        .unwrap();
    assert_eq!(below(&middle, None), Ok(Some(199)));
    assert_eq!(below(&middle, Some(200)), no_room("CN=middle", 200));
}

#[test]
fn an_end_entity_is_not_issued_where_a_ca_above_has_no_room_for_its_issuer() {
    let narrow = Authority::root(key(), &CaSubject::new("narrow"), 9 * DAY, 0, now()).unwrap();
    // Below `narrow` there may be no CA at all; who writes one without asking finds out when it issues.
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "stray");
    let issuer = rcgen::Issuer::from_ca_cert_der(
        &rustls_pki_types::CertificateDer::from(narrow.certificate().der()),
        narrow.key(),
    )
    .unwrap();
    let stray_key = key();
    let stray = params.signed_by(&stray_key, &issuer).unwrap();
    let stray = Authority::new(Certificate::from_der(stray.der()).unwrap(), stray_key).unwrap();
    let _ = issue(&stray, &request(&["a.test"]));
    let stray = stray.with_issuers([narrow.certificate().clone()]).unwrap();
    assert_eq!(
        stray.issue(&request(&["a.test"]), &key(), now()),
        Err(Error::PathLength {
            authority: "CN=narrow".into(),
            path_len: 0
        })
    );
}

//! Issuing: what comes out, what is refused, and whether webpki finds a path.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use time::OffsetDateTime;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use wharf_pki::error::{NameFault, SubjectFault};
use wharf_pki::inspect::inspect_der;
use wharf_pki::issue::NAMES_MAX;
use wharf_pki::validity::{BACKDATING, DAY};
use wharf_pki::{
    Authority, CaSubject, Certificate, CertificateInfo, EndEntity, Error, Issued, Key, KeyType,
    Profile, SubjectAltName,
};

const NOW: i64 = 1_800_000_000;

fn now() -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}

fn root() -> Authority {
    Authority::root(key(), &CaSubject::new("root"), 3650 * DAY, 1, now()).unwrap()
}

fn intermediate(root: &Authority) -> Authority {
    root.intermediate(key(), &CaSubject::new("intermediate"), 1825 * DAY, now())
        .unwrap()
}

fn request(names: &[&str]) -> EndEntity {
    EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..EndEntity::default()
    }
}

fn issue(authority: &Authority, request: &EndEntity) -> Issued {
    authority.issue(request, &key(), now()).unwrap()
}

fn info(certificate: &Certificate) -> CertificateInfo {
    inspect_der(certificate.der()).unwrap()
}

/// What webpki says about a path for a TLS server or client at a time, and about a name.
fn verify(
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

#[test]
fn webpki_finds_a_path_for_every_key_type() {
    for ca_type in KeyType::ALL {
        let key = |key_type| Key::generate(key_type).unwrap();
        let root =
            Authority::root(key(ca_type), &CaSubject::new("root"), 9 * DAY, 1, now()).unwrap();
        let ca = root
            .intermediate(key(ca_type), &CaSubject::new("CA"), 8 * DAY, now())
            .unwrap();
        for leaf_type in KeyType::ALL {
            let request = EndEntity {
                lifetime: DAY,
                ..request(&["localhost", "*.a.test", "127.0.0.1", "::1"])
            };
            let leaf = ca
                .issue(&request, &key(leaf_type), now())
                .unwrap()
                .certificate;
            let chain = [&leaf, ca.certificate(), root.certificate()];
            for name in ["localhost", "x.a.test", "127.0.0.1", "::1"] {
                assert_eq!(
                    verify(chain, KeyUsage::server_auth(), name, now()),
                    Ok(()),
                    "{ca_type} {leaf_type}"
                );
            }
            assert!(verify(chain, KeyUsage::server_auth(), "other.test", now()).is_err());
            assert!(verify(chain, KeyUsage::client_auth(), "localhost", now()).is_err());
        }
    }
}

#[test]
fn a_profile_decides_what_a_certificate_is_for() {
    let root = root();
    let ca = intermediate(&root);
    let purposes = |profile| {
        let leaf = issue(
            &ca,
            &EndEntity {
                profile,
                ..request(&["a.test"])
            },
        )
        .certificate;
        let chain = [&leaf, ca.certificate(), root.certificate()];
        let works = |usage| verify(chain, usage, "a.test", now()).is_ok();
        assert_eq!(info(&leaf).key_usage, ["digitalSignature"]);
        (
            works(KeyUsage::server_auth()),
            works(KeyUsage::client_auth()),
            info(&leaf).extended_key_usage,
        )
    };
    assert_eq!(
        purposes(Profile::Server),
        (true, false, vec!["serverAuth".into()])
    );
    assert_eq!(
        purposes(Profile::Client),
        (false, true, vec!["clientAuth".into()])
    );
    assert_eq!(
        purposes(Profile::Peer),
        (true, true, vec!["serverAuth".into(), "clientAuth".into()])
    );
}

#[test]
fn a_root_an_intermediate_and_a_leaf_say_what_they_are() {
    let root = root();
    let ca = intermediate(&root);
    let leaf = issue(&ca, &request(&["localhost", "::1"])).certificate;
    let [leaf, ca, root] = [&leaf, ca.certificate(), root.certificate()].map(info);

    assert_eq!(
        (root.is_ca, root.path_len, root.self_issued),
        (true, Some(1), true)
    );
    assert_eq!(
        (ca.is_ca, ca.path_len, ca.self_issued),
        (true, Some(0), false)
    );
    assert_eq!(
        (leaf.is_ca, leaf.path_len, leaf.self_issued),
        (false, None, false)
    );
    assert_eq!(
        [&root.subject, &ca.subject, &leaf.subject],
        ["CN=root", "CN=intermediate", "CN=localhost"]
    );
    assert_eq!(
        [&root.issuer, &ca.issuer, &leaf.issuer],
        ["CN=root", "CN=root", "CN=intermediate"]
    );
    assert_eq!(root.key_usage, ["keyCertSign", "cRLSign"]);
    assert_eq!(ca.key_usage, ["keyCertSign", "cRLSign"]);
    assert_eq!(leaf.names, ["DNS:localhost", "IP:::1"]);
    for (subject, issuer) in [(&root, &root), (&ca, &root), (&leaf, &ca)] {
        assert!(subject.subject_key_id.is_some());
        assert_eq!(subject.authority_key_id, issuer.subject_key_id);
    }
}

#[test]
fn serial_numbers_are_positive_have_16_octets_and_do_not_repeat() {
    let ca = root();
    let subject_key = key();
    let serials: std::collections::HashSet<String> = (0..50)
        .map(|_| {
            info(
                &ca.issue(&request(&["a.test"]), &subject_key, now())
                    .unwrap()
                    .certificate,
            )
            .serial
        })
        .collect();
    assert_eq!(serials.len(), 50);
    assert!(
        serials
            .iter()
            .all(|serial| serial.len() == 32 && ("4".."8").contains(&&serial[..1])),
        "{serials:?}"
    );
}

#[test]
fn a_validity_begins_a_little_before_the_time_of_issue_and_ends_a_lifetime_after_it() {
    let root = root();
    let later = now() + 10 * DAY + Duration::from_nanos(7);
    let leaf = root.issue(&request(&["a.test"]), &key(), later).unwrap();
    let validity = leaf.certificate.validity();
    assert_eq!(validity.not_before, now() + 10 * DAY - BACKDATING);
    assert_eq!(validity.not_after, now() + 100 * DAY);
    assert_eq!(leaf.clamped_from, None);
}

#[test]
fn the_time_of_issue_may_be_given_in_any_offset() {
    let offset = time::UtcOffset::from_hms(5, 30, 0).unwrap();
    let leaf = root()
        .issue(&request(&["a.test"]), &key(), now().to_offset(offset))
        .unwrap();
    assert_eq!(leaf.certificate.validity().not_after, now() + 90 * DAY);
}

#[test]
fn a_leaf_never_outlives_its_issuer() {
    let ca = intermediate(&root());
    let end = ca.certificate().validity().not_after;
    let issued = |lifetime| {
        issue(
            &ca,
            &EndEntity {
                lifetime,
                ..request(&["a.test"])
            },
        )
    };

    let fits = issued(1825 * DAY);
    assert_eq!(
        (fits.certificate.validity().not_after, fits.clamped_from),
        (end, None)
    );
    let clamped = issued(1826 * DAY);
    assert_eq!(
        (
            clamped.certificate.validity().not_after,
            clamped.clamped_from
        ),
        (end, Some(end + DAY))
    );
}

#[test]
fn an_intermediate_never_outlives_its_root() {
    let root = root();
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), 9999 * DAY, now())
        .unwrap();
    assert_eq!(ca.certificate().validity(), root.certificate().validity());
}

#[test]
fn a_leaf_does_not_begin_before_its_issuer() {
    let root = root();
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, now() + DAY)
        .unwrap();
    let begin = ca.certificate().validity().not_before;
    let leaf = ca
        .issue(&request(&["a.test"]), &key(), begin)
        .unwrap()
        .certificate;
    assert_eq!(leaf.validity().not_before, begin);
}

#[test]
fn a_ca_issues_from_its_first_second_to_its_last() {
    let root = root();
    let ca = intermediate(&root);
    let validity = ca.certificate().validity();
    let at = |time| ca.issue(&request(&["a.test"]), &key(), time).map(|_| ());

    let second = Duration::from_secs(1);
    assert_eq!(at(validity.not_before), Ok(()));
    assert_eq!(
        at(validity.not_before - second),
        Err(Error::NotYetValid {
            not_before: validity.not_before
        })
    );
    assert_eq!(at(validity.not_after), Ok(()));
    assert_eq!(
        at(validity.not_after + second),
        Err(Error::Expired {
            not_after: validity.not_after
        })
    );

    let late = root.certificate().validity().not_after + second;
    let error = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, late)
        .unwrap_err();
    assert_eq!(
        error,
        Error::Expired {
            not_after: root.certificate().validity().not_after
        }
    );
    assert!(error.hint().unwrap().contains("clock"));
}

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
        Error::PathLength
    );
}

#[test]
fn names_that_repeat_are_taken_once_in_the_order_of_asking() {
    let issued = issue(
        &root(),
        &request(&["b.test", "A.test", "b.test", "[::1]", "a.test", "::1"]),
    );
    let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["b.test", "a.test", "::1"]);
    assert_eq!(
        info(&issued.certificate).names,
        ["DNS:b.test", "DNS:a.test", "IP:::1"]
    );
}

#[test]
fn no_names_and_too_many_names_are_refused() {
    let ca = root();
    let many = |count| EndEntity {
        names: (0..count)
            .map(|n| SubjectAltName::Dns(format!("n{n}.test")))
            .collect(),
        ..EndEntity::default()
    };
    assert_eq!(ca.issue(&many(0), &key(), now()), Err(Error::NoNames));
    assert_eq!(issue(&ca, &many(NAMES_MAX)).names.len(), NAMES_MAX);
    assert_eq!(
        ca.issue(&many(NAMES_MAX + 1), &key(), now()),
        Err(Error::TooManyNames { limit: NAMES_MAX })
    );
}

#[test]
fn a_name_built_by_hand_is_checked_too() {
    let by_hand = |name: &str| EndEntity {
        names: vec![SubjectAltName::Dns(name.into())],
        ..EndEntity::default()
    };
    assert_eq!(
        root().issue(&by_hand("127.0.0.1"), &key(), now()),
        Err(Error::Name {
            name: "127.0.0.1".into(),
            fault: NameFault::NumericEnd
        })
    );
    assert_eq!(
        info(&issue(&root(), &by_hand("A.Test")).certificate).names,
        ["DNS:a.test"]
    );
}

#[test]
fn a_name_too_long_for_a_common_name_leaves_the_subject_empty_and_the_alternative_name_critical() {
    let long = format!("{}.test", "a".repeat(60));
    let root = root();
    let ca = intermediate(&root);
    let leaf = issue(&ca, &request(&[&long])).certificate;
    assert_eq!(info(&leaf).subject, "");
    assert!(san_is_critical(&leaf));
    assert_eq!(
        verify(
            [&leaf, ca.certificate(), root.certificate()],
            KeyUsage::server_auth(),
            &long,
            now()
        ),
        Ok(())
    );

    let fits = format!("{}.test", "a".repeat(59));
    let leaf = issue(&ca, &request(&[&fits])).certificate;
    assert_eq!(info(&leaf).subject, format!("CN={fits}"));
    assert!(!san_is_critical(&leaf));
}

fn san_is_critical(certificate: &Certificate) -> bool {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
    parsed.subject_alternative_name().unwrap().unwrap().critical
}

#[test]
fn basic_constraints_and_key_usage_are_critical() {
    let root = root();
    let leaf = issue(&root, &request(&["a.test"])).certificate;
    for certificate in [root.certificate(), &leaf] {
        let (_, parsed) = x509_parser::parse_x509_certificate(certificate.der()).unwrap();
        assert!(parsed.basic_constraints().unwrap().unwrap().critical);
        assert!(parsed.key_usage().unwrap().unwrap().critical);
    }
}

#[test]
fn a_lifetime_of_nothing_or_beyond_the_calendar_is_refused() {
    let ca = root();
    let lifetime = |lifetime| {
        ca.issue(
            &EndEntity {
                lifetime,
                ..request(&["a.test"])
            },
            &key(),
            now(),
        )
        .map(|_| ())
    };
    assert_eq!(lifetime(Duration::ZERO), Err(Error::Lifetime));
    assert_eq!(lifetime(Duration::from_millis(999)), Err(Error::Lifetime));
    assert_eq!(lifetime(Duration::from_secs(1)), Ok(()));
    assert_eq!(lifetime(Duration::MAX), Err(Error::Lifetime));
    assert_eq!(lifetime(8000 * 365 * DAY), Err(Error::Lifetime));
    assert_eq!(lifetime(7000 * 365 * DAY), Ok(()));
}

#[test]
fn a_root_beyond_2049_is_written_and_read_alike() {
    let root = Authority::root(key(), &CaSubject::new("root"), 100 * 365 * DAY, 1, now()).unwrap();
    assert_eq!(
        root.certificate().validity().not_after,
        now() + 100 * 365 * DAY
    );
}

#[test]
fn a_subject_never_has_the_key_or_the_name_of_its_issuer() {
    let root = root();
    let same_key = || Key::from_pem(&root.key().to_pem()).unwrap();
    assert_eq!(
        root.issue(&request(&["a.test"]), &same_key(), now()),
        Err(Error::KeyReused)
    );
    let subject = CaSubject::new("other");
    assert_eq!(
        root.intermediate(same_key(), &subject, DAY, now())
            .unwrap_err(),
        Error::KeyReused
    );
    assert_eq!(
        root.intermediate(key(), &CaSubject::new("root"), DAY, now())
            .unwrap_err(),
        Error::SubjectReused
    );
    assert_eq!(
        root.issue(&request(&["root"]), &key(), now()),
        Err(Error::SubjectReused)
    );
}

#[test]
fn a_ca_subject_is_neither_empty_nor_long_nor_hides_anything() {
    let root =
        |name: &str| Authority::root(key(), &CaSubject::new(name), DAY, 1, now()).map(|_| ());
    assert_eq!(
        root(" "),
        Err(Error::Subject {
            fault: SubjectFault::Empty
        })
    );
    assert_eq!(
        root("a\nb"),
        Err(Error::Subject {
            fault: SubjectFault::ControlCharacter
        })
    );
    assert_eq!(root(&"ü".repeat(64)), Ok(()));
    assert_eq!(
        root(&"ü".repeat(65)),
        Err(Error::Subject {
            fault: SubjectFault::TooLong { limit_chars: 64 }
        })
    );
}

#[test]
fn an_organization_stands_before_the_common_name() {
    let subject = CaSubject {
        organization: Some("Example, Inc".into()),
        ..CaSubject::new("root")
    };
    let root = Authority::root(key(), &subject, 9 * DAY, 1, now()).unwrap();
    assert_eq!(
        info(root.certificate()).subject,
        "O=Example\\, Inc, CN=root"
    );
    let ca = root
        .intermediate(key(), &CaSubject::new("CA"), DAY, now())
        .unwrap();
    let leaf = ca
        .issue(&request(&["a.test"]), &key(), now())
        .unwrap()
        .certificate;
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
const FOREIGN_KEY: &str = include_str!("data/p256-sec1.key");

fn foreign(certificate: &str) -> Result<Authority, Error> {
    Authority::new(
        Certificate::from_pem(certificate).unwrap(),
        Key::from_pem(FOREIGN_KEY).unwrap(),
    )
}

#[test]
fn a_ca_made_by_openssl_issues_and_keeps_its_name() {
    let root = foreign(include_str!("data/ca.crt")).unwrap();
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
        foreign(include_str!("data/ca-no-cert-sign.crt")).unwrap_err(),
        Error::MayNotSign
    );
    assert_eq!(
        foreign(include_str!("data/ca-false.crt")).unwrap_err(),
        Error::NotACa
    );
}

#[test]
fn a_ca_whose_name_could_not_be_repeated_is_refused() {
    assert_eq!(
        foreign(include_str!("data/ca-two-units.crt")).unwrap_err(),
        Error::UnsupportedIssuerName
    );
    assert_eq!(
        foreign(include_str!("data/ca-multi-valued.crt")).unwrap_err(),
        Error::UnsupportedIssuerName
    );
}

#[test]
fn certificates_that_do_not_parse_are_refused() {
    let pem = root().certificate().to_pem();
    let certificate = Certificate::from_pem(&pem).unwrap();
    assert_eq!(
        Certificate::from_der(certificate.der()).unwrap(),
        certificate
    );
    let mut longer = certificate.der().to_vec();
    longer.push(0);
    assert_eq!(
        Certificate::from_der(&longer),
        Err(Error::MalformedCertificate)
    );
    assert_eq!(Certificate::from_der(&[]), Err(Error::MalformedCertificate));
}

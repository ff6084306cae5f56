//! The subject, and what it may not be.

use webpki::KeyUsage;
use wharf_pki::error::SubjectFault;
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Certificate, Error, Key, Subject};

use crate::lab::{info, intermediate, issue, key, now, request, root, verify};

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
fn a_subject_is_neither_empty_nor_long_nor_hides_anything() {
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
fn a_common_name_of_an_end_entity_is_not_that_of_its_ca() {
    let ca = CaSubject {
        organization: Some("Example".into()),
        ..CaSubject::new("a.test")
    };
    let ca = Authority::root(key(), &ca, DAY, 0, now()).unwrap();
    assert_eq!(
        ca.issue(&request(&["a.test"]), &key(), now()),
        Err(Error::SubjectReused)
    );
    let leaf = issue(&ca, &request(&["b.test", "a.test"]));
    assert_eq!(info(&leaf.certificate).subject, "CN=b.test");
}

#[test]
fn attributes_stand_from_the_general_to_the_particular() {
    let subject = Subject {
        organization: Some("O".into()),
        organizational_unit: Some("OU".into()),
        locality: Some("L".into()),
        state: Some("ST".into()),
        country: Some("DE".into()),
        ..Subject::new("CN")
    };
    let root = Authority::root(key(), &subject, DAY, 0, now()).unwrap();
    let leaf = issue(&root, &request(&["a.test"]));
    let text = "C=DE, ST=ST, L=L, O=O, OU=OU, CN=CN";
    assert_eq!(info(root.certificate()).subject, text);
    assert_eq!(info(&leaf.certificate).issuer, text);
    for country in ["", "D", "de", "DEU", "D1", "ÄÖ"] {
        let subject = Subject {
            country: Some(country.into()),
            ..Subject::new("CN")
        };
        assert_eq!(
            Authority::root(key(), &subject, DAY, 0, now()).unwrap_err(),
            Error::Subject {
                fault: SubjectFault::Country
            }
        );
    }
}

use wharf_pki::error::{NameFault, SubjectFault};
use wharf_pki::{CaSubject, CertificateRequest, Error, Key, KeyType, SubjectAltName};

fn names(names: &[&str]) -> Vec<SubjectAltName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

#[test]
fn a_request_of_every_key_type_is_written_and_read_again() {
    for key_type in KeyType::ALL {
        let key = Key::generate(key_type).unwrap();
        let asked = names(&["a.test", "10.0.0.1", "a.test"]);
        let request = CertificateRequest::new(&key, &asked, None).unwrap();
        assert_eq!(request.public_key(), key.public_key());
        assert_eq!(request.signature_algorithm(), key.signature_algorithm());
        assert_eq!(request.subject(), "CN=a.test");
        assert_eq!(request.names(), names(&["a.test", "10.0.0.1"]));
        assert_eq!(request.other_names(), []);
        assert_eq!(CertificateRequest::from_pem(&request.to_pem()), Ok(request));
    }
}

#[test]
fn a_subject_takes_the_place_of_the_first_name() {
    let key = Key::generate(KeyType::P256).unwrap();
    let subject = CaSubject {
        organization: Some("Example, Inc.".into()),
        ..CaSubject::new("the api")
    };
    let asked = names(&["a.test"]);
    let request = CertificateRequest::new(&key, &asked, Some(&subject)).unwrap();
    assert_eq!(request.subject(), "O=Example\\, Inc., CN=the api");
    assert_eq!(request.names(), asked);
}

#[test]
fn what_no_certificate_may_hold_is_not_asked_for() {
    let key = Key::generate(KeyType::P256).unwrap();
    let refused = |asked: &[SubjectAltName], subject| {
        CertificateRequest::new(&key, asked, subject).unwrap_err()
    };
    assert_eq!(refused(&[], None), Error::NoNames);
    let fault = NameFault::WildcardTooWide;
    let name = "*".to_owned();
    assert_eq!(
        refused(&[SubjectAltName::Dns("*".into())], None),
        Error::Name { name, fault }
    );
    let fault = SubjectFault::Empty;
    let error = refused(&names(&["a.test"]), Some(&CaSubject::new("")));
    assert_eq!(error, Error::Subject { fault });
}

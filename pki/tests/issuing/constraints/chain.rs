//! Before anything is signed: the constraints of the CA and of those above it.

use webpki::KeyUsage;
use wharf_pki::constraints::{Breach, ConstraintKind, NameConstraints};
use wharf_pki::{
    Authority, AuthorityOptions, Certificate, EndEntity, Error, Key, Profile, Subject,
};

use crate::lab::{constrained, info, issue, key, now, options, request, verify};

/// A root, and an intermediate without constraints below it.
fn pair(constraints: NameConstraints) -> (Authority, Authority) {
    let root = Authority::root_with(key(), &options("root", constraints), now()).unwrap();
    let ca = root
        .intermediate_with(key(), &options("CA", NameConstraints::default()), now())
        .unwrap();
    (root, ca)
}

#[track_caller]
fn refused(ca: &Authority, name: &str, authority: &str) {
    let request = EndEntity {
        profile: Profile {
            names: Profile::client().names,
            ..Profile::client()
        },
        ..request(&[name])
    };
    match ca.issue(&request, &key(), now()) {
        Err(Error::Constraint {
            name: found,
            authority: by,
            ..
        }) => assert_eq!((found.as_str(), by.as_str()), (name, authority)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_permitted_is_issued_and_webpki_finds_a_path() {
    let (root, ca) = pair(constrained(
        &["corp.test", "10.0.0.0/8"],
        &["vpn.corp.test"],
    ));
    let leaf = issue(&ca, &request(&["www.corp.test", "10.1.2.3"])).certificate;
    let chain = [&leaf, ca.certificate(), root.certificate()];
    for name in ["www.corp.test", "10.1.2.3"] {
        assert_eq!(verify(chain, KeyUsage::server_auth(), name, now()), Ok(()));
    }
}

#[test]
fn a_constraint_of_the_root_holds_for_what_an_intermediate_issues() {
    let (_, ca) = pair(constrained(
        &["corp.test", "10.0.0.0/8"],
        &["vpn.corp.test"],
    ));
    for name in ["evil.test", "vpn.corp.test", "11.0.0.1", "::1"] {
        refused(&ca, name, "CN=root");
    }
    let error = ca.issue(&request(&["www.corp.test", "evil.test"]), &key(), now());
    let error = error.unwrap_err();
    assert_eq!(
        error.to_string(),
        "name `evil.test` breaks the name constraints of CN=root: only dns:corp.test is permitted"
    );
    assert_eq!(
        error.hint().unwrap(),
        "leave the name out, or issue from a CA that may issue for it"
    );
}

#[test]
fn what_is_refused_here_is_what_webpki_would_refuse_later() {
    let (root, ca) = pair(constrained(&["corp.test"], &["vpn.corp.test", "0.0.0.0/0"]));
    // The same CA that does not know its root.
    let again = Key::from_pem(&ca.key().to_pem()).unwrap();
    let blind = Authority::new(ca.certificate().clone(), again).unwrap();
    for name in ["evil.test", "vpn.corp.test", "10.0.0.1"] {
        refused(&ca, name, "CN=root");
        let leaf = issue(&blind, &request(&[name])).certificate;
        let chain = [&leaf, ca.certificate(), root.certificate()];
        assert_eq!(
            verify(chain, KeyUsage::server_auth(), name, now()),
            Err(webpki::Error::NameConstraintViolation)
        );
    }
    let again = Key::from_pem(&ca.key().to_pem()).unwrap();
    let knowing = Authority::new(ca.certificate().clone(), again).unwrap();
    let knowing = knowing.with_issuers([root.certificate().clone()]).unwrap();
    refused(&knowing, "evil.test", "CN=root");
    assert_eq!(knowing.issuers().collect::<Vec<_>>(), [root.certificate()]);
}

#[test]
fn constraints_of_an_intermediate_and_of_two_levels_up_hold_too() {
    let options = |name, path_len, constraints| AuthorityOptions {
        path_len: Some(path_len),
        ..options(name, constraints)
    };
    let top = Authority::root_with(
        key(),
        &options("top", 2, constrained(&["test"], &[])),
        now(),
    );
    let middle = top
        .unwrap()
        .intermediate_with(
            key(),
            &options("middle", 1, constrained(&["corp.test"], &[])),
            now(),
        )
        .unwrap();
    let last = middle
        .intermediate_with(
            key(),
            &options("last", 0, constrained(&[], &["x.corp.test"])),
            now(),
        )
        .unwrap();
    let _ = issue(&last, &request(&["a.corp.test"]));
    refused(&last, "a.example", "CN=middle");
    refused(&last, "x.corp.test", "CN=last");
    assert_eq!(last.issuers().count(), 2);
}

#[test]
fn every_kind_of_name_is_held_against_its_constraints() {
    let (_, ca) = pair(constrained(&["email:corp.test", "uri:corp.test"], &[]));
    let client = |name: &str| EndEntity {
        names: vec![name.parse().unwrap()],
        ..EndEntity::new(Profile::client())
    };
    for name in [
        "me@corp.test",
        "https://corp.test/me",
        "spiffe://corp.test/me",
        "other.test",
    ] {
        let _ = issue(&ca, &client(name));
    }
    for name in [
        "me@evil.test",
        "https://evil.test/me",
        "spiffe://evil.test/me",
        "urn:x:1",
    ] {
        refused(&ca, name, "CN=root");
    }
}

#[test]
fn a_common_name_that_looks_like_a_host_is_held_against_the_constraints_where_there_is_no_other() {
    let (_, ca) = pair(constrained(&["corp.test"], &[]));
    let named = |common_name: &str, name: &str| {
        let request = EndEntity {
            names: vec![name.parse().unwrap()],
            subject: Some(Subject::new(common_name)),
            ..EndEntity::new(Profile::client())
        };
        ca.issue(&request, &key(), now())
            .map(|issued| info(&issued.certificate).subject)
    };
    assert_eq!(
        named("www.corp.test", "me@a.test"),
        Ok("CN=www.corp.test".into())
    );
    for person in ["An Example", "alice", "A. Example", "me@a.test"] {
        assert_eq!(named(person, "me@a.test"), Ok(format!("CN={person}")));
    }
    assert_eq!(
        named("evil.test", "www.corp.test"),
        Ok("CN=evil.test".into())
    );
    assert!(matches!(
        named("evil.test", "me@a.test"),
        Err(Error::Constraint { name, .. }) if name == "evil.test"
    ));
}

#[test]
fn below_constraints_on_directory_names_a_subject_is_refused() {
    // Permitted: the directory name C=DE.
    let root = foreign_root(
        b"\x30\x15\xa0\x13\x30\x11\xa4\x0f\x30\x0d\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02DE",
    );
    let breach = Breach::NotEvaluated {
        kind: ConstraintKind::DirectoryName,
    };
    match root.issue(&request(&["a.test"]), &key(), now()) {
        Err(Error::Constraint { breach: found, .. }) => assert_eq!(found, breach),
        other => panic!("{other:?}"),
    }
    match root.intermediate_with(key(), &options("CA", NameConstraints::default()), now()) {
        Err(Error::Constraint { name, .. }) => assert_eq!(name, "CA"),
        other => panic!("{other:?}"),
    }
    let no_subject = EndEntity {
        names: vec!["spiffe://a.test/x".parse().unwrap()],
        ..EndEntity::new(Profile::spiffe())
    };
    assert_eq!(info(&issue(&root, &no_subject).certificate).subject, "");
}

fn foreign_root(constraints: &[u8]) -> Authority {
    let key = key();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.custom_extensions = vec![rcgen::CustomExtension::from_oid_content(
        &[2, 5, 29, 30],
        constraints.to_vec(),
    )];
    let certificate = params.self_signed(&key).unwrap();
    Authority::new(Certificate::from_der(certificate.der()).unwrap(), key).unwrap()
}

#[test]
fn issuers_have_to_fit_and_are_bounded() {
    let (root, ca) = pair(NameConstraints::default());
    let stranger = Authority::root_with(key(), &options("root", NameConstraints::default()), now());
    let stranger = stranger.unwrap();
    let again = || {
        let key = Key::from_pem(&ca.key().to_pem()).unwrap();
        Authority::new(ca.certificate().clone(), key).unwrap()
    };
    let with = |issuers: Vec<&Certificate>| {
        again()
            .with_issuers(issuers.into_iter().cloned())
            .map(|_| ())
    };
    assert_eq!(with(vec![root.certificate()]), Ok(()));
    assert_eq!(with(vec![stranger.certificate()]), Err(Error::BadSignature));
    let leaf = issue(&ca, &request(&["a.test"])).certificate;
    assert_eq!(with(vec![&leaf]), Err(Error::BadSignature));
    // A root signed itself, so it can be repeated; but not for ever.
    let limit = wharf_pki::chain::ISSUERS_MAX;
    assert_eq!(with(vec![root.certificate(); limit]), Ok(()));
    assert_eq!(
        with(vec![root.certificate(); limit + 1]),
        Err(Error::TooManyIssuers { limit })
    );
}

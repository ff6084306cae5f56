//! What a profile refuses.

use rcgen::SubjectPublicKeyInfo;
use wharf_pki::error::ProfileFault;
use wharf_pki::name::NameKind;
use wharf_pki::profile::{KeyKind, KeyUsage, Role};
use wharf_pki::validity::DAY;
use wharf_pki::{
    Authority, AuthorityOptions, EndEntity, Error, Key, KeyType, NameConstraints, Profile, Subject,
};

use crate::lab::{info, issue, key, now, options, root};

fn asked(profile: Profile, names: &[&str]) -> EndEntity {
    EndEntity {
        names: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..EndEntity::new(profile)
    }
}

fn error(request: &EndEntity) -> Error {
    root().issue(request, &key(), now()).unwrap_err()
}

#[test]
fn a_kind_of_name_that_a_profile_does_not_take_is_refused() {
    for (profile, name, kind) in [
        (Profile::server(), "me@a.test", NameKind::Email),
        (Profile::server(), "https://a.test/", NameKind::Uri),
        (Profile::server(), "spiffe://a.test/x", NameKind::Spiffe),
        (Profile::client(), "*.a.test", NameKind::Wildcard),
        (Profile::spiffe(), "https://a.test/", NameKind::Uri),
        (Profile::email(), "a.test", NameKind::Dns),
        (Profile::ocsp(), "a.test", NameKind::Dns),
        (Profile::webtransport(), "*.a.test", NameKind::Wildcard),
        (Profile::code_signing(), "::1", NameKind::Ip),
    ] {
        let (name_of, allowed) = (profile.name.clone(), profile.names.clone());
        let request = EndEntity {
            subject: Some(Subject::new("x")).filter(|_| profile.subject == Profile::ocsp().subject),
            ..asked(profile, &[name])
        };
        let expected = Error::NameKind {
            name: name.into(),
            kind,
            profile: name_of,
            allowed,
        };
        assert_eq!(error(&request), expected);
    }
    let error = error(&asked(Profile::server(), &["https://a.test/"]));
    assert_eq!(
        error.to_string(),
        "name `https://a.test/` is a URI, which profile server does not take"
    );
    assert_eq!(
        error.hint().unwrap(),
        "it takes DNS name, wildcard and IP address; choose another profile for others"
    );
}

#[test]
fn a_profile_may_require_a_kind_of_name() {
    let without = error(&asked(Profile::spiffe(), &["a.test"]));
    assert_eq!(
        without.to_string(),
        "profile spiffe needs a name that is a SPIFFE ID"
    );
    assert_eq!(error(&asked(Profile::spiffe(), &[])), Error::NoNames);
    assert_eq!(error(&asked(Profile::server(), &[])), Error::NoNames);
}

#[test]
fn beside_a_spiffe_id_there_is_no_other_uri() {
    let two = ["spiffe://a.test/x", "spiffe://a.test/y"];
    assert_eq!(
        error(&asked(Profile::spiffe(), &two)),
        Error::SpiffeIdNotAlone
    );
    let other = ["https://a.test/", "spiffe://a.test/y"];
    assert_eq!(
        error(&asked(Profile::client(), &other)),
        Error::SpiffeIdNotAlone
    );
    let same = ["spiffe://a.test/x", "a.test", "spiffe://a.test/x"];
    assert_eq!(
        issue(&root(), &asked(Profile::spiffe(), &same)).names.len(),
        2
    );
}

#[test]
fn a_profile_may_take_some_kinds_of_keys_only() {
    let request = asked(Profile::webtransport(), &["a.test"]);
    let with = |key_type| {
        let key = Key::generate(key_type).unwrap();
        root().issue(&request, &key, now()).map(|_| ())
    };
    assert_eq!(with(KeyType::P256), Ok(()));
    assert_eq!(
        with(KeyType::P384),
        Err(Error::KeyKind {
            kind: KeyKind::P384,
            profile: "webtransport".into(),
            allowed: vec![KeyKind::P256]
        })
    );
    let error = with(KeyType::Ed25519).unwrap_err();
    assert_eq!(
        error.to_string(),
        "key is Ed25519, and profile webtransport takes P-256"
    );
    let rsa = SubjectPublicKeyInfo::from_der(include_bytes!("../../data/rsa.spki")).unwrap();
    let error = root().issue(&request, &rsa, now()).unwrap_err();
    assert!(matches!(
        error,
        Error::KeyKind {
            kind: KeyKind::Rsa,
            ..
        }
    ));
}

#[test]
fn a_lifetime_beyond_the_longest_names_the_limit_its_source_and_what_to_do() {
    let lifetime = |lifetime| {
        let request = EndEntity {
            lifetime,
            ..asked(Profile::webtransport(), &["a.test"])
        };
        root().issue(&request, &key(), now()).map(|_| ())
    };
    assert_eq!(lifetime(13 * DAY), Ok(()));
    let error = lifetime(14 * DAY).unwrap_err();
    assert_eq!(
        error.to_string(),
        "lifetime of 14 days is longer than the 13 days that profile webtransport allows"
    );
    assert_eq!(
        error.hint().unwrap(),
        "ask for 13 days at most, or raise longest_lifetime of [profile.webtransport] in a file with profiles"
    );
    let until = |not_after| {
        let request = EndEntity {
            not_after: Some(not_after),
            ..asked(Profile::webtransport(), &["a.test"])
        };
        let issued = root().issue(&request, &key(), now());
        issued.map(|issued| issued.certificate.validity().not_after)
    };
    let end = now() + 13 * DAY;
    assert_eq!(until(end), Ok(end));
    assert!(matches!(
        until(end + time::Duration::SECOND),
        Err(Error::LifetimeTooLong { .. })
    ));
    assert_eq!(until(now()), Err(Error::Lifetime));
    assert_eq!(until(now() - DAY), Err(Error::Lifetime));

    let root_for_ever = AuthorityOptions {
        lifetime: Some(36_526 * DAY),
        ..options("root", NameConstraints::default())
    };
    let error = Authority::root_with(key(), &root_for_ever, now()).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("36525 days that profile root allows"),
        "{error}"
    );
}

#[test]
fn the_profile_decides_who_decides_the_subject() {
    let with = |profile: Profile, names: &[&str], subject: Option<&str>| {
        let request = EndEntity {
            subject: subject.map(Subject::new),
            ..asked(profile, names)
        };
        let issued = root().issue(&request, &key(), now());
        issued.map(|issued| info(&issued.certificate).subject)
    };
    assert_eq!(
        with(Profile::server(), &["a.test"], None),
        Ok("CN=a.test".into())
    );
    assert_eq!(
        with(Profile::server(), &["a.test"], Some("A service")),
        Ok("CN=A service".into())
    );
    // An IP address alone would be taken for a host name.
    assert_eq!(
        with(Profile::server(), &["10.0.0.1"], None),
        Ok(String::new())
    );
    assert_eq!(
        with(Profile::server(), &["10.0.0.1", "a.test"], None),
        Ok("CN=10.0.0.1".into())
    );
    let profile = |name: &str| name.to_owned();
    assert_eq!(
        with(Profile::spiffe(), &["spiffe://a.test/x"], Some("x")),
        Err(Error::SubjectGiven {
            profile: profile("spiffe")
        })
    );
    assert_eq!(
        with(Profile::code_signing(), &["a.test"], None),
        Err(Error::SubjectMissing {
            profile: profile("code-signing")
        })
    );
    assert_eq!(
        with(Profile::code_signing(), &[], Some("Someone")),
        Ok("CN=Someone".into())
    );
}

#[test]
fn a_profile_is_for_cas_or_for_end_entities() {
    let wanted = |profile: &str, wanted| Error::WrongRole {
        profile: profile.into(),
        wanted,
    };
    assert_eq!(
        error(&asked(Profile::root(), &[])),
        wanted("root", Role::EndEntity)
    );
    let ca = AuthorityOptions {
        profile: Some(Profile::server()),
        ..options("CA", NameConstraints::default())
    };
    let error = Authority::root_with(key(), &ca, now()).unwrap_err();
    assert_eq!(error, wanted("server", Role::Ca));
    assert_eq!(error.to_string(), "profile server is not for a CA");
}

#[test]
fn a_profile_that_contradicts_itself_is_refused() {
    let field = |profile: Profile| match error(&asked(profile, &["a.test"])) {
        Error::Profile {
            fault: ProfileFault::Field { field, .. },
            ..
        } => field,
        other => panic!("{other:?}"),
    };
    let server = Profile::server;
    let signs = vec![KeyUsage::DigitalSignature, KeyUsage::KeyCertSign];
    assert_eq!(
        field(Profile {
            key_usages: vec![],
            ..server()
        }),
        "key_usages"
    );
    assert_eq!(
        field(Profile {
            key_usages: signs,
            ..server()
        }),
        "key_usages"
    );
    assert_eq!(
        field(Profile {
            role: Role::Ca,
            ..server()
        }),
        "key_usages"
    );
    assert_eq!(
        field(Profile {
            path_len: Some(0),
            ..server()
        }),
        "path_len"
    );
    assert_eq!(
        field(Profile {
            longest_lifetime: DAY,
            ..server()
        }),
        "default_lifetime"
    );
    assert_eq!(
        field(Profile {
            names: vec![NameKind::Dns],
            ..server()
        }),
        "required_names"
    );
    assert_eq!(
        field(Profile {
            names: vec![NameKind::Dns],
            required_names: vec![],
            ..Profile::root()
        }),
        "names"
    );
    assert_eq!(
        field(Profile {
            subject: server().subject,
            ..Profile::root()
        }),
        "subject"
    );
}

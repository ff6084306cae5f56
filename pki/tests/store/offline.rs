//! A root whose key is kept elsewhere, and CAs whose keys are: what works without them, and what does not.

use std::fs;

use wharf_pki::constraints::Breach;
use wharf_pki::store::import::{CaFiles, Layout};
use wharf_pki::store::{
    ImportFault, NewAuthority, Role, Rotation, Stamp, Store, StoreError, no_password,
};
use wharf_pki::validity::DAY;
use wharf_pki::{
    AuthorityOptions, CaOptions, CertificateRequest, Error, Home, Key, KeyType, NameConstraints,
    Password, Subject,
};

use crate::support::{entries, home, home_with_ca, issue, now, options, stamp};

#[test]
fn without_the_roots_key_everything_works_but_what_it_signs() {
    let (folder, home, ca) = home_with_ca();
    let key = ca.root_key_path();
    let away = folder.path().join("on a stick");
    fs::rename(&key, &away).unwrap();
    let loaded = home.load_ca().unwrap().unwrap();
    issue(&loaded, &["a.test"], 90);
    assert_eq!(loaded.exposed_keys(), Ok(vec![]));
    let refused = StoreError::NoRootKey { path: key.clone() };
    let rotation = Rotation::default();
    let rotated = home.rotate_intermediate(&stamp(), &rotation, &mut no_password);
    assert_eq!(rotated.map(drop), Err(refused.into()));

    // A backup of it is whole, as far as it goes.
    drop(Store::open(&home, &stamp()).unwrap());
    let backup = folder.path().join("backup.tar");
    home.backup(&backup).unwrap();
    let second = Home::at(folder.path().join("second"));
    second.restore(&backup, &mut no_password).unwrap();

    fs::rename(&away, &key).unwrap();
    home.rotate_intermediate(&stamp(), &rotation, &mut no_password)
        .unwrap();
}

#[test]
fn the_password_of_the_root_is_asked_for_when_it_signs_alone() {
    let (_folder, home) = home();
    let password = Password::new(*b"correct horse");
    let encrypted = CaOptions {
        password: Some(password.clone()),
        ..options()
    };
    home.create_ca(&encrypted, now()).unwrap();
    let mut asked = Vec::new();
    let mut answer = |path: &std::path::Path| {
        asked.push(path.file_name().unwrap().to_owned());
        Ok(Some(password.clone()))
    };
    let ca = home.load_ca_with(&mut answer).unwrap().unwrap();
    ca.root_authority(&mut answer).unwrap();
    assert_eq!(asked, ["intermediate.key", "root.key"]);
    let wrong = home.load_ca_with(&mut |_| Ok(Some(Password::new(*b"wrong"))));
    assert!(wrong.unwrap_err().is_password());
}

#[test]
fn certificates_are_read_and_checked_without_a_key() {
    let (_folder, home, ca) = home_with_ca();
    for key in ["root.key", "intermediate.key"] {
        fs::remove_file(ca.folder().join(key)).unwrap();
    }
    let found = home.ca_certificates().unwrap().unwrap();
    assert_eq!(&found.root, ca.root());
    let intermediate = ca.intermediate().certificate();
    assert_eq!(found.intermediate.as_ref(), Some(intermediate));
    assert_eq!(found.cross, None);
    fs::copy(ca.root_path(), ca.folder().join("intermediate.crt")).unwrap();
    let (_, _, other) = home_with_ca();
    fs::write(ca.root_path(), other.root().to_pem()).unwrap();
    assert!(matches!(
        home.ca_certificates(),
        Err(Error::DamagedCa { .. })
    ));
}

#[test]
fn a_root_without_room_issues_by_itself() {
    let (_folder, home) = home();
    let alone = CaOptions {
        root_path_len: 0,
        ..options()
    };
    let ca = home.create_ca(&alone, now()).unwrap();
    assert_eq!(entries(ca.folder()), ["root.crt", "root.key"]);
    let (certificate, _) = issue(&ca, &["a.test"], 90);
    certificate.check_signed_by(ca.root()).unwrap();
    assert_eq!(ca.chain(&certificate), [certificate]);
    let rotation = Rotation::default();
    let refused = home.rotate_intermediate(&stamp(), &rotation, &mut no_password);
    assert!(matches!(refused, Err(Error::PathLength { .. })));
    let rotation = Rotation {
        cross_sign: false,
        ..rotation
    };
    let new = home.rotate_root(&stamp(), &rotation, &mut no_password);
    assert_ne!(new.unwrap().root(), ca.root());
}

#[test]
fn single_files_are_a_root_or_an_intermediate_with_its_root() {
    let (folder, _home, ca) = home_with_ca();
    let file = |name: &str| ca.folder().join(name);
    let import = |home: &str, files: &CaFiles| {
        let home = Home::at(folder.path().join(home));
        let imported = home.import_files(&stamp(), files, 1825 * DAY, &mut no_password)?;
        Ok((home, imported))
    };
    let root = CaFiles {
        certificate: file("root.crt"),
        key: file("root.key"),
        chain: None,
    };
    let (_, imported) = import("root", &root).unwrap();
    assert_eq!(imported.layout, Layout::Files);
    assert!(imported.made_intermediate);
    assert_eq!(imported.ca.root(), ca.root());

    let alone = CaFiles {
        certificate: file("intermediate.crt"),
        key: file("intermediate.key"),
        chain: None,
    };
    let refused = StoreError::Import {
        path: file("intermediate.crt"),
        fault: ImportFault::NotARoot,
    };
    let result: Result<_, Error> = import("none", &alone);
    assert_eq!(result.map(drop), Err(refused.into()));

    // Its root among others, in any order.
    let chain = folder.path().join("chain.pem");
    let pem = |name: &str| fs::read_to_string(file(name)).unwrap();
    fs::write(&chain, pem("intermediate.crt") + &pem("root.crt")).unwrap();
    let below = CaFiles {
        chain: Some(chain.clone()),
        ..alone.clone()
    };
    let (home, imported) = import("below", &below).unwrap();
    assert_eq!(
        entries(&home.ca_path()),
        [
            "intermediate.crt",
            "intermediate.key",
            "root.crt",
            "wharf.db"
        ]
    );
    let (certificate, _) = issue(&imported.ca, &["a.test"], 90);
    assert_eq!(imported.ca.chain(&certificate).len(), 2);
    let store = Store::open_read_only(&home).unwrap();
    let keys: Vec<_> = store.authorities().unwrap();
    let keys: Vec<_> = keys
        .iter()
        .map(|found| (found.role, found.has_key()))
        .collect();
    assert_eq!(keys, [(Role::Root, false), (Role::Intermediate, true)]);

    // A root that is another's.
    let (_, _, other) = home_with_ca();
    fs::write(&chain, other.root().to_pem()).unwrap();
    let refused = StoreError::Import {
        path: file("intermediate.crt"),
        fault: ImportFault::NotBelowRoot,
    };
    let result: Result<_, Error> = import("other", &below);
    assert_eq!(result.map(drop), Err(refused.into()));
    let mixed = CaFiles {
        key: file("root.key"),
        chain: Some(ca.root_path()),
        ..alone
    };
    let result: Result<_, Error> = import("mixed", &mixed);
    assert_eq!(result.map(drop), Err(Error::KeyMismatch));
}

#[test]
fn a_request_of_another_party_is_answered_inside_the_roots_limits() {
    let (_folder, home) = home();
    let constrained = CaOptions {
        name_constraints: NameConstraints::only(["corp.test".parse().unwrap()]),
        ..options()
    };
    let ca = home.create_ca(&constrained, now()).unwrap();
    let key = Key::generate(KeyType::P384).unwrap();
    let subject = Subject {
        organization: Some("Partner".into()),
        ..Subject::new("Partner CA")
    };
    let name = "partner.corp.test".parse().unwrap();
    let request = CertificateRequest::new(&key, &[name], Some(&subject)).unwrap();
    assert_eq!(request.subject_fields(), Some(&subject));
    let certify = |path_len, domains: &[&str]| {
        let domains = domains.iter().map(|domain| domain.parse().unwrap());
        let options = AuthorityOptions {
            subject: subject.clone(),
            path_len: Some(path_len),
            name_constraints: match domains.len() {
                0 => NameConstraints::default(),
                _ => NameConstraints::only(domains),
            },
            ..AuthorityOptions::default()
        };
        home.certify_intermediate(&stamp(), &options, &request, &mut no_password)
    };
    for domain in ["other.test", "test", "10.0.0.0/8"] {
        let refused = certify(0, &[domain]).unwrap_err();
        assert!(matches!(refused, Error::Constraint { .. }), "{domain}");
    }
    assert!(matches!(certify(2, &[]), Err(Error::PathLength { .. })));
    let Err(Error::Constraint { breach, .. }) = certify(0, &["corp.example"]) else {
        panic!("it was permitted")
    };
    assert!(matches!(breach, Breach::NotPermitted { .. }));

    let record = certify(1, &["sub.corp.test"]).unwrap();
    assert_eq!(record.key_file, None);
    assert_eq!(record.subject, "O=Partner, CN=Partner CA");
    record.certificate.check_signed_by(ca.root()).unwrap();
    assert_eq!(&record.certificate.public_key().unwrap(), key.public_key());
    // Not twice, and not without its key.
    assert_eq!(certify(0, &[]).map(drop), Err(Error::SubjectReused));
    let subject = record.subject.clone();
    let refused = StoreError::KeyElsewhere { subject };
    let loaded = record.load(&mut no_password);
    assert_eq!(loaded.map(drop), Err(refused.into()));
}

#[test]
fn a_further_intermediate_has_the_constraints_of_its_root() {
    let (_folder, home) = home();
    let only = NameConstraints::only(["corp.test".parse().unwrap()]);
    let constrained = CaOptions {
        name_constraints: only.clone(),
        ..options()
    };
    home.create_ca(&constrained, now()).unwrap();
    let options = AuthorityOptions {
        subject: Subject::new("Second"),
        ..AuthorityOptions::default()
    };
    let who = Stamp::new("tester", now());
    let made = home.add_intermediate(&who, &options, KeyType::P256, &mut no_password);
    assert_eq!(made.unwrap().name_constraints(), Ok(Some(only)));
}

#[test]
fn an_authority_whose_key_never_was_here_is_recorded_without_one() {
    let (_folder, home, ca) = home_with_ca();
    let mut store = Store::open(&home, &stamp()).unwrap();
    let root = ca.root_authority(&mut no_password).unwrap();
    let key = Key::generate(KeyType::P256).unwrap();
    let other = root.intermediate(key, &Subject::new("Other"), DAY, now());
    let other = other.unwrap();
    let new = NewAuthority {
        certificate: other.certificate(),
        key_file: None,
        key_encrypted: false,
    };
    let id = store.record_authority(&stamp(), &new).unwrap();
    let all = store.authorities().unwrap();
    let found = all.iter().find(|found| found.id == id).unwrap();
    assert!(!found.has_key());
}

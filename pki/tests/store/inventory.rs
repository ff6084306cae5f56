//! What is recorded is found again, and what must not be is refused.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use wharf_pki::key::KeyFault;
use wharf_pki::store::{
    AuthorityState, CertificateState, Decision, FileKind, Filter, NewAuthority, NewCertificate,
    Role, Stamp, Store, StoreError, no_password,
};
use wharf_pki::validity::DAY;
use wharf_pki::{CaSubject, Error, Key, KeyType, RevocationReason};

use crate::support::{crl, file, fixture, home_with_ca, issue, new, now, serial, stamp};

#[test]
fn a_certificate_is_found_by_name_serial_and_fingerprint() {
    let mut fixture = fixture();
    let (id, certificate) = fixture.record(&["a.test", "10.0.0.1"], 90);
    fixture.record(&["b.test"], 90);
    let serial = serial(&certificate);
    let info = wharf_pki::inspect::inspect_der(certificate.der()).unwrap();
    let colons = info.sha256.clone();
    for wanted in [
        "a.test",
        "A.TEST",
        "10.0.0.1",
        &*serial,
        &serial[..12],
        &serial.to_lowercase(),
        &colons,
        &colons.replace(':', "").to_lowercase(),
    ] {
        let found = fixture.store.find(wanted, now()).unwrap();
        assert_eq!(found.id, id, "{wanted}");
    }
    let record = fixture.store.find("a.test", now()).unwrap();
    assert_eq!(record.issuer, Some(fixture.intermediate));
    assert_eq!(record.serial, serial);
    assert_eq!(record.subject, "CN=a.test");
    assert_eq!(record.names, ["DNS:a.test", "IP:10.0.0.1"]);
    assert_eq!(record.profile, "server");
    assert_eq!(record.not_after, info.not_after);
    assert_eq!(record.not_before, info.not_before);
    assert_eq!(record.sha256, colons.replace(':', ""));
    assert_eq!(record.spki_sha256, info.spki_sha256);
    assert_eq!(record.state, CertificateState::Valid);
    assert_eq!(fixture.store.certificate(id).unwrap(), certificate);
    let wanted = "c.test".to_owned();
    assert_eq!(
        fixture.store.find("c.test", now()),
        Err(StoreError::UnknownCertificate { wanted }.into())
    );
}

#[test]
fn of_two_with_a_name_the_valid_one_is_meant_and_two_valid_ones_are_ambiguous() {
    let mut fixture = fixture();
    let (old, old_certificate) = fixture.record(&["a.test"], 90);
    let certificate = fixture.issue(&["a.test"], 90);
    let (ambiguous, _) = fixture.record(&["a.test"], 90);
    let error = fixture.store.find("a.test", now()).unwrap_err();
    let Error::Store(StoreError::AmbiguousCertificate { serials, .. }) = &error else {
        panic!("{error}")
    };
    assert!(serials.contains(&serial(&old_certificate)));
    assert!(error.hint().is_some());
    let id = fixture.intermediate;
    let reason = RevocationReason::KeyCompromise;
    let revoked = serial(&fixture.store.certificate(ambiguous).unwrap());
    fixture
        .store
        .revoke(&stamp(), id, &revoked, reason, None)
        .unwrap();
    assert_eq!(fixture.store.find("a.test", now()).unwrap().id, old);
    let replacing = NewCertificate {
        replaces: Some(old),
        ..new(id, &certificate)
    };
    let newest = fixture
        .store
        .record_certificate(&stamp(), &replacing)
        .unwrap();
    assert_eq!(fixture.store.find("a.test", now()).unwrap().id, newest);
    let old = fixture
        .store
        .find(&serial(&old_certificate), now())
        .unwrap();
    assert_eq!(
        (old.state, old.replaced_by),
        (CertificateState::Replaced, Some(newest))
    );
}

#[test]
fn a_list_is_filtered_by_state_and_expiry_at_the_time_that_is_asked_for() {
    let mut fixture = fixture();
    let (short, short_certificate) = fixture.record(&["short.test"], 10);
    let (long, _) = fixture.record(&["long.test"], 90);
    let (revoked, revoked_certificate) = fixture.record(&["revoked.test"], 90);
    let id = fixture.intermediate;
    fixture
        .store
        .revoke(
            &stamp(),
            id,
            &serial(&revoked_certificate),
            RevocationReason::Superseded,
            None,
        )
        .unwrap();
    let ids = |filter: &Filter<'_>, at| -> Vec<_> {
        let listed = fixture.store.list(filter, at).unwrap();
        listed.into_iter().map(|record| record.id).collect()
    };
    let state = |state, at| -> Vec<_> {
        let filter = Filter {
            state: Some(state),
            ..Filter::default()
        };
        ids(&filter, at)
            .into_iter()
            .filter(|id| *id >= short)
            .collect()
    };
    assert_eq!(state(CertificateState::Valid, now()), [short, long]);
    assert_eq!(state(CertificateState::Revoked, now()), [revoked]);
    // The last second counts whole.
    let end = short_certificate.validity().not_after;
    assert_eq!(state(CertificateState::Expired, end), []);
    let second = time::Duration::SECOND;
    assert_eq!(state(CertificateState::Expired, end + second), [short]);
    assert_eq!(
        state(CertificateState::NotYetValid, now() - 2 * DAY),
        [short, long]
    );
    let expiring = |within, at| {
        let filter = Filter {
            expiring_within: Some(within),
            ..Filter::default()
        };
        ids(&filter, at)
    };
    assert_eq!(expiring(11 * DAY, now()), [short]);
    assert_eq!(expiring(9 * DAY, now()), []);
    assert_eq!(expiring(91 * DAY, now()), [short, long]);
    assert_eq!(expiring(91 * DAY, end + second), [long]);
    assert_eq!(expiring(Duration::MAX, now()).len(), 4);
    let prefix = serial(&revoked_certificate)[..8].to_lowercase();
    let filter = Filter {
        serial_prefix: Some(&prefix),
        ..Filter::default()
    };
    assert_eq!(ids(&filter, now()), [revoked]);
    let filter = Filter {
        name: Some("LONG.test"),
        ..Filter::default()
    };
    assert_eq!(ids(&filter, now()), [long]);
    let page = Filter {
        after: Some(short),
        limit: 1,
        ..Filter::default()
    };
    assert_eq!(ids(&page, now()), [long]);
    let record = fixture.store.find("revoked.test", now()).unwrap();
    let revocation = record.revocation.unwrap();
    assert_eq!(revocation.reason, RevocationReason::Superseded);
    assert_eq!(revocation.not_after, Some(record.not_after));
}

#[test]
fn a_serial_number_is_given_once() {
    let mut fixture = fixture();
    let id = fixture.intermediate;
    let (_, certificate) = fixture.record(&["a.test"], 90);
    let again = fixture
        .store
        .record_certificate(&stamp(), &new(id, &certificate));
    let serial = serial(&certificate);
    assert_eq!(again, Err(StoreError::Recorded { serial }.into()));
}

#[test]
fn another_certificate_with_a_serial_number_that_is_taken_is_refused() {
    let mut fixture = fixture();
    let id = fixture.intermediate;
    let authority = fixture.ca.intermediate();
    let twin = |name: &str| {
        let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x41, 7]));
        let issuer = rcgen::Issuer::from_ca_cert_der(
            &rustls_pki_types::CertificateDer::from(authority.certificate().der()),
            authority.key(),
        );
        let key = Key::generate(KeyType::P256).unwrap();
        let signed = params.signed_by(&key, &issuer.unwrap()).unwrap();
        wharf_pki::Certificate::from_der(signed.der()).unwrap()
    };
    let (first, second) = (twin("a.test"), twin("b.test"));
    fixture
        .store
        .record_certificate(&stamp(), &new(id, &first))
        .unwrap();
    let serial = "4107".to_owned();
    assert_eq!(
        fixture
            .store
            .record_certificate(&stamp(), &new(id, &second)),
        Err(StoreError::SerialTaken { serial }.into())
    );
    assert!(fixture.store.find("b.test", now()).is_err());
}

#[test]
fn a_certificate_of_another_ca_is_not_recorded_under_this_one() {
    let mut fixture = fixture();
    let (_folder, _home, other) = home_with_ca();
    let (certificate, _) = issue(&other, &["a.test"], 90);
    let recorded = fixture
        .store
        .record_certificate(&stamp(), &new(fixture.intermediate, &certificate));
    assert_eq!(recorded, Err(Error::BadSignature));
}

#[test]
fn a_certificate_whose_files_never_appeared_is_shown_as_such() {
    let mut fixture = fixture();
    let certificate = fixture.issue(&["a.test"], 90);
    let files = vec![
        file(&fixture.folder, "a.crt"),
        (FileKind::Key, fixture.folder.path().join("a.key")),
    ];
    let new = NewCertificate {
        files: files.clone(),
        ..new(fixture.intermediate, &certificate)
    };
    let id = fixture.store.record_certificate(&stamp(), &new).unwrap();
    fixture.record(&["b.test"], 90);
    let unwritten = Filter {
        unwritten: true,
        ..Filter::default()
    };
    let listed = fixture.store.list(&unwritten, now()).unwrap();
    assert_eq!(listed.len(), 1);
    assert!(listed[0].is_unwritten() && listed[0].id == id);
    fixture
        .store
        .mark_written(&stamp(), id, &files[..1])
        .unwrap();
    assert_eq!(fixture.store.list(&unwritten, now()).unwrap().len(), 1);
    fixture
        .store
        .mark_written(&stamp(), id, &files[1..])
        .unwrap();
    assert_eq!(fixture.store.list(&unwritten, now()).unwrap(), []);
    let record = fixture.store.find("a.test", now()).unwrap();
    let paths: BTreeSet<PathBuf> = record.files.into_iter().map(|file| file.path).collect();
    assert_eq!(paths, files.into_iter().map(|(_, path)| path).collect());
}

#[test]
fn a_path_that_is_no_text_is_kept_as_it_is() {
    use std::os::unix::ffi::OsStrExt;
    let mut fixture = fixture();
    let (id, _) = fixture.record(&["a.test"], 90);
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/srv/\xff.crt"));
    let files = [(FileKind::Certificate, path.clone())];
    fixture.store.mark_written(&stamp(), id, &files).unwrap();
    let record = fixture.store.find("a.test", now()).unwrap();
    assert_eq!(record.files[0].path, path);
}

#[test]
fn a_revocation_is_final_except_for_a_hold() {
    let mut fixture = fixture();
    let id = fixture.intermediate;
    let (_, certificate) = fixture.record(&["a.test"], 90);
    let serial = serial(&certificate);
    let store = &mut fixture.store;
    let mut revoke = |reason| store.revoke(&stamp(), id, &serial, reason, None);
    assert_eq!(
        revoke(RevocationReason::RemoveFromCrl),
        Err(StoreError::RemoveFromCrl.into())
    );
    revoke(RevocationReason::CertificateHold).unwrap();
    store.release(&stamp(), id, &serial).unwrap();
    assert_eq!(store.revocations(id).unwrap(), []);
    let not_on_hold = StoreError::NotOnHold {
        serial: serial.clone(),
    };
    assert_eq!(
        store.release(&stamp(), id, &serial),
        Err(not_on_hold.into())
    );
    let since = now().replace_nanosecond(0).unwrap() - 3 * DAY;
    let mut revoke = |reason| store.revoke(&stamp(), id, &serial, reason, Some(since));
    revoke(RevocationReason::CertificateHold).unwrap();
    revoke(RevocationReason::KeyCompromise).unwrap();
    let error = revoke(RevocationReason::Superseded).unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Store(StoreError::AlreadyRevoked {
                reason: RevocationReason::KeyCompromise,
                ..
            })
        ),
        "{error:?}"
    );
    assert!(store.release(&stamp(), id, &serial).is_err());
    let revocations = store.revocations(id).unwrap();
    assert_eq!(revocations.len(), 1);
    assert_eq!(revocations[0].invalidity_date, Some(since));
    // A number from before there was an inventory.
    store
        .revoke(&stamp(), id, "0A:0b", RevocationReason::Unspecified, None)
        .unwrap();
    assert_eq!(store.revocations(id).unwrap().len(), 2);
}

#[test]
fn numbers_of_crls_rise_by_one_and_a_list_that_says_another_is_refused() {
    let mut fixture = fixture();
    let id = fixture.intermediate;
    let (_, certificate) = fixture.record(&["a.test"], 90);
    let (store, authority) = (&mut fixture.store, fixture.ca.intermediate());
    store
        .revoke(
            &stamp(),
            id,
            &serial(&certificate),
            RevocationReason::KeyCompromise,
            None,
        )
        .unwrap();
    for expected in 1..=3 {
        let issued = store.issue_crl(&stamp(), id, |next| {
            assert_eq!(next.number, expected);
            assert_eq!(next.revocations[0].serial, serial(&certificate));
            Ok(crl(authority, next.number, &next.revocations))
        });
        let issued = issued.unwrap();
        assert_eq!(store.latest_crl(id).unwrap().unwrap(), issued);
    }
    let refused = store.issue_crl(&stamp(), id, |next| {
        Ok(crl(authority, next.number + 1, &[]))
    });
    let mismatch = StoreError::CrlMismatch { what: "number" };
    assert_eq!(refused, Err(mismatch.into()));
    let root = fixture.ca.root_authority(&mut no_password).unwrap();
    let refused = store.issue_crl(&stamp(), id, |next| Ok(crl(&root, next.number, &[])));
    let mismatch = StoreError::CrlMismatch { what: "issuer" };
    assert_eq!(refused, Err(mismatch.into()));
    let refused = store.issue_crl(&stamp(), id, |_| Ok(b"no CRL".to_vec()));
    assert_eq!(refused, Err(StoreError::MalformedCrl.into()));
    let refused = store.issue_crl(&stamp(), id, |_| Err(Error::NotACa));
    assert_eq!(refused, Err(Error::NotACa));
    assert_eq!(store.crl_numbers(id).unwrap(), [1, 2, 3]);
}

#[test]
fn a_request_is_approved_by_the_certificate_that_answers_it() {
    let mut fixture = fixture();
    let certificate = fixture.issue(&["a.test"], 90);
    let store = &mut fixture.store;
    let first = store
        .record_request(&stamp(), "CN=a.test", b"a request")
        .unwrap();
    let second = store
        .record_request(&stamp(), "CN=b\x1b.test", b"another")
        .unwrap();
    let pending = store.pending_requests(10).unwrap();
    assert_eq!(
        pending.iter().map(|request| request.id).collect::<Vec<_>>(),
        [first, second]
    );
    assert_eq!(pending[1].subject, "CN=b\\u{1b}.test");
    assert_eq!(pending[0].der, b"a request");
    let new = NewCertificate {
        request: Some(first),
        ..new(fixture.intermediate, &certificate)
    };
    let id = store.record_certificate(&stamp(), &new).unwrap();
    let decision = store.request(first).unwrap().decision;
    assert!(matches!(decision, Decision::Approved { certificate, .. } if certificate == id));
    store.refuse_request(&stamp(), second, "not ours").unwrap();
    let again = store.refuse_request(&stamp(), second, "again").unwrap_err();
    assert!(matches!(
        again,
        Error::Store(StoreError::RequestDecided { number: 2 })
    ));
    assert_eq!(store.pending_requests(10).unwrap(), []);
}

#[test]
fn authorities_are_recorded_once_retired_and_loaded_with_their_keys() {
    let mut fixture = fixture();
    let folder = fixture.home.ca_path();
    let root = fixture.ca.root_authority(&mut no_password).unwrap();
    let second = root
        .intermediate(
            Key::generate(KeyType::P256).unwrap(),
            &CaSubject::new("Second"),
            DAY,
            now(),
        )
        .unwrap();
    let key_file = Path::new("second.key");
    wharf_pki::store::write_new(
        &folder.join(key_file),
        second.key().to_pem().as_bytes(),
        wharf_pki::store::Mode::Private,
    )
    .unwrap();
    let new = NewAuthority {
        certificate: second.certificate(),
        key_file: Some(key_file),
        key_encrypted: false,
    };
    let id = fixture.store.record_authority(&stamp(), &new).unwrap();
    assert_eq!(fixture.store.record_authority(&stamp(), &new).unwrap(), id);
    fixture
        .store
        .retire_authority(&stamp(), fixture.intermediate)
        .unwrap();
    let found = fixture.store.authorities().unwrap();
    let roles: Vec<_> = found
        .iter()
        .map(|found| (found.role, found.state))
        .collect();
    assert_eq!(
        roles,
        [
            (Role::Root, AuthorityState::Active),
            (Role::Intermediate, AuthorityState::Retired),
            (Role::Intermediate, AuthorityState::Active)
        ]
    );
    for record in found {
        let loaded = record.load(&mut no_password).unwrap();
        assert_eq!(loaded.certificate(), &record.certificate);
        let certificate = fixture.store.certificate(record.certificate_id).unwrap();
        assert_eq!(certificate, record.certificate);
    }
    // The second intermediate is a certificate of the root's, which can revoke it.
    let record = fixture.store.find(&serial(second.certificate()), now());
    assert_eq!(record.unwrap().issuer, Some(fixture.root));
}

#[test]
fn an_encrypted_key_asks_for_its_password_and_is_refused_without_one() {
    let mut fixture = fixture();
    let path = fixture.home.ca_path().join("intermediate.key");
    let text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    std::fs::write(&path, text).unwrap();
    let record = fixture.store.authorities().unwrap().remove(1);
    let mut asked = Vec::new();
    let loaded = record.load(&mut |path| {
        asked.push(path.to_owned());
        Ok(None)
    });
    assert!(matches!(
        loaded,
        Err(Error::Key {
            fault: KeyFault::Encrypted
        })
    ));
    assert_eq!(asked, [path]);
    // A new inventory sees that the key is encrypted.
    std::fs::remove_file(fixture.home.store_path()).unwrap();
    fixture.store = Store::open(&fixture.home, &Stamp::new("tester", now())).unwrap();
    let found = fixture.store.authorities().unwrap();
    let encrypted: Vec<_> = found.iter().map(|found| found.key_encrypted).collect();
    assert_eq!(encrypted, [false, true]);
}

#[test]
fn a_key_that_another_password_opens_is_not_a_damaged_ca() {
    let (_folder, home) = crate::support::home();
    let options = wharf_pki::CaOptions {
        password: Some(wharf_pki::Password::new(b"right")),
        ..crate::support::options()
    };
    home.create_ca(&options, now()).unwrap();
    let loaded = home.load_ca_with(&mut |_| Ok(Some(wharf_pki::Password::new(b"wrong"))));
    assert_eq!(loaded.unwrap_err(), Error::from(KeyFault::WrongPassword));
}

#[test]
fn a_certificate_that_is_given_up_leaves_the_place_to_the_one_before() {
    let mut fixture = fixture();
    let (old, _) = fixture.record(&["a.test"], 90);
    let certificate = fixture.issue(&["a.test"], 90);
    let given_up = NewCertificate {
        files: vec![(FileKind::Chain, "/nowhere/a.pem".into())],
        replaces: Some(old),
        ..new(fixture.intermediate, &certificate)
    };
    let id = fixture.store.record_certificate(&stamp(), &given_up);
    fixture.store.abandon(&stamp(), id.unwrap()).unwrap();
    assert_eq!(fixture.store.find("a.test", now()).unwrap().id, old);
    let records = fixture.store.list(&Filter::default(), now()).unwrap();
    let [.., first, second] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(first.state, CertificateState::Valid);
    assert_eq!(second.state, CertificateState::Revoked);
    assert!(second.files.is_empty());
    let reason = second.revocation.as_ref().map(|revoked| revoked.reason);
    assert_eq!(reason, Some(RevocationReason::CessationOfOperation));
    fixture.store.verify_audit(None).unwrap();
}

#[test]
fn a_revoked_ca_does_not_issue_until_it_is_released() {
    let mut fixture = fixture();
    let (root, authority) = (fixture.root, fixture.ca.intermediate());
    let number = serial(authority.certificate());
    let store = &mut fixture.store;
    store.check_issues(authority).unwrap();
    let hold = RevocationReason::CertificateHold;
    store.revoke(&stamp(), root, &number, hold, None).unwrap();
    let error = store.check_issues(authority).unwrap_err();
    let Error::Store(StoreError::IssuerRevoked {
        subject, reason, ..
    }) = &error
    else {
        panic!("{error}")
    };
    assert_eq!(
        (subject.as_str(), *reason),
        ("CN=Wharf development CA intermediate", hold)
    );
    assert!(error.hint().unwrap().contains("release it"));
    store.release(&stamp(), root, &number).unwrap();
    store.check_issues(authority).unwrap();
}

#[test]
fn a_root_does_not_revoke_itself() {
    let mut fixture = fixture();
    let number = serial(fixture.ca.root());
    let reason = RevocationReason::KeyCompromise;
    let refused = fixture
        .store
        .revoke(&stamp(), fixture.root, &number, reason, None);
    let subject = "CN=Wharf development CA".to_owned();
    assert_eq!(refused, Err(StoreError::RevokesItself { subject }.into()));
    assert_eq!(fixture.store.revocations(fixture.root).unwrap(), []);
}

#[test]
fn what_is_shown_as_a_name_is_found() {
    let fixture = fixture();
    for wanted in [
        "Wharf development CA intermediate",
        "wharf development ca INTERMEDIATE",
        "CN=Wharf development CA intermediate",
    ] {
        let by_name = Filter {
            name: Some(wanted),
            ..Filter::default()
        };
        assert_eq!(fixture.store.list(&by_name, now()).unwrap().len(), 1);
        let found = fixture.store.find(wanted, now()).unwrap();
        assert_eq!(found.profile, "intermediate");
    }
    for other in ["intermediate", "Wharf development", "CA", ""] {
        let found = fixture.store.find(other, now());
        assert!(found.is_err(), "{other}");
    }
}

//! The CA's folder: whole or not at all, one CA however many ask, and an error that says which file is wrong.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use wharf_pki::error::{Damage, IoAction, PemFault, SubjectFault};
use wharf_pki::store::{
    CaOrigin, FILE_BYTES_MAX, Mode, StoreError, no_password, write_atomic, write_new,
};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaOptions, CaSubject, EndEntity, Error, Home, Key, KeyType};

use crate::child;
use crate::support::{entries, home, home_with_ca, mode, now, options};

#[test]
fn a_ca_that_was_made_is_loaded_again() {
    let (_folder, home) = home();
    assert!(home.load_ca().unwrap().is_none());
    let made = home
        .create_ca(
            &CaOptions {
                name: "Mine".into(),
                ..options()
            },
            now(),
        )
        .unwrap();
    let loaded = home.load_ca().unwrap().unwrap();
    assert_eq!(loaded.root(), made.root());
    assert_eq!(
        loaded.intermediate().certificate(),
        made.intermediate().certificate()
    );
    assert_eq!(
        loaded.intermediate().key().spki_der(),
        made.intermediate().key().spki_der()
    );

    let subject = |certificate: &wharf_pki::Certificate| {
        wharf_pki::inspect::inspect_der(certificate.der())
            .unwrap()
            .subject
    };
    assert_eq!(subject(made.root()), "CN=Mine");
    assert_eq!(
        subject(made.intermediate().certificate()),
        "CN=Mine intermediate"
    );
    assert_eq!(
        fs::read_to_string(made.root_path()).unwrap(),
        made.root().to_pem()
    );
    assert_eq!(
        fs::read_to_string(made.intermediate_path()).unwrap(),
        made.intermediate().certificate().to_pem()
    );
}

#[test]
fn a_ca_of_every_key_type_is_loaded_again() {
    for key_type in KeyType::ALL {
        let (_folder, home) = home();
        home.create_ca(
            &CaOptions {
                key_type,
                ..options()
            },
            now(),
        )
        .unwrap();
        assert_eq!(
            home.load_ca()
                .unwrap()
                .unwrap()
                .intermediate()
                .key()
                .key_type(),
            key_type
        );
    }
}

#[test]
fn the_folder_and_the_keys_are_the_owners_alone() {
    let (_folder, home, ca) = home_with_ca();
    assert_eq!([mode(home.path()), mode(ca.folder())], [0o700, 0o700]);
    assert_eq!(
        [
            mode(&ca.folder().join("root.key")),
            mode(&ca.folder().join("intermediate.key"))
        ],
        [0o600, 0o600]
    );
    assert_eq!(
        [mode(&ca.root_path()), mode(&ca.intermediate_path())],
        [0o644, 0o644]
    );
    assert_eq!(entries(home.path()), ["ca"]);
    assert_eq!(
        entries(ca.folder()),
        [
            "intermediate.crt",
            "intermediate.key",
            "root.crt",
            "root.key"
        ]
    );
}

#[test]
fn a_key_that_others_can_read_is_a_fact_to_report_and_no_failure() {
    let (_folder, home, ca) = home_with_ca();
    assert_eq!(ca.exposed_keys(), Ok(vec![]));
    let path = ca.folder().join("root.key");
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(
        home.load_ca().unwrap().unwrap().exposed_keys(),
        Ok(vec![path])
    );
}

#[test]
fn a_chain_is_the_leaf_and_the_intermediate_without_the_root() {
    let (_folder, _home, ca) = home_with_ca();
    let request = EndEntity {
        names: vec!["localhost".parse().unwrap()],
        ..EndEntity::default()
    };
    let leaf = ca
        .intermediate()
        .issue(&request, &Key::generate(KeyType::P256).unwrap(), now())
        .unwrap()
        .certificate;
    assert_eq!(
        ca.chain_pem(&leaf),
        leaf.to_pem() + &ca.intermediate().certificate().to_pem()
    );
}

#[test]
fn a_second_ca_is_refused_and_the_first_stays() {
    let (_folder, home, ca) = home_with_ca();
    let error = home.create_ca(&options(), now()).unwrap_err();
    assert_eq!(
        error,
        Error::CaExists {
            path: home.ca_path()
        }
    );
    assert!(error.hint().is_some());
    assert_eq!(home.load_ca().unwrap().unwrap().root(), ca.root());
    assert_eq!(entries(home.path()), ["ca"]);
}

#[test]
fn what_stands_in_the_place_of_a_ca_is_never_replaced() {
    let (_folder, home) = home();
    fs::create_dir_all(home.ca_path()).unwrap();
    assert_eq!(
        home.create_ca(&options(), now()).unwrap_err(),
        Error::CaExists {
            path: home.ca_path()
        }
    );
    fs::remove_dir(home.ca_path()).unwrap();
    symlink("/nowhere", home.ca_path()).unwrap();
    assert_eq!(
        home.create_ca(&options(), now()).unwrap_err(),
        Error::CaExists {
            path: home.ca_path()
        }
    );
}

#[test]
fn options_that_no_ca_may_have_leave_nothing_behind() {
    let (_folder, home) = home();
    let error = home
        .create_ca(
            &CaOptions {
                name: String::new(),
                ..options()
            },
            now(),
        )
        .unwrap_err();
    assert_eq!(
        error,
        Error::Subject {
            fault: SubjectFault::Empty
        }
    );
    assert!(!home.path().exists());
}

#[test]
fn a_long_name_is_cut_for_the_intermediate_only() {
    let (_folder, home) = home();
    let ca = home
        .create_ca(
            &CaOptions {
                name: "ü".repeat(64),
                ..options()
            },
            now(),
        )
        .unwrap();
    let subject = wharf_pki::inspect::inspect_der(ca.intermediate().certificate().der())
        .unwrap()
        .subject;
    assert_eq!(subject, format!("CN={} intermediate", "ü".repeat(51)));
}

#[test]
fn threads_that_start_at_once_get_the_same_ca() {
    let (_folder, home) = home();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| home.load_or_create_ca(&options(), now()).unwrap()))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(
        results
            .iter()
            .filter(|(_, origin)| *origin == CaOrigin::Created)
            .count(),
        1
    );
    assert!(
        results
            .iter()
            .all(|(ca, _)| ca.root() == results[0].0.root())
    );
    assert_eq!(entries(home.path()), ["ca", "lock"]);
}

#[test]
fn threads_without_the_lock_make_one_ca_and_the_others_are_told() {
    let (_folder, home) = home();
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| home.create_ca(&options(), now())))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    let (made, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    assert!(refused.into_iter().all(|result| result.unwrap_err()
        == Error::CaExists {
            path: home.ca_path()
        }));
    assert_eq!(entries(home.path()), ["ca"]);
    assert_eq!(
        home.load_ca().unwrap().unwrap().root(),
        made.into_iter().next().unwrap().unwrap().root()
    );
}

#[test]
fn processes_that_start_at_once_get_the_same_ca() {
    let (_folder, home) = home();
    let children: Vec<_> = (0..6)
        .map(|_| child::start("load_or_create", home.path()))
        .collect();
    let roots: Vec<String> = children
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{output:?}");
            let text = String::from_utf8(output.stdout).unwrap();
            text.lines()
                .find_map(|line| line.strip_prefix("root "))
                .unwrap()
                .to_owned()
        })
        .collect();
    assert!(roots.iter().all(|root| *root == roots[0]), "{roots:?}");
    assert_eq!(entries(home.path()), ["ca", "lock"]);
}

#[test]
fn a_process_that_is_killed_leaves_a_whole_ca_or_none_and_the_next_one_works() {
    // How much of the third CA there is when the kill is sent: nothing, the lock, its folder, ... all four files.
    for progress in 0..=6 {
        let folder = tempfile::tempdir().unwrap();
        let mut child = child::start("create_until_killed", folder.path());
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.map(Result::unwrap).any(|line| line == "made 1"));
        let third = folder.path().join("2");
        let begin = std::time::Instant::now();
        while count(&third) < progress && begin.elapsed() < Duration::from_secs(10) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for name in entries(folder.path()) {
            let home = Home::at(folder.path().join(name));
            home.load_ca().unwrap();
            home.load_or_create_ca(&options(), now()).unwrap();
            // The CA is there, so a leftover waits for the next one who asks for the lock.
            drop(home.lock().unwrap());
            assert_eq!(entries(home.path()), ["ca", "lock"]);
        }
    }
}

/// Everything below a folder, as far as it can be seen while another process works there.
fn count(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| 1 + count(&entry.path()))
        .sum()
}

#[test]
fn a_folder_left_behind_by_a_killed_process_is_removed_and_hinders_no_one() {
    let (_folder, home) = home();
    let leftover = home.path().join(".wharf-ca-new-abc123");
    fs::create_dir_all(&leftover).unwrap();
    fs::write(leftover.join("root.key"), "half a k").unwrap();
    assert!(home.load_ca().unwrap().is_none());
    home.load_or_create_ca(&options(), now()).unwrap();
    assert_eq!(entries(home.path()), ["ca", "lock"]);
}

#[test]
fn the_lock_is_held_until_it_is_dropped() {
    let (_folder, home) = home();
    let lock = home.lock().unwrap();
    assert_eq!(mode(&home.path().join("lock")), 0o600);
    let other = fs::File::open(home.path().join("lock")).unwrap();
    assert!(matches!(
        other.try_lock(),
        Err(fs::TryLockError::WouldBlock)
    ));
    drop(lock);
    assert!(other.try_lock().is_ok());
}

#[test]
fn the_wait_for_the_lock_is_bounded_and_named() {
    let (_folder, home) = home();
    let lock = home.lock().unwrap();
    let waited = Duration::from_millis(50);
    let path = home.path().join("lock");
    let error = home.lock_within(waited).unwrap_err();
    assert_eq!(error, Error::Store(StoreError::Busy { path, waited }));
    assert!(error.to_string().ends_with("waited 0.05 s"), "{error}");
    drop(lock);
    home.lock_within(Duration::ZERO).unwrap();
}

#[track_caller]
fn damaged(home: &Home, name: &str, damage: Damage, cause: Option<Error>) {
    let file = home.ca_path().join(name);
    // The root's key is looked at when it is to sign, and no earlier.
    let error = match home.load_ca() {
        Ok(ca) if name == "root.key" => ca.unwrap().root_authority(&mut no_password).map(drop),
        loaded => loaded.map(drop),
    };
    let error = error.unwrap_err();
    assert_eq!(
        error,
        Error::DamagedCa {
            file: file.clone(),
            damage,
            cause: cause.map(Box::new)
        }
    );
    assert!(error.to_string().starts_with(file.to_str().unwrap()));
    assert!(
        error
            .hint()
            .unwrap()
            .contains(home.ca_path().to_str().unwrap())
    );
    // What is damaged is evidence: it is never made anew unasked.
    let (before, again) = (
        entries(&home.ca_path()),
        home.load_or_create_ca(&options(), now()),
    );
    assert!(again.is_err() || name == "root.key");
    assert_eq!(entries(&home.ca_path()), before);
}

const FILES: [&str; 4] = [
    "root.crt",
    "root.key",
    "intermediate.crt",
    "intermediate.key",
];

#[test]
fn a_missing_file_is_named() {
    // A root's key may be kept elsewhere.
    for name in FILES.into_iter().filter(|name| *name != "root.key") {
        let (_folder, home, ca) = home_with_ca();
        fs::remove_file(ca.folder().join(name)).unwrap();
        damaged(&home, name, Damage::Missing, None);
    }
}

#[test]
fn an_empty_file_is_named() {
    for name in FILES {
        let (_folder, home, ca) = home_with_ca();
        fs::write(ca.folder().join(name), "").unwrap();
        damaged(&home, name, Damage::Empty, None);
    }
}

#[test]
fn a_file_that_is_cut_is_named_with_the_reason() {
    for name in FILES {
        let (_folder, home, ca) = home_with_ca();
        let path = ca.folder().join(name);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        let wanted = if name.ends_with(".key") {
            "private key"
        } else {
            "certificate"
        };
        damaged(
            &home,
            name,
            Damage::Content,
            Some(Error::Pem {
                wanted,
                fault: PemFault::Boundary,
            }),
        );
    }
}

#[test]
fn a_file_that_is_no_text_or_too_large_is_named() {
    let (_folder, home, ca) = home_with_ca();
    let text = fs::read(ca.root_path()).unwrap();
    fs::write(ca.root_path(), [0xff; 10]).unwrap();
    let fault = PemFault::NotFound;
    damaged(
        &home,
        "root.crt",
        Damage::Content,
        Some(Error::Pem {
            wanted: "certificate",
            fault,
        }),
    );

    let padding = FILE_BYTES_MAX as usize - text.len();
    fs::write(ca.root_path(), [&vec![b'\n'; padding][..], &text].concat()).unwrap();
    assert!(home.load_ca().unwrap().is_some());
    fs::write(
        ca.root_path(),
        [&vec![b'\n'; padding + 1][..], &text].concat(),
    )
    .unwrap();
    damaged(
        &home,
        "root.crt",
        Damage::TooLarge {
            limit_bytes: FILE_BYTES_MAX,
        },
        None,
    );
}

#[test]
fn a_key_of_another_certificate_is_named() {
    for name in ["root.key", "intermediate.key"] {
        let (_folder, home, ca) = home_with_ca();
        let other = Key::generate(KeyType::P256).unwrap();
        write_atomic(
            &ca.folder().join(name),
            other.to_pem().as_bytes(),
            Mode::Private,
        )
        .unwrap();
        damaged(&home, name, Damage::KeyMismatch, None);
    }
}

#[test]
fn an_intermediate_of_another_root_is_named() {
    let (_folder, home, ca) = home_with_ca();
    let (_other_folder, _other_home, other) = home_with_ca();
    // Names and form are the same: only the signature tells.
    for name in ["intermediate.crt", "intermediate.key"] {
        fs::copy(other.folder().join(name), ca.folder().join(name)).unwrap();
    }
    damaged(&home, "intermediate.crt", Damage::NotSignedByRoot, None);
}

#[test]
fn a_root_that_another_signed_is_named() {
    let (_folder, home, ca) = home_with_ca();
    let top = Authority::root(
        Key::generate(KeyType::P256).unwrap(),
        &CaSubject::new("top"),
        DAY,
        2,
        now(),
    )
    .unwrap();
    let middle = top
        .intermediate(
            Key::generate(KeyType::P256).unwrap(),
            &CaSubject::new("middle"),
            DAY,
            now(),
        )
        .unwrap();
    write_atomic(
        &ca.root_path(),
        middle.certificate().to_pem().as_bytes(),
        Mode::Public,
    )
    .unwrap();
    write_atomic(
        &ca.folder().join("root.key"),
        middle.key().to_pem().as_bytes(),
        Mode::Private,
    )
    .unwrap();
    damaged(&home, "root.crt", Damage::NotSelfSigned, None);
}

#[test]
fn a_leaf_in_the_place_of_the_intermediate_is_named() {
    let (_folder, home, ca) = home_with_ca();
    let key = Key::generate(KeyType::P256).unwrap();
    let request = EndEntity {
        names: vec!["localhost".parse().unwrap()],
        ..EndEntity::default()
    };
    let leaf = ca
        .root_authority(&mut no_password)
        .unwrap()
        .issue(&request, &key, now())
        .unwrap()
        .certificate;
    write_atomic(
        &ca.intermediate_path(),
        leaf.to_pem().as_bytes(),
        Mode::Public,
    )
    .unwrap();
    write_atomic(
        &ca.folder().join("intermediate.key"),
        key.to_pem().as_bytes(),
        Mode::Private,
    )
    .unwrap();
    damaged(
        &home,
        "intermediate.crt",
        Damage::Content,
        Some(Error::NotACa),
    );
}

#[test]
fn an_expired_ca_is_loaded_and_refuses_to_issue() {
    let (_folder, home) = home();
    let then = now() - 2000 * DAY;
    let ca = home.create_ca(&options(), then).unwrap();
    let ca = {
        drop(ca);
        home.load_ca().unwrap().unwrap()
    };
    let request = EndEntity {
        names: vec!["localhost".parse().unwrap()],
        ..EndEntity::default()
    };
    let issued = ca
        .intermediate()
        .issue(&request, &Key::generate(KeyType::P256).unwrap(), now());
    let not_after = ca.intermediate().certificate().validity().not_after;
    assert_eq!(issued, Err(Error::Expired { not_after }));
}

#[test]
fn a_home_that_is_a_file_is_an_error_of_the_operating_system() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "").unwrap();
    let error = Home::at(&path).load_ca().unwrap_err();
    let Error::Io {
        action,
        path: at,
        cause,
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(
        (action, at, cause.0.kind()),
        (&IoAction::Read, &path.join("ca"), ErrorKind::NotADirectory)
    );
    assert!(error.hint().unwrap().contains("is a file"));
    assert!(std::error::Error::source(&error).is_some());
    assert!(Home::at(&path).lock().is_err());
}

#[test]
fn a_file_is_written_with_its_mode_and_replaced_only_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.key");
    write_new(&path, b"one", Mode::Private).unwrap();
    assert_eq!(
        (fs::read(&path).unwrap(), mode(&path)),
        (b"one".to_vec(), 0o600)
    );
    assert_eq!(
        write_new(&path, b"two", Mode::Public),
        Err(Error::FileExists { path: path.clone() })
    );
    assert_eq!(
        (fs::read(&path).unwrap(), mode(&path)),
        (b"one".to_vec(), 0o600)
    );
    write_atomic(&path, b"three", Mode::Public).unwrap();
    assert_eq!(
        (fs::read(&path).unwrap(), mode(&path)),
        (b"three".to_vec(), 0o644)
    );
    assert_eq!(entries(folder.path()), ["a.key"]);
}

#[test]
fn a_symbolic_link_is_replaced_and_its_target_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    fs::write(&target, "old").unwrap();
    symlink(&target, &link).unwrap();
    assert_eq!(
        write_new(&link, b"new", Mode::Public),
        Err(Error::FileExists { path: link.clone() })
    );
    write_atomic(&link, b"new", Mode::Public).unwrap();
    assert_eq!(
        (fs::read(&target).unwrap(), fs::read(&link).unwrap()),
        (b"old".to_vec(), b"new".to_vec())
    );
}

#[test]
fn a_file_in_a_folder_that_is_not_there_is_refused_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none/a.crt");
    let error = write_atomic(&path, b"x", Mode::Public).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("cannot write {}", path.display())
    );
    assert!(error.hint().unwrap().starts_with("make the folder"));
}

#[test]
fn what_a_killed_writer_left_in_the_home_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let path = |name: &str| folder.path().join(name);
    fs::write(path(".wharf-new-abc123"), "half a key").unwrap();
    fs::write(path("server.pem"), "whole").unwrap();
    fs::write(path(".new-notes"), "somebody's own").unwrap();
    drop(home.lock().unwrap());
    assert!(!path(".wharf-new-abc123").exists());
    assert!(path("server.pem").exists() && path(".new-notes").exists());
}

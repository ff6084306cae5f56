//! A backup is one file from which the CA comes back, or a refusal.

use std::fs;
use std::path::PathBuf;

use wharf_pki::store::{BackupFault, Filter, Store, StoreError, no_password};
use wharf_pki::{Error, Home, RevocationReason};

use crate::support::{Fixture, entries, fixture, mode, now, serial, stamp};

fn backup() -> (Fixture, PathBuf) {
    let mut fixture = fixture();
    let (_, certificate) = fixture.record(&["a.test"], 90);
    let id = fixture.intermediate;
    let reason = RevocationReason::KeyCompromise;
    fixture
        .store
        .revoke(&stamp(), id, &serial(&certificate), reason, None)
        .unwrap();
    let path = fixture.folder.path().join("ca.backup");
    fixture.home.backup(&path).unwrap();
    (fixture, path)
}

#[test]
fn what_was_backed_up_is_restored_with_its_inventory() {
    let (fixture, path) = backup();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(entries(fixture.home.path()), ["ca", "lock"]);
    let again = fixture.home.backup(&path);
    assert_eq!(again, Err(Error::FileExists { path: path.clone() }));

    let home = Home::at(fixture.folder.path().join("new"));
    let ca = home.restore(&path, &mut no_password).unwrap();
    assert_eq!(ca.root(), fixture.ca.root());
    assert_eq!(ca.exposed_keys(), Ok(vec![]));
    assert_eq!(entries(ca.folder()), entries(fixture.ca.folder()));
    let (old, new) = (&fixture.store, Store::open(&home, &stamp()).unwrap());
    let list = |store: &Store| store.list(&Filter::default(), now()).unwrap();
    assert_eq!(list(&new), list(old));
    assert_eq!(new.verify_audit(None), old.verify_audit(None));
    assert_eq!(mode(&home.store_path()), 0o600);
    // Into an empty home only.
    let path_of_ca = home.ca_path();
    let again = home.restore(&path, &mut no_password).map(drop);
    assert_eq!(again, Err(Error::CaExists { path: path_of_ca }));
}

#[test]
fn a_backup_that_is_cut_or_changed_anywhere_is_refused_and_leaves_nothing() {
    let (fixture, path) = backup();
    let whole = fs::read(&path).unwrap();
    let home = Home::at(fixture.folder.path().join("new"));
    let restore = |bytes: &[u8]| {
        let path = fixture.folder.path().join("damaged");
        fs::write(&path, bytes).unwrap();
        let restored = home.restore(&path, &mut no_password).map(drop);
        assert!(!home.ca_path().exists() || restored.is_ok());
        restored
    };
    // Behind the last file there are only zeros.
    let end = whole.len() - 1024;
    for length in (0..end).step_by(end / 60) {
        let error = restore(&whole[..length]).unwrap_err();
        assert!(
            matches!(error, Error::Store(StoreError::Backup { .. })),
            "{length}: {error:?}"
        );
    }
    // The content of every file, at many places, and every octet of the first header.
    let mut changed = whole.clone();
    for place in (0..512).chain((512..end).step_by(997)) {
        changed[place] ^= 0x20;
        match restore(&changed) {
            Err(Error::Store(_)) => {}
            // Padding.
            Ok(()) if whole[place] == 0 => fs::remove_dir_all(home.path()).unwrap(),
            other => panic!("octet {place}: {other:?}"),
        }
        changed[place] = whole[place];
    }
    restore(&whole).unwrap();
}

#[test]
fn an_archive_with_other_names_or_kinds_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path().join("home"));
    let path = folder.path().join("hostile");
    let refused = |fill: &dyn Fn(&mut tar::Builder<Vec<u8>>)| {
        let mut archive = tar::Builder::new(Vec::new());
        let text = b"wharf backup 1\n00  evil\n";
        let mut header = tar::Header::new_ustar();
        header.set_size(text.len() as u64);
        archive
            .append_data(&mut header, "wharf-backup.txt", &text[..])
            .unwrap();
        fill(&mut archive);
        fs::write(&path, archive.into_inner().unwrap()).unwrap();
        match home.restore(&path, &mut no_password).map(drop) {
            Err(Error::Store(StoreError::Backup { fault, .. })) => fault,
            other => panic!("{other:?}"),
        }
    };
    let entry = |name: &str, kind, size| {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header
    };
    let regular = tar::EntryType::Regular;
    for name in ["../evil", "/tmp/evil", "a/b", ".hidden", "other"] {
        let fault = refused(&|archive| {
            archive.append(&entry(name, regular, 1), &b"x"[..]).unwrap();
        });
        let name = name.to_owned();
        assert_eq!(fault, BackupFault::Entry { name });
    }
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Directory,
        tar::EntryType::GNULongName,
        tar::EntryType::XHeader,
        tar::EntryType::Fifo,
    ] {
        let fault = refused(&|archive| {
            archive.append(&entry("evil", kind, 0), &b""[..]).unwrap();
        });
        let name = "evil".to_owned();
        assert_eq!(fault, BackupFault::Entry { name }, "{kind:?}");
    }
    let fault = refused(&|archive| {
        archive
            .append(&entry("evil", regular, 1), &b"x"[..])
            .unwrap();
    });
    let name = "evil".to_owned();
    assert_eq!(fault, BackupFault::Changed { name: name.clone() });
    assert_eq!(refused(&|_| {}), BackupFault::Missing { name });
    let fault = refused(&|archive| {
        archive
            .append(&entry("evil", regular, 1 << 32), &b"x"[..])
            .unwrap();
    });
    assert_eq!(fault, BackupFault::TooLarge);
    assert!(!home.ca_path().exists());
}

#[test]
fn a_backup_whose_keys_are_of_another_ca_is_refused() {
    let (fixture, _) = backup();
    let (other, _) = backup();
    for name in [
        "root.crt",
        "root.key",
        "intermediate.crt",
        "intermediate.key",
    ] {
        fs::copy(other.ca.folder().join(name), fixture.ca.folder().join(name)).unwrap();
    }
    let path = fixture.folder.path().join("mixed");
    fixture.home.backup(&path).unwrap();
    let home = Home::at(fixture.folder.path().join("new"));
    let refused = home.restore(&path, &mut no_password).map(drop);
    let fault = BackupFault::Mismatch;
    assert_eq!(refused, Err(StoreError::Backup { path, fault }.into()));
}

#[test]
fn the_roots_that_clients_need_are_exported() {
    let fixture = fixture();
    let pem = fixture.store.roots_pem(now()).unwrap();
    assert_eq!(pem, fixture.ca.root().to_pem());
    let later = now() + 4000 * wharf_pki::validity::DAY;
    assert_eq!(fixture.store.roots_pem(later).unwrap(), "");
}

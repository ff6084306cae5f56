//! Opening: once made, never another's, never two.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use wharf_pki::store::{Filter, Store, StoreError};
use wharf_pki::{Error, Home, RevocationReason};

use crate::child;
use crate::support::{entries, fixture, home, home_with_ca, mode, now, stamp};

#[test]
fn a_folder_from_before_there_was_an_inventory_is_adopted_once() {
    let (_folder, home, ca) = home_with_ca();
    let missing = StoreError::NoInventory {
        path: home.store_path(),
    };
    assert_eq!(Store::open_read_only(&home).map(drop), Err(missing.into()));
    drop(Store::open(&home, &stamp()).unwrap());
    let store = Store::open(&home, &stamp()).unwrap();
    let found = store.authorities().unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(&found[0].certificate, ca.root());
    assert_eq!(&found[1].certificate, ca.intermediate().certificate());
    assert_eq!(store.audit(1, 10).unwrap().len(), 2);
    assert_eq!(mode(&home.store_path()), 0o600);
    assert_eq!(
        entries(ca.folder()),
        [
            "intermediate.crt",
            "intermediate.key",
            "root.crt",
            "root.key",
            "wharf.db"
        ]
    );
    // And the CA is loaded as before.
    assert_eq!(home.load_ca().unwrap().unwrap().root(), ca.root());
}

#[test]
fn processes_that_open_at_once_adopt_once() {
    let (_folder, home, _ca) = home_with_ca();
    let children: Vec<_> = (0..6).map(|_| child::start("open", home.path())).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let store = Store::open_read_only(&home).unwrap();
    assert_eq!(store.authorities().unwrap().len(), 2);
    assert_eq!(store.audit(1, 100).unwrap().len(), 2 + 6);
    store.verify_audit(None).unwrap();
}

pub(crate) fn open_once(folder: &Path) {
    let mut store = Store::open(&Home::at(folder), &stamp()).unwrap();
    let issuer = store.authorities().unwrap()[1].id;
    // Each its own number, so that none refuses another's.
    let serial = NEXT.fetch_add(1, Ordering::Relaxed);
    let serial = format!("{:X}{serial:08X}", std::process::id());
    let reason = RevocationReason::Unspecified;
    store
        .revoke(&stamp(), issuer, &serial, reason, None)
        .unwrap();
}

static NEXT: AtomicU32 = AtomicU32::new(1);

#[test]
fn threads_of_one_process_share_an_inventory() {
    let (_folder, home, _ca) = home_with_ca();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| open_once(home.path())));
        }
    });
    let store = Store::open_read_only(&home).unwrap();
    let issuer = store.authorities().unwrap()[1].id;
    assert_eq!(store.revocations(issuer).unwrap().len(), 20);
    store.verify_audit(None).unwrap();
    store.check_integrity().unwrap();
}

#[test]
fn files_that_were_exchanged_by_hand_are_adopted_and_the_old_ones_retired() {
    let fixture = fixture();
    let (_folder, _home, other) = home_with_ca();
    for name in [
        "root.crt",
        "root.key",
        "intermediate.crt",
        "intermediate.key",
    ] {
        fs::copy(other.folder().join(name), fixture.ca.folder().join(name)).unwrap();
    }
    let store = Store::open(&fixture.home, &stamp()).unwrap();
    let states: Vec<_> = store
        .authorities()
        .unwrap()
        .iter()
        .map(|found| format!("{:?}", found.state))
        .collect();
    assert_eq!(states, ["Retired", "Retired", "Active", "Active"]);
}

#[test]
fn without_a_ca_there_is_no_inventory() {
    let (_folder, home) = home();
    let path = home.ca_path();
    let error = Store::open(&home, &stamp()).map(drop).unwrap_err();
    assert_eq!(error, Error::Store(StoreError::NoCa { path }));
    assert!(error.hint().is_some());
    assert!(!home.path().exists());
}

#[test]
fn a_database_that_is_not_ours_is_refused_and_left_alone() {
    let (_folder, home, _ca) = home_with_ca();
    let path = home.store_path();
    let refused = || Store::open(&home, &stamp()).map(drop).unwrap_err();

    fs::write(&path, "no database at all, but long enough to look at").unwrap();
    let before = fs::read(&path).unwrap();
    assert!(
        matches!(refused(), Error::Store(StoreError::Damaged { .. })),
        "{:?}",
        refused()
    );
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("CREATE TABLE notes (text)").unwrap();
    assert_eq!(
        refused(),
        Error::Store(StoreError::Foreign { path: path.clone() })
    );
    drop(raw);

    fs::remove_file(&path).unwrap();
    drop(Store::open(&home, &stamp()).unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("PRAGMA user_version = 77").unwrap();
    let newer = StoreError::Newer {
        path: path.clone(),
        version: 77,
        known: 1,
    };
    assert_eq!(refused(), Error::Store(newer));
}

#[test]
fn a_database_that_is_cut_anywhere_is_an_error_and_no_panic() {
    let mut fixture = fixture();
    fixture.record(&["a.test"], 90);
    let path = fixture.home.store_path();
    drop(fixture.store);
    let whole = fs::read(&path).unwrap();
    let step = whole.len() / 40;
    for length in (step..whole.len()).step_by(step) {
        fs::write(&path, &whole[..length]).unwrap();
        let opened = Store::open(&fixture.home, &stamp());
        let looked = opened.and_then(|store| {
            store.check_integrity()?;
            store.verify_audit(None)?;
            store.list(&Filter::default(), now())
        });
        assert!(
            matches!(looked, Err(Error::Store(_))),
            "{length}: {looked:?}"
        );
    }
    fs::write(&path, &whole).unwrap();
    Store::open(&fixture.home, &stamp()).unwrap();
}

#[test]
fn a_wait_for_another_process_is_bounded_and_named() {
    let fixture = fixture();
    let path = fixture.home.store_path();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let waited = Duration::from_millis(40);
    let mut store = Store::open_within(&fixture.home, &stamp(), waited).unwrap();
    let id = fixture.intermediate;
    // To read is still possible.
    assert_eq!(store.revocations(id).unwrap(), []);
    let revoked = store.revoke(&stamp(), id, "0A", RevocationReason::Unspecified, None);
    let busy = Error::Store(StoreError::Busy { path, waited });
    assert_eq!(revoked, Err(busy));
    other.execute_batch("ROLLBACK").unwrap();
    store
        .revoke(&stamp(), id, "0A", RevocationReason::Unspecified, None)
        .unwrap();
}

#[test]
fn who_reads_cannot_write() {
    let fixture = fixture();
    let id = fixture.intermediate;
    let mut store = Store::open_read_only(&fixture.home).unwrap();
    let refused = store
        .revoke(&stamp(), id, "0A", RevocationReason::Unspecified, None)
        .unwrap_err();
    assert!(
        matches!(refused, Error::Store(StoreError::Database { .. })),
        "{refused:?}"
    );
}

//! The audit log shows what was done to it.

use rusqlite::Connection;
use wharf_pki::store::{AuditFault, AuditHead, Stamp, Store, StoreError};
use wharf_pki::{Error, RevocationReason};

use crate::support::{Fixture, fixture, now, stamp};

/// A log of a few rows, and what it says at its end.
fn log() -> (Fixture, AuditHead) {
    let mut fixture = fixture();
    for name in ["a.test", "b.test", "c.test"] {
        fixture.record(&[name], 90);
    }
    let head = fixture.store.verify_audit(None).unwrap();
    assert_eq!(head.sequence, 5);
    (fixture, head)
}

/// What is found after someone who can write to the file has done something to it.
fn tampered(sql: &str, noted: Option<&AuditHead>) -> Option<(i64, AuditFault)> {
    let (fixture, head) = log();
    let raw = Connection::open(fixture.home.store_path()).unwrap();
    raw.execute_batch("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_removed;")
        .unwrap();
    raw.execute_batch(sql).unwrap();
    let noted = noted.map(|noted| AuditHead {
        hash: match noted.hash.as_str() {
            "" => head.hash.clone(),
            other => other.to_owned(),
        },
        ..noted.clone()
    });
    match fixture.store.verify_audit(noted.as_ref()) {
        Ok(_) => None,
        Err(Error::Store(StoreError::Audit { sequence, fault })) => Some((sequence, fault)),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn every_change_to_a_row_is_found() {
    use AuditFault::{Added, Changed, Missing, Unlinked};
    assert_eq!(tampered("SELECT 1", None), None);
    for column in ["who", "what", "subject", "hash"] {
        let sql = format!("UPDATE audit SET {column} = {column} || 'x' WHERE sequence = 3");
        assert_eq!(tampered(&sql, None), Some((3, Changed)), "{column}");
    }
    let sql = "UPDATE audit SET time = datetime(time, '+1 second') WHERE sequence = 3";
    assert_eq!(tampered(sql, None), Some((3, Changed)));
    let sql = "UPDATE audit SET previous = hash WHERE sequence = 3";
    assert_eq!(tampered(sql, None), Some((3, Changed)));
    // What moves from one column to the next is another row.
    let sql = "UPDATE audit SET who = who || substr(what, 1, 1), what = substr(what, 2) WHERE sequence = 3";
    assert_eq!(tampered(sql, None), Some((3, Changed)));
    for row in [1, 3, 5] {
        let sql = format!("DELETE FROM audit WHERE sequence = {row}");
        assert_eq!(tampered(&sql, None), Some((row, Missing)), "{row}");
    }
    assert_eq!(tampered("DELETE FROM audit", None), Some((1, Missing)));
    let copy = "INSERT INTO audit SELECT 6, time, who, what, subject, previous, hash FROM audit WHERE sequence = 5";
    assert_eq!(tampered(copy, None), Some((6, Changed)));
    let before = "INSERT INTO audit SELECT 0, time, who, what, subject, previous, hash FROM audit WHERE sequence = 1";
    assert_eq!(tampered(before, None), Some((1, Missing)));
    // A row with a right hash, out of another log: the link before it or the one behind it breaks.
    let (other, _) = log();
    let sql = format!(
        "ATTACH '{}' AS other; DELETE FROM audit WHERE sequence = 3;
         INSERT INTO audit SELECT * FROM other.audit WHERE sequence = 3;",
        other.home.store_path().display()
    );
    let found = tampered(&sql, None);
    assert!(
        [Some((3, Unlinked)), Some((4, Unlinked))].contains(&found),
        "{found:?}"
    );
    let sql =
        "UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)";
    assert_eq!(tampered(sql, None), Some((5, Added)));
    let sql = "DELETE FROM audit_head";
    let (fixture, _) = log();
    let raw = Connection::open(fixture.home.store_path()).unwrap();
    raw.execute_batch(sql).unwrap();
    assert!(matches!(
        fixture.store.verify_audit(None),
        Err(Error::Store(StoreError::Damaged { .. }))
    ));
}

#[test]
fn a_head_that_was_noted_elsewhere_shows_a_log_that_was_cut_or_written_anew() {
    let cut = "DELETE FROM audit WHERE sequence = 5;
               UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4);";
    assert_eq!(tampered(cut, None), None);
    let noted = |hash: &str, sequence| AuditHead {
        sequence,
        hash: hash.into(),
    };
    assert_eq!(
        tampered(cut, Some(&noted("", 5))),
        Some((5, AuditFault::Missing))
    );
    assert_eq!(tampered("SELECT 1", Some(&noted("", 5))), None);
    let other = "7".repeat(64);
    assert_eq!(
        tampered("SELECT 1", Some(&noted(&other, 3))),
        Some((3, AuditFault::NotAsNoted))
    );
}

#[test]
fn the_log_tells_who_did_what_and_when_and_cannot_be_changed_by_a_slip() {
    let mut fixture = fixture();
    let at = now().replace_nanosecond(0).unwrap();
    let id = fixture.intermediate;
    fixture
        .store
        .revoke(
            &Stamp::new("eve\x1b[2J", at),
            id,
            "0A",
            RevocationReason::KeyCompromise,
            None,
        )
        .unwrap();
    let log = fixture.store.audit(1, 100).unwrap();
    let what: Vec<_> = log.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!(what, ["adopt authority", "adopt authority", "revoke"]);
    let last = log.last().unwrap();
    assert_eq!(
        (&*last.who, &*last.subject, last.time),
        ("eve\\u{1b}[2J", "0A keyCompromise", at)
    );
    let raw = Connection::open(fixture.home.store_path()).unwrap();
    for sql in ["DELETE FROM audit", "UPDATE audit SET who = 'x'"] {
        assert!(raw.execute_batch(sql).is_err());
    }
}

#[test]
fn what_fails_leaves_no_row() {
    let mut fixture = fixture();
    let before = fixture.store.verify_audit(None).unwrap();
    let id = fixture.intermediate;
    assert!(fixture.store.release(&stamp(), id, "0A").is_err());
    let failed = fixture
        .store
        .issue_crl(&stamp(), id, |_| Err(Error::NotACa));
    assert!(failed.is_err());
    assert_eq!(fixture.store.verify_audit(None).unwrap(), before);
    let read_only = Store::open_read_only(&fixture.home).unwrap();
    assert_eq!(read_only.verify_audit(None).unwrap(), before);
}

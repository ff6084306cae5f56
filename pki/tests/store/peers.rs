//! The inventory as a person reads it: with the command `sqlite3`.

use std::path::Path;
use std::process::Command;

use wharf_pki::RevocationReason;

use crate::support::{fixture, serial, stamp};

/// A program, or `None` where it is missing and may be: said out loud.
#[expect(clippy::print_stderr, reason = "a skip is said out loud")]
pub(crate) fn found(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        assert!(
            std::env::var_os("REQUIRE_PEERS").is_none(),
            "{program} is missing"
        );
        eprintln!("skipped: {program} is missing");
    }
    found
}

fn sqlite3(file: &Path, sql: &str) -> String {
    let output = Command::new("sqlite3")
        .args(["-readonly", "-batch"])
        .arg(file)
        .arg(sql)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn the_sqlite3_command_reads_the_inventory() {
    if !found("sqlite3") {
        return;
    }
    let mut fixture = fixture();
    let (_, a) = fixture.record(&["a.test", "10.0.0.1"], 90);
    let (_, b) = fixture.record(&["b.test"], 5);
    let id = fixture.intermediate;
    let reason = RevocationReason::AffiliationChanged;
    fixture
        .store
        .revoke(&stamp(), id, &serial(&a), reason, None)
        .unwrap();
    let file = fixture.home.store_path();
    assert_eq!(sqlite3(&file, "PRAGMA integrity_check"), "ok");
    assert_eq!(
        sqlite3(
            &file,
            "SELECT serial, names, reason FROM inventory WHERE profile = 'server' ORDER BY id"
        ),
        format!(
            "{}|a.test 10.0.0.1|affiliationChanged\n{}|b.test|",
            serial(&a),
            serial(&b)
        )
    );
    let expiring = "SELECT names FROM inventory WHERE not_after < datetime('now', '+30 days')";
    assert_eq!(sqlite3(&file, expiring), "b.test");
    assert_eq!(
        sqlite3(
            &file,
            "SELECT hex(der) = sha256 OR length(der) > 100 FROM certificates LIMIT 1"
        ),
        "1"
    );
}

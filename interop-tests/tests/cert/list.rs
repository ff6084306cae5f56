//! `wharf cert list` and `wharf cert expiring`.

use crate::World;

#[test]
fn what_is_listed_can_be_narrowed() {
    let world = World::new();
    world.issue(&["a.test", "b.test"]);
    world.issue(&["c.test", "--hours", "1"]);
    let count = |args: &[&str]| {
        let report = world.json(&[&["cert", "list"], args].concat());
        report["certificates"].as_array().unwrap().len()
    };
    assert_eq!(count(&[]), 4, "the CA's two, and two");
    assert_eq!(count(&["--name", "B.TEST"]), 1);
    assert_eq!(count(&["--issuer", "Wharf development CA intermediate"]), 2);
    assert_eq!(count(&["--state", "revoked"]), 0);
    assert_eq!(count(&["--state", "valid"]), 4);
}

#[test]
fn a_table_is_a_line_each_and_csv_has_a_head() {
    let world = World::new();
    world.issue(&["a.test", "b.test"]);
    let table = world
        .run(&["cert", "list", "--name", "a.test"])
        .success()
        .text();
    assert_eq!(table.lines().count(), 1, "{table}");
    for word in ["a.test +1", "valid", "━━━━", "days left", "server"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    let csv = world
        .run(&["cert", "list", "--csv", "--name", "a.test"])
        .success()
        .text();
    let lines: Vec<_> = csv.lines().collect();
    assert!(lines[0].starts_with("serial,subject,names,"), "{csv}");
    assert!(lines[1].contains(",CN=a.test,a.test b.test,"), "{csv}");
}

#[test]
fn what_ends_soon_shows_in_the_exit_status() {
    let world = World::new();
    world.issue(&["long.test"]);
    let none = world.run(&["cert", "expiring"]);
    assert_eq!(none.code(), Some(0), "{none}");
    assert_eq!(none.text(), "");
    world.issue(&["short.test", "--hours", "5"]);
    let some = world.run(&["cert", "expiring"]);
    assert_eq!(some.code(), Some(3), "{some}");
    assert!(
        some.text().contains("short.test") && !some.text().contains("long.test"),
        "{some}"
    );
    let sooner = world.run(&["cert", "expiring", "--within", "4h"]);
    assert_eq!(sooner.code(), Some(0), "{sooner}");
}

#[test]
fn without_a_ca_there_is_nothing_to_list_and_nothing_is_made() {
    let world = World::new();
    for verb in [
        &["cert", "list"][..],
        &["cert", "expiring"],
        &["cert", "revoke", "a.test"],
        &["crl", "show"],
        &["crl", "publish"],
    ] {
        let refused = world.run(verb);
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains("wharf ca init"), "{refused}");
    }
    assert!(world.home.tree().is_empty());
}

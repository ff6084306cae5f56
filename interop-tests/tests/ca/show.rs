//! `wharf ca list`, `wharf ca show` and its page.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use wharf_interop_tests::Process;

use crate::World;

/// A CA with a history: a retired root and intermediate, a further one, a revoked certificate and a replaced one.
fn aged() -> World {
    let world = World::with_ca(&["--name", "Our CA"]);
    for name in ["a.test", "b.test", "c.test"] {
        world.issue(&[name]);
    }
    world.issue(&["a.test", "--force"]);
    let _ = world.run(&["cert", "revoke", "b.test.pem"]).success();
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    let _ = world
        .run(&["ca", "intermediate", "--name", "Side CA"])
        .success();
    world
}

#[test]
fn the_list_is_a_tree_with_what_still_issues_first() {
    let listed = aged().run(&["ca", "list"]).success();
    assert_eq!(listed.stderr, "");
    let text = listed.text();
    let names: Vec<_> = text
        .lines()
        .filter(|line| line.contains("root") || line.contains("intermediate"))
        .collect();
    assert_eq!(
        names,
        [
            "Our CA 2  root",
            "├─ Our CA 2 intermediate  intermediate",
            "└─ Side CA  intermediate",
            "Our CA  root, retired",
            "├─ Our CA intermediate  intermediate, retired",
            "└─ Our CA 2  the new root, signed by this one",
        ]
    );
    assert!(
        text.contains("4 certificates: 2 valid, 1 revoked, 1 replaced"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn json_has_the_same_for_both_verbs() {
    let world = aged();
    let shown = world.json(&["ca", "show"]);
    assert_eq!(shown, world.json(&["ca", "list"]));
    assert_eq!(shown["warnings"], json!([]));
    let authorities = shown["authorities"].as_array().unwrap();
    let brief: Vec<_> = authorities
        .iter()
        .map(|row| {
            json!([
                row["subject"],
                row["role"],
                row["state"],
                row["key"],
                row["issued"]
            ])
        })
        .collect();
    assert_eq!(
        brief,
        [
            json!(["CN=Our CA", "root", "retired", "plain", 2]),
            json!([
                "CN=Our CA intermediate",
                "intermediate",
                "retired",
                "plain",
                4
            ]),
            json!(["CN=Our CA 2", "root", "active", "plain", 2]),
            json!([
                "CN=Our CA 2 intermediate",
                "intermediate",
                "active",
                "plain",
                0
            ]),
            json!(["CN=Side CA", "intermediate", "active", "plain", 0]),
        ]
    );
    let counts = json!({
        "valid": 2, "expiring": 0, "not_yet_valid": 0, "expired": 0, "revoked": 1, "replaced": 1
    });
    assert_eq!(authorities[1]["certificates"], counts);
    assert_eq!(authorities[1]["issuer"], authorities[0]["id"]);
    for row in authorities {
        for file in ["certificate_file", "key_file"] {
            let path = row[file].as_str().unwrap();
            assert!(fs::metadata(path).is_ok(), "{path}");
        }
    }
}

#[test]
fn the_page_is_whole_private_and_has_every_certificate() {
    let world = aged();
    let shown = world.run(&["ca", "show", "--html", "ca.html"]).success();
    assert_eq!(shown.text(), "ca.html\n");
    let path = world.out.join("ca.html");
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for reference in [
        "<script", "src=", "http://", "https://", "url(", "@import", "<link",
    ] {
        assert!(!page.contains(reference), "{reference}");
    }
    for row in world.json(&["cert", "list"])["certificates"]
        .as_array()
        .unwrap()
    {
        assert!(page.contains(row["serial"].as_str().unwrap()), "{row}");
    }
    for state in [
        "✓ valid",
        "⊘ revoked",
        "↻ replaced",
        "retired",
        "cross-signed",
    ] {
        assert!(page.contains(state), "{state}");
    }
    assert!(!page.contains("PRIVATE KEY"));

    let again = world.run(&["ca", "show", "--html", "ca.html"]);
    assert_eq!(again.code(), Some(1), "{again}");
    assert!(again.stderr.contains("--force"), "{again}");
    let _ = world
        .run(&["ca", "show", "--html", "ca.html", "--force"])
        .success();
    let to_stdout = world.run(&["ca", "show", "--html", "-"]).success();
    assert!(to_stdout.text().starts_with("<!doctype html>"));
}

#[test]
fn looking_needs_no_password_and_changes_nothing() {
    let world = World::new();
    let mut init = world
        .home
        .wharf(&["ca", "init", "--password-env", "SECRET"]);
    let _ = Process::run(init.env("SECRET", "correct horse")).success();
    let _ = world.run(&["ca", "list"]).success();
    let before = world.home.tree();
    let shown = world.run(&["ca", "show"]).success();
    assert!(shown.text().contains("key has a password"), "{shown}");
    let _ = world.run(&["ca", "list"]).success();
    assert_eq!(world.home.tree(), before);
}

#[test]
fn a_ca_that_cannot_issue_is_told_first_and_by_the_exit_status() {
    let world = World::with_ca(&[]);
    let _ = world.run(&["ca", "show"]).success();
    let key = world.ca_file("intermediate.key");
    let root = world.ca_file("root.key");
    fs::set_permissions(&root, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&key, fs::read(&root).unwrap()).unwrap();
    let shown = world.run(&["ca", "show"]);
    assert_eq!(shown.code(), Some(1), "{shown}");
    let mut lines = shown.stderr.lines();
    let first = lines.next().unwrap();
    assert!(first.starts_with("wharf: error: the key of Wharf development CA intermediate"));
    let second = lines.next().unwrap();
    assert!(
        second.starts_with("wharf: warning: others can read"),
        "{shown}"
    );
    assert!(
        second.ends_with(&format!("chmod 600 {}", root.display())),
        "{shown}"
    );
    let warnings = world.json(&["ca", "show"])["warnings"].clone();
    assert_eq!(warnings[0]["severity"], "error");
    assert_eq!(warnings[1]["severity"], "warning");

    fs::remove_file(&key).unwrap();
    let shown = world.run(&["ca", "show"]);
    assert_eq!(shown.code(), Some(1), "{shown}");
    assert!(shown.stderr.contains("intermediate is missing"), "{shown}");
}

#[test]
fn without_a_ca_both_say_how_to_make_one() {
    let world = World::new();
    for verb in ["list", "show"] {
        let ran = world.run(&["ca", verb]);
        assert_eq!((ran.code(), ran.text()), (Some(1), String::new()), "{ran}");
        assert!(
            ran.stderr.ends_with("hint: make one: wharf ca init\n"),
            "{ran}"
        );
    }
    assert!(world.home.tree().is_empty());
}

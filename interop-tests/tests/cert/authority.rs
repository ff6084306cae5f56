//! What a CA that is revoked may still do, and whom `crl publish` leaves out.

use std::fs;

use crate::World;

const INTERMEDIATE: &str = "Wharf development CA intermediate";

#[test]
fn a_revoked_intermediate_issues_nothing_more() {
    let world = World::new();
    world.issue(&["a.test"]);
    let _ = world.run(&["csr", "new", "b.test"]).success();
    // By the name that the list shows.
    let _ = world.run(&["cert", "revoke", INTERMEDIATE]).success();
    for verb in [
        &["cert", "issue", "c.test"][..],
        &["cert", "issue", "c.test", "--issuer", INTERMEDIATE],
        &["csr", "sign", "b.test.csr"],
        &["cert", "renew", "a.test"],
    ] {
        let refused = world.run(verb);
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains("was revoked at"), "{refused}");
        assert!(refused.stderr.contains("hint: "), "{refused}");
    }
    let listed = world.run(&["ca", "list"]).success();
    assert!(listed.text().contains("intermediate, revoked"), "{listed}");
    assert!(listed.stderr.contains("issues nothing more"), "{listed}");
    // It stays the one that signs its CRL, and a new one issues.
    let _ = world.run(&["crl", "publish"]).success();
    let _ = world.run(&["ca", "rotate"]).success();
    world.issue(&["c.test"]);
    let _ = world.run(&["cert", "renew", "a.test"]).success();
}

#[test]
fn a_root_cannot_be_revoked() {
    let world = World::new();
    world.issue(&["a.test"]);
    let root = world.ca_file("root.crt");
    let refused = world.run(&["cert", "revoke", &root]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("is a root"), "{refused}");
    assert!(!fs::exists(world.ca_file("root.crl")).unwrap());
    assert_eq!(world.listed("Wharf development CA")[0]["state"], "valid");
}

#[test]
fn one_that_cannot_sign_keeps_no_other_from_its_crl() {
    let world = World::new();
    world.issue(&["a.test"]);
    let _ = world.run(&["crl", "publish"]).success();
    let first = fs::read(world.ca_file("intermediate.crl")).unwrap();
    let root_crl = fs::read_to_string(world.ca_file("root.crl")).unwrap();
    fs::write(world.ca_file("root.key"), "damaged").unwrap();
    let published = world.run(&["crl", "publish", "--out", "all.crl", "--json"]);
    assert_eq!(published.code(), Some(1), "{published}");
    assert!(
        published.stderr.contains("no CRL of ") && published.stderr.contains("root"),
        "{published}"
    );
    let report: serde_json::Value = serde_json::from_slice(&published.stdout).unwrap();
    assert_eq!(report["crls"][0]["number"], "2", "{report}");
    assert_eq!(report["failed"].as_array().unwrap().len(), 1, "{report}");
    assert_ne!(fs::read(world.ca_file("intermediate.crl")).unwrap(), first);
    let out = fs::read_to_string(world.file("all.crl")).unwrap();
    assert!(out.contains(root_crl.trim()), "the last one of the root");
}

#[test]
fn a_hold_is_taken_back_and_nothing_else() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["b.test"]);
    let hold = ["--reason", "certificate-hold"];
    let _ = world
        .run(&[&["cert", "revoke", "a.test"], &hold[..]].concat())
        .success();
    let _ = world.run(&["cert", "revoke", "b.test"]).success();
    let released = world.json(&["cert", "revoke", "a.test", "--release"]);
    assert_eq!(released["released"], true);
    assert_eq!(released["crl_number"], "3");
    assert_eq!(world.listed("a.test")[0]["state"], "valid");
    let shown = world.json(&["crl", "show", &world.ca_file("intermediate.crl")]);
    assert_eq!(shown["crls"][0]["entries"].as_array().unwrap().len(), 1);
    for (name, said) in [("a.test", "is not on hold"), ("b.test", "is not on hold")] {
        let refused = world.run(&["cert", "revoke", name, "--release"]);
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains(said), "{refused}");
    }
}

#[test]
fn a_key_is_not_lost_in_the_future() {
    let world = World::new();
    world.issue(&["a.test"]);
    let refused = world.run(&[
        "cert",
        "revoke",
        "a.test",
        "--invalidity-date",
        "2999-01-01",
    ]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("in the future"), "{refused}");
    assert_eq!(world.listed("a.test")[0]["state"], "valid");
}

//! `wharf ca rotate` and `wharf ca export`.

use wharf_interop_tests::peer;

use crate::{World, says_nothing_private, text, verifies};

#[test]
fn a_new_intermediate_needs_nothing_of_clients() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&["--name", "Our CA"]);
    let old = world.issue(&["old.test"]);
    let rotated = world.run(&["ca", "rotate"]).success();
    let path = world.ca_file("intermediate.crt");
    assert_eq!(rotated.text(), format!("{}\n", path.display()));
    assert_eq!(
        rotated.stderr,
        "wharf: made a new intermediate; clients that trust the root need nothing\n"
    );
    says_nothing_private(&world, &rotated);
    let new = world.issue(&["new.test"]);
    let root = world.home.root();
    for (chain, name) in [(&old, "old.test"), (&new, "new.test")] {
        assert!(verifies(&openssl, text(&root), chain, name), "{name}");
    }
    let brief: Vec<_> = world
        .authorities()
        .iter()
        .map(|row| format!("{} {}", row["subject"], row["state"]))
        .collect();
    assert_eq!(
        brief,
        [
            "\"CN=Our CA\" \"active\"",
            "\"CN=Our CA intermediate\" \"retired\"",
            "\"CN=Our CA intermediate 2\" \"active\"",
        ]
    );
    for (path, entry) in world.home.tree() {
        let mode = match path.extension().and_then(|ending| ending.to_str()) {
            Some("key" | "db") => 0o600,
            Some("crt") => 0o644,
            _ => continue,
        };
        assert_eq!(entry.mode, mode, "{}", path.display());
    }
    // What the old one issued is revoked with its key, which stays.
    let _ = world.run(&["cert", "revoke", "old.test.pem"]).success();
}

#[test]
fn options_are_those_of_the_new_one() {
    let world = World::with_ca(&[]);
    let args = [
        "ca",
        "rotate",
        "--name",
        "Next",
        "--key-type",
        "p384",
        "--intermediate-days",
        "100",
    ];
    let _ = world.run(&args).success();
    let row = world.authorities().pop().unwrap();
    assert_eq!(row["certificate"]["public_key"], "EC P-384");
    assert_eq!(row["subject"], "CN=Next");
    let taken = world.run(&["ca", "rotate", "--name", "Next"]);
    assert_eq!(taken.code(), Some(1), "{taken}");
    for wrong in [&["--root", "--intermediate"][..], &["--no-cross"]] {
        let refused = world.run(&[&["ca", "rotate"], wrong].concat());
        assert_eq!(refused.code(), Some(1), "{refused}");
    }
}

#[test]
fn a_new_root_is_exported_beside_the_old_one() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&[]);
    let exported = |args: &[&str]| world.run(&[&["ca", "export"], args].concat()).success();
    let count = |args: &[&str]| exported(args).text().matches("BEGIN CERTIFICATE").count();
    assert_eq!((count(&[]), count(&["--all"])), (1, 2));
    let rotated = world.run(&["ca", "rotate", "--root"]).success();
    assert_eq!(rotated.text(), format!("{}\n", world.home.root().display()));
    assert!(
        rotated
            .stderr
            .contains("have all trust the new one by then"),
        "{rotated}"
    );
    assert_eq!((count(&[]), count(&["--all"])), (2, 4));
    let der = exported(&["--der"]).stdout;
    std::fs::write(world.out.join("root.der"), &der).unwrap();
    let file = world.file("root.der");
    let pem = openssl
        .run(&["x509", "-inform", "DER", "-in", &file])
        .success();
    let newest = std::fs::read_to_string(world.home.root()).unwrap();
    assert_eq!(pem.text(), newest);
    assert!(exported(&[]).stderr.is_empty());
}

#[test]
fn a_root_without_room_says_what_would_work() {
    let world = World::with_ca(&["--path-len", "1"]);
    let before = world.home.tree();
    let refused = world.run(&["ca", "rotate", "--root"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("--no-cross"), "{refused}");
    let after = world.home.tree();
    for (path, entry) in before {
        assert_eq!(after.get(&path), Some(&entry), "{}", path.display());
    }
    let _ = world
        .run(&["ca", "rotate", "--root", "--no-cross"])
        .success();
}

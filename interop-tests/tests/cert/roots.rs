//! Certificates below a root that another took the place of.

use crate::World;

#[test]
fn what_an_old_root_issued_is_verified_for_as_long_as_it_is_valid() {
    let world = World::new();
    world.issue(&["old.test"]);
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    world.issue(&["new.test"]);
    for file in ["old.test.pem", "new.test.pem"] {
        let verified = world.run(&["cert", "verify", file]);
        assert_eq!(verified.code(), Some(0), "{verified}");
    }
    // Not by anybody: another home does not know them.
    let other = World::new();
    other.issue(&["x.test"]);
    let refused = other.run(&["cert", "verify", &world.file("old.test.pem")]);
    assert_eq!(refused.code(), Some(2), "{refused}");
}

#[test]
fn the_root_that_is_named_is_that_of_the_issuer() {
    let world = World::new();
    world.issue(&["old.test"]);
    let _ = world
        .run(&["ca", "intermediate", "--name", "Sub"])
        .success();
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    let report = world.json(&["cert", "issue", "a.test", "--issuer", "Sub"]);
    let root = report["root"].as_str().unwrap();
    let only = world.run(&["cert", "verify", "a.test.pem", "--ca", root]);
    assert_eq!(only.code(), Some(0), "{root}: {only}");
    let new = world.ca_file("root.crt");
    let refused = world.run(&["cert", "verify", "a.test.pem", "--ca", &new]);
    assert_eq!(refused.code(), Some(2), "{refused}");
}

#[test]
fn one_profile_has_one_lifetime() {
    let world = World::new();
    world.issue(&["a.test", "--out", "issued"]);
    let _ = world.run(&["csr", "new", "a.test"]).success();
    let _ = world
        .run(&["csr", "sign", "a.test.csr", "--out", "signed"])
        .success();
    let ends = world.listed("a.test");
    let day = |row: &serde_json::Value| row["not_after"].as_str().unwrap()[..10].to_owned();
    assert_eq!(ends.len(), 2);
    assert_eq!(day(&ends[0]), day(&ends[1]));
}

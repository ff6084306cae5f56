//! What is signed is what somebody gets: no certificate comes of a write that fails, and what is replaced is told by its file.

use std::fs;

use wharf_interop_tests::{PATIENCE, Process};

use crate::World;

#[test]
fn of_several_that_issue_the_same_files_one_signs() {
    let world = World::new();
    world.issue(&["first.test"]);
    let issue = ["cert", "issue", "par.test"];
    let all: Vec<_> = (0..5)
        .map(|_| Process::spawn(world.home.wharf(&issue).current_dir(&world.out)))
        .collect();
    let all: Vec<_> = all.into_iter().map(|one| one.finish(PATIENCE)).collect();
    let done = all.iter().filter(|one| one.code() == Some(0));
    assert_eq!(done.count(), 1);
    assert_eq!(world.listed("par.test").len(), 1);
    let _ = world.run(&["cert", "revoke", "par.test"]).success();
}

#[test]
fn nothing_is_signed_for_a_folder_that_is_none() {
    let world = World::new();
    world.issue(&["first.test"]);
    fs::write(world.file("plain"), "").unwrap();
    let _ = world.run(&["csr", "new", "b.test"]).success();
    for verb in [
        &["cert", "issue", "b.test"][..],
        &["csr", "sign", "b.test.csr"],
    ] {
        let refused = world.run(&[verb, &["--out", "plain/x"]].concat());
        assert_eq!(refused.code(), Some(1), "{refused}");
    }
    // Nor for a file that is none.
    fs::create_dir(world.file("b.test.pem")).unwrap();
    let refused = world.run(&["csr", "sign", "b.test.csr", "--force"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert_eq!(world.listed("b.test").len(), 0);
    let refused = world.run(&["cert", "issue", "b.test", "--out", "-"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(!fs::exists(world.file("-")).unwrap());
}

#[test]
fn what_is_replaced_is_what_the_file_had() {
    let world = World::new();
    world.issue(&["a.test", "--out", "x"]);
    world.issue(&["a.test", "--out", "y"]);
    let _ = world.run(&["csr", "new", "a.test"]).success();
    world.issue(&["a.test", "--out", "x", "--force"]);
    let _ = world
        .run(&["csr", "sign", "a.test.csr", "--out", "y", "--force"])
        .success();
    let listed = world.listed("a.test");
    let states: Vec<_> = listed.iter().map(|row| &row["state"]).collect();
    assert_eq!(states, ["replaced", "replaced", "valid", "valid"]);
    assert_eq!(listed[0]["replaced_by"], listed[2]["serial"]);
    assert_eq!(listed[1]["replaced_by"], listed[3]["serial"]);
}

#[test]
fn cron_is_told_of_nothing_that_is_not_done() {
    let world = World::new();
    world.issue(&["a.test"]);
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    let all = ["cert", "renew", "--all", "--if-needed"];
    let quiet = world.run(&all);
    assert_eq!(quiet.code(), Some(3), "{quiet}");
    assert_eq!(quiet.stderr, "", "{quiet}");
    let told = world.run(&[&all[..], &["--verbose"]].concat());
    assert!(told.stderr.contains("DNS:a.test: not due before"), "{told}");
    assert!(!told.stderr.contains("no files"), "{told}");
}

#[test]
fn that_of_a_request_is_renewed_for_its_key_among_others() {
    let world = World::new();
    world.issue(&["a.test", "--days", "10"]);
    let _ = world
        .run(&["csr", "new", "b.test", "--out", "theirs"])
        .success();
    let _ = world
        .run(&["csr", "sign", "theirs/b.test.csr", "--days", "10"])
        .success();
    let all = ["cert", "renew", "--all", "--if-needed", "--before", "20d"];
    let report = world.json(&all);
    assert_eq!(report["renewed"].as_array().unwrap().len(), 2, "{report}");
    let rekeyed = |at: usize| report["renewed"][at]["rekeyed"].as_bool();
    assert_eq!((rekeyed(0), rekeyed(1)), (Some(true), Some(false)));
    let matches = ["key", "match", "theirs/b.test.key", "b.test.pem"];
    let _ = world.run(&matches).success();
}

//! Where `wharf cert issue` and `wharf csr sign` write: over nothing that they read, and nothing is signed that cannot be written.

use std::fs;

use wharf_interop_tests::{PATIENCE, Process};

use crate::World;

#[test]
fn a_key_that_is_read_is_not_written_over() {
    let world = World::new();
    world.issue(&["a.test"]);
    // A bundle, say: the key is where the chain would be.
    fs::rename(world.file("a.test.key"), world.file("a.test.pem")).unwrap();
    let key = fs::read(world.file("a.test.pem")).unwrap();
    std::os::unix::fs::symlink("a.test.pem", world.file("link")).unwrap();
    for name in ["a.test.pem", "link"] {
        let refused = world.run(&["cert", "issue", "a.test", "--key", name, "--force"]);
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains("is needed"), "{refused}");
        assert_eq!(fs::read(world.file("a.test.pem")).unwrap(), key);
    }
    assert_eq!(world.listed("a.test").len(), 1);
}

#[test]
fn a_request_and_its_key_are_not_written_over() {
    let world = World::new();
    let _ = world.run(&["csr", "new", "a.test"]).success();
    fs::rename(world.file("a.test.csr"), world.file("a.test.pem")).unwrap();
    let signed = world.run(&["csr", "sign", "a.test.pem", "--force"]);
    assert_eq!(signed.code(), Some(1), "{signed}");
    fs::rename(world.file("a.test.key"), world.file("b.test.csr")).unwrap();
    let key = fs::read(world.file("b.test.csr")).unwrap();
    let asked = ["csr", "new", "b.test", "--key", "b.test.csr", "--force"];
    let asked = world.run(&asked);
    assert_eq!(asked.code(), Some(1), "{asked}");
    assert_eq!(fs::read(world.file("b.test.csr")).unwrap(), key);
}

#[test]
fn of_several_that_issue_for_one_name_at_once_one_does() {
    let world = World::new();
    world.issue(&["first.test"]);
    let issue = || {
        let mut command = world.home.wharf(&["cert", "issue", "a.test"]);
        Process::spawn(command.current_dir(&world.out))
    };
    let all = [(); 5].map(|()| issue());
    let codes = all.map(|process| process.finish(PATIENCE).code());
    let done = codes.iter().filter(|code| **code == Some(0)).count();
    assert_eq!(done, 1, "{codes:?}");
    assert_eq!(world.listed("a.test").len(), 1);
    let matches = world.run(&["key", "match", "a.test.key", "a.test.pem"]);
    let _ = matches.success();
}

#[test]
fn nothing_is_signed_for_a_folder_that_takes_no_file() {
    let world = World::new();
    world.issue(&["first.test"]);
    let _ = world.run(&["csr", "new", "a.test"]).success();
    for verb in [
        &["cert", "issue", "a.test"][..],
        &["csr", "sign", "a.test.csr"],
    ] {
        // By root neither.
        let refused = world.run(&[verb, &["--out", "/proc"]].concat());
        assert_eq!(refused.code(), Some(1), "{refused}");
    }
    assert_eq!(world.listed("a.test").len(), 0);
}

#[test]
fn what_is_replaced_is_what_the_file_holds() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["a.test", "--out", "elsewhere"]);
    world.issue(&["a.test", "--force"]);
    let _ = world.run(&["csr", "new", "a.test", "--force"]).success();
    let _ = world
        .run(&["csr", "sign", "a.test.csr", "--force"])
        .success();
    let states: Vec<_> = world
        .listed("a.test")
        .iter()
        .map(|row| row["state"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(states, ["replaced", "valid", "replaced", "valid"]);
}

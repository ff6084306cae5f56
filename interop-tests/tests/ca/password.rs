//! Passwords of the CA's keys, from a file and from the environment.

use std::fs;

use wharf_interop_tests::{Finished, Process};

use crate::World;

const SECRET: &str = "correct horse battery";

fn with_secret(world: &World, args: &[&str]) -> Finished {
    let ran = Process::run(
        world
            .home
            .wharf(args)
            .current_dir(&world.out)
            .env("SECRET", SECRET),
    );
    let said = format!("{}{}", ran.text(), ran.stderr);
    assert!(!said.contains(SECRET), "{ran}");
    ran
}

#[test]
fn every_verb_takes_it_from_where_it_was_named_and_no_other() {
    let world = World::new();
    let _ = with_secret(&world, &["ca", "init", "--password-env", "SECRET"]).success();
    world.write("password", &format!("{SECRET}\n"));
    world.write("wrong", "incorrect\n");
    for verb in [
        &["ca", "intermediate", "--name", "Side CA"][..],
        &["ca", "rotate"],
        &["ca", "rotate", "--root"],
    ] {
        let before = world.home.tree();
        let missing = world.run(verb);
        assert_eq!(missing.code(), Some(1), "{missing}");
        assert!(
            missing
                .stderr
                .contains("hint: --password-file FILE or --password-env NAME"),
            "{missing}"
        );
        let wrong = world.run(&[verb, &["--password-file", "wrong"]].concat());
        assert_eq!(wrong.code(), Some(1), "{wrong}");
        assert!(
            wrong
                .stderr
                .contains("private key is not decrypted by this password"),
            "{wrong}"
        );
        // An inventory may have been made; nothing else.
        let mut after = world.home.tree();
        after.retain(|path, _| before.contains_key(path));
        assert_eq!(after, before, "{verb:?}");
        let unset = world.run(&[verb, &["--password-env", "SECRET"]].concat());
        assert_eq!(unset.code(), Some(1), "{unset}");
        let _ = world
            .run(&[verb, &["--password-file", "password"]].concat())
            .success();
    }
    for name in fs::read_dir(world.home.path().join("ca")).unwrap() {
        let path = name.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "key") {
            let key = fs::read_to_string(&path).unwrap();
            assert!(
                key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
                "{path:?}"
            );
        }
    }
    let _ = with_secret(&world, &["ca", "backup", "ca.tar"]).success();
    let second = World::new();
    let file = world.file("ca.tar");
    let refused = second.run(&["ca", "restore", &file]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(!second.home.path().join("ca").exists());
    let args = ["ca", "restore", &file, "--password-env", "SECRET"];
    let _ = with_secret(&second, &args).success();
}

#[test]
fn two_sources_at_once_are_refused() {
    let world = World::new();
    for args in [
        ["--password-env", "SECRET", "--password-file", "x"],
        ["--password-env", "SECRET", "--no-password", "--days=9"],
    ] {
        let refused = with_secret(&world, &[&["ca", "init"][..], &args].concat());
        assert_eq!(refused.code(), Some(1), "{refused}");
    }
    assert!(world.home.tree().is_empty());
}

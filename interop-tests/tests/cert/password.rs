//! Passwords: of the CA's keys, and of the certificate's.

use std::fs;

use wharf_interop_tests::{Finished, Process, peer};

use crate::World;

const SECRET: &str = "correct horse battery";

fn with_secret(world: &World, args: &[&str]) -> Finished {
    let mut command = world.home.wharf(args);
    Process::run(command.current_dir(&world.out).env("SECRET", SECRET))
}

#[test]
fn the_password_of_a_ca_is_taken_from_where_it_was_named() {
    let world = World::new();
    let _ = with_secret(&world, &["ca", "init", "--password-env", "SECRET"]).success();
    let refused = world.run(&["cert", "issue", "a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("--ca-password-file"), "{refused}");
    assert_eq!(fs::read_dir(&world.out).unwrap().count(), 0);
    fs::write(world.file("password"), format!("{SECRET}\n")).unwrap();
    for verb in [
        &["cert", "issue", "a.test"][..],
        &["cert", "revoke", "a.test"],
        &["crl", "publish"],
    ] {
        let wrong = [verb, &["--ca-password-env", "HOME"]].concat();
        let wrong = world.run(&wrong);
        assert_eq!(wrong.code(), Some(1), "{wrong}");
        // The CA is sound, and is not to be thrown away.
        assert!(wrong.stderr.contains("by this password"), "{wrong}");
        assert!(!wrong.stderr.contains("new CA"), "{wrong}");
        let ran = world
            .run(&[verb, &["--ca-password-file", "password"]].concat())
            .success();
        assert!(!format!("{}{}", ran.text(), ran.stderr).contains(SECRET));
    }
    assert_eq!(world.listed("a.test")[0]["state"], "revoked");
}

#[test]
fn an_encrypted_key_opens_with_its_password_alone() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    let issue = [
        "cert",
        "issue",
        "a.test",
        "--encrypt-key",
        "--password-env",
        "SECRET",
    ];
    let _ = with_secret(&world, &issue).success();
    let key = world.file("a.test.key");
    let open = |password: &str| {
        let password = format!("pass:{password}");
        openssl.run(&["pkey", "-noout", "-in", &key, "-passin", &password])
    };
    let _ = open(SECRET).success();
    assert!(!open("wrong").status.success());
    // And it can be used again.
    let again = [
        "cert",
        "issue",
        "b.test",
        "--key",
        "a.test.key",
        "--password-env",
        "SECRET",
    ];
    let _ = with_secret(&world, &again).success();
    // One that is given in vain is told: perhaps the CA's was meant.
    let vain = with_secret(
        &world,
        &["cert", "issue", "c.test", "--password-env", "SECRET"],
    );
    assert_eq!(vain.code(), Some(1), "{vain}");
    assert!(vain.stderr.contains("--encrypt-key"), "{vain}");
}

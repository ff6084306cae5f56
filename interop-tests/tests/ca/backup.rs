//! `wharf ca backup` and `wharf ca restore`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use wharf_interop_tests::{Home, Process};

use crate::{World, says_nothing_private, text};

#[test]
fn all_comes_back_in_another_home() {
    let world = World::with_ca(&[]);
    world.issue(&["a.test"]);
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    let made = world.run(&["ca", "backup", "ca.tar"]).success();
    assert_eq!(made.text(), "ca.tar\n");
    assert_eq!(
        made.stderr,
        "wharf: warning: its keys have no password; who can read this file is the CA\n"
    );
    says_nothing_private(&world, &made);
    let file = world.out.join("ca.tar");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let listed = Process::run(Command::new("tar").arg("-tf").arg(&file)).success();
    assert!(listed.text().starts_with("wharf-backup.txt\n"), "{listed}");

    let second = Home::new();
    let restored = Process::run(&mut second.wharf(&["ca", "restore", text(&file)])).success();
    assert_eq!(restored.text(), format!("{}\n", second.root().display()));
    let folder = second.path().join("ca");
    assert_eq!(
        restored.stderr,
        format!("wharf: restored the CA in {}\n", folder.display())
    );
    let files = |home: &Home| {
        let mut tree = home.tree();
        tree.retain(|path, _| path.starts_with("ca") && !path.ends_with("wharf.db"));
        tree
    };
    assert_eq!(files(&second), files(&world.home));
    let list = |home: &Home| {
        let listed = Process::run(&mut home.wharf(&["cert", "list", "--json"])).success();
        listed.text()
    };
    assert_eq!(list(&second), list(&world.home));
    let out = second.beside("out");
    let issue = ["cert", "issue", "b.test", "--out", text(&out)];
    let _ = Process::run(&mut second.wharf(&issue)).success();

    // Neither is overwritten.
    let again = Process::run(&mut second.wharf(&["ca", "restore", text(&file)]));
    assert_eq!(again.code(), Some(1), "{again}");
    let again = world.run(&["ca", "backup", "ca.tar"]);
    assert_eq!(again.code(), Some(1), "{again}");
    assert!(again.stderr.contains("exists"), "{again}");
}

#[test]
fn what_was_changed_is_refused_and_nothing_is_put_in_place() {
    let world = World::with_ca(&[]);
    let _ = world.run(&["ca", "backup", "ca.tar"]).success();
    let whole = fs::read(world.out.join("ca.tar")).unwrap();
    let second = Home::new();
    let restore = |bytes: &[u8]| {
        let file = world.out.join("changed.tar");
        fs::write(&file, bytes).unwrap();
        let refused = Process::run(&mut second.wharf(&["ca", "restore", text(&file)]));
        assert_eq!(refused.code(), Some(1), "{refused}");
        assert!(refused.stderr.contains("\nhint: "), "{refused}");
        assert!(!second.path().join("ca").exists(), "{refused}");
    };
    restore(b"");
    restore(b"no archive at all");
    restore(&whole[..whole.len() / 2]);
    let place = whole.windows(5).position(|part| part == b"BEGIN").unwrap();
    let mut changed = whole.clone();
    changed[place + 200] ^= 1;
    restore(&changed);
    let missing = Process::run(&mut second.wharf(&["ca", "restore", "there-is-none"]));
    assert_eq!(missing.code(), Some(1), "{missing}");
}

#[test]
fn without_the_roots_key_it_is_still_a_backup() {
    let world = World::with_ca(&[]);
    fs::rename(world.ca_file("root.key"), world.out.join("root.key")).unwrap();
    let _ = world.run(&["ca", "backup", "ca.tar"]).success();
    let second = Home::new();
    let file = world.file("ca.tar");
    let _ = Process::run(&mut second.wharf(&["ca", "restore", &file])).success();
    assert!(!second.path().join("ca/root.key").exists());
}

//! `wharf ca rotate` and `wharf ca restore`, killed anywhere: the CA is the old one or the new one, and whole.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use wharf_interop_tests::{Home, PATIENCE, Process, peer};

use crate::{World, text, verifies};

/// How often each is killed. The moments step through the whole run of the command.
const ROUNDS: u32 = 30;

/// Runs it, and kills it after a time; whether it was still running.
fn kill_after(home: &Home, args: &[&str], delay: Duration) -> bool {
    let mut process = Process::spawn(&mut home.wharf(args));
    let is_running = process.wait_within(delay).is_none();
    if is_running {
        process.signal(Signal::KILL);
    }
    process.wait_within(PATIENCE).expect("it was killed");
    is_running
}

/// How long it takes here.
fn time(home: &Home, args: &[&str]) -> Duration {
    let started = Instant::now();
    let _ = Process::run(&mut home.wharf(args)).success();
    started.elapsed()
}

#[test]
fn a_rotation_that_was_cut_off_anywhere_leaves_a_ca_that_issues() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let rotate = ["ca", "rotate", "--root"];
    let whole = time(&World::with_ca(&[]).home, &rotate);
    let (mut killed, mut old, mut new) = (0, 0, 0);
    for round in 0..ROUNDS {
        let world = World::with_ca(&[]);
        let first = fs::read_to_string(world.home.root()).unwrap();
        let first_root = world.write("first.crt", &first);
        killed += u32::from(kill_after(&world.home, &rotate, whole * round / ROUNDS));

        let shown = world.run(&["ca", "show"]).success();
        assert_eq!(shown.stderr, "", "{round}");
        // Whoever knows the first root alone accepts what the CA issues now, whichever it is.
        let chain = world.issue(&["a.test"]);
        assert!(verifies(&openssl, &first_root, &chain, "a.test"), "{round}");
        let root = fs::read_to_string(world.home.root()).unwrap();
        if root == first {
            old += 1;
        } else {
            new += 1;
            let root = world.home.root();
            assert!(verifies(&openssl, text(&root), &chain, "a.test"), "{round}");
        }
        // The next one works, and clears away what was left behind.
        let _ = world.run(&["ca", "rotate"]).success();
        check_keys(&world, round);
        let chain = world.issue(&["b.test"]);
        assert!(verifies(&openssl, &first_root, &chain, "b.test"), "{round}");
    }
    assert!(
        killed > 0 && old > 0,
        "killed {killed}, old {old}, new {new}"
    );
}

/// Every key is that of a CA of the inventory, and nothing temporary is there.
fn check_keys(world: &World, round: u32) {
    let known: Vec<_> = world
        .authorities()
        .iter()
        .map(|row| row["key_file"].as_str().unwrap().to_owned())
        .collect();
    for entry in fs::read_dir(world.home.path().join("ca")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "key") {
            assert!(known.contains(&text(&path).to_owned()), "{round}: {path:?}");
        }
    }
}

#[test]
fn a_restore_that_was_cut_off_anywhere_leaves_all_or_nothing() {
    let world = World::with_ca(&[]);
    world.issue(&["a.test"]);
    let _ = world.run(&["ca", "backup", "ca.tar"]).success();
    let file = world.file("ca.tar");
    let restore = ["ca", "restore", file.as_str()];
    let whole = time(&Home::new(), &restore);
    let (mut nothing, mut all) = (0, 0);
    for round in 0..ROUNDS {
        let home = Home::new();
        kill_after(&home, &restore, whole * round / ROUNDS);
        if home.path().join("ca").exists() {
            all += 1;
        } else {
            nothing += 1;
            let _ = Process::run(&mut home.wharf(&restore)).success();
        }
        let _ = Process::run(&mut home.wharf(&["ca", "show"])).success();
        let listed = Process::run(&mut home.wharf(&["cert", "list", "--name", "a.test"]));
        assert!(listed.success().text().contains("valid"), "{round}");
        let out = home.beside("out");
        let issue = ["cert", "issue", "b.test", "--out", text(&out)];
        let _ = Process::run(&mut home.wharf(&issue)).success();
        let again = Process::run(&mut home.wharf(&restore));
        assert_eq!(again.code(), Some(1), "{again}");
        for path in home.tree().keys() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            assert!(!name.starts_with('.'), "left behind: {}", path.display());
        }
    }
    assert!(nothing > 0, "nothing {nothing}, all {all}");
}

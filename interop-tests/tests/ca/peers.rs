//! Clients that no one here wrote, on rotated and constrained chains.

use std::fs;
use std::process::Command;

use wharf_interop_tests::{Process, peer};

use crate::intermediate::forge;
use crate::{World, text, verifies};

/// What a client that trusts one root says of a chain, each by its name.
fn clients(world: &World, root: &str, chain: &str, name: &str) -> Vec<(&'static str, bool)> {
    let pem = fs::read_to_string(chain).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, between) = pem.split_once(end).unwrap();
    let leaf = world.write("peer-leaf.pem", &format!("{leaf}{end}"));
    let between = world.write("peer-between.pem", between);
    let line = ["server", root, &between, &leaf, name, "-", "-"].join("\t");
    let list = world.write("peer-list", &format!("{line}\n"));
    let says = |mut command: Command| {
        let said = Process::run(command.arg(&list)).success().text();
        match said.split_whitespace().next() {
            Some("ok") => true,
            Some("no") => false,
            _ => panic!("{said}"),
        }
    };
    let mut answers = Vec::new();
    if let Some(openssl) = peer::openssl() {
        answers.push(("OpenSSL", verifies(&openssl, root, chain, name)));
    }
    if let Some(go) = peer::go_pki() {
        answers.push(("Go", says(Command::new(go))));
    }
    if let Some(python) = peer::python_cryptography() {
        let program = fs::read_to_string(peer::program("pki.py")).unwrap();
        answers.push(("cryptography", says(python(&program))));
    }
    let own = world.run(&["cert", "verify", chain, "--ca", root, "--name", name]);
    answers.push(("wharf", own.status.success()));
    answers
}

#[track_caller]
fn all(answers: &[(&str, bool)], expected: bool) {
    assert!(
        answers.iter().all(|(_, answer)| *answer == expected),
        "{answers:?}"
    );
}

#[test]
fn who_trusts_the_old_root_alone_accepts_what_is_issued_after_a_rotation() {
    let world = World::with_ca(&[]);
    let old = fs::read_to_string(world.home.root()).unwrap();
    let old = world.write("old.crt", &old);
    let before = world.issue(&["before.test"]);
    let _ = world.run(&["ca", "rotate", "--root"]).success();
    let after = world.issue(&["after.test"]);
    let _ = world.run(&["ca", "rotate"]).success();
    let later = world.issue(&["later.test"]);
    let new = text(&world.home.root()).to_owned();
    for root in [&old, &new] {
        all(&clients(&world, root, &after, "after.test"), true);
        all(&clients(&world, root, &later, "later.test"), true);
    }
    all(&clients(&world, &old, &before, "before.test"), true);
    // The new root did not sign what the old one had issued.
    all(&clients(&world, &new, &before, "before.test"), false);
}

#[test]
fn without_a_cross_signature_the_old_root_is_of_no_use() {
    let world = World::with_ca(&[]);
    let old = fs::read_to_string(world.home.root()).unwrap();
    let old = world.write("old.crt", &old);
    let _ = world
        .run(&["ca", "rotate", "--root", "--no-cross"])
        .success();
    let chain = world.issue(&["a.test"]);
    let new = text(&world.home.root()).to_owned();
    all(&clients(&world, &new, &chain, "a.test"), true);
    all(&clients(&world, &old, &chain, "a.test"), false);
}

#[test]
fn a_constrained_ca_is_believed_inside_its_domain_and_nowhere_else() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&["--domain", "corp.test"]);
    let root = text(&world.home.root()).to_owned();
    let chain = world.issue(&["www.corp.test"]);
    all(&clients(&world, &root, &chain, "www.corp.test"), true);
    let refused = world.run(&["cert", "issue", "www.other.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");

    // With the CA's key in the hands of somebody who signs anything.
    let (ca, key) = (world.home.intermediate(), world.ca_file("intermediate.key"));
    for (name, is_good) in [("good.corp.test", true), ("www.other.test", false)] {
        let leaf = forge(&world, &openssl, text(&ca), text(&key), name);
        let chain = fs::read_to_string(&leaf).unwrap() + &fs::read_to_string(&ca).unwrap();
        let chain = world.write("forged.pem", &chain);
        all(&clients(&world, &root, &chain, name), is_good);
    }
    let forged = world.file("forged.pem");
    let verified = world.run(&[
        "cert",
        "verify",
        &forged,
        "--ca",
        &root,
        "--name",
        "www.other.test",
    ]);
    assert_eq!(verified.code(), Some(2), "{verified}");
    let said = format!("{}{}", verified.text(), verified.stderr);
    assert!(said.contains("constraint"), "{verified}");
}

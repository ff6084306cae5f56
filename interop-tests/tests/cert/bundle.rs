//! `wharf cert bundle`.

use std::fs;

use wharf_interop_tests::peer;

use crate::{World, text};

#[test]
fn a_bundle_is_in_order_whatever_the_order_of_the_files() {
    let world = World::new();
    world.issue(&["a.test"]);
    let (root, intermediate) = (world.home.root(), world.home.intermediate());
    let chain = fs::read_to_string(world.file("a.test.pem")).unwrap();
    let files = [text(&root), text(&intermediate), "a.test.pem"];
    let bundle = |args: &[&str]| world.run(&[&["cert", "bundle"], args].concat());
    assert_eq!(bundle(&files).success().text(), chain);
    assert_eq!(bundle(&["a.test.pem"]).success().text(), chain);
    let root = fs::read_to_string(&root).unwrap();
    let with_root = bundle(&["a.test.pem", "--root"]).success().text();
    assert_eq!(with_root, format!("{chain}{root}"));
}

#[test]
fn der_is_read_and_the_inventory_completes_it() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["a.test"]);
    let (pem, der) = (world.file("a.test.pem"), world.file("a.der"));
    let _ = openssl
        .run(&["x509", "-outform", "DER", "-in", &pem, "-out", &der])
        .success();
    let made = world
        .run(&["cert", "bundle", &der, "--out", "all.pem"])
        .success();
    assert_eq!(made.text(), "");
    assert_eq!(
        fs::read(world.file("all.pem")).unwrap(),
        fs::read(&pem).unwrap()
    );
    let again = world.run(&["cert", "bundle", &der, "--out", "all.pem"]);
    assert_eq!(again.code(), Some(1), "{again}");
    // Who does not know the CA has to be given it.
    let other = World::new();
    let missing = other.run(&["cert", "bundle", &der]);
    assert_eq!(missing.code(), Some(1), "{missing}");
    assert!(missing.stderr.contains("is missing"), "{missing}");
    assert_eq!(missing.text(), "");
    assert!(other.home.tree().is_empty());
}

#[test]
fn two_ends_are_no_bundle() {
    let world = World::new();
    world.issue(&["a.test"]);
    world.issue(&["b.test"]);
    let refused = world.run(&["cert", "bundle", "a.test.pem", "b.test.pem"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("two ends"), "{refused}");
}

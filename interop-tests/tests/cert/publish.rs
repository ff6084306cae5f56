//! `wharf crl show`, `publish` and `verify`.

use std::fs;

use wharf_interop_tests::peer;

use crate::World;

#[test]
fn what_is_published_is_for_the_whole_path() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["a.test"]);
    let nothing = world.run(&["crl", "show"]);
    assert_eq!(nothing.code(), Some(3), "{nothing}");
    let all = world.file("all.crl");
    let published = world.run(&["crl", "publish", "--out", &all]).success();
    assert_eq!(published.text().trim(), all);
    let check = ["-crl_check_all", "-CRLfile", &all];
    let _ = world.verify(&openssl, &check, "a.test.pem").success();
    // The nearest that must fail: without the root's.
    let one = world.ca_file("intermediate.crl");
    let refused = world.verify(
        &openssl,
        &["-crl_check_all", "-CRLfile", &one],
        "a.test.pem",
    );
    assert!(
        refused.stderr.contains("unable to get certificate CRL"),
        "{refused}"
    );
}

#[test]
fn der_is_one_crl_and_its_number_rises() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["a.test"]);
    let out = world.file("i.crl");
    let der = ["crl", "publish", "--der", "--out", &out];
    let refused = world.run(&der);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("--issuer"), "{refused}");
    let one = [
        &der[..],
        &[
            "--issuer",
            "Wharf development CA intermediate",
            "--days",
            "3",
        ],
    ]
    .concat();
    for number in ["01", "02"] {
        let _ = world.run(&one).success();
        let shown = ["crl", "-inform", "DER", "-noout", "-crlnumber", "-in", &out];
        let shown = openssl.run(&shown).success().text();
        assert!(shown.trim().ends_with(number), "{shown}");
    }
    let shown = world.json(&["crl", "show"]);
    assert_eq!(shown["crls"].as_array().unwrap().len(), 1);
}

#[test]
fn a_crl_is_verified_by_who_signed_it() {
    let (world, other) = (World::new(), World::new());
    for world in [&world, &other] {
        world.issue(&["a.test"]);
        let _ = world.run(&["crl", "publish"]).success();
    }
    let crl = world.ca_file("intermediate.crl");
    let good = world.run(&["crl", "verify", &crl]);
    assert_eq!(good.code(), Some(0), "{good}");
    let intermediate = world.home.intermediate();
    let named = [
        "crl",
        "verify",
        &crl,
        "--ca",
        intermediate.to_str().unwrap(),
    ];
    assert_eq!(other.run(&named).code(), Some(0));
    let foreign = other.run(&["crl", "verify", &crl]);
    assert_eq!(foreign.code(), Some(2), "{foreign}");
    assert!(foreign.text().contains("none of the CAs"), "{foreign}");
    // One bit of the signature, which is the last thing in it.
    let der = world.file("i.der");
    let publish = [
        "crl",
        "publish",
        "--der",
        "--out",
        &der,
        "--issuer",
        "Wharf development CA intermediate",
    ];
    let _ = world.run(&publish).success();
    let mut bytes = fs::read(&der).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&der, &bytes).unwrap();
    let report = world.json(&["crl", "verify", &der]);
    assert_eq!(report["crls"][0]["verified"], false);
    fs::write(&der, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(world.run(&["crl", "verify", &der]).code(), Some(1));
}

#[test]
fn a_crl_whose_successor_is_due_is_refused() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["a.test"]);
    // OpenSSL signs one with the CA's own key that ended long ago.
    fs::write(world.file("index.txt"), "").unwrap();
    let config = "[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n";
    fs::write(world.file("ca.cnf"), config).unwrap();
    let (key, certificate) = (
        world.ca_file("intermediate.key"),
        world.ca_file("intermediate.crt"),
    );
    let args = [
        &[
            "ca",
            "-gencrl",
            "-config",
            "ca.cnf",
            "-keyfile",
            &key,
            "-cert",
            &certificate,
        ][..],
        &[
            "-crl_lastupdate",
            "20250101000000Z",
            "-crl_nextupdate",
            "20250102000000Z",
            "-out",
            "old.crl",
        ],
    ];
    let mut command = openssl.command(&args.concat());
    let _ = wharf_interop_tests::Process::run(command.current_dir(&world.out)).success();
    let old = world.run(&["crl", "verify", "old.crl"]);
    assert_eq!(old.code(), Some(2), "{old}");
    assert!(old.text().contains("was due on 2025-01-02"), "{old}");
}

//! `wharf ca init`.

use wharf_interop_tests::peer;

use crate::{World, owned, says_nothing_private, text};

const FILES: [(&str, u32); 4] = [
    ("intermediate.crt", 0o644),
    ("intermediate.key", 0o600),
    ("root.crt", 0o644),
    ("root.key", 0o600),
];

#[test]
fn four_files_are_made_and_the_root_is_named() {
    let world = World::new();
    let made = world.run(&["ca", "init", "--name", "Our CA"]).success();
    assert_eq!(made.text(), format!("{}\n", world.home.root().display()));
    let folder = world.home.path().join("ca");
    assert_eq!(
        made.stderr,
        format!(
            "wharf: made the CA \"Our CA\" in {}\nwharf: nothing trusts it until its root is installed, with wharf ca trust, or \
             named, as in curl --cacert\n",
            folder.display()
        )
    );
    assert_eq!(world.modes(), owned(&FILES));
    says_nothing_private(&world, &made);
}

#[test]
fn a_second_one_is_refused_before_a_password_is_asked_for() {
    let world = World::with_ca(&[]);
    let before = world.home.tree();
    let again = world.run(&["ca", "init", "--password-file", "there-is-none"]);
    assert_eq!(again.code(), Some(1), "{again}");
    assert_eq!(again.text(), "");
    let path = world.home.path().join("ca");
    let message = format!(
        "wharf: error: there is a CA already in {}\nhint: ",
        path.display()
    );
    assert!(again.stderr.starts_with(&message), "{again}");
    assert_eq!(world.home.tree(), before);
}

#[test]
fn openssl_reads_what_the_options_say() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&[
        "--name",
        "Limited",
        "--domain",
        "a.test",
        "--domain",
        "10.0.0.0/8",
        "--key-type",
        "p384",
        "--days",
        "30",
        "--intermediate-days",
        "10",
        "--path-len",
        "1",
    ]);
    let shown = |file: &str| {
        let path = world.ca_file(file);
        let args = ["x509", "-noout", "-text", "-in", text(&path)];
        openssl.run(&args).success().text()
    };
    let (root, intermediate) = (shown("root.crt"), shown("intermediate.crt"));
    for certificate in [&root, &intermediate] {
        for part in [
            "NIST CURVE: P-384",
            "Permitted:",
            "DNS:a.test",
            "IP:10.0.0.0/255.0.0.0",
        ] {
            assert!(certificate.contains(part), "{part}: {certificate}");
        }
        assert!(!certificate.contains("Excluded:"), "{certificate}");
    }
    assert!(
        root.contains("pathlen:1") && root.contains("CN = Limited\n"),
        "{root}"
    );
    assert!(intermediate.contains("pathlen:0"), "{intermediate}");
    for (file, days) in [("root.crt", 30), ("intermediate.crt", 10)] {
        let alive = |days: u32| {
            let path = world.ca_file(file);
            let seconds = (days * 86_400).to_string();
            let args = ["x509", "-noout", "-checkend", &seconds, "-in", text(&path)];
            openssl.run(&args).status.success()
        };
        assert!(alive(days - 1) && !alive(days + 1), "{file}");
    }
}

#[test]
fn without_an_intermediate_the_root_issues() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&["--no-intermediate"]);
    assert_eq!(world.modes(), owned(&FILES[2..]));
    let chain = world.issue(&["a.test"]);
    let pem = std::fs::read_to_string(&chain).unwrap();
    assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 1);
    let root = world.home.root();
    assert!(crate::verifies(&openssl, text(&root), &chain, "a.test"));
    let rotated = world.run(&["ca", "rotate"]);
    assert_eq!(rotated.code(), Some(1), "{rotated}");
    assert!(rotated.stderr.contains("--root --no-cross"), "{rotated}");
    let both = world.run(&["ca", "init", "--no-intermediate", "--path-len", "1"]);
    assert_eq!(both.code(), Some(1), "{both}");
}

#[test]
fn what_works_otherwise_than_one_may_think_is_told() {
    let world = World::new();
    let args = [
        "ca",
        "init",
        "--key-type",
        "ed25519",
        "--domain",
        "uri:a.test",
    ];
    let made = world.run(&args).success();
    assert!(
        made.stderr.contains("warning: no browser takes Ed25519"),
        "{made}"
    );
    assert!(made.stderr.matches("warning: ").count() > 1, "{made}");
    let refused = World::new().run(&["ca", "init", "--domain", "*.a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
}

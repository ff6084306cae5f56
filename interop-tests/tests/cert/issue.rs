//! `wharf cert issue`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use wharf_interop_tests::{Home, Server, peer};

use crate::{World, text};

#[test]
fn the_first_use_is_one_line_and_what_it_makes_is_in_the_inventory() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    let issued = world.issue(&["api.test", "10.0.0.7"]);
    assert_eq!(issued.text(), "./api.test.pem\n./api.test.key\n");
    let chain = world.file("api.test.pem");
    let nginx = format!("nginx: ssl_certificate {chain};");
    for said in ["made a development CA", &nginx, "curl --cacert"] {
        assert!(issued.stderr.contains(said), "{said}: {issued}");
    }
    let mode = |name: &str| fs::metadata(world.file(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("api.test.pem"), mode("api.test.key")), (0o644, 0o600));
    let purpose = ["-purpose", "sslserver", "-verify_hostname", "api.test"];
    let _ = world.verify(&openssl, &purpose, "api.test.pem").success();

    let listed = world.listed("api.test");
    let [record] = &listed[..] else {
        panic!("one: {listed:?}")
    };
    assert_eq!(record["state"], "valid");
    assert_eq!(record["profile"], "server");
    let files = record["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    assert!(
        files.iter().all(|file| file["written_at"].is_string()),
        "{files:?}"
    );
    let serial = openssl.run(&[
        "x509",
        "-noout",
        "-serial",
        "-in",
        &world.file("api.test.pem"),
    ]);
    let serial = serial.text();
    assert_eq!(
        serial.trim().strip_prefix("serial="),
        record["serial"].as_str()
    );
}

#[test]
fn a_profile_decides_which_names_there_may_be() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    world.issue(&["me@a.test", "--profile", "client", "--hours", "5"]);
    let _ = world
        .verify(&openssl, &["-purpose", "sslclient"], "me@a.test.pem")
        .success();
    let server = world.verify(&openssl, &["-purpose", "sslserver"], "me@a.test.pem");
    assert!(!server.status.success(), "{server}");
    world.issue(&["spiffe://a.test/db", "--profile", "spiffe"]);
    let shown = ["x509", "-noout", "-ext", "subjectAltName", "-in"];
    let shown = openssl.run(&[&shown[..], &[&world.file("spiffe___a.test_db.pem")]].concat());
    assert!(shown.text().contains("URI:spiffe://a.test/db"), "{shown}");
    // What the profile does not take is refused, with what it does.
    let refused = world.run(&["cert", "issue", "me@a.test", "--force"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("e-mail address"), "{refused}");
}

#[test]
fn what_cannot_be_issued_leaves_nothing_behind() {
    for wrong in [
        &["a.test", "--profile", "nothing"][..],
        &["a.test", "--profiles", "/nonexistent/profiles.toml"],
        &["a.test", "--key", "/nonexistent/a.key"],
        &["a.test", "--days", "0"],
        &["a.test", "--days", "1", "--hours", "1"],
        &["a.test", "--ext", "1.2.3"],
        &["a.test:443"],
        &["a.test", "me@a.test"],
        &[],
    ] {
        let world = World::new();
        let refused = world.run(&[&["cert", "issue"], wrong].concat());
        assert_eq!(refused.code(), Some(1), "{wrong:?}: {refused}");
        assert!(world.home.tree().is_empty(), "{wrong:?} made something");
        assert_eq!(fs::read_dir(&world.out).unwrap().count(), 0, "{wrong:?}");
    }
}

#[test]
fn flags_decide_validity_subject_and_extensions() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    let shown = |name: &str| {
        let file = world.file(name);
        openssl
            .run(&[
                "x509", "-noout", "-text", "-nameopt", "RFC2253", "-in", &file,
            ])
            .text()
    };
    world.issue(&[
        "a.test",
        "--not-after",
        "2027-03-01T10:20:30Z",
        "--eku",
        "1.3.6.1.5.5.7.3.2",
    ]);
    let a = shown("a.test.pem");
    assert!(a.contains("Not After : Mar  1 10:20:30 2027 GMT"), "{a}");
    assert!(a.contains("TLS Web Client Authentication"), "{a}");
    world.issue(&[
        "b.test",
        "--subject",
        "CN=b,O=Example\\, Inc.",
        "--ext",
        "1.3.6.1.4.1.32473.1=0500",
    ]);
    let b = shown("b.test.pem");
    assert!(b.contains("CN=b,O=Example\\, Inc."), "{b}");
    assert!(b.contains("1.3.6.1.4.1.32473.1"), "{b}");
    // Beyond what Apple's systems take.
    let refused = world.run(&["cert", "issue", "c.test", "--days", "2000"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("824 days"), "{refused}");
}

#[test]
fn a_key_that_is_there_is_used_and_left_alone() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    let key = world.file("mine.key");
    let made = [
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-out",
        &key,
    ];
    let _ = openssl.run(&made).success();
    let before = fs::read(&key).unwrap();
    let issued = world.issue(&["a.test", "--key", &key]);
    assert_eq!(fs::read(&key).unwrap(), before);
    assert_eq!(issued.text(), format!("./a.test.pem\n{key}\n"));
    let of_key = openssl.run(&["pkey", "-pubout", "-in", &key]).success();
    let leaf = world.file("a.test.pem");
    let of_leaf = openssl
        .run(&["x509", "-pubkey", "-noout", "-in", &leaf])
        .success();
    assert_eq!(of_key.text(), of_leaf.text());
}

#[test]
fn key_types_that_some_do_not_take_are_warned_of() {
    let world = World::new();
    for (key_type, said) in [
        ("ed25519", "no browser takes Ed25519"),
        ("p521", "Chromium does not take P-521"),
        ("ml-dsa-65", "no browser takes ML-DSA"),
    ] {
        let issued = world.issue(&["a.test", "--force", "--key-type", key_type]);
        assert!(issued.stderr.contains(said), "{issued}");
    }
    let plain = world.issue(&["a.test", "--force"]);
    assert!(!plain.stderr.contains("warning"), "{plain}");
}

#[test]
fn nothing_is_replaced_unasked_and_what_is_replaced_is_known() {
    let world = World::new();
    world.issue(&["a.test"]);
    let before = fs::read(world.file("a.test.pem")).unwrap();
    let refused = world.run(&["cert", "issue", "a.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("--force"), "{refused}");
    assert_eq!(fs::read(world.file("a.test.pem")).unwrap(), before);
    assert_eq!(world.listed("a.test").len(), 1, "nothing was issued");
    world.issue(&["a.test", "--force"]);
    let states: Vec<_> = world
        .listed("a.test")
        .iter()
        .map(|row| row["state"].clone())
        .collect();
    assert_eq!(states, ["replaced", "valid"]);
}

#[test]
fn the_configuration_of_a_ca_stands_in_all_that_it_issues() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::new();
    fs::create_dir(world.home.path()).unwrap();
    let config = world.home.path().join("config.toml");
    fs::write(
        &config,
        "crl_urls = [\"http://ca.test/i.crl\"]\nissuer_urls = [\"http://ca.test/i.crt\"]\n",
    )
    .unwrap();
    world.issue(&["a.test"]);
    world.issue(&[
        "b.test",
        "--crl-url",
        "http://other.test/i.crl",
        "--ocsp-url",
        "http://ca.test/ocsp",
    ]);
    let shown = |name: &str| {
        let file = world.file(name);
        let ext = "crlDistributionPoints,authorityInfoAccess";
        openssl
            .run(&["x509", "-noout", "-ext", ext, "-in", &file])
            .text()
    };
    let (a, b) = (shown("a.test.pem"), shown("b.test.pem"));
    assert!(
        a.contains("URI:http://ca.test/i.crl") && a.contains("http://ca.test/i.crt"),
        "{a}"
    );
    assert!(!a.contains("OCSP"), "{a}");
    assert!(
        b.contains("http://other.test/i.crl") && !b.contains("http://ca.test/i.crl"),
        "{b}"
    );
    assert!(b.contains("OCSP - URI:http://ca.test/ocsp"), "{b}");
    fs::write(&config, "crl_url = []\n").unwrap();
    let refused = world.run(&["cert", "issue", "c.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("crl_urls"), "{refused}");
}

#[test]
fn what_serve_issues_is_in_the_inventory_too() {
    let home = Home::new();
    drop(Server::start(&home, &["--name", "app.test"]));
    let world = World {
        out: home.folder("out"),
        home,
    };
    let first = world.listed("app.test");
    assert_eq!(first.len(), 1, "{first:?}");
    let file = &first[0]["files"][0];
    assert_eq!(file["kind"], "bundle");
    assert_eq!(
        file["path"],
        text(&world.home.path().join("wharf-serve.pem"))
    );
    assert!(file["written_at"].is_string(), "{file}");
    drop(Server::start(&world.home, &["--name", "other.test"]));
    assert_eq!(world.listed("app.test")[0]["state"], "replaced");
}

//! `wharf ca intermediate`, for keys here and of others.

use std::fs;

use wharf_interop_tests::peer;

use crate::{World, says_nothing_private, text, verifies};

#[test]
fn a_further_one_issues_by_its_name_inside_its_domain() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&["--domain", "corp.test"]);
    let args = [
        "ca",
        "intermediate",
        "--name",
        "Side CA",
        "--domain",
        "side.corp.test",
    ];
    let made = world.run(&args).success();
    let certificate = made.text();
    assert!(certificate.trim_end().ends_with(".crt"), "{made}");
    assert_eq!(made.stderr, "wharf: made the intermediate CN=Side CA\n");
    says_nothing_private(&world, &made);
    let chain = world.issue(&["www.side.corp.test", "--issuer", "Side CA"]);
    let root = world.home.root();
    assert!(verifies(
        &openssl,
        text(&root),
        &chain,
        "www.side.corp.test"
    ));
    let outside = world.run(&["cert", "issue", "www.corp.test", "--issuer", "Side CA"]);
    assert_eq!(outside.code(), Some(1), "{outside}");
    assert!(
        outside
            .stderr
            .contains("only dns:side.corp.test is permitted"),
        "{outside}"
    );
    let again = world.run(&args);
    assert_eq!(again.code(), Some(1), "{again}");
}

#[test]
fn what_the_root_may_not_do_is_refused_with_the_reason() {
    let world = World::with_ca(&["--domain", "corp.test"]);
    let _ = world.run(&["ca", "list"]).success();
    let before = world.home.tree();
    for (args, reason) in [
        (
            ["--domain", "other.test"],
            "only dns:corp.test is permitted",
        ),
        (["--domain", "10.0.0.0/8"], "is excluded"),
        (["--path-len", "2"], "leaves too little room"),
    ] {
        let args = [&["ca", "intermediate", "--name", "Side CA"][..], &args].concat();
        let refused = world.run(&args);
        assert_eq!(
            (refused.code(), refused.text()),
            (Some(2), String::new()),
            "{refused}"
        );
        assert!(refused.stderr.contains(reason), "{refused}");
        assert!(refused.stderr.contains("\nhint: "), "{refused}");
    }
    let mut after = world.home.tree();
    after.retain(|path, _| before.contains_key(path));
    assert_eq!(after, before);
}

/// A request as another party's openssl writes it.
fn request(world: &World, openssl: &peer::OpenSsl, subject: &str) -> String {
    let extensions = "basicConstraints=CA:true\nsubjectAltName=DNS:a.test\n";
    new_request(world, openssl, "partner", subject, extensions)
}

/// A new key in NAME.key, and a request for it in NAME.csr.
fn new_request(
    world: &World,
    openssl: &peer::OpenSsl,
    name: &str,
    subject: &str,
    extensions: &str,
) -> String {
    let [key, csr, config] = ["key", "csr", "cnf"].map(|ending| format!("{name}.{ending}"));
    let [key, csr] = [world.file(&key), world.file(&csr)];
    let asked = match extensions {
        "" => "",
        _ => "req_extensions=e\n",
    };
    let config = world.write(
        &config,
        &format!("[req]\ndistinguished_name=n\n{asked}[n]\n[e]\n{extensions}"),
    );
    let kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-384",
        "-nodes",
    ];
    let files = ["-keyout", &key, "-out", &csr, "-config", &config];
    let _ = openssl
        .run(&[&["req", "-new", "-subj", subject][..], &kind, &files].concat())
        .success();
    csr
}

#[test]
fn a_request_of_openssl_becomes_a_ca_that_openssl_issues_with() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&[]);
    let csr = request(&world, &openssl, "/O=Partner/CN=Partner CA");
    let args = [
        "ca",
        "intermediate",
        "--csr",
        &csr,
        "--domain",
        "partner.test",
        "--days",
        "100",
    ];
    let made = world.run(&args).success();
    assert_eq!(made.text(), "Partner_CA.pem\n");
    assert!(
        made.stderr.contains("not granted: the name a.test"),
        "{made}"
    );
    assert!(
        made.stderr.contains("not granted: basicConstraints"),
        "{made}"
    );
    let ca = world.file("Partner_CA.pem");
    let shown = openssl.run(&[
        "x509",
        "-noout",
        "-subject",
        "-ext",
        "nameConstraints",
        "-in",
        &ca,
    ]);
    assert!(
        shown.text().contains("O = Partner, CN = Partner CA"),
        "{shown}"
    );
    assert!(shown.text().contains("DNS:partner.test"), "{shown}");

    // It issues, and who trusts our root accepts that, inside the constraint.
    let key = world.file("partner.key");
    let root = world.home.root();
    for (name, is_good) in [("www.partner.test", true), ("www.other.test", false)] {
        let leaf = forge(&world, &openssl, &ca, &key, name);
        let chain = fs::read_to_string(&leaf).unwrap() + &fs::read_to_string(&ca).unwrap();
        let chain = world.write("leaf-chain.pem", &chain);
        assert_eq!(
            verifies(&openssl, text(&root), &chain, name),
            is_good,
            "{name}"
        );
    }
    let row = world.authorities().pop().unwrap();
    assert_eq!(
        (&row["key"], &row["subject"]),
        (&"elsewhere".into(), &"O=Partner, CN=Partner CA".into())
    );
    assert_eq!(
        world.json(&["ca", "show"])["warnings"],
        serde_json::json!([])
    );
    // Whose key is elsewhere issues elsewhere.
    let issue = world.run(&["cert", "issue", "a.partner.test", "--issuer", "Partner CA"]);
    assert_eq!(issue.code(), Some(1), "{issue}");
    assert!(issue.stderr.contains("is not kept here"), "{issue}");
}

/// A leaf that openssl signs with a CA's key, whatever the CA may.
pub(crate) fn forge(
    world: &World,
    openssl: &peer::OpenSsl,
    ca: &str,
    ca_key: &str,
    name: &str,
) -> String {
    let csr = new_request(world, openssl, "leaf", &format!("/CN={name}"), "");
    let extensions = world.write(
        "leaf.ext",
        &format!(
            "basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n\
             subjectAltName=DNS:{name}\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
        ),
    );
    let leaf = world.file("leaf.pem");
    let sign = [
        "x509", "-req", "-in", &csr, "-CA", ca, "-CAkey", ca_key, "-days", "30",
    ];
    let out = ["-extfile", &extensions, "-CAcreateserial", "-CAserial"];
    let serial = world.file("leaf.srl");
    let _ = openssl
        .run(&[&sign[..], &out, &[&serial, "-out", &leaf]].concat())
        .success();
    leaf
}

#[test]
fn a_request_whose_signature_is_not_its_keys_is_refused() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let world = World::with_ca(&[]);
    let csr = request(&world, &openssl, "/CN=Partner CA");
    let der = world.file("partner.der");
    let _ = openssl
        .run(&["req", "-in", &csr, "-outform", "DER", "-out", &der])
        .success();
    let mut bytes = fs::read(&der).unwrap();
    let place = bytes
        .windows(7)
        .position(|part| part == b"Partner")
        .unwrap();
    bytes[place] = b'p';
    fs::write(&der, bytes).unwrap();
    let refused = world.run(&["ca", "intermediate", "--csr", &der]);
    assert_eq!(refused.code(), Some(2), "{refused}");
    assert!(
        refused.stderr.contains("has not its private key"),
        "{refused}"
    );
    assert!(!world.out.join("Partner_CA.pem").exists());
    let nonsense = world.write("nonsense.csr", "no request");
    let refused = world.run(&["ca", "intermediate", "--csr", &nonsense]);
    assert_eq!(refused.code(), Some(1), "{refused}");
}

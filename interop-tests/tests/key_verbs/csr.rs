use serde_json::Value;
use wharf_interop_tests::peer;

use super::{CLASSIC, Lab};

const CONFIG: &str = "[req]\ndistinguished_name=dn\n[dn]\n";

/// A request of OpenSSL's, `NAME.csr`, for a key that is there.
#[track_caller]
fn request(lab: &Lab, key: &str, subject: &str, extensions: &[&str]) {
    let openssl = peer::openssl().unwrap();
    let (config, key_file) = (lab.write("config", CONFIG), lab.path(&format!("{key}.key")));
    let out = lab.path(&format!("{key}.csr"));
    let mut args = vec!["req", "-new", "-config", &config, "-key", &key_file];
    args.extend(["-subj", subject, "-out", &out]);
    for extension in extensions {
        args.extend(["-addext", extension]);
    }
    let _ = openssl.run(&args).success();
}

#[test]
fn openssl_s_requests_become_certificates_that_openssl_verifies() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    for key_type in CLASSIC {
        lab.key(key_type, key_type);
        request(
            &lab,
            key_type,
            "/CN=a.test",
            &["subjectAltName=DNS:a.test,IP:10.0.0.1"],
        );
        let csr = format!("{key_type}.csr");
        let signed = lab.done(&["csr", "sign", &csr, "--out", key_type]);
        let chain = format!("{key_type}/a.test.pem");
        assert_eq!(signed.text(), format!("{chain}\n"));
        assert_eq!(lab.mode(&chain), 0o644);
        let (root, chain) = (lab.0.root(), lab.path(&chain));
        let root = root.to_str().unwrap();
        for name in [["-verify_hostname", "a.test"], ["-verify_ip", "10.0.0.1"]] {
            let args = [
                "verify",
                "-x509_strict",
                "-purpose",
                "sslserver",
                "-CAfile",
                root,
            ];
            let _ = openssl
                .run(&[&args[..], &name, &["-untrusted", &chain, &chain]].concat())
                .success();
        }
        let key = openssl
            .run(&["x509", "-pubkey", "-noout", "-in", &chain])
            .success();
        assert_eq!(key.stdout, lab.read(&format!("{key_type}.pub")));
    }
}

#[test]
fn openssl_verifies_the_requests_of_csr_new() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    let subject = ["--subject", "CN=a.test,O=Example"];
    let wrote = lab.done(&[&["csr", "new", "a.test", "::1", "--out", "r"][..], &subject].concat());
    assert_eq!(wrote.text(), "r/a.test.csr\nr/a.test.key\n");
    assert_eq!(
        (lab.mode("r/a.test.csr"), lab.mode("r/a.test.key")),
        (0o644, 0o600)
    );
    let args = [
        "req",
        "-verify",
        "-noout",
        "-text",
        "-in",
        &lab.path("r/a.test.csr"),
    ];
    let read = format!("{}", openssl.run(&args).success());
    for part in [
        "verify OK",
        "O = Example, CN = a.test",
        "DNS:a.test, IP Address:0:0:0:0:0:0:0:1",
    ] {
        assert!(read.contains(part), "{part}: {read}");
    }
    lab.fails(&["csr", "new", "a.test", "--out", "r"], 1, "exists");
}

#[test]
fn what_is_not_granted_is_told_and_the_profile_decides() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    lab.key("a", "p256");
    let asked = [
        "subjectAltName=DNS:a.test,RID:1.2.3.4",
        "basicConstraints=critical,CA:TRUE",
        "keyUsage=keyCertSign",
        "1.2.3.4=DER:0500",
    ];
    request(&lab, "a", "/O=Example/CN=a.test", &asked);
    let signed = lab.done(&["csr", "sign", "a.csr"]);
    for part in [
        "not granted: the name RID:1.2.3.4",
        "not granted: the subject O=Example, CN=a.test",
        "not granted: basicConstraints as asked for",
        "not granted: keyUsage as asked for",
        "not granted: 1.2.3.4, which is not in the profile",
    ] {
        assert!(signed.stderr.contains(part), "{part}: {signed}");
    }
    let shown = openssl
        .run(&["x509", "-noout", "-text", "-in", &lab.path("a.test.pem")])
        .success();
    assert!(shown.text().contains("CA:FALSE"), "{shown}");
    for part in ["Certificate Sign", "1.2.3.4", "CA:TRUE"] {
        assert!(!shown.text().contains(part), "{part}: {shown}");
    }
}

#[test]
fn a_request_that_the_profile_does_not_take_is_refused_and_stays_on_record() {
    if peer::openssl().is_none() {
        return;
    }
    let lab = Lab::new();
    lab.key("a", "p256");
    request(
        &lab,
        "a",
        "/CN=a.test",
        &["subjectAltName=DNS:a.test,email:me@a.test"],
    );
    lab.fails(
        &["csr", "sign", "a.csr"],
        2,
        "request 1 is refused: name `me@a.test`",
    );
    assert!(!lab.0.beside("a.test.pem").exists());
    lab.fails(
        &["csr", "sign", "a.csr", "--name", "a.test", "--days", "3650"],
        2,
        "request 2 is refused",
    );
    let named = lab.done(&["csr", "sign", "a.csr", "--name", "b.test", "--days", "3"]);
    assert!(
        named.stderr.contains("not granted: the name a.test"),
        "{named}"
    );
    assert_eq!(named.text(), "./b.test.pem\n");

    let home = wharf_pki::Home::at(lab.0.path());
    let store = wharf_pki::Store::open_read_only(&home).unwrap();
    assert_eq!(store.pending_requests(10).unwrap(), []);
    let log = format!("{:?}", store.audit(0, 100).unwrap());
    for what in [
        "record request",
        "refuse request",
        "record certificate",
        "write files",
    ] {
        assert!(log.contains(what), "{what}: {log}");
    }
}

#[test]
fn a_request_that_was_changed_is_refused() {
    let lab = Lab::new();
    lab.done(&["csr", "new", "a.test"]);
    let request = wharf_pki::CertificateRequest::from_pem(
        &String::from_utf8(lab.read("a.test.csr")).unwrap(),
    );
    let mut der = request.unwrap().der().to_vec();
    let name = der
        .windows(6)
        .rposition(|octets| octets == b"a.test")
        .unwrap();
    der[name] = b'b';
    lab.write("b.csr", &der);
    lab.fails(&["csr", "inspect", "b.csr"], 2, "signature");
    lab.fails(&["csr", "sign", "b.csr"], 2, "signature");
    assert!(!lab.0.root().exists());
    lab.write("cut.csr", &der[..der.len() - 1]);
    lab.fails(&["csr", "inspect", "cut.csr"], 1, "malformed");
}

#[test]
fn inspect_lists_what_it_does_not_know() {
    if peer::openssl().is_none() {
        return;
    }
    let lab = Lab::new();
    lab.key("a", "rsa2048");
    request(
        &lab,
        "a",
        "/CN=a.test",
        &["subjectAltName=DNS:a.test", "1.2.3.4=critical,DER:0500"],
    );
    let shown = lab.done(&["csr", "inspect", "a.csr", "--json"]);
    let shown: Value = serde_json::from_str(&shown.text()).unwrap();
    assert_eq!(shown["names"], serde_json::json!(["DNS:a.test"]));
    assert_eq!(shown["signature_algorithm"], "sha256WithRSAEncryption");
    let unknown =
        serde_json::json!({"oid": "1.2.3.4", "name": null, "critical": true, "value": "0500"});
    assert_eq!(shown["extensions"][1], unknown);
    let text = lab.done(&["csr", "inspect", "a.csr"]).text();
    assert!(
        text.contains("1.2.3.4 (unknown, 2 bytes), critical"),
        "{text}"
    );
}

#[test]
fn a_password_is_never_taken_and_not_used() {
    let lab = Lab::new();
    lab.write("pw", b"secret\n");
    let new = ["csr", "new", "a.test", "--password-file", "pw"];
    lab.fails(&new, 1, "--encrypt-key");
    assert!(!lab.0.beside("a.test.key").exists());
    lab.done(&[&new[..], &["--encrypt-key"]].concat());
    let key = String::from_utf8(lab.read("a.test.key")).unwrap();
    assert!(key.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{key}");
    lab.done(&[
        "key",
        "match",
        "a.test.key",
        "a.test.csr",
        "--password-file",
        "pw",
    ]);
}

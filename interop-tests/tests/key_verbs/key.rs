use serde_json::Value;
use wharf_interop_tests::{Process, peer};

use super::{CLASSIC, Lab, TYPES};

#[test]
fn openssl_has_the_same_public_key_in_every_form() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    lab.write("password", "correct horse\n");
    let secret = ["--password-file", "password"];
    for key_type in CLASSIC {
        lab.key(key_type, key_type);
        let key = format!("{key_type}.key");
        assert_eq!(lab.mode(&key), 0o600);
        let public = lab.read(&format!("{key_type}.pub"));
        let forms: &[&str] = match key_type {
            "ed25519" => &["pkcs8"],
            "rsa2048" => &["pkcs8", "pkcs1"],
            _ => &["pkcs8", "sec1"],
        };
        for form in forms {
            for der in [&[][..], &["--der"]] {
                let args = [
                    "key", "convert", &key, "--to", form, "--out", "out", "--force",
                ];
                lab.done(&[&args, der].concat());
                assert_eq!(lab.mode("out"), 0o600);
                let inform = if der.is_empty() { "PEM" } else { "DER" };
                let args = [
                    "pkey",
                    "-pubout",
                    "-inform",
                    inform,
                    "-in",
                    &lab.path("out"),
                ];
                let read = openssl.run(&args).success();
                assert_eq!(read.stdout, public, "{key_type} {form} {inform}");
                // And back.
                lab.done(&[
                    "key", "convert", "out", "--to", "public", "--out", "back", "--force",
                ]);
                assert_eq!(lab.read("back"), public);
            }
        }
        let args = ["key", "encrypt", &key, "--out", "encrypted", "--force"];
        lab.done(&[&args[..], &secret].concat());
        assert_eq!(lab.mode("encrypted"), 0o600);
        let password = format!("file:{}", lab.path("password"));
        let args = [
            "pkey",
            "-pubout",
            "-passin",
            &password,
            "-in",
            &lab.path("encrypted"),
        ];
        assert_eq!(openssl.run(&args).success().stdout, public);
        let args = [
            "key",
            "encrypt",
            "encrypted",
            "--decrypt",
            "--out",
            "plain",
            "--force",
        ];
        lab.done(&[&args[..], &secret].concat());
        assert_eq!(lab.read("plain"), lab.read(&key));
    }
}

const PYTHON: &str = "
import sys
from cryptography.hazmat.primitives.serialization import *
key = load_pem_private_key(open(sys.argv[1], 'rb').read(), None).public_key()
sys.stdout.buffer.write(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
";

#[test]
fn cryptography_has_the_same_public_key_of_every_type() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let lab = Lab::new();
    for key_type in TYPES {
        lab.key(key_type, key_type);
        let key = lab.path(&format!("{key_type}.key"));
        let read = Process::run(python(PYTHON).arg(key)).success();
        assert_eq!(
            read.stdout,
            lab.read(&format!("{key_type}.pub")),
            "{key_type}"
        );
    }
}

#[test]
fn show_tells_the_pin_and_nothing_private() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    lab.key("a", "p384");
    let public = lab.path("a.pub");
    let der = openssl.run(&[
        "pkey",
        "-pubin",
        "-in",
        &public,
        "-outform",
        "DER",
        "-out",
        &lab.path("der"),
    ]);
    let _ = der.success();
    let digest = openssl
        .run(&["dgst", "-sha256", "-r", &lab.path("der")])
        .success()
        .text();
    let digest = digest.split_once(' ').unwrap().0.to_uppercase();
    for (file, kind) in [
        ("a.key", "private-key"),
        ("a.pub", "public-key"),
        ("der", "public-key"),
    ] {
        let shown = lab.done(&["key", "show", file, "--json"]);
        let shown: Value = serde_json::from_str(&shown.text()).unwrap();
        assert_eq!(shown["format"], 1);
        assert_eq!(
            (&shown["kind"], &shown["type"]),
            (&kind.into(), &"EC P-384".into())
        );
        assert_eq!(shown["sha256"], digest.as_str(), "{file}");
    }
    lab.write("password", "correct horse\n");
    let encrypt = [
        "key",
        "encrypt",
        "a.key",
        "--in-place",
        "--password-file",
        "password",
    ];
    lab.done(&encrypt);
    let shown = lab.done(&["key", "show", "a.key", "--json"]);
    let shown: Value = serde_json::from_str(&shown.text()).unwrap();
    assert_eq!(
        (&shown["encrypted"], &shown["pin"]),
        (&true.into(), &Value::Null)
    );
    let again = lab.run(&encrypt);
    assert_eq!(again.code(), Some(3), "{again}");
}

#[test]
fn nothing_is_overwritten_unasked() {
    let lab = Lab::new();
    lab.key("a", "p256");
    let before = lab.read("a.key");
    lab.fails(&["key", "new", "--out", "a.key"], 1, "a.key exists");
    lab.fails(
        &["key", "convert", "a.key", "--to", "pkcs8", "--out", "a.pub"],
        1,
        "a.pub exists",
    );
    assert_eq!(lab.read("a.key"), before);
    lab.done(&["key", "new", "--out", "a.key", "--force"]);
    assert_ne!(lab.read("a.key"), before);
}

#[test]
fn match_tells_a_key_from_another_by_its_exit_status() {
    let lab = Lab::new();
    lab.key("a", "p256");
    lab.key("b", "p256");
    lab.done(&["csr", "new", "a.test", "--key", "a.key"]);
    lab.done(&["csr", "sign", "a.test.csr"]);
    lab.done(&["key", "match", "a.key", "a.test.pem", "a.test.csr", "a.pub"]);
    let other = lab.run(&["key", "match", "b.key", "a.test.pem", "b.pub"]);
    assert_eq!(other.code(), Some(2), "{other}");
    assert_eq!(
        other.text(),
        "a.test.pem: has another key\nb.pub: matches\n"
    );
    lab.fails(&["key", "match", "a.key", "gone"], 1, "cannot read gone");
}

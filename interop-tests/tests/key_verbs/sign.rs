use serde_json::Value;
use time::OffsetDateTime;
use wharf_interop_tests::{Process, peer};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, Key, KeyType};

use super::{CLASSIC, Lab, TYPES};

/// `openssl` with what checks or makes a signature of this type.
fn digest(key_type: &str) -> &'static str {
    match key_type {
        "p384" => "-sha384",
        "p521" => "-sha512",
        _ => "-sha256",
    }
}

#[test]
fn signatures_go_both_ways_with_openssl() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new();
    // More than a block.
    let file = lab.write("file", vec![7; 200_001]);
    for key_type in CLASSIC {
        lab.key(key_type, key_type);
        let [key, public] = ["key", "pub"].map(|end| format!("{key_type}.{end}"));
        let [key_path, public_path] = [&key, &public].map(|name| lab.path(name));
        lab.done(&["sign", "file", "--key", &key, "--out", "ours", "--force"]);
        let (ours, theirs) = (lab.path("ours"), lab.path("theirs"));
        if key_type == "ed25519" {
            let args = [
                "pkeyutl",
                "-verify",
                "-pubin",
                "-inkey",
                &public_path,
                "-rawin",
            ];
            let _ = openssl
                .run(&[&args[..], &["-in", &file, "-sigfile", &ours]].concat())
                .success();
            let args = [
                "pkeyutl", "-sign", "-inkey", &key_path, "-rawin", "-in", &file,
            ];
            let _ = openssl
                .run(&[&args[..], &["-out", &theirs]].concat())
                .success();
        } else {
            let hash = digest(key_type);
            let _ = openssl
                .run(&[
                    "dgst",
                    hash,
                    "-verify",
                    &public_path,
                    "-signature",
                    &ours,
                    &file,
                ])
                .success();
            let _ = openssl
                .run(&["dgst", hash, "-sign", &key_path, "-out", &theirs, &file])
                .success();
        }
        lab.done(&["verify-file", "file", "--sig", "theirs", "--key", &public]);
        let _ = openssl
            .run(&["base64", "-in", &theirs, "-out", &lab.path("text")])
            .success();
        lab.done(&["verify-file", "file", "--sig", "text", "--key", &public]);
        lab.write("other", vec![7; 200_000]);
        lab.fails(
            &["verify-file", "other", "--sig", "theirs", "--key", &public],
            2,
            "signature",
        );
    }
}

const PYTHON: &str = "
import sys
from cryptography.hazmat.primitives.serialization import load_pem_public_key
public, message, signature = (open(name, 'rb').read() for name in sys.argv[1:])
load_pem_public_key(public).verify(signature, message)
";

#[test]
fn cryptography_verifies_what_ml_dsa_signs() {
    let Some(python) = peer::python_cryptography() else {
        return;
    };
    let lab = Lab::new();
    let file = lab.write("file", b"a message");
    for key_type in TYPES.into_iter().filter(|name| name.starts_with("ml-")) {
        lab.key(key_type, key_type);
        let [key, public] = ["key", "pub"].map(|end| format!("{key_type}.{end}"));
        let signed = lab.done(&["sign", "file", "--key", &key, "--force"]);
        assert_eq!(signed.text(), "file.sig\n");
        let args = [lab.path(&public), file.clone(), lab.path("file.sig")];
        let _ = Process::run(python(PYTHON).args(args)).success();
        lab.done(&["verify-file", "file", "--sig", "file.sig", "--key", &public]);
    }
}

#[test]
fn the_certificate_is_held_against_its_usage_and_its_root() {
    let lab = Lab::new();
    lab.write("file", b"a program");
    lab.key("a", "p256");
    lab.key("b", "p256");
    lab.done(&["csr", "new", "a.test", "--key", "a.key"]);
    lab.done(&["csr", "sign", "a.test.csr", "--out", "server"]);
    let code = [
        "csr",
        "sign",
        "a.test.csr",
        "--profile",
        "code-signing",
        "--out",
        "code",
    ];
    lab.done(&[&code[..], &["--subject", "CN=Builds"]].concat());
    let code = lab
        .0
        .beside("code")
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let code = code.to_str().unwrap();
    lab.fails(
        &["sign", "file", "--key", "b.key", "--cert", code],
        2,
        "another key",
    );
    lab.done(&["sign", "file", "--key", "a.key", "--cert", code]);

    let root = lab.0.root();
    let root = root.to_str().unwrap();
    let check = ["verify-file", "file", "--sig", "file.sig", "--cert"];
    let usage = ["--usage", "code-signing", "--ca", root];
    lab.done(&[&check[..], &[code], &usage].concat());
    let args = [&check[..], &["server/a.test.pem"], &usage].concat();
    lab.fails(&args, 2, "no codeSigning");
    let loose = lab.done(&[&check[..], &[code, "--any-issuer"]].concat());
    assert!(loose.stderr.contains("was not checked"), "{loose}");

    let other = Lab::new();
    other.done(&["ca", "init"]);
    let other = other.0.root();
    let json = lab.run(
        &[
            &check[..],
            &[code, "--ca", other.to_str().unwrap(), "--json"],
        ]
        .concat(),
    );
    assert_eq!(json.code(), Some(2), "{json}");
    let verdict: Value = serde_json::from_str(&json.text()).unwrap();
    assert_eq!(
        (&verdict["verified"], &verdict["trusted"]),
        (&false.into(), &false.into())
    );
}

#[test]
fn what_needs_all_of_a_file_is_bounded() {
    let lab = Lab::new();
    let file = std::fs::File::create(lab.path("big")).unwrap();
    file.set_len(64 * 1024 * 1024 + 1).unwrap();
    lab.key("ed", "ed25519");
    lab.key("ec", "p256");
    lab.fails(
        &["sign", "big", "--key", "ed.key"],
        1,
        "longer than 67108864 bytes",
    );
    lab.done(&["sign", "big", "--key", "ec.key"]);
    lab.done(&["verify-file", "big", "--sig", "big.sig", "--key", "ec.pub"]);
}

#[test]
fn a_certificate_that_is_over_or_not_for_signatures_is_refused() {
    let lab = Lab::new();
    lab.write("file", b"a program");
    let then = OffsetDateTime::from_unix_timestamp(1_600_000_000).unwrap();
    let key = Key::generate(KeyType::P256).unwrap();
    lab.write("old.key", key.to_pem().as_bytes());
    let old = Authority::root(key, &CaSubject::new("Old"), DAY, 0, then).unwrap();
    lab.write("old.pem", old.certificate().to_pem());
    lab.done(&["sign", "file", "--key", "old.key", "--cert", "old.pem"]);
    let check = [
        "verify-file",
        "file",
        "--sig",
        "file.sig",
        "--cert",
        "old.pem",
        "--any-issuer",
    ];
    lab.fails(&check, 2, "expired");
    lab.fails(&check, 2, "its keyUsage has no digitalSignature");
    lab.fails(&["seal", "file", "--to", "old.pem"], 2, "expired");
    assert!(!lab.0.beside("file.sealed").exists());
}

/// The signature of `file`, held against this certificate.
fn check(certificate: &str) -> [&str; 6] {
    let [verb, file, sig, name] = ["verify-file", "file", "--sig", "file.sig"];
    [verb, file, sig, name, "--cert", certificate]
}

#[test]
fn what_this_home_revoked_is_no_signer() {
    let lab = Lab::new();
    lab.write("file", b"a program");
    let code = ["--profile", "code-signing", "--subject", "CN=Builds"];
    lab.done(&[&["cert", "issue"][..], &code].concat());
    lab.done(&["sign", "file", "--key", "Builds.key"]);
    let check = check("Builds.pem");
    // The home's root is trusted without being named.
    lab.done(&check);
    let root = lab.0.root();
    let with_root = [&check[..], &["--ca", root.to_str().unwrap()]].concat();
    lab.done(&with_root);
    lab.done(&["cert", "revoke", "Builds"]);
    lab.fails(&check, 2, "revoked");
    lab.fails(&with_root, 2, "revoked");
    let any = lab.done(&[&check[..], &["--any-issuer"]].concat());
    assert!(any.stderr.contains("was not checked"), "{any}");
}

#[test]
fn a_certificate_is_no_key_that_is_known() {
    let lab = Lab::new();
    lab.write("file", b"a program");
    lab.done(&["cert", "issue", "a.test"]);
    lab.done(&["sign", "file", "--key", "a.test.key"]);
    let check = ["verify-file", "file", "--sig", "file.sig", "--key"];
    lab.fails(&[&check[..], &["a.test.pem"]].concat(), 1, "--cert FILE");
    lab.done(&[
        "key",
        "convert",
        "a.test.key",
        "--to",
        "public",
        "--out",
        "p",
    ]);
    lab.done(&[&check[..], &["p"]].concat());
}

#[test]
fn nobody_vouches_for_oneself() {
    let lab = Lab::new();
    lab.write("file", b"a program");
    let now = OffsetDateTime::now_utc();
    let key = Key::generate(KeyType::P256).unwrap();
    lab.write("self.key", key.to_pem().as_bytes());
    let own = Authority::root(key, &CaSubject::new("Self"), DAY, 0, now).unwrap();
    lab.write("self.pem", own.certificate().to_pem());
    lab.done(&["sign", "file", "--key", "self.key"]);
    let check = check("self.pem");
    lab.fails(&check, 1, "there is no CA to trust");
    lab.done(&["ca", "init"]);
    // A root has keyCertSign alone, so the usage is refused as well; what counts is that the path is.
    lab.fails(&check, 2, "trust anchor");
}

//! What `wharf cert` and `wharf ca` make, read by OpenSSL.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::peer::OpenSsl;
use wharf_interop_tests::{Finished, Home, Process, peer};

struct Issued {
    home: Home,
    out: PathBuf,
}

/// `wharf cert issue` into a folder of its own.
#[track_caller]
fn issue(args: &[&str]) -> Issued {
    let home = Home::new();
    let out = home.beside("out");
    let mut command = home.wharf(&["cert", "issue"]);
    let _ = Process::run(command.args(args).arg("--out").arg(&out)).success();
    Issued { home, out }
}

impl Issued {
    fn file(&self, name: &str) -> String {
        text(&self.out.join(name)).to_owned()
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The SHA-256 fingerprint that OpenSSL computes, as hexadecimal digits.
#[track_caller]
fn fingerprint(openssl: &OpenSsl, file: &str) -> String {
    let args = ["x509", "-noout", "-fingerprint", "-sha256", "-in", file];
    digits(
        openssl
            .run(&args)
            .success()
            .text()
            .split_once('=')
            .unwrap()
            .1,
    )
}

/// Upper case hexadecimal digits of a text, without what separates them.
fn digits(text: &str) -> String {
    let digits = text.chars().filter(char::is_ascii_hexdigit);
    digits.collect::<String>().to_uppercase()
}

#[test]
fn an_issued_certificate_verifies_strictly_for_each_of_its_names() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = issue(&["api.test", "*.api.test", "10.1.2.3", "::1"]);
    // The leaf comes first in it, and openssl reads the first.
    let chain = issued.file("api.test.pem");
    let root = issued.home.root();
    for check in [
        ["-verify_hostname", "api.test"],
        ["-verify_hostname", "v1.api.test"],
        ["-verify_ip", "10.1.2.3"],
        ["-verify_ip", "::1"],
    ] {
        let args = [
            &["verify", "-x509_strict", "-purpose", "sslserver"][..],
            &check,
            &["-CAfile", text(&root), "-untrusted", &chain, &chain],
        ];
        let verified = openssl.run(&args.concat());
        assert!(verified.status.success(), "{check:?}: {verified}");
    }
}

#[test]
fn the_key_is_sound_and_belongs_to_the_certificate() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    for (key_type, shown) in [
        ("p256", "prime256v1"),
        ("p384", "secp384r1"),
        ("ed25519", "ED25519"),
    ] {
        let issued = issue(&["api.test", "--key-type", key_type]);
        let (leaf, key) = (issued.file("api.test.pem"), issued.file("api.test.key"));
        let checked = openssl.run(&["pkey", "-check", "-noout", "-text", "-in", &key]);
        // OpenSSL 3.0 has no check for Ed25519 keys; reading one derives its public part.
        if key_type != "ed25519" {
            let said = format!("{}{}", checked.text(), checked.stderr);
            assert!(said.contains("Key is valid"), "{checked}");
        }
        assert!(checked.text().contains(shown), "{checked}");
        let of_key = openssl.run(&["pkey", "-pubout", "-in", &key]).success();
        let of_leaf = openssl
            .run(&["x509", "-pubkey", "-noout", "-in", &leaf])
            .success();
        assert_eq!(of_key.text(), of_leaf.text());
    }
}

#[test]
fn two_files_are_written_and_the_key_is_private() {
    let issued = issue(&["api.test"]);
    let mut files: Vec<_> = fs::read_dir(&issued.out)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode)
        })
        .collect();
    files.sort();
    let expected = [("api.test.key", 0o600), ("api.test.pem", 0o644)];
    assert_eq!(files, expected.map(|(name, mode)| (name.to_owned(), mode)));
    let read = |name| fs::read_to_string(issued.out.join(name)).unwrap();
    let intermediate = fs::read_to_string(issued.home.intermediate()).unwrap();
    let chain = read("api.test.pem");
    assert!(
        chain.ends_with(&intermediate) && chain != intermediate,
        "{chain}"
    );
}

#[test]
fn the_days_asked_for_are_the_days_given() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = issue(&["api.test", "--days", "30"]);
    let leaf = issued.file("api.test.pem");
    let lives_after = |days: u32| {
        let seconds = (days * 86_400).to_string();
        openssl.run(&["x509", "-noout", "-checkend", &seconds, "-in", &leaf])
    };
    let alive = lives_after(29);
    assert!(alive.status.success(), "{alive}");
    let dead = lives_after(31);
    assert!(!dead.status.success(), "{dead}");
}

#[test]
fn the_extensions_are_those_of_a_server_and_no_more() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = issue(&["api.test"]);
    let shown = openssl
        .run(&[
            "x509",
            "-noout",
            "-text",
            "-in",
            &issued.file("api.test.pem"),
        ])
        .success();
    for expected in [
        "Version: 3",
        "CA:FALSE",
        "Digital Signature",
        "TLS Web Server Authentication",
        "DNS:api.test",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(shown.text().contains(expected), "no {expected:?}: {shown}");
    }
    for surprise in ["CA:TRUE", "Certificate Sign", "TLS Web Client"] {
        assert!(!shown.text().contains(surprise), "{surprise:?}: {shown}");
    }
}

#[test]
fn files_that_exist_are_replaced_only_when_told_to() {
    let issued = issue(&["api.test"]);
    let key = || fs::read(issued.out.join("api.test.key")).unwrap();
    let first = key();
    let again = |args: &[&str]| {
        let mut command = issued.home.wharf(&["cert", "issue", "api.test"]);
        Process::run(command.args(args).arg("--out").arg(&issued.out))
    };
    let refused = again(&[]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("api.test.key") || refused.stderr.contains("api.test.pem"));
    assert!(refused.stderr.contains("--force"), "{refused}");
    assert_eq!(key(), first);
    let _ = again(&["--force"]).success();
    assert_ne!(key(), first);
}

#[test]
fn a_name_that_no_client_would_match_is_refused_and_nothing_is_written() {
    for name in [
        "https://api.test",
        "me@api.test",
        "api.test:443",
        "a b",
        "*.test.",
        "",
        "10.0.0",
    ] {
        let home = Home::new();
        let out = home.beside("out");
        let mut command = home.wharf(&["cert", "issue", name, "--out", text(&out)]);
        let refused = Process::run(&mut command);
        assert_eq!(refused.code(), Some(1), "{name}: {refused}");
        assert!(!out.exists() && home.tree().is_empty(), "{name}");
    }
}

#[test]
fn inspect_agrees_with_openssl() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = issue(&["api.test", "127.0.0.1"]);
    let chain = issued.file("api.test.pem");
    let inspect = |args: &[&str]| Process::run(issued.home.wharf(&["cert", "inspect"]).args(args));
    let shown = inspect(&[&chain, "--json"]).success();
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["format"], 1);
    let shown = shown["objects"].as_array().unwrap();
    assert_eq!(shown.len(), 2);
    let files = [
        issued.file("api.test.pem"),
        text(&issued.home.intermediate()).to_owned(),
    ];
    for (certificate, file) in shown.iter().zip(&files) {
        let sha256 = digits(certificate["sha256"].as_str().unwrap());
        assert_eq!(sha256, fingerprint(&openssl, file));
        let serial = openssl
            .run(&["x509", "-noout", "-serial", "-in", file])
            .success();
        let serial = digits(serial.text().split_once('=').unwrap().1);
        assert_eq!(digits(certificate["serial"].as_str().unwrap()), serial);
    }
    let human = inspect(&[&chain]).success();
    for expected in ["api.test", "127.0.0.1", "2 certificate"] {
        assert!(human.text().contains(expected), "no {expected:?}: {human}");
    }
}

#[test]
fn inspect_reads_what_openssl_writes() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let issued = issue(&["api.test"]);
    let der = issued.home.beside("api.der");
    let pem = issued.file("api.test.pem");
    let convert = ["x509", "-outform", "DER", "-in", &pem, "-out", text(&der)];
    let _ = openssl.run(&convert).success();
    // A certificate with nothing of ours in it.
    let foreign = issued.home.beside("foreign.crt");
    let key = issued.home.beside("foreign.key");
    let args = [
        &[
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "5",
        ][..],
        &[
            "-config",
            "/dev/null",
            "-subj",
            "/O=Foreign/CN=foreign.test",
        ],
        &["-addext", "subjectAltName=DNS:foreign.test,IP:10.9.8.7"],
        &["-keyout", text(&key), "-out", text(&foreign)],
    ];
    let _ = openssl.run(&args.concat()).success();
    for (file, expected) in [(&der, "api.test"), (&foreign, "foreign.test")] {
        let mut command = issued
            .home
            .wharf(&["cert", "inspect", text(file), "--json"]);
        let shown = Process::run(&mut command).success();
        let shown_json: Value = serde_json::from_slice(&shown.stdout).unwrap();
        let sha256 = digits(shown_json["objects"][0]["sha256"].as_str().unwrap());
        assert!(shown.text().contains(expected), "{shown}");
        if file == &foreign {
            assert_eq!(sha256, fingerprint(&openssl, text(file)));
        } else {
            assert_eq!(sha256, fingerprint(&openssl, &pem));
        }
    }
    // Of a private key the public half is shown.
    let shown = Process::run(&mut issued.home.wharf(&["cert", "inspect", text(&key)]));
    assert_eq!(shown.code(), Some(0), "{shown}");
    assert!(shown.text().contains("RSA 2048"), "{shown}");
    let secret = fs::read_to_string(&key).unwrap();
    let secret = secret.lines().nth(3).unwrap();
    let said = format!("{}{}", shown.text(), shown.stderr);
    assert!(!said.contains(secret), "{shown}");
}

#[test]
fn ca_show_tells_the_fingerprint_that_openssl_computes() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let home = Home::new();
    let missing = Process::run(&mut home.wharf(&["ca", "show"]));
    assert_eq!(missing.code(), Some(1), "{missing}");
    assert!(missing.stderr.contains("wharf ca init"), "{missing}");
    assert!(home.tree().is_empty(), "looking made something");

    let _ = Process::run(&mut home.wharf(&["ca", "init"])).success();
    let shown: Finished = Process::run(&mut home.wharf(&["ca", "show"])).success();
    for file in [home.root(), home.intermediate()] {
        assert!(shown.text().contains(text(&file)), "{shown}");
        let wanted = fingerprint(&openssl, text(&file));
        assert!(digits(&shown.text()).contains(&wanted), "{shown}");
    }
}

#[test]
fn the_home_can_be_named_by_the_flag() {
    let home = Home::new();
    let elsewhere = home.beside("elsewhere");
    let mut command = home.wharf(&["ca", "init", "--home", text(&elsewhere)]);
    let _ = Process::run(&mut command).success();
    assert!(elsewhere.join("ca/root.crt").exists());
    assert!(
        home.tree().is_empty(),
        "the flag did not win over WHARF_HOME"
    );
}

#[test]
fn without_a_terminal_nothing_is_issued_from_an_encrypted_ca_and_the_flags_of_the_verb_are_named() {
    let home = Home::new();
    let password = home.beside("password");
    fs::write(&password, "correct horse\n").unwrap();
    let flags = ["ca", "init", "--password-file", text(&password)];
    let _ = Process::run(&mut home.wharf(&flags)).success();
    let key = fs::read_to_string(home.path().join("ca/intermediate.key")).unwrap();
    assert!(key.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));

    let out = home.beside("out");
    let mut command = home.wharf(&["cert", "issue", "api.test", "--out", text(&out)]);
    let refused = Process::run(&mut command);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("is needed"), "{refused}");
    let flags = "--ca-password-file FILE or --ca-password-env NAME";
    assert!(refused.stderr.contains(flags), "{refused}");
    assert!(!refused.stderr.contains(" --password"), "{refused}");
    assert!(!out.exists(), "{refused}");
}

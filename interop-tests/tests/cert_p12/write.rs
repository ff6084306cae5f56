//! Files that are written: from what, to where, with which password.

use std::process::Command;

use serde_json::{Value, json};
use wharf_interop_tests::{Process, peer};

use crate::{Desk, SECRET, WITH_SECRET};

#[test]
fn it_is_named_after_the_certificate_and_replaces_nothing_unasked() {
    let desk = Desk::issued();
    let made = desk.p12(&["api.test"]).success();
    assert_eq!(made.text(), "api.test.p12\n");
    assert_eq!(
        made.stderr,
        "wharf: warning: Java opens no file whose password has other letters than ASCII\n\
         wharf: wrote the key and 2 certificates, encrypted with AES-256\n"
    );
    assert_eq!(desk.mode("api.test.p12"), 0o600);
    let before = desk.read("api.test.p12");
    desk.fails(
        &[&["cert", "p12", "api.test"][..], &WITH_SECRET].concat(),
        "api.test.p12 exists",
    );
    assert_eq!(desk.read("api.test.p12"), before);
    let _ = desk.p12(&["api.test", "--force", "--root"]).success();
    assert_ne!(desk.read("api.test.p12"), before);
    let expected = ["api.test.key", "api.test.p12", "api.test.pem"];
    assert_eq!(desk.names(), expected);
}

#[test]
fn files_make_one_without_a_ca_and_in_any_order() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let desk = Desk::issued();
    let elsewhere = Desk::new();
    for name in ["api.test.key", "api.test.pem"] {
        elsewhere.write(name, desk.read(name));
    }
    for (name, file) in [
        ("root", desk.home.root()),
        ("between", desk.home.intermediate()),
    ] {
        elsewhere.write(name, std::fs::read(file).unwrap());
    }
    let files = [
        "--cert",
        "root",
        "--cert",
        "between",
        "--cert",
        "api.test.pem",
    ];
    let more = ["--key", "api.test.key", "--root", "--json"];
    let named = ["--friendly-name", "the API", "--out", "api.p12"];
    let made = elsewhere
        .p12(&[&files[..], &more, &named].concat())
        .success();
    let report: Value = serde_json::from_slice(&made.stdout).unwrap();
    let expected = json!({
        "format": 1, "file": "api.p12", "friendly_name": "the API", "encryption": "modern",
        "has_key": true, "certificates": 3,
    });
    assert_eq!(report, expected);
    assert!(elsewhere.home.tree().is_empty());
    let pass = format!("pass:{SECRET}");
    let args = ["pkcs12", "-nodes", "-in", "api.p12", "-passin", &pass];
    let shown = elsewhere.foreign(&mut openssl.command(&args)).text();
    let subjects: Vec<_> = shown
        .lines()
        .filter(|line| line.starts_with("subject="))
        .collect();
    assert_eq!(subjects.len(), 3, "{shown}");
    assert_eq!(shown.matches("friendlyName: the API").count(), 2, "{shown}");

    let missing = elsewhere.p12(&["--cert", "root", "--key", "api.test.key"]);
    assert_eq!(missing.code(), Some(1), "{missing}");
    let said = "key does not belong to the certificate";
    assert!(missing.stderr.contains(said), "{missing}");
}

#[test]
fn a_truststore_of_java_is_certificates_alone() {
    let Some(keytool) = peer::keytool() else {
        return;
    };
    let desk = Desk::issued();
    let root = desk.home.root();
    let args = [
        "--cert",
        root.to_str().unwrap(),
        "--no-key",
        "--friendly-name",
        "ours",
    ];
    let made = desk.wharf(
        &[
            &["cert", "p12"][..],
            &args,
            &["--out", "trust.p12", "--p12-password-file", "pass"],
        ]
        .concat(),
    );
    assert_eq!(made.code(), Some(1), "there is no such password: {made}");
    desk.write("pass", "changeit\nnot this line\n");
    let made = desk.wharf(
        &[
            &["cert", "p12"][..],
            &args,
            &["--out", "trust.p12", "--p12-password-file", "pass"],
        ]
        .concat(),
    );
    assert_eq!(made.success().text(), "trust.p12\n");
    assert_eq!(desk.mode("trust.p12"), 0o644);
    let mut list = Command::new(keytool);
    list.args(["-list", "-storepass", "changeit", "-keystore", "trust.p12"]);
    let shown = desk.foreign(&mut list).text();
    assert!(shown.contains("trustedCertEntry"), "{shown}");
}

#[test]
fn a_password_is_needed_and_never_taken_from_the_command_line() {
    let desk = Desk::issued();
    let said = "--p12-password-file FILE or --p12-password-env NAME";
    desk.fails(&["cert", "p12", "api.test"], said);
    desk.fails(
        &["cert", "p12", "api.test", "--p12-password", "x"],
        "unexpected argument",
    );
    let unset = ["cert", "p12", "api.test", "--p12-password-env", "NO_SUCH"];
    desk.fails(&unset, "NO_SUCH is not set");
    let told = ["cert", "p12", "api.test.pem", "--show"];
    for more in [&["--out", "x"][..], &["--legacy"], &["--extract", "out"]] {
        desk.fails(&[&told[..], more].concat(), "cannot be used with");
    }
    assert_eq!(desk.names(), ["api.test.key", "api.test.pem"]);
    desk.write("empty", "\n");
    let empty = ["cert", "p12", "api.test", "--p12-password-file", "empty"];
    let made = desk.wharf(&empty).success();
    assert!(made.stderr.contains("the password is empty"), "{made}");
}

#[test]
fn at_a_terminal_it_is_typed_twice_and_not_shown() {
    let Some(script) = peer::require("script", "bsdutils") else {
        return;
    };
    let desk = Desk::issued();
    for (typed, code) in [([SECRET, SECRET], 0), ([SECRET, "another"], 1)] {
        let wharf = desk.command(&[]);
        let mut command = Command::new(&script);
        command
            .args(["-qefc", "exec \"$WHARF\" cert p12 api.test", "/dev/null"])
            .current_dir(&desk.folder)
            .env("WHARF", wharf.get_program());
        for (name, value) in wharf.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut asked = Process::spawn_with_stdin(&mut command);
        for (prompt, line) in ["New password of api.test.p12: ", "Again: "]
            .iter()
            .zip(typed)
        {
            asked.wait_for_stdout(|said| {
                String::from_utf8_lossy(said).contains(prompt).then_some(())
            });
            asked.write(format!("{line}\n").as_bytes());
        }
        let asked = asked.finish(wharf_interop_tests::PATIENCE);
        assert_eq!(asked.code(), Some(code), "{asked}");
        assert!(!asked.text().contains(SECRET), "{asked}");
        let said = ["encrypted with AES-256", "the two passwords differ"];
        let said = said[usize::from(code != 0)];
        assert!(asked.text().contains(said), "{asked}");
        if code == 0 {
            let shown = desk.p12(&["api.test.p12", "--show"]).success();
            assert!(
                shown.text().contains("encrypted key \"api.test\""),
                "{shown}"
            );
            std::fs::remove_file(desk.folder.join("api.test.p12")).unwrap();
        }
    }
    assert_eq!(desk.names(), ["api.test.key", "api.test.pem"]);
}

#[test]
fn a_key_is_opened_with_its_own_password_and_one_that_is_elsewhere_is_asked_for() {
    let desk = Desk::new();
    desk.write("key-password", "of the key\n");
    let issue = [
        "cert",
        "issue",
        "api.test",
        "--encrypt-key",
        "--password-file",
    ];
    let _ = desk
        .wharf(&[&issue[..], &["key-password"]].concat())
        .success();
    let refused = desk.p12(&["api.test"]);
    assert_eq!(refused.code(), Some(1), "{refused}");
    assert!(refused.stderr.contains("api.test.key"), "{refused}");
    let _ = desk
        .p12(&["api.test", "--password-file", "key-password"])
        .success();

    let _ = desk.wharf(&["csr", "new", "csr.test"]).success();
    let _ = desk.wharf(&["csr", "sign", "csr.test.csr"]).success();
    let unknown = [&["cert", "p12", "csr.test"][..], &WITH_SECRET].concat();
    desk.fails(&unknown, "hint: --key FILE says where it is");
    let _ = desk.p12(&["csr.test", "--key", "csr.test.key"]).success();
    desk.fails(
        &[
            &["cert", "p12", "csr.test", "--key", "api.test.key"][..],
            &["--password-file", "key-password"],
            &WITH_SECRET,
        ]
        .concat(),
        "key does not belong to the certificate",
    );
}

#[test]
fn stdout_takes_it_unless_it_is_a_screen() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let desk = Desk::issued();
    let piped = desk.p12(&["api.test", "--out", "-"]).success();
    desk.write("piped.p12", &piped.stdout);
    let pass = format!("pass:{SECRET}");
    let args = ["pkcs12", "-noout", "-in", "piped.p12", "-passin", &pass];
    let _ = desk.foreign(&mut openssl.command(&args));
    // And the command itself takes it from a pipe.
    let mut shown = Process::spawn_with_stdin(
        &mut desk.command(&[&["cert", "p12", "-", "--extract", "out"][..], &WITH_SECRET].concat()),
    );
    shown.write(&piped.stdout);
    shown.close_stdin();
    let shown = shown.finish(wharf_interop_tests::PATIENCE).success();
    let expected = "out/certificate.crt\nout/certificate.pem\nout/certificate.key\n";
    assert_eq!(shown.text(), expected);
}

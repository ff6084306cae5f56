//! Runs that nobody watches: from cron, with passwords, with commands.

use std::fs;

use wharf_interop_tests::{Process, peer};
use wharf_pki::validity::DAY;

use super::{Lab, now, text, word};

#[test]
fn what_is_not_due_is_told_only_when_asked_for() {
    let lab = Lab::new(90 * DAY, now());
    let quiet = lab.renew(&["--all", "--if-needed"], 3);
    assert_eq!((quiet.text(), quiet.stderr.as_str()), (String::new(), ""));
    let told = lab.renew(&["--all", "--if-needed", "-v"], 3);
    assert!(told.stderr.contains("not due before "), "{told}");
}

#[test]
fn a_cross_signed_root_is_no_certificate_to_renew() {
    let lab = Lab::new(90 * DAY, now());
    let rotate = ["ca", "rotate", "--root"];
    let _ = Process::run(&mut lab.home.wharf(&rotate)).success();
    let told = lab.renew(&["--all", "--if-needed", "-v"], 3);
    assert_eq!(told.stderr.lines().count(), 1, "{told}");
    assert!(told.stderr.contains("localhost"), "{told}");
}

#[test]
fn a_certificate_for_a_request_is_renewed_for_its_key_beside_the_others() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let folder = lab.home.folder("requests");
    let run = |args: &[&str]| Process::run(lab.home.wharf(args).current_dir(&folder)).success();
    let _ = run(&["csr", "new", "remote.test"]);
    let _ = run(&["csr", "sign", "remote.test.csr", "--days", "20"]);
    // The holder takes the key away.
    fs::remove_file(folder.join("remote.test.key")).unwrap();
    let pin = |()| run(&["cert", "pin", "remote.test.pem"]).text();
    let (file, before) = (folder.join("remote.test.pem"), pin(()));
    let content = text(&file);
    let ended = lab.renew(&["--all", "--if-needed", "--before", "30d"], 0);
    assert!(ended.stderr.contains("remote.test"), "{ended}");
    assert!(ended.stderr.contains("localhost"), "{ended}");
    assert_ne!(text(&file), content);
    assert_eq!(pin(()), before);
    let asked = ["--all", "--rekey", "-v"];
    let told = lab.renew(&asked, 0);
    assert!(told.stderr.contains("its key is not kept here"), "{told}");
}

#[test]
fn a_command_is_not_told_the_passwords() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let seen = lab.home.beside("seen");
    let command = format!("env > {}", word(&seen));
    let args = [
        "localhost",
        "--password-env",
        "OF_KEY",
        "--ca-password-env",
        "OF_CA",
        "--exec",
        &command,
    ];
    let mut renew = lab.command(&args);
    renew.env("OF_KEY", "secret-1").env("OF_CA", "secret-2");
    let _ = Process::run(renew.env("OTHER", "plain")).success();
    let env = text(&seen);
    assert!(env.contains("OTHER=plain"), "{env}");
    assert!(!env.contains("secret-"), "{env}");
}

#[test]
fn what_is_missing_is_the_password_of_the_ca() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    for name in ["root", "intermediate"] {
        let key = lab.home.path().join(format!("ca/{name}.key"));
        let plain = lab.home.beside("plain.key");
        fs::rename(&key, &plain).unwrap();
        let args = [
            "pkcs8",
            "-topk8",
            "-v2",
            "aes-256-cbc",
            "-passout",
            "pass:secret",
        ];
        let files = ["-in", word(&plain), "-out", word(&key)];
        let _ = openssl.run(&[&args[..], &files].concat()).success();
    }
    let ended = lab.renew(&["localhost"], 1);
    assert!(ended.stderr.contains("--ca-password-file"), "{ended}");
    let process = Process::spawn(&mut lab.command(&["--watch"]));
    process.wait_for_stderr(|line| line.contains("--ca-password-file").then_some(()));
    drop(process);
    let mut renew = lab.command(&["localhost", "--ca-password-env", "OF_CA"]);
    let wrong = Process::run(renew.env("OF_CA", "wrong"));
    assert_eq!(wrong.code(), Some(1), "{wrong}");
    assert!(!wrong.stderr.contains("new CA"), "{wrong}");
    let _ = Process::run(renew.env("OF_CA", "secret")).success();
}

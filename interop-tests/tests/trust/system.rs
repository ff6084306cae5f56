//! Debian's store, and curl, which reads it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use wharf_interop_tests::{Home, Process, Server, peer};

use super::mounts::Mounts;
use super::{ca, fingerprint, new_ca, outcomes};

const STORE: [&str; 2] = ["--store", "system"];

/// curl's exit status for a URL, by the roots of the system.
#[track_caller]
fn fetch(mounts: &Mounts, curl: &peer::Curl, url: &str) -> Option<i32> {
    let mut command = curl.command();
    command.args(["--output", "/dev/null", url]);
    Process::run(&mut mounts.enter(&command)).code()
}

#[test]
fn curl_trusts_the_root_until_it_is_taken_out_and_no_trace_is_left() {
    let (Some(curl), Some(mounts)) = (peer::curl(), Mounts::new()) else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let url = server.https("/");
    let user = home.folder("user");
    let run = |args: &[&str]| {
        let args = [args, &STORE].concat();
        Process::run(&mut mounts.enter(&ca(&home, &user, &args)))
    };
    let before = mounts.state();
    assert_eq!(fetch(&mounts, &curl, &url), Some(60));
    let status = run(&["trust-status"]);
    assert_eq!(
        (status.code(), outcomes(&status)),
        (Some(3), vec!["not trusted".into()]),
        "{status}"
    );

    let dry = run(&["trust", "--dry-run"]).success();
    assert_eq!(outcomes(&dry), ["would be installed"], "{dry}");
    assert_eq!(mounts.state(), before);

    let said = run(&["trust"]).success();
    assert_eq!(outcomes(&said), ["installed"], "{said}");
    assert_eq!(fetch(&mounts, &curl, &url), Some(0));
    let status = run(&["trust-status"]).success();
    assert_eq!(outcomes(&status), ["trusted"], "{status}");
    let again = run(&["trust"]).success();
    assert_eq!(outcomes(&again), ["already there"], "{again}");

    let said = run(&["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    assert_eq!(fetch(&mounts, &curl, &url), Some(60));
    assert_eq!(mounts.state(), before);
    let again = run(&["untrust"]).success();
    assert_eq!(outcomes(&again), ["was not there"], "{again}");
}

#[test]
fn the_lines_of_a_dry_run_do_the_same_in_a_shell() {
    let (Some(curl), Some(mounts)) = (peer::curl(), Mounts::new()) else {
        return;
    };
    let home = Home::named("a home's name");
    let server = Server::start(&home, &[]);
    let user = home.folder("user");
    let before = mounts.state();
    for (verb, expected) in [("trust", Some(0)), ("untrust", Some(60))] {
        let args = [&[verb, "--dry-run"][..], &STORE].concat();
        let dry = Process::run(&mut mounts.enter(&ca(&home, &user, &args))).success();
        let text = dry.text();
        let lines: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("  "))
            .collect();
        assert_eq!(lines.len(), 2, "{dry}");
        for line in lines {
            let mut shell = Command::new("sh");
            let _ = Process::run(&mut mounts.enter(shell.args(["-c", line]))).success();
        }
        assert_eq!(fetch(&mounts, &curl, &server.https("/")), expected);
    }
    assert_eq!(mounts.state(), before);
}

#[test]
fn what_java_was_given_by_the_system_goes_with_it() {
    let Some(keytool) = peer::require("keytool", "default-jdk-headless") else {
        return;
    };
    let Some(mounts) = Mounts::new() else { return };
    let keystore = mounts.folder("certs").join("java/cacerts");
    if !keystore.exists() {
        peer::skip_unable("this Java does not have Debian's keystore");
        return;
    }
    mounts.hook(&Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/java-hook.sh"));
    let home = Home::new();
    new_ca(&home);
    let user = home.folder("user");
    let run = |verb| {
        let args = [&[verb][..], &STORE].concat();
        Process::run(&mut mounts.enter(&ca(&home, &user, &args))).success()
    };
    let aliases = || {
        let mut list = Command::new(&keytool);
        list.args(["-list", "-storepass", "changeit", "-keystore"])
            .arg(&keystore);
        let list = Process::run(&mut list).success().text();
        list.lines().filter(|line| line.contains("wharf-")).count()
    };
    run("trust");
    assert_eq!(aliases(), 1);
    let said = run("untrust");
    assert_eq!(outcomes(&said), ["removed", "removed"], "{said}");
    assert_eq!(aliases(), 0);
}

#[test]
fn an_old_root_is_found_and_taken_out_when_its_ca_is_gone() {
    let Some(mounts) = Mounts::new() else { return };
    let Some(openssl) = peer::require("openssl", "openssl") else {
        return;
    };
    let (old, new) = (Home::new(), Home::new());
    let user = new.folder("user");
    let run = |home: &Home, args: &[&str]| {
        let args = [args, &STORE].concat();
        Process::run(&mut mounts.enter(&ca(home, &user, &args)))
    };
    let before = mounts.state();
    let root = new_ca(&old);
    let gone = fingerprint(&openssl, &root);
    let _ = run(&old, &["trust"]).success();
    fs::remove_dir_all(old.path()).expect("a folder of ours");

    // Nobody is asked about, and it is told all the same.
    let status = run(&old, &["trust-status"]);
    assert_eq!(status.code(), Some(3), "{status}");
    assert!(
        status
            .text()
            .contains(&format!("  another root of wharf: {gone}\n")),
        "{status}"
    );

    new_ca(&new);
    let _ = run(&new, &["trust"]).success();
    let status = run(&new, &["trust-status", "--json"]).success();
    let json: Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(json["stores"][0]["outcome"], "trusted", "{status}");
    assert_eq!(
        json["stores"][0]["others"],
        serde_json::json!([gone]),
        "{status}"
    );

    let said = run(&new, &["untrust", "--fingerprint", &gone]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    let _ = run(&new, &["trust-status"]).success();
    let said = run(&new, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    assert_eq!(mounts.state(), before);
}

/// A user that no machine has files of.
const NOBODY: u32 = 65534;

#[test]
fn a_user_is_given_the_line_for_root_and_nothing_is_touched() {
    let (Some(curl), Some(mounts)) = (peer::curl(), Mounts::new()) else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let user = home.folder("user's home");
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a folder of ours");
    };
    open(home.path().parent().expect("a folder"), 0o755);
    chown(&user, Some(NOBODY), Some(NOBODY)).expect("root may");
    // The program and the root, where nobody may read them; they are copied by others, which then do not have them open.
    let command = ca(&home, &user, &["trust", "--store", "system", "--cert"]);
    let mut copy = Command::new("cp");
    copy.arg(command.get_program()).arg(home.root()).arg(&user);
    let _ = Process::run(&mut copy).success();
    let mut unprivileged = Command::new(user.join("wharf"));
    unprivileged
        .args(command.get_args())
        .arg("root.crt")
        .env("HOME", &user)
        .current_dir(&user)
        .uid(NOBODY)
        .gid(NOBODY);
    let said = Process::run(&mut unprivileged);
    assert_eq!(said.code(), Some(1), "{said}");
    assert_eq!(outcomes(&said), ["failed"], "{said}");
    let text = said.text();
    let why = "cannot write to /usr/local/share/ca-certificates: Permission denied (os error 13)";
    assert!(text.contains(why), "{said}");
    assert!(text.contains("trust --store system --cert"), "{said}");

    // A dry run says what is missing too.
    let dry = Process::run(unprivileged.arg("--dry-run")).success();
    assert_eq!(outcomes(&dry), ["would be installed"], "{dry}");
    assert!(dry.text().contains(why), "{dry}");

    // The line does it.
    let (_, line) = text
        .trim_end()
        .split_once("; as root: sudo ")
        .expect("advice");
    let mut shell = Command::new("sh");
    let _ = Process::run(&mut mounts.enter(shell.args(["-c", line]))).success();
    assert_eq!(fetch(&mounts, &curl, &server.https("/")), Some(0));
}

#[test]
fn what_vouches_for_nobody_is_refused() {
    let Some(mounts) = Mounts::new() else { return };
    let home = Home::new();
    new_ca(&home);
    let user = home.folder("user");
    let _ = Process::run(&mut home.wharf(&["cert", "issue", "a.test"])).success();
    // `a.test.pem` is the chain; its first certificate alone is the server's.
    let chain = fs::read_to_string(home.beside("a.test.pem")).unwrap();
    let end = "-----END CERTIFICATE-----\n";
    let (leaf, _) = chain.split_once(end).unwrap();
    fs::write(home.beside("leaf.pem"), format!("{leaf}{end}")).unwrap();
    let before = mounts.state();
    for (file, why) in [
        ("leaf.pem", "is not a CA certificate"),
        ("a.test.pem", "is not one certificate in PEM"),
        ("a.test.key", "is not one certificate in PEM"),
        ("none.crt", "cannot read"),
    ] {
        let args = ["trust", "--store", "system", "--cert", file];
        let said = Process::run(&mut mounts.enter(&ca(&home, &user, &args)));
        assert_eq!(said.code(), Some(1), "{said}");
        assert!(said.stderr.contains(why), "{said}");
    }
    assert_eq!(mounts.state(), before);
}

//! One run: from cron, and by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use wharf_interop_tests::{Process, peer};
use wharf_pki::store::CertificateState;
use wharf_pki::validity::DAY;

use super::{Lab, now, text, word};

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn what_is_not_due_is_left_alone_and_the_status_says_so() {
    let lab = Lab::new(90 * DAY, now() - 59 * DAY);
    let before = (text(&lab.pair.chain), text(&lab.pair.key));
    let ended = lab.renew(&["--all", "--if-needed", "-v"], 3);
    assert!(ended.stderr.contains("not due before "), "{ended}");
    assert_eq!(ended.text(), "");
    assert_eq!((text(&lab.pair.chain), text(&lab.pair.key)), before);
    lab.renew(&["--all", "--if-needed", "--before", "30d"], 3);
    lab.renew(&["--all", "--if-needed", "--before", "32d"], 0);
    assert_ne!(text(&lab.pair.chain), before.0);
}

#[test]
fn what_is_in_its_last_third_is_renewed_once() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let old = lab.certificate();
    let ended = lab.renew(&["--all", "--if-needed"], 0);
    assert_eq!(
        ended.text(),
        format!("{}\n{}\n", lab.pair.chain.display(), lab.pair.key.display())
    );
    lab.check_pair();
    let new = lab.certificate();
    assert_ne!(new.public_key(), old.public_key());
    let left = new.validity().not_after - now();
    assert!((89..=90).contains(&left.whole_days()), "{left}");
    lab.renew(&["--all", "--if-needed"], 3);

    let records = lab.records();
    let [first, second] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(first.replaced_by, Some(second.id));
    assert_eq!(first.state, CertificateState::Replaced);
    assert!(!second.is_unwritten());
    assert_eq!(second.names, first.names);
}

#[test]
fn an_expired_certificate_is_renewed_by_name_by_file_and_by_serial() {
    for by in ["name", "file", "serial"] {
        let lab = Lab::new(10 * DAY, now() - 30 * DAY);
        let serial = lab.records()[0].serial.clone();
        let wanted = match by {
            "name" => "localhost",
            "file" => word(&lab.pair.chain),
            _ => &serial,
        };
        lab.renew(&[wanted], 0);
        lab.check_pair();
        assert!(lab.certificate().validity().check(now()).is_ok(), "{by}");
    }
}

#[test]
fn openssl_verifies_what_was_renewed() {
    let Some(openssl) = peer::openssl() else {
        return;
    };
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    lab.renew(&["localhost"], 0);
    let (root, chain) = (lab.home.root(), &lab.pair.chain);
    let args = ["verify", "-x509_strict", "-verify_hostname", "localhost"];
    let files = [
        "-CAfile",
        word(&root),
        "-untrusted",
        word(chain),
        word(chain),
    ];
    let _ = openssl.run(&[&args[..], &files].concat()).success();
}

#[test]
fn a_key_can_be_kept_and_so_are_the_modes() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let old = lab.certificate();
    for (path, mode) in [(&lab.pair.key, 0o640), (&lab.pair.chain, 0o600)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    lab.renew(&["localhost", "--reuse-key"], 0);
    lab.check_pair();
    assert_eq!(lab.certificate().public_key(), old.public_key());
    assert_eq!([mode(&lab.pair.key), mode(&lab.pair.chain)], [0o640, 0o600]);
    // What others might do with a key ends here.
    fs::set_permissions(&lab.pair.key, fs::Permissions::from_mode(0o644)).unwrap();
    lab.renew(&["localhost"], 0);
    assert_eq!(mode(&lab.pair.key), 0o640);
}

#[test]
fn a_certificate_that_stands_in_a_file_only_is_recorded_first() {
    let lab = Lab::without();
    let out = lab.home.beside("by-hand");
    let issue = [
        "cert",
        "issue",
        "app.test",
        "--out",
        word(&out),
        "--days",
        "20",
    ];
    let _ = Process::run(&mut lab.home.wharf(&issue)).success();
    let file = out.join("app.test.pem");
    let old = text(&file);
    lab.renew(&[word(&file), "--if-needed"], 3);
    lab.renew(&[word(&file), "--if-needed", "--before", "21d"], 0);
    assert_ne!(text(&file), old);
    lab.renew(&["app.test", "--if-needed"], 3);
}

#[test]
fn the_certificate_of_another_ca_is_left_alone() {
    let (ours, theirs) = (Lab::without(), Lab::new(DAY, now()));
    let before = text(&theirs.pair.chain);
    let ended = ours.renew(&[word(&theirs.pair.chain)], 1);
    assert!(ended.stderr.contains("another CA issued it"), "{ended}");
    assert!(ended.stderr.contains("hint: "), "{ended}");
    assert_eq!(text(&theirs.pair.chain), before);
}

#[test]
fn a_file_that_holds_something_else_now_is_not_overwritten() {
    let lab = Lab::new(90 * DAY, now() - 80 * DAY);
    fs::write(&lab.pair.chain, "mine").unwrap();
    lab.renew(&["localhost"], 1);
    lab.renew(&["--all", "--if-needed"], 3);
    assert_eq!(text(&lab.pair.chain), "mine");
}

#[test]
fn files_that_are_gone_stay_gone_unless_asked_for() {
    let lab = Lab::new(90 * DAY, now() - 80 * DAY);
    fs::remove_file(&lab.pair.chain).unwrap();
    fs::remove_file(&lab.pair.key).unwrap();
    lab.renew(&["--all", "--if-needed"], 3);
    assert!(!lab.pair.chain.exists());
    lab.renew(&["localhost"], 0);
    lab.check_pair();
}

#[test]
fn a_key_that_does_not_match_is_replaced_though_nothing_is_due() {
    let lab = Lab::new(90 * DAY, now());
    let other = wharf_pki::Key::generate(wharf_pki::KeyType::P256).unwrap();
    fs::write(&lab.pair.key, other.to_pem().as_bytes()).unwrap();
    lab.renew(&["--all", "--if-needed"], 0);
    lab.check_pair();
}

#[test]
fn where_the_issuer_ends_first_nothing_is_renewed_in_vain() {
    let home = wharf_interop_tests::Home::new();
    let options = wharf_pki::CaOptions {
        intermediate_lifetime: 20 * DAY,
        ..Default::default()
    };
    let ours = wharf_pki::Home::at(home.path());
    ours.load_or_create_ca(&options, now() - 15 * DAY).unwrap();
    let folder = home.folder("out");
    let pair = wharf_pki::store::Pair {
        chain: folder.join("localhost.pem"),
        key: folder.join("localhost.key"),
    };
    let lab = Lab { home, pair };
    lab.issue(90 * DAY, now() - 14 * DAY);
    let ended = lab.renew(&["--all", "--if-needed", "-v"], 3);
    assert!(ended.stderr.contains("it ends with its issuer"), "{ended}");
}

#[test]
fn the_command_knows_what_was_renewed_and_its_failure_is_told() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let seen = lab.home.beside("seen");
    let command = format!(
        "echo out; echo $WHARF_CERT $WHARF_KEY $WHARF_NAMES > {}",
        word(&seen)
    );
    let ended = lab.renew(&["localhost", "--exec", &command], 0);
    let (chain, key) = (lab.pair.chain.display(), lab.pair.key.display());
    assert_eq!(text(&seen), format!("{chain} {key} localhost 127.0.0.1\n"));
    assert!(!ended.text().contains("out\n"), "{ended}");
    let ended = lab.renew(&["localhost", "--exec", "exit 7"], 1);
    assert!(ended.stderr.contains("exit status: 7"), "{ended}");
    lab.check_pair();
    // Nothing renewed, nothing run.
    fs::remove_file(&seen).unwrap();
    lab.renew(&["--all", "--if-needed", "--exec", &command], 3);
    assert!(!seen.exists());
}

#[test]
fn json_tells_it_all_and_no_key() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let old = lab.records()[0].serial.clone();
    let ended = lab.renew(&["localhost", "no.such.test", "--json"], 1);
    let json: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(json["format"], 1);
    assert_eq!(json["renewed"][0]["replaces"], old.as_str());
    assert_eq!(json["renewed"][0]["files"][1]["kind"], "key");
    assert_eq!(json["failed"][0]["certificate"], "no.such.test");
    assert!(!ended.text().contains("PRIVATE KEY"), "{ended}");
}

#[test]
fn of_two_runs_at_once_one_renews() {
    let lab = Lab::new(90 * DAY, now() - 61 * DAY);
    let args = ["--all", "--if-needed"];
    let both = [(); 2].map(|()| Process::spawn(&mut lab.command(&args)));
    let mut codes = both.map(|one| one.finish(Duration::from_secs(60)).code());
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)]);
    assert_eq!(lab.records().len(), 2);
    lab.check_pair();
}

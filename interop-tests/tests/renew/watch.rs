//! `--watch`: what is due is renewed, again and again; trouble is told once; signals are heeded.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;
use wharf_interop_tests::{PATIENCE, Process};
use wharf_pki::validity::DAY;

use super::{Lab, now};

fn says(process: &Process, text: &str) {
    process.wait_for_stderr(|line| line.contains(text).then_some(()));
}

#[test]
fn a_certificate_of_seconds_is_renewed_again_and_again_and_sigterm_ends_it() {
    let lab = Lab::new(Duration::from_secs(6), now());
    let process = Process::spawn(&mut lab.command(&["--watch", "--reuse-key"]));
    process.wait_for_stderr({
        let mut lines = std::collections::BTreeSet::new();
        move |line| {
            if line.contains("renewed ") {
                lines.insert(line.to_owned());
            }
            (lines.len() >= 3).then_some(())
        }
    });
    process.signal(Signal::TERM);
    let ended = process.finish(PATIENCE);
    assert_eq!(ended.code(), Some(0), "{ended}");
    assert!(ended.stderr.contains("SIGTERM: stopped"), "{ended}");
    lab.check_pair();
    // About every four seconds, and not in a loop.
    let renewals = ended.stderr.matches("renewed ").count();
    assert!(renewals < 8, "{ended}");
}

#[test]
fn a_ca_that_is_missing_is_told_once_and_sighup_looks_at_once() {
    let lab = Lab::new(90 * DAY, now() - 80 * DAY);
    let ca = lab.home.path().join("ca");
    let away = lab.home.path().join("away");
    fs::rename(&ca, &away).unwrap();
    let process = Process::spawn(&mut lab.command(&["--watch"]));
    says(&process, "there is no CA in");
    process.signal(Signal::HUP);
    says(&process, "SIGHUP");
    fs::rename(&away, &ca).unwrap();
    process.signal(Signal::HUP);
    says(&process, "all is well again");
    process.signal(Signal::TERM);
    let ended = process.finish(PATIENCE);
    assert_eq!(ended.stderr.matches("there is no CA").count(), 1, "{ended}");
    assert_eq!(ended.stderr.matches("renewed ").count(), 1, "{ended}");
    lab.check_pair();
}

#[test]
fn a_command_that_fails_is_run_again() {
    let lab = Lab::new(90 * DAY, now() - 80 * DAY);
    let ready = lab.home.beside("ready");
    let command = format!("test -e {}", ready.display());
    let process = Process::spawn(&mut lab.command(&["--watch", "--exec", &command]));
    says(&process, "the command of --exec failed");
    fs::write(&ready, "").unwrap();
    process.signal(Signal::HUP);
    says(&process, "all is well again");
    process.signal(Signal::INT);
    assert_eq!(process.finish(PATIENCE).code(), Some(0));
    assert_eq!(lab.records().len(), 2);
}

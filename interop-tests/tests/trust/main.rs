//! `wharf ca trust`, `untrust` and `trust-status` with the real stores and the real programs that read them.
//!
//! The stores of the machine that runs the tests are not touched: databases and keystores are copies or new, and the store of
//! the system is covered by copies in a mount namespace.

mod issued;
mod java;
mod mounts;
mod nss;
mod system;

use std::path::Path;
use std::process::Command;

use wharf_interop_tests::{Finished, Home, Process};

/// `wharf ca` with these arguments, with a home of the user's, and without an environment that leads elsewhere.
fn ca(home: &Home, user: &Path, args: &[&str]) -> Command {
    let mut command = home.wharf(&[&["ca"], args].concat());
    command
        .env("HOME", user)
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("JAVA_HOME");
    command
}

/// Makes a CA and returns the path of its root.
#[track_caller]
fn new_ca(home: &Home) -> String {
    let made = Process::run(&mut home.wharf(&["ca", "init"])).success();
    made.text().trim_end().to_owned()
}

/// SHA-256 of a root, as openssl has it.
#[track_caller]
fn fingerprint(openssl: &Path, root: &str) -> String {
    let mut command = Command::new(openssl);
    command.args(["x509", "-noout", "-fingerprint", "-sha256", "-in", root]);
    let said = Process::run(&mut command).success().text();
    let (_, fingerprint) = said
        .trim_end()
        .split_once('=')
        .expect("what openssl prints");
    fingerprint.to_owned()
}

/// The outcomes behind the line with the fingerprint.
#[track_caller]
fn outcomes(said: &Finished) -> Vec<String> {
    let text = said.text();
    let lines = text.lines().skip(1).filter(|line| !line.starts_with(' '));
    lines
        .map(|line| line.split(": ").nth(1).expect("store: outcome").to_owned())
        .collect()
}

//! `wharf key`, `csr`, `sign`, `seal` and those beside them, held against OpenSSL, Python's cryptography, and shells.

mod csr;
mod key;
mod pages;
mod places;
mod seal;
mod sign;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use wharf_interop_tests::{Finished, Home, Process};

const TYPES: [&str; 8] = [
    "p256",
    "p384",
    "p521",
    "ed25519",
    "rsa2048",
    "ml-dsa-44",
    "ml-dsa-65",
    "ml-dsa-87",
];

/// Without ML-DSA, which OpenSSL has from 3.5 on.
const CLASSIC: [&str; 5] = ["p256", "p384", "p521", "ed25519", "rsa2048"];

/// A home, in whose folder the command runs.
struct Lab(Home);

impl Lab {
    fn new() -> Self {
        Self(Home::new())
    }

    #[track_caller]
    fn run(&self, args: &[&str]) -> Finished {
        Process::run(&mut self.0.wharf(args))
    }

    #[track_caller]
    fn done(&self, args: &[&str]) -> Finished {
        self.run(args).success()
    }

    /// Its exit status is this one, and what it says holds this.
    #[track_caller]
    fn fails(&self, args: &[&str], status: i32, said: &str) {
        let run = self.run(args);
        assert_eq!(run.code(), Some(status), "{run}");
        assert!(run.stderr.contains(said), "{run}");
    }

    fn path(&self, name: &str) -> String {
        self.0.beside(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn mode(&self, name: &str) -> u32 {
        fs::metadata(self.path(name)).unwrap().permissions().mode() & 0o777
    }

    /// A new key of a type, and its public key: `NAME.key`, `NAME.pub`.
    #[track_caller]
    fn key(&self, name: &str, key_type: &str) {
        let key = format!("{name}.key");
        self.done(&["key", "new", "--type", key_type, "--out", &key]);
        let public = format!("{name}.pub");
        self.done(&["key", "convert", &key, "--to", "public", "--out", &public]);
    }
}

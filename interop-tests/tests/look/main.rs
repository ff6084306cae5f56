//! Looking at certificates, keys and servers: `wharf cert inspect`, `verify`, `lint`, `fingerprint`, `pin`, `wharf connect`.

mod files;
mod servers;
mod verdicts;

use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::{Finished, Home, Process};

/// A home with a CA, and a certificate for `api.test` and 127.0.0.1 beside it.
struct Issued {
    home: Home,
    chain: PathBuf,
    key: PathBuf,
}

impl Issued {
    #[track_caller]
    fn new() -> Self {
        let home = Home::new();
        let out = home.beside("out");
        let mut command = home.wharf(&[
            "cert",
            "issue",
            "api.test",
            "127.0.0.1",
            "--out",
            text(&out),
        ]);
        let _ = Process::run(&mut command).success();
        Self {
            chain: out.join("api.test.pem"),
            key: out.join("api.test.key"),
            home,
        }
    }

    fn wharf(&self, args: &[&str]) -> Finished {
        Process::run(&mut self.home.wharf(args))
    }

    /// What it says in JSON, and its exit status.
    #[track_caller]
    fn json(&self, args: &[&str]) -> (Value, Option<i32>) {
        let ended = self.wharf(args);
        let said: Value =
            serde_json::from_slice(&ended.stdout).unwrap_or_else(|_| panic!("{ended}"));
        assert_eq!(said["format"], 1);
        (said, ended.code())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

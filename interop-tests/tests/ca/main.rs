//! `wharf ca`: every verb, from outside: what it prints where, its exit status, and its files.

mod backup;
mod expired;
mod import;
mod init;
mod intermediate;
mod killed;
mod password;
mod peers;
mod rotate;
mod show;
mod terminal;

use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::peer::OpenSsl;
use wharf_interop_tests::{Finished, Home, Process};

/// A home, and a folder to work in.
struct World {
    home: Home,
    out: PathBuf,
}

impl World {
    fn new() -> Self {
        let home = Home::new();
        let out = home.folder("out");
        Self { home, out }
    }

    /// With a CA whose keys have no password.
    #[track_caller]
    fn with_ca(args: &[&str]) -> Self {
        let world = Self::new();
        let _ = world.run(&[&["ca", "init"], args].concat()).success();
        world
    }

    fn run(&self, args: &[&str]) -> Finished {
        Process::run(self.home.wharf(args).current_dir(&self.out))
    }

    fn file(&self, name: &str) -> String {
        text(&self.out.join(name)).to_owned()
    }

    fn write(&self, name: &str, content: &str) -> String {
        std::fs::write(self.out.join(name), content).unwrap();
        self.file(name)
    }

    fn ca_file(&self, name: &str) -> PathBuf {
        self.home.path().join("ca").join(name)
    }

    /// The files of the CA's folder, with their permissions.
    fn modes(&self) -> Vec<(String, u32)> {
        let tree = self.home.tree();
        let below = tree.iter().filter_map(|(path, entry)| {
            let name = path.strip_prefix("ca").ok()?.to_str()?;
            (!name.is_empty()).then(|| (name.to_owned(), entry.mode))
        });
        below.collect()
    }

    /// What a verb reports as JSON, in its first format.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        let report: Value = serde_json::from_slice(&ran.stdout).expect("JSON alone on stdout");
        assert_eq!(report["format"], 1, "{ran}");
        report
    }

    /// The CAs, the oldest first.
    #[track_caller]
    fn authorities(&self) -> Vec<Value> {
        self.json(&["ca", "list"])["authorities"]
            .as_array()
            .unwrap()
            .clone()
    }

    /// Issues into the folder, and returns the file of the chain.
    #[track_caller]
    fn issue(&self, args: &[&str]) -> String {
        let issued = self.run(&[&["cert", "issue"], args].concat()).success();
        let name = issued.text().lines().next().unwrap().to_owned();
        self.file(&name)
    }
}

/// `openssl verify` of a chain's first certificate by a root.
fn verifies(openssl: &OpenSsl, root: &str, chain: &str, name: &str) -> bool {
    let args = ["verify", "-x509_strict", "-purpose", "sslserver"];
    let trust = ["-no-CApath", "-no-CAstore", "-CAfile", root];
    let path = ["-verify_hostname", name, "-untrusted", chain, chain];
    openssl
        .run(&[&args[..], &trust, &path].concat())
        .status
        .success()
}

/// The same names and permissions everywhere.
fn owned(files: &[(&str, u32)]) -> Vec<(String, u32)> {
    files
        .iter()
        .map(|(name, mode)| ((*name).to_owned(), *mode))
        .collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// What a private key's file holds must be nowhere else.
#[track_caller]
fn says_nothing_private(world: &World, ran: &Finished) {
    let said = format!("{}{}", ran.text(), ran.stderr);
    assert!(!said.contains("PRIVATE KEY"), "{ran}");
    for (path, entry) in world.home.tree() {
        let Some(content) = entry
            .content
            .filter(|_| path.extension() == Some("key".as_ref()))
        else {
            continue;
        };
        for line in String::from_utf8(content).unwrap().lines() {
            assert!(line.starts_with("-----") || !said.contains(line), "{ran}");
        }
    }
}

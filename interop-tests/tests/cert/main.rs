//! `wharf cert` and `wharf crl`: what is issued, listed, revoked and published, read by OpenSSL and by Wharf's own TLS.

mod authority;
mod bundle;
mod crash;
mod issue;
mod list;
mod password;
mod places;
mod publish;
mod revoke;
mod roots;
mod values;
mod written;

use std::path::{Path, PathBuf};

use serde_json::Value;
use wharf_interop_tests::peer::OpenSsl;
use wharf_interop_tests::{Finished, Home, Process};

/// A home, and the folder that certificates go to.
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

    fn run(&self, args: &[&str]) -> Finished {
        Process::run(self.home.wharf(args).current_dir(&self.out))
    }

    /// Issues into the folder.
    #[track_caller]
    fn issue(&self, args: &[&str]) -> Finished {
        self.run(&[&["cert", "issue"], args].concat()).success()
    }

    fn file(&self, name: &str) -> String {
        text(&self.out.join(name)).to_owned()
    }

    fn ca_file(&self, name: &str) -> String {
        text(&self.home.path().join("ca").join(name)).to_owned()
    }

    /// What a verb reports as JSON, in its first format.
    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["--json"]].concat());
        let report: Value = serde_json::from_slice(&ran.stdout).expect("JSON alone on stdout");
        assert_eq!(report["format"], 1, "{ran}");
        report
    }

    /// What the inventory says of certificates with a name.
    #[track_caller]
    fn listed(&self, name: &str) -> Vec<Value> {
        let report = self.json(&["cert", "list", "--name", name]);
        report["certificates"].as_array().unwrap().clone()
    }

    /// `openssl verify` of a file in the folder, with its own intermediate.
    fn verify(&self, openssl: &OpenSsl, args: &[&str], name: &str) -> Finished {
        let (file, root) = (self.file(name), self.home.root());
        let trusted = ["-CAfile", text(&root), "-untrusted", &file];
        openssl.run(&[&["verify", "-x509_strict"], args, &trusted, &[&file]].concat())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

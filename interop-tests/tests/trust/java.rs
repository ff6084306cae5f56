//! A copy of Java's keystore, and Java, which reads it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use wharf_interop_tests::{Finished, Home, Process, Server, peer};

use super::{ca, new_ca, outcomes};

/// A Java whose programs are the machine's, and whose keystore is its own.
struct Java {
    home: PathBuf,
    java: PathBuf,
    keytool: PathBuf,
}

impl Java {
    #[track_caller]
    fn new(home: &Home) -> Option<Self> {
        let java = peer::require("java", "default-jdk-headless")?;
        let java = fs::canonicalize(java).expect("a program");
        let real = java
            .parent()
            .and_then(Path::parent)
            .expect("a home of Java");
        let own = home.folder("jdk");
        for folder in ["bin", "lib/security"] {
            fs::create_dir_all(own.join(folder)).expect("a new folder");
        }
        let keytool = own.join("bin/keytool");
        symlink(real.join("bin/keytool"), &keytool).expect("a new link");
        let keystore = own.join("lib/security/cacerts");
        fs::copy(real.join("lib/security/cacerts"), &keystore).expect("a keystore");
        let mode = fs::Permissions::from_mode(0o640);
        fs::set_permissions(keystore, mode).expect("a file of ours");
        Some(Self {
            home: own,
            java,
            keytool,
        })
    }

    fn keystore(&self) -> PathBuf {
        self.home.join("lib/security/cacerts")
    }

    /// `wharf ca`, which finds this Java and no other.
    fn ca(&self, home: &Home, args: &[&str]) -> Finished {
        let args = [args, &["--store", "java"]].concat();
        let mut command = ca(home, home.path(), &args);
        command.env("JAVA_HOME", &self.home).env("PATH", "");
        Process::run(&mut command)
    }

    fn keytool(&self, args: &[&str]) -> String {
        let mut command = Command::new(&self.keytool);
        command.args(args).arg("-keystore").arg(self.keystore());
        Process::run(&mut command).success().text()
    }

    /// What a program in Java says of a URL.
    fn fetch(&self, url: &str) -> String {
        let mut command = Command::new(&self.java);
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/Fetch.java");
        let keystore = format!("-Djavax.net.ssl.trustStore={}", self.keystore().display());
        command.arg(keystore).arg(program).arg(url);
        Process::run(&mut command).success().text()
    }
}

#[test]
fn java_trusts_the_root_until_it_is_taken_out_and_no_trace_is_left() {
    let home = Home::new();
    let Some(java) = Java::new(&home) else { return };
    let server = Server::start(&home, &[]);
    let url = server.https("/");
    let count = |java: &Java| {
        java.keytool(&["-list", "-rfc", "-storepass", "changeit"])
            .matches("BEGIN")
            .count()
    };
    let before = count(&java);
    assert!(
        java.fetch(&url)
            .contains("unable to find valid certification path")
    );

    let said = java.ca(&home, &["trust"]).success();
    assert_eq!(outcomes(&said), ["installed"], "{said}");
    assert_eq!(java.fetch(&url), "200\n");
    assert_eq!(count(&java), before + 1);
    let mode = fs::metadata(java.keystore())
        .expect("a file of ours")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o640);
    let status = java.ca(&home, &["trust-status"]).success();
    assert_eq!(outcomes(&status), ["trusted"], "{status}");
    let again = java.ca(&home, &["trust"]).success();
    assert_eq!(outcomes(&again), ["already there"], "{again}");

    let said = java.ca(&home, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    assert!(
        java.fetch(&url)
            .contains("unable to find valid certification path")
    );
    assert_eq!(count(&java), before);
    let status = java.ca(&home, &["trust-status"]);
    assert_eq!(status.code(), Some(3), "{status}");
}

#[test]
fn an_entry_of_another_name_is_found_by_its_fingerprint_and_a_key_is_never_deleted() {
    let home = Home::new();
    let Some(java) = Java::new(&home) else { return };
    let root = new_ca(&home);
    let password = ["-storepass", "changeit"];
    let import = [
        "-importcert",
        "-noprompt",
        "-alias",
        "company root",
        "-file",
        &root,
    ];
    java.keytool(&[&import[..], &password].concat());
    let key = [
        "-genkeypair",
        "-alias",
        "mine",
        "-keyalg",
        "EC",
        "-dname",
        "CN=mine",
        "-keypass",
        "changeit",
    ];
    java.keytool(&[&key[..], &password].concat());
    let again = java.ca(&home, &["trust"]).success();
    assert_eq!(outcomes(&again), ["already there"], "{again}");
    let said = java.ca(&home, &["untrust", "--dry-run"]).success();
    assert!(said.text().contains("-alias 'company root'"), "{said}");
    let said = java.ca(&home, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    let listed = java.keytool(&[&["-list"][..], &password].concat());
    assert!(
        listed.contains("mine, ") && !listed.contains("company root"),
        "{listed}"
    );
}

#[test]
fn a_keystore_with_a_password_of_its_own_is_opened_with_its_file() {
    let home = Home::new();
    let Some(java) = Java::new(&home) else { return };
    new_ca(&home);
    java.keytool(&[
        "-storepasswd",
        "-storepass",
        "changeit",
        "-new",
        "correct horse",
    ]);
    let said = java.ca(&home, &["trust"]);
    assert_eq!(said.code(), Some(1), "{said}");
    assert!(
        said.text()
            .contains("; name its file with --java-password-file"),
        "{said}"
    );
    let file = home.beside("password");
    fs::write(&file, "correct horse\n").expect("a new file");
    let file = file.to_str().expect("temporary paths are text");
    let said = java
        .ca(&home, &["trust", "--java-password-file", file])
        .success();
    assert_eq!(outcomes(&said), ["installed"], "{said}");
    let said = java
        .ca(&home, &["untrust", "--java-password-file", file])
        .success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
}

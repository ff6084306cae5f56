//! Databases of NSS, and Chromium, which reads one.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use wharf_interop_tests::peer::Browser;
use wharf_interop_tests::{Finished, Home, Process, Server, peer};

use super::{ca, fingerprint, new_ca, outcomes};

/// `wharf ca` for the browsers of a user.
fn nss(home: &Home, user: &Path, args: &[&str]) -> Finished {
    let args = [args, &["--store", "nss"]].concat();
    Process::run(&mut ca(home, user, &args))
}

/// Whether the tests would change a database of the machine: then they are skipped.
#[track_caller]
fn is_shared() -> bool {
    let is_shared = Path::new("/etc/pki/nssdb/cert9.db").exists();
    if is_shared {
        peer::skip_unable("this machine has a database for all its users");
    }
    is_shared
}

fn shows_the_page(browser: &Browser, url: &str) -> bool {
    let shown = browser.open(url);
    let said = format!("{}{}", shown.text(), shown.stderr);
    let is_shown = said.contains("You are connected over TLS 1.3");
    let is_refused = said.contains("ERR_CERT_AUTHORITY_INVALID");
    assert!(is_shown != is_refused, "{shown}");
    is_shown
}

fn modes(folder: &Path) -> BTreeMap<PathBuf, u32> {
    fs::read_dir(folder)
        .expect("a folder of ours")
        .map(|entry| entry.expect("a folder of ours"))
        .map(|entry| {
            let mode = entry
                .metadata()
                .expect("a file of ours")
                .permissions()
                .mode();
            (entry.path(), mode)
        })
        .collect()
}

#[test]
fn a_browser_shows_the_page_until_the_root_is_taken_out() {
    if is_shared() {
        return;
    }
    // Where Chromium has had it, and where it has it now.
    for store in [".pki/nssdb", ".local/share/pki/nssdb"] {
        let Some(browser) = peer::browser_with_store(store) else {
            return;
        };
        let home = Home::new();
        let server = Server::start(&home, &[]);
        let url = server.https("/");
        let before = modes(&browser.store());
        assert!(!shows_the_page(&browser, &url));
        let status = nss(&home, browser.home(), &["trust-status"]);
        assert_eq!(status.code(), Some(3), "{status}");

        let said = nss(&home, browser.home(), &["trust"]).success();
        assert_eq!(outcomes(&said), ["installed"], "{said}");
        assert!(shows_the_page(&browser, &url), "{said}");
        assert_eq!(modes(&browser.store()), before);
        let status = nss(&home, browser.home(), &["trust-status"]).success();
        assert_eq!(outcomes(&status), ["trusted"], "{status}");
        let again = nss(&home, browser.home(), &["trust"]).success();
        assert_eq!(outcomes(&again), ["already there"], "{again}");

        let said = nss(&home, browser.home(), &["untrust"]).success();
        assert_eq!(outcomes(&said), ["removed"], "{said}");
        assert!(!shows_the_page(&browser, &url), "{said}");
        assert_eq!(modes(&browser.store()), before);
    }
}

#[test]
fn of_two_roots_with_one_subject_the_right_one_goes() {
    if is_shared() {
        return;
    }
    let Some(browser) = peer::browser() else {
        return;
    };
    let (kept, gone) = (Home::new(), Home::new());
    let (kept_server, gone_server) = (Server::start(&kept, &[]), Server::start(&gone, &[]));
    for home in [&kept, &gone] {
        let said = nss(home, browser.home(), &["trust"]).success();
        assert_eq!(outcomes(&said), ["installed"], "{said}");
    }
    assert!(shows_the_page(&browser, &gone_server.https("/")));
    let said = nss(&gone, browser.home(), &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    assert!(!shows_the_page(&browser, &gone_server.https("/")));
    assert!(shows_the_page(&browser, &kept_server.https("/")));
}

/// Databases of a user, and certutil.
struct Databases {
    certutil: PathBuf,
    user: PathBuf,
}

impl Databases {
    /// One in each of these folders below a home.
    #[track_caller]
    fn new(home: &Home, folders: &[&str], password: &str) -> Option<Self> {
        if is_shared() {
            return None;
        }
        let certutil = peer::require("certutil", "libnss3-tools")?;
        let user = home.folder("user");
        let databases = Self { certutil, user };
        let file = home.beside("nss-password");
        fs::write(&file, password).expect("a new file");
        for folder in folders {
            fs::create_dir_all(databases.user.join(folder)).expect("a new folder");
            let file = file.to_str().expect("temporary paths are text");
            databases.certutil(folder, &["-N", "-f", file]);
        }
        Some(databases)
    }

    fn certutil(&self, folder: &str, args: &[&str]) -> String {
        let database = format!("sql:{}", self.user.join(folder).display());
        let mut command = Command::new(&self.certutil);
        command.args(args).args(["-d", &database]);
        Process::run(&mut command).success().text()
    }

    /// The objects in a database: two for each certificate, itself and the trust in it.
    fn objects(&self, folder: &str) -> u64 {
        let python = peer::require("python3", "python3").expect("the caller has it");
        let program = "import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute('select count(*) from nssPublic').fetchone()[0])";
        let file = self.user.join(folder).join("cert9.db");
        let mut command = Command::new(python);
        command.args(["-I", "-c", program]).arg(file);
        let count = Process::run(&mut command).success().text();
        count.trim().parse().expect("a number")
    }
}

const PROFILES: [&str; 4] = [
    ".config/mozilla/firefox/a.default-release",
    ".mozilla/firefox/b.default",
    "snap/firefox/common/.mozilla/firefox/c.default",
    ".var/app/org.mozilla.firefox/.mozilla/firefox/d.default",
];

#[test]
fn the_profiles_of_firefox_trust_the_root_and_forget_it_without_a_trace() {
    let Some(_) = peer::require("python3", "python3") else {
        return;
    };
    let home = Home::new();
    let Some(databases) = Databases::new(&home, &PROFILES, "\n") else {
        return;
    };
    let root = new_ca(&home);
    let said = nss(&home, &databases.user, &["trust"]).success();
    assert_eq!(outcomes(&said), ["installed"; 4], "{said}");
    for profile in PROFILES {
        let place = databases.user.join(profile).display().to_string();
        assert!(
            said.text().contains(&format!("nss {place}: installed\n")),
            "{said}"
        );
        let table = databases.certutil(profile, &["-L"]);
        let line = table.lines().find(|line| line.starts_with("wharf-"));
        let (nickname, trust) = line
            .and_then(|line| line.split_once(' '))
            .expect("an entry");
        assert_eq!(trust.trim(), "C,,", "{table}");
        databases.certutil(profile, &["-V", "-u", "L", "-n", nickname]);
        assert_eq!(databases.objects(profile), 2);
    }
    // The CA may be gone by then.
    let kept = home.beside("kept.crt");
    fs::copy(root, &kept).expect("a new file");
    fs::remove_dir_all(home.path()).expect("a folder of ours");
    let kept = kept.to_str().expect("temporary paths are text");
    let said = nss(&home, &databases.user, &["untrust", "--cert", kept]).success();
    assert_eq!(outcomes(&said), ["removed"; 4], "{said}");
    for profile in PROFILES {
        assert_eq!(databases.objects(profile), 0);
    }
}

#[test]
fn a_root_is_found_under_a_nickname_that_others_have_too() {
    let Some(openssl) = peer::require("openssl", "openssl") else {
        return;
    };
    let homes = [Home::new(), Home::new(), Home::new()];
    let profile = PROFILES[0];
    let Some(databases) = Databases::new(&homes[0], &[profile], "\n") else {
        return;
    };
    let roots = homes.each_ref().map(new_ca);
    for root in &roots {
        databases.certutil(
            profile,
            &["-A", "-t", "C,,", "-n", "the same", "-a", "-i", root],
        );
    }
    let fingerprints = roots.each_ref().map(|root| fingerprint(&openssl, root));
    let by_fingerprint = ["untrust", "--fingerprint", &fingerprints[1]];
    let said = nss(&homes[0], &databases.user, &by_fingerprint).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
    for (home, code) in homes.iter().zip([0, 3, 0]) {
        let status = nss(home, &databases.user, &["trust-status"]);
        assert_eq!(status.code(), Some(code), "{status}");
    }
}

#[test]
fn a_root_that_is_there_without_trust_gets_it() {
    let home = Home::new();
    let profile = PROFILES[0];
    let Some(databases) = Databases::new(&home, &[profile], "\n") else {
        return;
    };
    let root = new_ca(&home);
    databases.certutil(
        profile,
        &["-A", "-t", ",,", "-n", "mine", "-a", "-i", &root],
    );
    let status = nss(&home, &databases.user, &["trust-status"]);
    assert_eq!(status.code(), Some(3), "{status}");
    assert!(
        status.text().contains("not trusted: it is there: "),
        "{status}"
    );
    let said = nss(&home, &databases.user, &["trust"]).success();
    assert_eq!(outcomes(&said), ["installed"], "{said}");
    let table = databases.certutil(profile, &["-L"]);
    assert!(
        table
            .lines()
            .any(|line| line.starts_with("mine ") && line.contains("C,,")),
        "{table}"
    );
    let said = nss(&home, &databases.user, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
}

#[test]
fn roots_with_keys_of_other_kinds_are_found_again_or_refused() {
    let Some(openssl) = peer::require("openssl", "openssl") else {
        return;
    };
    let home = Home::new();
    let profile = PROFILES[0];
    let Some(databases) = Databases::new(&home, &[profile], "\n") else {
        return;
    };
    let made = |name: &str, key: &[&str]| {
        let file = home.beside(name);
        let file = file.to_str().expect("temporary paths are text").to_owned();
        let mut command = Command::new(&openssl);
        command
            .args([
                "req",
                "-x509",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=A root, \"of\" others",
            ])
            .args(["-addext", "basicConstraints=critical,CA:TRUE", "-newkey"])
            .args(key)
            .args(["-keyout", "/dev/null", "-out", &file]);
        let _ = Process::run(&mut command).success();
        file
    };
    for (name, key) in [
        ("rsa.crt", &["rsa:2048"][..]),
        ("p384.crt", &["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ] {
        let file = made(name, key);
        let said = nss(&home, &databases.user, &["trust", "--cert", &file]).success();
        assert_eq!(outcomes(&said), ["installed"], "{said}");
        let said = nss(&home, &databases.user, &["untrust", "--cert", &file]).success();
        assert_eq!(outcomes(&said), ["removed"], "{said}");
    }
    // certutil 3.87 does not take it, and what newer ones take no browser uses.
    let file = made("ed25519.crt", &["ed25519"]);
    let said = nss(&home, &databases.user, &["trust", "--cert", &file]);
    assert_eq!(outcomes(&said), ["failed"], "{said}");
    let why = "browsers take no root with the key Ed25519; make a CA with keys of the type p256";
    assert!(said.text().contains(why), "{said}");
    assert_eq!(said.code(), Some(1), "{said}");
}

#[test]
fn a_primary_password_is_asked_for_by_its_flag_and_never_at_the_terminal() {
    let home = Home::new();
    let profile = PROFILES[0];
    let Some(databases) = Databases::new(&home, &[profile], "correct horse\n") else {
        return;
    };
    new_ca(&home);
    let said = nss(&home, &databases.user, &["trust"]);
    assert_eq!(said.code(), Some(1), "{said}");
    assert!(
        said.text()
            .contains("; name its file with --nss-password-file"),
        "{said}"
    );
    // Where there is a terminal to ask at.
    if let Some(script) = peer::require("script", "bsdutils") {
        let wharf = ca(&home, &databases.user, &[]);
        let mut asked = Command::new(script);
        asked
            .args(["-qec", "exec \"$WHARF\" ca trust --store nss", "/dev/null"])
            .env("WHARF", wharf.get_program());
        for (name, value) in wharf.get_envs() {
            match value {
                Some(value) => asked.env(name, value),
                None => asked.env_remove(name),
            };
        }
        let asked = Process::run(&mut asked);
        assert_eq!(asked.code(), Some(1), "{asked}");
        assert!(asked.text().contains("--nss-password-file"), "{asked}");
        assert!(!asked.text().contains("Enter Password"), "{asked}");
    }
    let file = home.beside("nss-password");
    let file = file.to_str().expect("temporary paths are text");
    let said = nss(
        &home,
        &databases.user,
        &["trust", "--nss-password-file", file],
    )
    .success();
    assert_eq!(outcomes(&said), ["installed"], "{said}");
    let said = nss(&home, &databases.user, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["removed"], "{said}");
}

#[test]
fn a_store_that_was_asked_for_and_is_not_there_is_a_failure() {
    if is_shared() {
        return;
    }
    let home = Home::new();
    new_ca(&home);
    let user = home.folder("user");
    let said = nss(&home, &user, &["trust"]);
    assert_eq!(
        (said.code(), outcomes(&said)),
        (Some(1), vec!["not found".into()]),
        "{said}"
    );
    // There is nothing to take out then.
    let said = nss(&home, &user, &["untrust"]).success();
    assert_eq!(outcomes(&said), ["not found"], "{said}");
    let said = nss(&home, &user, &["trust-status"]);
    assert_eq!(said.code(), Some(3), "{said}");
    assert!(
        fs::read_dir(&user)
            .expect("a folder of ours")
            .next()
            .is_none()
    );
}

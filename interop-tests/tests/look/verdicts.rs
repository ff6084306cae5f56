//! `wharf connect` at servers of others whose certificates are not to be trusted: it looks all the same, and says why not.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use time::OffsetDateTime;
use wharf_interop_tests::peer::OpenSsl;
use wharf_interop_tests::{Process, peer};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};

use crate::{Issued, text};

/// What a server has: a certificate for `api.test` that expired 30 days ago, or one that is good.
struct Site {
    root: PathBuf,
    chain: PathBuf,
    key: PathBuf,
}

impl Site {
    fn new(issued: &Issued, name: &str, lifetime_days: u32) -> Self {
        let then = OffsetDateTime::now_utc() - 40 * DAY;
        let key = || Key::generate(KeyType::P256).unwrap();
        let root = Authority::root(key(), &CaSubject::new("Root"), 365 * DAY, 1, then).unwrap();
        let key = key();
        let request = EndEntity {
            names: vec!["api.test".parse().unwrap()],
            lifetime: lifetime_days * DAY,
            ..EndEntity::default()
        };
        let leaf = root.issue(&request, &key, then).unwrap().certificate;
        let folder = issued.home.folder(name);
        let write = |file: &str, pem: &str| {
            let path = folder.join(file);
            fs::write(&path, pem).unwrap();
            path
        };
        Self {
            root: write("root.pem", &root.certificate().to_pem()),
            chain: write("chain.pem", &leaf.to_pem()),
            key: write("key.pem", &key.to_pem()),
        }
    }

    fn identity(&self) -> [&Path; 2] {
        [&self.chain, &self.key]
    }
}

/// OpenSSL's own server, for as long as this is held.
#[track_caller]
fn s_server(openssl: &OpenSsl, site: &Site) -> (Process, u16) {
    let pair = ["-cert", text(&site.chain), "-key", text(&site.key)];
    let args = ["s_server", "-accept", "127.0.0.1:0"];
    let process = Process::spawn_with_stdin(&mut openssl.command(&[&args[..], &pair].concat()));
    let port = process.wait_for_stdout(|bytes| {
        let said = String::from_utf8_lossy(bytes);
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.parse().ok()
    });
    (process, port)
}

/// Has every server that is here serve a site, and looks at each.
#[track_caller]
fn at_each(issued: &Issued, site: &Site, look: impl Fn(u16)) {
    if let Some(openssl) = peer::openssl() {
        let (_process, port) = s_server(&openssl, site);
        look(port);
    }
    if let Some(nginx) = peer::nginx() {
        let root = issued.home.path().to_owned();
        let serving = nginx.files(&root, Some(site.identity()));
        look(serving.port);
    }
    for server in [peer::node_server(), peer::go_server()]
        .into_iter()
        .flatten()
    {
        let serving = server.start(Some(site.identity()));
        look(serving.port);
    }
}

/// The checks that failed.
fn failed(said: &Value) -> Vec<&Value> {
    let checks = said["verification"]["checks"].as_array().unwrap().iter();
    checks.filter(|it| it["outcome"] == "failed").collect()
}

/// A look that verifies nothing, in JSON and in text.
#[track_caller]
fn look(issued: &Issued, site: &Site, port: u16, name: &str) -> (Value, String) {
    let server = format!("127.0.0.1:{port}");
    let args = ["connect", &server, "--name", name, "--ca", text(&site.root)];
    let (said, code) = issued.json(&[&args[..], &["--json"]].concat());
    assert_eq!(
        (code, &said["verified"]),
        (Some(2), &false.into()),
        "{said}"
    );
    // What the server speaks is found out all the same.
    assert_eq!(said["chain"].as_array().unwrap().len(), 1, "{said}");
    let speaks = said["tries"]["versions"].as_array().unwrap();
    assert!(speaks.iter().any(|it| it["works"] == true), "{said}");
    let shown = issued.wharf(&[&args[..], &["--once"]].concat());
    assert_eq!(shown.code(), Some(2), "{shown}");
    assert!(shown.text().contains("NOT VERIFIED"), "{shown}");
    (said, shown.text())
}

#[test]
fn an_expired_certificate_is_told_with_its_day() {
    let issued = Issued::new();
    let site = Site::new(&issued, "expired", 10);
    at_each(&issued, &site, |port| {
        let (said, shown) = look(&issued, &site, port, "api.test");
        let failed = failed(&said);
        assert_eq!(failed.len(), 1, "{said}");
        assert_eq!(failed[0]["check"], "validity");
        assert_eq!(failed[0]["failures"][0]["field"], "notAfter");
        for part in [
            "FAILED  validity: ",
            "expired 30 days ago, on 20",
            "hint    renew it",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
    });
}

#[test]
fn a_certificate_for_another_name_is_told_with_both_names() {
    let issued = Issued::new();
    let site = Site::new(&issued, "valid", 80);
    at_each(&issued, &site, |port| {
        let (said, shown) = look(&issued, &site, port, "b.test");
        let failed = failed(&said);
        assert_eq!(failed.len(), 1, "{said}");
        assert_eq!(failed[0]["check"], "name");
        for part in ["is not for b.test", "api.test"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        // For its own name the same server is good.
        let server = format!("127.0.0.1:{port}");
        let args = [
            "connect",
            &server,
            "--name",
            "api.test",
            "--ca",
            text(&site.root),
        ];
        let (said, code) = issued.json(&[&args[..], &["--json"]].concat());
        assert_eq!((code, &said["verified"]), (Some(0), &true.into()), "{said}");
    });
}

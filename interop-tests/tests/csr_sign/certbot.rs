use std::fs;

use wharf_interop_tests::{Process, peer};

use crate::Desk;

/// What certbot's server does with a request.
const SIGN: &str =
    "\"$WHARF\" csr sign request.der --out signed --force && mv signed/a.test.pem chain.pem";

#[test]
fn certbot_comes_away_with_a_certificate_for_its_key() {
    let (Some(certbot), Some(python)) = (peer::certbot(), peer::python()) else {
        return;
    };
    let desk = Desk::new();
    let _ = desk.run(&mut desk.wharf(&["ca", "init"]));
    let program = fs::read_to_string(peer::program("acme.py")).unwrap();
    let wharf = desk.wharf(&[]);
    let mut server = python.command(&program, &[&desk.path("."), "sh", "-c", SIGN]);
    server
        .env("WHARF", wharf.get_program())
        .env("WHARF_HOME", desk.home.path());
    let server = Process::spawn(&mut server);
    let port: u16 = server.wait_for_stdout(|said| {
        let line = str::from_utf8(said).ok()?.strip_suffix('\n')?;
        line.strip_prefix("port ")?.parse().ok()
    });
    for (at, options) in [
        &["--key-type", "ecdsa"][..],
        &["--key-type", "ecdsa", "--elliptic-curve", "secp384r1"],
        &["--key-type", "ecdsa", "--elliptic-curve", "secp521r1"],
        &["--key-type", "rsa"],
    ]
    .iter()
    .enumerate()
    {
        let folder = |name: &str| desk.path(&format!("certbot-{at}/{name}"));
        let mut command = certbot();
        command
            .args(["certonly", "--standalone", "-n", "--agree-tos"])
            .args([
                "--register-unsafely-without-email",
                "-d",
                "a.test",
                "--server",
            ])
            .arg(format!("http://127.0.0.1:{port}/directory"))
            .args([
                "--config-dir",
                &folder("config"),
                "--work-dir",
                &folder("work"),
            ])
            .args(["--logs-dir", &folder("logs")])
            .args(*options);
        let got = Process::spawn(&mut command)
            .finish(wharf_interop_tests::PATIENCE)
            .success();
        assert!(
            got.text().contains("Successfully received certificate"),
            "{got}"
        );
        let live = |name: &str| folder(&format!("config/live/a.test/{name}"));
        let (key, chain) = (live("privkey.pem"), live("fullchain.pem"));
        let _ = desk.run(&mut desk.wharf(&["key", "match", &key, &chain, "request.der"]));
        let verify = ["cert", "verify", &chain, "--name", "a.test"];
        let _ = desk.run(&mut desk.wharf(&verify));
        if let Some(openssl) = peer::openssl() {
            let root = desk.home.root();
            let args = ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile"];
            let mut verify = openssl.command(&args);
            verify
                .arg(&root)
                .args(["-verify_hostname", "a.test", "-untrusted", &chain, &chain]);
            let _ = desk.run(&mut verify);
        }
    }
}

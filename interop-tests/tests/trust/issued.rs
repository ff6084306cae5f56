//! A page that servers of others serve with the two files of `wharf cert issue`.

use std::fs;
use std::path::Path;

use wharf_interop_tests::peer::Browser;
use wharf_interop_tests::{Home, Process, peer};

use super::ca;

const PAGE: &str = "<!doctype html><title>a page</title><p>served by somebody else";

/// Whether the browser shows the page; if not, it is because it does not know the CA.
#[track_caller]
fn shows(browser: &Browser, port: u16) -> bool {
    let shown = browser.open(&format!("https://localhost:{port}/index.html"));
    let said = format!("{}{}", shown.text(), shown.stderr);
    let is_shown = said.contains("served by somebody else");
    let is_refused = said.contains("ERR_CERT_AUTHORITY_INVALID");
    assert!(is_shown != is_refused, "{shown}");
    is_shown
}

#[test]
fn a_browser_takes_what_cert_issue_wrote_while_the_root_is_trusted() {
    if Path::new("/etc/pki/nssdb/cert9.db").exists() {
        peer::skip_unable("this machine has a database for all its users");
        return;
    }
    let (Some(browser), Some(nginx), Some(openssl)) =
        (peer::browser(), peer::nginx(), peer::openssl())
    else {
        return;
    };
    let home = Home::new();
    let out = home.folder("out");
    let mut issue = home.wharf(&["cert", "issue", "localhost", "127.0.0.1", "--out"]);
    let _ = Process::run(issue.arg(&out)).success();
    let (chain, key) = (out.join("localhost.pem"), out.join("localhost.key"));
    let site = home.folder("site");
    fs::write(site.join("index.html"), PAGE).expect("a new file");

    let nginx = nginx.files(&site, Some([&chain, &key]));
    // It answers with files of the folder it runs in.
    let mut s_server = openssl.command(&["s_server", "-accept", "127.0.0.1:0", "-WWW"]);
    s_server
        .current_dir(&site)
        .arg("-cert")
        .arg(&chain)
        .arg("-cert_chain")
        .arg(home.intermediate())
        .arg("-key")
        .arg(&key);
    let s_server = Process::spawn_with_stdin(&mut s_server);
    let port = s_server.wait_for_stdout(|bytes| {
        let said = String::from_utf8_lossy(bytes);
        let (_, rest) = said.split_once("ACCEPT 127.0.0.1:")?;
        rest.split_once('\n')?.0.parse().ok()
    });

    let trust = |verb| {
        let args = [verb, "--store", "nss"];
        Process::run(&mut ca(&home, browser.home(), &args)).success()
    };
    let both = || [shows(&browser, nginx.port), shows(&browser, port)];
    assert_eq!(both(), [false, false]);
    let _ = trust("trust");
    assert_eq!(both(), [true, true]);
    let _ = trust("untrust");
    assert_eq!(both(), [false, false]);
}

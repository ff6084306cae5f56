//! The page, as a browser has it, and the files that are written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use wharf_interop_tests::{Server, peer};

use crate::{Issued, text};

#[test]
fn a_browser_shows_every_message_and_complains_about_nothing() {
    let Some(browser) = peer::browser() else {
        return;
    };
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    let page = issued.home.beside("page.html");
    let ended = issued.kex(server.port(), &["--own-share", "--html", text(&page)]);
    assert_eq!(ended.code(), Some(0), "{ended}");
    let opened = browser
        .open(&format!("file://{}", page.display()))
        .success();
    let shown = opened.text();
    for words in [
        "ClientHello",
        "ServerHello",
        "CertificateVerify",
        "Keys of the handshake",
        "signature computed again",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(shown.matches("<details").count() > 8, "{shown}");
    assert!(
        !opened.stderr.contains("Content Security Policy"),
        "{opened}"
    );
    assert!(!fs::read_to_string(&page).unwrap().contains("<script"));
}

#[test]
fn files_are_written_for_whom_they_are_for_and_not_replaced_unasked() {
    let issued = Issued::new();
    let server = Server::start(&issued.home, &["--name", "api.test"]);
    let (page, log) = (
        issued.home.beside("page.html"),
        issued.home.beside("keys.log"),
    );
    let files = ["--html", text(&page), "--keylog", text(&log)];
    let ended = issued.kex(server.port(), &files);
    assert_eq!(ended.code(), Some(0), "{ended}");
    let mode = |file| fs::metadata(file).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&page), mode(&log)), (0o644, 0o600));

    let again = issued.kex(server.port(), &files);
    assert_eq!(
        (again.code(), again.text().as_str()),
        (Some(1), ""),
        "{again}"
    );
    assert!(again.stderr.contains("exists"), "{again}");
    let revealed = [&files[..], &["--force", "--reveal-secrets"]].concat();
    let ended = issued.kex(server.port(), &revealed);
    assert_eq!(ended.code(), Some(0), "{ended}");
    // What takes the place of a file keeps its access, but for what others might do.
    assert_eq!(mode(&page), 0o640);
    assert!(ended.stderr.contains("secrets are told"), "{ended}");
}

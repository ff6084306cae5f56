//! A browser opens the page.

use wharf_interop_tests::{Home, Server, peer};

#[test]
fn a_browser_that_trusts_the_root_shows_the_page() {
    let Some(browser) = peer::browser() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    browser.trust(&home.root());
    let shown = browser.open(&server.https("/")).success();
    let document = shown.text();
    assert!(
        document.contains("You are connected over TLS 1.3"),
        "{shown}"
    );
    assert!(!document.contains("ERR_"), "{shown}");
    // Plain HTTP leads to the same page.
    let shown = browser.open(&server.http("/")).success();
    assert!(
        shown.text().contains("You are connected over TLS 1.3"),
        "{shown}"
    );
}

#[test]
fn a_browser_that_does_not_trust_the_root_refuses_the_page() {
    let Some(browser) = peer::browser() else {
        return;
    };
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let shown = browser.open(&server.https("/"));
    let said = format!("{}{}", shown.text(), shown.stderr);
    assert!(said.contains("ERR_CERT_AUTHORITY_INVALID"), "{shown}");
    assert!(!said.contains("You are connected"), "{shown}");
}

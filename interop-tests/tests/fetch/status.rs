//! The exit status of each kind of trouble.

use std::net::TcpListener;

use wharf_interop_tests::{Home, Server};

use crate::raw::Raw;
use crate::{fails, fetch};

#[test]
fn flags_and_urls_that_are_not_understood() {
    for args in [
        &["--nonsense", "http://a.test/"][..],
        &[],
        &["-H", "no colon", "http://a.test/"],
        &["-d", "a", "--json", "b", "http://a.test/"],
        &["-m", "0", "http://a.test/"],
        &["--resolve", "a", "http://a.test/"],
    ] {
        assert_eq!(fetch(args).code(), Some(2), "{args:?}");
    }
    fails(3, &["ftp://a.test/"]);
    let ended = fails(3, &["http://me:secret@a.test/"]);
    assert!(!ended.stderr.contains("secret"), "{ended}");
    assert!(ended.stderr.contains("hint: give them with -u"), "{ended}");
    assert_eq!(fetch(&["--help"]).code(), Some(0));
}

#[test]
fn no_address_and_no_connection() {
    fails(6, &["http://no-such-host.invalid/"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    fails(7, &[&format!("http://127.0.0.1:{port}/")]);
}

#[test]
fn answers_that_are_none() {
    for (code, answer) in [
        (8, "SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        (18, "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"),
        (
            18,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        ),
        (52, ""),
        (
            61,
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf",
        ),
        (
            47,
            "HTTP/1.1 302 Found\r\nlocation: /\r\ncontent-length: 0\r\n\r\n",
        ),
    ] {
        let server = Raw::saying(answer);
        let ended = fetch(&["-L", &server.url("/")]);
        assert_eq!(ended.code(), Some(code), "{answer:?}: {ended}");
    }
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for_longer_than_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let silent = format!("127.0.0.1:{port}/");
    fails(28, &["--max-time", "0.2", &format!("http://{silent}")]);
    fails(
        28,
        &["--connect-timeout", "0.2", &format!("https://{silent}")],
    );
}

#[test]
fn a_server_without_tls() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let ended = fails(35, &[&format!("https://localhost:{}/", server.http_port())]);
    assert!(ended.stderr.contains("hint: "), "{ended}");
    assert!(ended.stderr.contains("http://"), "{ended}");
}

#[test]
fn what_is_to_be_sent_cannot_be_read() {
    let server = Raw::with_content("");
    for args in [["-T", "/nowhere/a"], ["-d", "@/nowhere/a"], ["-T", "/"]] {
        fails(26, &[&args[..], &[&server.url("/")]].concat());
    }
}

#[test]
fn what_is_to_be_written_cannot_be() {
    let server = Raw::with_content("a");
    for path in ["/nowhere/a", "/"] {
        fails(23, &["-o", path, &server.url("/")]);
    }
    fails(23, &["-o", "/dev/full", &server.url("/")]);
}

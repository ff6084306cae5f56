//! What is explained of a fetch that fails.

use std::io::Write;
use std::net::TcpListener;

use rustix::process::Signal;
use serde_json::Value;
use wharf_interop_tests::{Home, PATIENCE, Process, Server};

use super::{at, in_order, json, number, well_formed};
use crate::raw::{Raw, read_head};
use crate::{command, fails, fetch};

#[test]
fn addresses_that_refuse_are_told_beside_the_one_that_works() {
    let server = Raw::with_content("hello");
    let pin = format!("a.test:{}:127.0.0.2,127.0.0.1", server.port);
    let url = format!("http://a.test:{}/", server.port);
    let told = json(&fetch(&["--explain=json", "--resolve", &pin, &url]).success());
    let dial = at(&told, "/hops/0/dials/0");
    assert_eq!(*at(dial, "/has_name"), true);
    assert_eq!(at(dial, "/addresses").as_array().unwrap().len(), 2);
    assert_eq!(*at(dial, "/attempts/0/ending"), "failed");
    assert!(
        at(dial, "/attempts/0/error")
            .as_str()
            .unwrap()
            .contains("refused")
    );
    assert_eq!(*at(dial, "/attempts/1/ending"), "done");
    in_order(&told, "attempts");
}

#[test]
fn a_dial_that_fails_is_explained_and_fails_all_the_same() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let home = Home::new();
    let page = home.beside("page.html");
    let url = format!("http://{address}/");
    let args = ["--explain=json", "--html", page.to_str().unwrap(), &url];
    let ended = Process::run(&mut command(&home, &args));
    assert_eq!(ended.code(), Some(7), "{ended}");
    assert!(ended.stderr.contains("wharf: error: "), "{ended}");
    let told = json(&ended);
    assert_eq!(*at(&told, "/outcome/exit_status"), 7);
    let attempt = at(&told, "/hops/0/dials/0/attempts/0");
    assert_eq!(*at(attempt, "/address"), address.to_string());
    assert_eq!(*at(attempt, "/ending"), "failed");
    well_formed(&page);
    let ended = fails(7, &["--explain", &url]);
    assert!(ended.text().contains("refused"), "{ended}");
    // A name that is none.
    let ended = fails(6, &["--explain", "http://nothing.invalid/"]);
    assert!(ended.text().contains("not resolved"), "{ended}");
}

#[test]
fn a_certificate_that_is_refused_is_shown() {
    let home = Home::new();
    let server = Server::start(&home, &[]);
    let url = format!("https://127.0.0.1:{}/", server.port());
    // Whose home is another one does not know that CA.
    let ended = fails(60, &["--explain=json", &url]);
    assert!(ended.stderr.contains("hint: "), "{ended}");
    let told = json(&ended);
    let handshake = at(&told, "/hops/0/handshakes/0");
    assert_eq!(*at(handshake, "/is_done"), false);
    assert_eq!(*at(handshake, "/chosen/version"), "TLSv1.3");
    assert_eq!(handshake["chosen"]["signature_scheme"], Value::Null);
    assert_eq!(*at(handshake, "/certificates/0/names/0"), "DNS:localhost");
    at(handshake, "/offered/key_shares/0");
    at(&told, "/hops/0/tcp/rtt_us");
    at(&told, "/outcome/hint");
    let text = fails(60, &["--explain", &url]).text();
    assert!(text.contains("Certificates that were presented"), "{text}");
    assert!(text.contains("handshake     failed"), "{text}");
    // The chain is told where it matters, and the error once.
    assert_eq!(text.matches("is unknown").count(), 1, "{text}");
}

#[test]
fn content_that_is_cut_short_is_explained() {
    let server = Raw::saying("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    let told = json(&fails(18, &["--explain=json", &server.url("/")]));
    assert_eq!(*at(&told, "/content/is_complete"), false);
    assert_eq!(number(&told, "/content/bytes"), 5);
    let phases = at(&told, "/hops/0/phases").as_array().unwrap();
    let last = phases.last().unwrap();
    assert_eq!(*at(last, "/name"), "receive");
    assert_eq!(*at(last, "/ending"), "unanswered");
    let server = Raw::saying("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone");
    let told = json(&fails(22, &["-f", "--explain=json", &server.url("/")]));
    assert_eq!(*at(&told, "/outcome/status"), 404);
}

#[test]
fn who_stops_waiting_sees_how_far_it_got() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let home = Home::new();
    let process = Process::spawn(&mut command(&home, &["--explain=json", &url]));
    let (mut stream, _) = listener.accept().unwrap();
    read_head(&mut stream);
    stream
        .write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        .unwrap();
    process.signal(Signal::INT);
    let ended = process.finish(PATIENCE);
    assert_eq!(ended.code(), Some(130), "{ended}");
    let told = json(&ended);
    assert_eq!(*at(&told, "/outcome/error"), "stopped by a signal");
    at(&told, "/hops/0/request/lines/0");
}

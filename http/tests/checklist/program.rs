//! `http_echo` does what it says, beside what the rows assert.

use std::convert::Infallible;

use http::{Request, Response};
use rustix::process::Signal;
use serde_json::{Value, json};
use wharf_http::h1::RawHead;
use wharf_http::{Incoming, ServerConfig, service_fn};

use crate::client::{Client, Pace, Way};
use crate::row::{get, with_field};
use crate::target::{Echo, Target};

const PLAIN: Way = Way {
    tls: false,
    pace: Pace::Whole,
};

/// No row: the program itself.
fn connect(echo: &Echo) -> Client {
    let tls = echo.url().starts_with("https");
    Client::connect(0, echo.address(), Way { tls, ..PLAIN }, true)
}

#[test]
fn it_says_where_it_is_and_ends_at_either_signal() {
    for signal in [Signal::INT, Signal::TERM] {
        for (mut echo, scheme) in [(Echo::start(&[]), "http"), (Echo::start_tls(&[]), "https")] {
            assert!(
                echo.url().starts_with(&format!("{scheme}://127.0.0.1:")),
                "{}",
                echo.url()
            );
            let mut client = connect(&echo);
            client.send(get("/"));
            assert_eq!(client.answer().status, 200);
            echo.signal(signal);
            client.ends();
            drop(client);
            assert!(echo.wait().success());
        }
    }
}

#[test]
fn a_request_that_is_under_way_at_a_signal_is_answered() {
    let mut echo = Echo::start(&[]);
    let mut client = connect(&echo);
    client.send(
        "POST / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    );
    assert_eq!(client.informational().status, 100);
    echo.signal(Signal::TERM);
    // It listens no more when the drain has begun.
    while std::net::TcpStream::connect(echo.address()).is_ok() {}
    client.send("hi");
    let answer = client.answer();
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (200, "hi"),
        "{answer:?}"
    );
    assert!(answer.says_close(), "{answer:?}");
    client.ends();
    drop(client);
    assert!(echo.wait().success());
}

#[test]
fn a_report_says_everything_that_was_received() {
    let echo = Echo::start(&["--report"]);
    let mut client = connect(&echo);
    // Twice on one connection: each head is its own.
    for (target, uri) in [
        ("/a?b=c", "/a?b=c"),
        ("http://b.test?c", "http://b.test/?c"),
    ] {
        client.send(format!(
            "pOsT {target} HTTP/1.1\r\nhOSt: a.test\r\nX-B: 1\r\nx-a:\t2 \r\nX-b: \u{e9}\r\nTransfer-Encoding: chunked\r\n\r\n\
             3\r\n\x00hi\r\n0\r\nT: v\r\n\r\n",
        ));
        let answer = client.answer();
        assert_eq!(answer.field("content-type"), Some("application/json"));
        let report: Value = serde_json::from_slice(&answer.content).unwrap();
        assert_eq!(
            report,
            json!({
                "method": "pOsT",
                "target": target,
                "uri": uri,
                "version": "HTTP/1.1",
                "fields": [["hOSt", "a.test"], ["X-B", "1"], ["x-a", "2"], ["X-b", "\u{e9}"], ["Transfer-Encoding", "chunked"]],
                "body": "AGhp",
                "trailers": [["t", "v"]],
            })
        );
    }
    client.is_open();
}

#[test]
fn a_server_keeps_no_raw_head_unless_it_was_asked() {
    let service = service_fn(|request: Request<Incoming>| async move {
        let raw = request.extensions().get::<RawHead>();
        let text = raw.map(|raw| String::from_utf8(raw.target().to_vec()).unwrap());
        Ok::<_, Infallible>(Response::new(text.unwrap_or_else(|| "none".to_owned())))
    });
    let asked = ServerConfig {
        raw_head: true,
        ..ServerConfig::default()
    };
    let plain = Target::service(service);
    let asked = Target::configured(service, asked);
    for (target, text) in [(plain, "none"), (asked, "/a")] {
        let mut client = Client::connect(0, target.plain, PLAIN, true);
        // Each request of a connection is its own.
        client.send(get("/a") + &get("/a"));
        assert_eq!([client.answer().text(), client.answer().text()], [text; 2]);
    }
}

#[test]
fn content_of_two_mebibytes_comes_back_and_one_byte_more_does_not() {
    let echo = Echo::start(&[]);
    let content: Vec<u8> = (0..2_097_152_u32).map(|n| (n % 251) as u8).collect();
    let mut client = connect(&echo);
    client.send(with_field(format!("Content-Length: {}", content.len())));
    client.send(&content);
    let answer = client.answer();
    assert_eq!(
        answer.field("content-type"),
        Some("application/octet-stream")
    );
    assert!(answer.content == content);
    client.is_open();

    let mut client = connect(&echo);
    client.send(with_field("Content-Length: 2097153"));
    assert_eq!(client.answer().status, 413);
    client.ends();
}

#[test]
fn for_speed_it_sends_and_takes_any_length() {
    let echo = Echo::start(&["--hello"]);
    let mut client = connect(&echo);
    client.send(get("/"));
    assert_eq!(client.answer().text(), "Hello, World!");
    for length in [0, 1, 65_536, 65_537, 1_000_000] {
        client.send(get(&format!("/dl/{length}")) + &get(&format!("/dlc/{length}")));
        let (plain, chunked) = (client.answer(), client.answer());
        assert_eq!(
            plain.field("content-length"),
            Some(length.to_string().as_str())
        );
        assert_eq!(chunked.field("transfer-encoding"), Some("chunked"));
        assert_eq!([plain.content.len(), chunked.content.len()], [length; 2]);
    }
    client.send("POST /up HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5000000\r\n\r\n");
    client.send(vec![0; 5_000_000]);
    assert_eq!(client.answer().text(), "5000000");
    client
        .send("POST /up HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n4c4b40\r\n");
    client.send(vec![0; 5_000_000]);
    client.send("\r\n0\r\n\r\n");
    assert_eq!(client.answer().text(), "5000000");
    client.is_open();
}

#[test]
fn what_it_cannot_make_sense_of_is_refused() {
    let program = std::env::current_exe().unwrap();
    let program = program
        .ancestors()
        .nth(2)
        .unwrap()
        .join("examples/http_echo");
    for args in [
        &[][..],
        &["--listen"],
        &["--listen", "127.0.0.1:0", "--tls", "a"],
        &["--listen", "127.0.0.1:0", "--report", "--hello"],
        &["x"],
    ] {
        let output = std::process::Command::new(&program)
            .args(args)
            .output()
            .unwrap();
        assert!(!output.status.success());
        assert!(
            String::from_utf8(output.stderr)
                .unwrap()
                .starts_with("usage: "),
            "{args:?}"
        );
    }
}

//! The client is as strict as the rows need it: each fault that a server could have fails a test.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use crate::client::{Client, Pace, Way};
use crate::connection::still_listens;

const DATE: &str = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

/// A server for one connection: reads a request head and does as it is told.
fn server(behave: impl FnOnce(TcpStream) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        behave(stream);
    });
    (address, server)
}

/// A client of it that has asked for something.
fn asked((address, server): (SocketAddr, JoinHandle<()>)) -> (Client, JoinHandle<()>) {
    let way = Way {
        tls: false,
        pace: Pace::Whole,
    };
    let mut client = Client::connect(0, address, way, true);
    client.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
    (client, server)
}

/// Whether an answer is read and the orderly end behind it, without a word of complaint.
fn passes(answer: String) -> bool {
    let (mut client, _server) = asked(server(move |mut stream| {
        stream.write_all(answer.as_bytes()).unwrap()
    }));
    let check = AssertUnwindSafe(|| {
        client.answer();
        client.ends();
    });
    catch_unwind(check).is_ok()
}

#[test]
fn an_answer_that_breaks_a_rule_is_noticed() {
    let ok = format!("HTTP/1.1 200 OK\r\n{DATE}content-length: 2\r\n\r\nhi");
    assert!(passes(ok.clone()));
    for (what, broken) in [
        ("no date", ok.replace(DATE, "")),
        ("two dates", ok.replace(DATE, &DATE.repeat(2))),
        (
            "another form of date",
            ok.replace(
                "Sun, 06 Nov 1994 08:49:37 GMT",
                "Sunday, 06-Nov-94 08:49:37 GMT",
            ),
        ),
        (
            "two framings",
            ok.replace(
                "content-length",
                "transfer-encoding: chunked\r\ncontent-length",
            ),
        ),
        ("no space behind the status", ok.replace("200 OK", "200")),
        ("more than was announced", ok.replace("hi", "hi!")),
        ("less than was announced", ok.replace("hi", "h")),
        ("a second answer", ok.repeat(2)),
        (
            "an interim answer nobody asked for",
            format!("HTTP/1.1 100 Continue\r\n\r\n{ok}"),
        ),
        ("half a head", ok.replace("\r\n\r\nhi", "")),
        ("no answer", String::new()),
        (
            "a chunk without its end",
            ok.replace(
                "content-length: 2\r\n\r\nhi",
                "transfer-encoding: chunked\r\n\r\n2\r\nhi\r\n",
            ),
        ),
    ] {
        assert_ne!(broken, ok, "{what}: nothing was planted");
        assert!(!passes(broken), "{what}");
    }
}

#[test]
fn a_reset_in_place_of_an_end_is_noticed() {
    // A socket that is closed while something is unread sends a reset.
    let (mut client, _server) = asked(server(|mut stream| {
        let ok = format!("HTTP/1.1 200 OK\r\n{DATE}content-length: 0\r\n\r\n");
        stream.write_all(ok.as_bytes()).unwrap();
        stream.peek(&mut [0]).unwrap();
    }));
    client.answer();
    client.send("unread");
    assert!(catch_unwind(AssertUnwindSafe(|| client.ends())).is_err());
}

#[test]
fn a_server_that_closes_its_socket_at_once_is_noticed() {
    let ok = format!("HTTP/1.1 200 OK\r\n{DATE}content-length: 0\r\n\r\n");
    let (mut client, server) = asked(server(move |mut stream| {
        stream.write_all(ok.as_bytes()).unwrap()
    }));
    client.answer();
    client.ends();
    server.join().unwrap();
    assert!(!still_listens(&mut client));
}

#[test]
fn an_orderly_end_is_no_cut() {
    let (mut client, _server) = asked(server(|_| {}));
    assert!(catch_unwind(AssertUnwindSafe(|| client.is_cut())).is_err());
}

//! Rows 57-60: 100 (Continue), other expectations, upgrade, CONNECT.

use std::convert::Infallible;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_http::{HttpService, Incoming, service_fn, switch};

use crate::client::{Answer, Pace};
use crate::row::{get, row, with_field};
use crate::target::Target;

/// Row 57. RFC 9110 §10.1.1: a client that waits for 100 gets it, or a final answer, before its body.
#[test]
fn a_client_that_waits_gets_100_or_a_final_answer() {
    let row = row(57);
    let post = |version: &str, fields: &str| {
        format!("POST / HTTP/{version}\r\nHost: a.test\r\nExpect: 100-continue\r\n{fields}\r\n\r\n")
    };
    for (framing, body) in [
        ("Content-Length: 5", "hello"),
        ("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
    ] {
        row.on_echo(|client| {
            client.send(post("1.1", framing));
            let interim = client.informational();
            assert_eq!(
                (interim.line.as_str(), interim.fields.len()),
                ("HTTP/1.1 100 Continue", 0)
            );
            client.send(body);
            let answer = client.answer();
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (200, "hello"),
                "{answer:?}"
            );
            client.is_open();
        });
        // A client that does not wait needs no 100 any more.
        row.on_echo(|client| {
            client.send(post("1.1", framing) + body);
            let answer = match client.way().pace {
                Pace::Whole => client.answer(),
                Pace::ByteByByte => client.answer_behind_continue(),
            };
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (200, "hello"),
                "{answer:?}"
            );
            client.is_open();
        });
    }
    // Without a body there is nothing to wait for, and HTTP/1.0 does not know 100.
    row.takes(post("1.1", "Content-Length: 0"), "");
    row.takes(with_field("Expect: 100-Continue"), "");
    row.takes_and_closes(post("1.0", "Content-Length: 5") + "hello", "hello");
    // A final answer instead: the connection ends, since nobody knows whether the body will come.
    row.on_hello(|client| {
        client.send(post("1.1", "Content-Length: 5").replace("POST /", "POST /unread"));
        let answer = client.answer();
        assert_eq!(answer.status, 404, "{answer:?}");
        assert!(answer.says_close(), "{answer:?}");
        client.ends();
    });
    row.refuses(post("1.1", "Content-Length: 3000000"), 413);
}

/// Row 58. RFC 9110 §10.1.1: an expectation that is not known MAY get 417.
#[test]
fn an_unknown_expectation_gets_417() {
    let row = row(58);
    for expectation in [
        "200-ok",
        "100-continued",
        "100",
        "100-continue, x",
        "100-continue;q=1",
        "x",
    ] {
        row.refuses(with_field(format!("Expect: {expectation}")), 417);
    }
    row.refuses(with_field("Expect: 100-continue\r\nExpect: x"), 417);
    row.takes_and_closes("GET / HTTP/1.0\r\nExpect: x\r\n\r\n", "");
}

/// Row 59. RFC 9110 §7.8: `Upgrade` counts only where `Connection` names it, and not in HTTP/1.0.
#[test]
fn an_upgrade_that_nobody_serves_is_ignored() {
    let row = row(59);
    for fields in [
        "Connection: upgrade\r\nUpgrade: websocket",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
        "Upgrade: websocket",
        "Connection: upgrade",
    ] {
        row.takes(with_field(fields), "");
    }
}

/// Row 59. RFC 9110 §7.8: 101 names a protocol that was asked for; behind it, HTTP is over.
#[test]
fn a_101_is_sent_to_who_asked_for_its_protocol_and_ends_http() {
    let row = row(59);
    let target = Target::service(switching());
    let asking =
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: x, Upgrade\r\nUpgrade: other, Echo\r\n\r\n";
    row.on(&target, |client| {
        // What follows the request is of the new protocol, also what looks like HTTP.
        let early = get("/");
        client.send(asking.to_owned() + &early);
        assert_switched(&client.informational());
        assert_eq!(client.raw(early.len()), early.as_bytes());
        client.send("more");
        assert_eq!(client.raw(4), b"more");
        client.finish();
        client.ends();
    });
    // A client that waits for 100 gets it first, and its request is received to its end.
    let waiting = asking.replace(
        "\r\n\r\n",
        "\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    row.on(&target, |client| {
        client.send(&waiting);
        assert_eq!(client.informational().status, 100);
        client.send("hellomore");
        assert_switched(&client.informational());
        assert_eq!(client.raw(4), b"more");
        client.finish();
        client.ends();
    });
    // A handler that switches for others is mistaken, and they do not get a 101.
    for request in [
        asking.replace("x, Upgrade", "x"),
        asking.replace("Connection: x, Upgrade\r\n", ""),
        asking.replace("Upgrade: other, Echo\r\n", ""),
        asking.replace("Upgrade: other, Echo", "Upgrade: other"),
        asking.replace("HTTP/1.1", "HTTP/1.0"),
    ] {
        row.on(&target, |client| {
            client.send(&request);
            assert_eq!(client.answer().status, 500);
            client.ends();
        });
    }
}

#[track_caller]
fn assert_switched(head: &Answer) {
    assert_eq!(head.line, "HTTP/1.1 101 Switching Protocols");
    assert_eq!(head.field("upgrade"), Some("echo"), "{head:?}");
    assert_eq!(head.field("connection"), Some("upgrade"), "{head:?}");
}

/// Row 60. RFC 9110 §9.3.6: a 2xx to CONNECT has neither `Content-Length` nor `Transfer-Encoding`; a tunnel follows.
#[test]
fn a_2xx_to_connect_frames_nothing_and_begins_a_tunnel() {
    let row = row(60);
    let target = Target::service(switching());
    row.on(&target, |client| {
        client.send("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\nearly");
        let head = client.answer_to_head();
        assert_eq!(head.status, 200, "{head:?}");
        assert_eq!(head.field("content-length"), None, "{head:?}");
        assert_eq!(head.field("transfer-encoding"), None, "{head:?}");
        assert_eq!(client.raw(5), b"early");
        client.send("more");
        assert_eq!(client.raw(4), b"more");
        client.finish();
        client.ends();
    });
}

/// Switches for every request: CONNECT begins a tunnel, and all else is taken for an upgrade. Both ends in an echo.
fn switching() -> impl HttpService + Sync {
    service_fn(|request: Request<Incoming>| async move {
        let mut response = Response::new(String::new());
        let fields = response.headers_mut();
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        if request.method() != Method::CONNECT {
            fields.insert(UPGRADE, HeaderValue::from_static("echo"));
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        }
        switch(&mut response, |mut stream| async move {
            let mut buffer = [0; 1024];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..n]).await.is_err() {
                    return;
                }
            }
            let _ = stream.shutdown().await;
        });
        Ok::<_, Infallible>(response)
    })
}

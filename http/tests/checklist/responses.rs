//! Rows 61-69: what a response may be.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, LINK, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use wharf_http::{HttpService, Incoming, Interim, service_fn};

use crate::row::{chunked, get, row, with_field};
use crate::target::Target;

/// Row 61. RFC 9112 §6.1, RFC 9110 §8.6, §15.3.6, §15.4.5: what has no content does not frame any either.
#[test]
fn a_status_without_content_frames_none() {
    let row = row(61);
    let target = Target::service(service_fn(|request: Request<Incoming>| async move {
        let mut response = Response::new(Full::new(Bytes::from("content")));
        *response.status_mut() = request.uri().path()[1..].parse().unwrap();
        let fields = response.headers_mut();
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        Ok::<_, Infallible>(response)
    }));
    for (status, length) in [(204, None), (205, Some("0")), (304, Some("7"))] {
        for method in ["GET", "POST", "HEAD"] {
            row.on(&target, |client| {
                client.send(format!(
                    "{method} /{status} HTTP/1.1\r\nHost: a.test\r\n\r\n"
                ));
                let answer = client.answer_to_head();
                assert_eq!(answer.status, status, "{answer:?}");
                assert_eq!(answer.field("content-length"), length, "{answer:?}");
                assert_eq!(answer.field("transfer-encoding"), None, "{answer:?}");
                client.send(get("/200"));
                let next = client.answer();
                assert_eq!(
                    (next.status, next.text().as_str()),
                    (200, "content"),
                    "{next:?}"
                );
            });
        }
    }
}

/// Row 61. RFC 9110 §8.6: nor does a 1xx; and none is a final answer.
#[test]
fn a_1xx_frames_nothing_and_is_not_final() {
    let row = row(61);
    let target = Target::service(hinting());
    row.on(&target, |client| {
        client.send(get("/200"));
        // That nothing frames it is read with each.
        let hints = client.informational();
        assert_eq!(
            (hints.status, hints.field("link")),
            (103, Some("</a.css>")),
            "{hints:?}"
        );
        assert_eq!(client.answer().text(), "content");
        client.send(get("/103"));
        client.informational();
        assert_eq!(client.answer().status, 500);
        client.ends();
    });
}

/// Sends 103 (Early Hints), and then a response with the status that its path says.
fn hinting() -> impl HttpService + Sync {
    service_fn(|request: Request<Incoming>| async move {
        let mut hints = Response::new(());
        *hints.status_mut() = StatusCode::EARLY_HINTS;
        let fields = hints.headers_mut();
        fields.insert(LINK, HeaderValue::from_static("</a.css>"));
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("7"));
        fields.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        let interim = request.extensions().get::<Interim>().unwrap();
        interim.send(hints).unwrap();
        let mut response = Response::new("content".to_owned());
        *response.status_mut() = request.uri().path()[1..].parse().unwrap();
        Ok::<_, Infallible>(response)
    })
}

/// Row 62. RFC 9110 §9.3.2: the answer to HEAD is the head of the answer to GET, and says nothing that GET would not.
#[test]
fn the_answer_to_head_is_that_to_get_without_content() {
    let row = row(62);
    for target in ["/", "/dl/100", "/dl/0", "/dlc/100", "/nowhere"] {
        row.on_hello(|client| {
            client.send(get(target));
            let mut whole = client.answer();
            client.send(get(target).replace("GET", "HEAD"));
            let mut head = client.answer_to_head();
            assert_eq!(head.line, whole.line);
            // Where there is no content, HEAD says nothing of its length: 0 could be a guess.
            if target == "/dl/0" {
                whole.fields.retain(|(name, _)| name != "content-length");
                assert_eq!(head.field("content-length"), None, "{head:?}");
            }
            for fields in [&mut whole.fields, &mut head.fields] {
                fields.retain(|(name, _)| !["date", "transfer-encoding"].contains(&name.as_str()));
            }
            assert_eq!(head.fields, whole.fields);
            client.is_open();
        });
    }
    row.on_echo(|client| {
        client.send(get("/").replace("GET", "HEAD"));
        let head = client.answer_to_head();
        assert_eq!(
            (head.status, head.field("content-length")),
            (200, None),
            "{head:?}"
        );
        client.is_open();
    });
    // What is wrong with a HEAD request is said without content too.
    row.on_echo(|client| {
        client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\nContent-Length: x\r\n\r\n");
        let head = client.answer_to_head();
        assert_eq!(head.status, 400, "{head:?}");
        client.ends();
    });
}

/// Row 63. RFC 9110 §15.2: HTTP/1.0 knows no 1xx, so its clients are sent none.
#[test]
fn http_1_0_is_sent_no_1xx() {
    let row = row(63);
    let target = Target::service(hinting());
    for fields in ["", "Connection: keep-alive\r\n"] {
        row.on(&target, |client| {
            client.send(format!("GET /200 HTTP/1.0\r\n{fields}\r\n"));
            assert_eq!(client.answer().text(), "content");
        });
    }
    row.on(&target, |client| {
        client.send(get("/200"));
        assert_eq!(client.informational().status, 103);
    });
}

/// Row 64. RFC 9110 §6.6.1: a server with a clock dates its answers, also those that the service has no part in.
#[test]
fn every_answer_is_dated_once() {
    let row = row(64);
    // The date itself is read with each answer; here is one of each kind.
    row.takes(get("/"), "");
    row.refuses("GARBAGE\r\n", 400);
    row.refuses(get(&"/".repeat(8300)), 414);
    row.refuses(with_field("Expect: x"), 417);
    row.refuses(with_field("Content-Length: 99999999"), 413);
    row.refuses(with_field("Transfer-Encoding: x, chunked"), 501);
    row.refuses("GET / HTTP/2.0\r\n\r\n", 505);
    row.refuses(chunked("x"), 400);
    row.on_hello(|client| {
        client.send(get("/nowhere"));
        assert_eq!(client.answer().status, 404);
    });
    let target = Target::service(service_fn(|request: Request<Incoming>| async move {
        if request.uri().path() == "/fail" {
            return Err("it failed");
        }
        let mut response = Response::new(String::new());
        let date = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
        response.headers_mut().insert(DATE, date);
        Ok(response)
    }));
    row.on(&target, |client| {
        client.send(get("/"));
        let answer = client.answer();
        assert_eq!(
            answer.field("date"),
            Some("Sun, 06 Nov 1994 08:49:37 GMT"),
            "{answer:?}"
        );
        client.send(get("/fail"));
        assert_eq!(client.answer().status, 500);
        client.ends();
    });
}

/// Row 65. RFC 9112 §4: the space behind the status code stays, also where no reason follows.
#[test]
fn a_status_line_keeps_its_space_without_a_reason() {
    let row = row(65);
    let target = Target::service(service_fn(|request: Request<Incoming>| async move {
        let mut response = Response::new(String::new());
        *response.status_mut() = request.uri().path()[1..].parse().unwrap();
        Ok::<_, Infallible>(response)
    }));
    for (status, line) in [
        (200, "HTTP/1.1 200 OK"),
        (299, "HTTP/1.1 299 "),
        (599, "HTTP/1.1 599 "),
        (999, "HTTP/1.1 999 "),
    ] {
        row.on(&target, |client| {
            client.send(get(&format!("/{status}")));
            assert_eq!(client.answer().line, line);
            client.is_open_to(&get("/200"));
        });
    }
}

/// Row 66. RFC 9112 §11.1: what a client says never becomes a line of the answer.
#[test]
fn nothing_a_client_says_splits_the_response() {
    let row = row(66);
    let target = Target::service(service_fn(|request: Request<Incoming>| async move {
        let (head, body) = request.into_parts();
        let said = body.collect().await?.to_bytes();
        let mut response = Response::new(String::new());
        let (name, value) = match head.uri.path() {
            "/name" => (
                HeaderName::from_bytes(&said)?,
                HeaderValue::from_static("v"),
            ),
            _ => (
                HeaderName::from_static("said"),
                HeaderValue::from_bytes(&said)?,
            ),
        };
        response.headers_mut().insert(name, value);
        Ok::<_, Box<dyn std::error::Error + Send + Sync>>(response)
    }));
    let post = |path: &str, said: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: a.test\r\nContent-Length: {}\r\n\r\n{said}",
            said.len()
        )
    };
    for end in ["\r\n", "\n", "\r", "\0", "\r\n\r\n", "\x0b\r\n"] {
        for path in ["/name", "/value"] {
            row.on(&target, |client| {
                client.send(post(path, &format!("a{end}injected: 1")));
                assert_eq!(client.answer().status, 500);
                client.ends();
                assert_eq!(memchr::memmem::find(client.received(), b"injected"), None);
            });
        }
    }
    row.on(&target, |client| {
        client.send(post("/value", "a: b"));
        assert_eq!(client.answer().field("said"), Some("a: b"));
        client.send(post("/name", "x-said"));
        assert_eq!(client.answer().field("x-said"), Some("v"));
    });
}

/// Row 67. RFC 9112 §8: the content is as long as was announced, or the client can tell that it is not.
#[test]
fn content_is_never_longer_than_announced_and_shorter_shows() {
    let row = row(67);
    let target = Target::service(service_fn(|request: Request<Incoming>| async move {
        let pieces: &[&'static str] = match request.uri().path() {
            "/short" => &["hel"],
            "/none" => &[],
            "/long" => &["hel", "lo, world"],
            "/long-at-once" => &["hello, world"],
            _ => &["hel", "lo"],
        };
        let mut response = Response::new(Scripted::new(pieces, false));
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
        Ok::<_, Infallible>(response)
    }));
    for path in ["/short", "/none", "/long", "/long-at-once"] {
        row.on(&target, |client| {
            client.send(get(path) + &get("/next"));
            let head = client.answer_to_head();
            assert_eq!(head.field("content-length"), Some("5"), "{head:?}");
            let content = client.rest();
            assert!(
                content.len() < 5 && b"hello".starts_with(&content),
                "{head:?}"
            );
        });
    }
    row.on(&target, |client| {
        client.send(get("/"));
        assert_eq!(client.answer().text(), "hello");
        client.is_open_to(&get("/"));
    });
    // A length that the body itself contradicts is known before anything is sent.
    let contradictory = Target::service(service_fn(|_: Request<Incoming>| async move {
        let mut response = Response::new(Full::new(Bytes::from("hel")));
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
        Ok::<_, Infallible>(response)
    }));
    row.on(&contradictory, |client| {
        client.send(get("/"));
        assert_eq!(client.answer().status, 500);
        client.ends();
    });
}

/// Row 68. RFC 9112 §8: a body that fails never looks whole.
#[test]
fn a_body_that_fails_gets_no_last_chunk() {
    let row = row(68);
    let target = Target::service(service_fn(|_: Request<Incoming>| async move {
        Ok::<_, Infallible>(Response::new(Scripted::new(&["hel"], true)))
    }));
    row.on(&target, |client| {
        client.send(get("/") + &get("/next"));
        let head = client.answer_to_head();
        assert_eq!(head.field("transfer-encoding"), Some("chunked"), "{head:?}");
        assert_eq!(client.rest(), b"3\r\nhel\r\n");
    });
    // Where only the end of the connection ends the content, that end is no orderly one.
    row.on(&target, |client| {
        client.send("GET / HTTP/1.0\r\n\r\n");
        client.is_cut();
    });
}

/// Row 69. RFC 9112 §9.8: close_notify comes before the end, after an answer and after a refusal.
#[test]
fn tls_is_closed_with_close_notify() {
    let row = row(69);
    // Over TLS, an end without it is an error for the client here.
    row.takes_and_closes(
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
        "",
    );
    row.refuses("GARBAGE\r\n", 400);
    row.on_hello(|client| {
        client.send("GET /dlc/100000 HTTP/1.0\r\n\r\n");
        assert_eq!(client.answer().content.len(), 100_000);
        client.ends();
    });
}

/// Row 69. RFC 9110 §7.4: a request that is not for the host that the connection was secured for gets 421.
#[test]
fn a_request_for_another_host_over_tls_is_misdirected() {
    let row = row(69);
    for request in [
        "GET / HTTP/1.1\r\nHost: b.test\r\n\r\n",
        "GET http://b.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: b.test\r\n\r\n",
    ] {
        row.on_echo(|client| {
            client.send(request);
            let answer = client.answer();
            let expected = if client.way().tls { 421 } else { 200 };
            assert_eq!(answer.status, expected, "{answer:?}");
        });
    }
    for host in ["a.test", "A.TEST", "a.test.", "a.test:8443", ""] {
        row.takes(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"), "");
    }
}

/// A body of these pieces, of a length that it does not tell, which may fail behind them.
struct Scripted {
    frames: VecDeque<Result<Frame<Bytes>, &'static str>>,
}

impl Scripted {
    fn new(pieces: &[&'static str], fails: bool) -> Self {
        let pieces = pieces
            .iter()
            .map(|piece| Ok(Frame::data(Bytes::from(*piece))));
        Self {
            frames: pieces.chain(fails.then_some(Err("it failed"))).collect(),
        }
    }
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        Poll::Ready(self.frames.pop_front())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

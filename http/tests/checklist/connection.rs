//! Rows 52-56: persistence, order and the end of a connection, RFC 9112 §9.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use wharf_http::{Incoming, ServerConfig, service_fn};
use wharf_net::Linger;

use crate::client::Client;
use crate::row::{get, row};
use crate::target::Target;

/// Row 52. §9.6: behind a request that says `close` no other is processed, and the connection ends.
#[test]
fn nothing_behind_a_close_is_processed() {
    let row = row(52);
    let next = get("/next");
    for fields in [
        "Connection: close",
        "connection: CLOSE",
        "Connection: x, Close",
        "Connection: close, x",
        "Connection:\tclose\t",
        "Connection: x\r\nConnection: close",
        "Connection: keep-alive, close",
        "Connection: close\r\nConnection: keep-alive",
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a.test\r\n{fields}\r\n");
        row.takes_and_closes(format!("{head}Content-Length: 2\r\n\r\nhi{next}"), "hi");
        row.takes_and_closes(
            format!("{head}Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n{next}"),
            "hi",
        );
    }
    let old = "POST / HTTP/1.0\r\nContent-Length: 2\r\n";
    row.takes_and_closes(format!("{old}\r\nhi{next}"), "hi");
    row.takes_and_closes(
        format!("{old}Connection: keep-alive, close\r\n\r\nhi{next}"),
        "hi",
    );
    // A word that only contains it is another word.
    row.takes(
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: closed, not-close\r\n\r\n",
        "",
    );
}

/// Row 53. §9.3.2: answers come in the order of the requests, and what breaks later costs none of them.
#[test]
fn answers_keep_the_order_and_a_later_fault_costs_none() {
    let row = row(53);
    let requests: String = (0..20)
        .map(|n| format!("POST /{n} HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\n{n:02}"))
        .collect();
    let check = |client: &mut Client| {
        for n in 0..20 {
            let answer = client.answer();
            assert_eq!(
                (answer.status, answer.text()),
                (200, format!("{n:02}")),
                "{answer:?}"
            );
        }
    };
    row.on_echo(|client| {
        client.send(&requests);
        check(client);
        client.is_open();
    });
    for fault in [
        "GARBAGE\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhix",
    ] {
        row.on_echo(|client| {
            client.send(format!("{requests}{fault}"));
            check(client);
            let answer = client.answer();
            assert_eq!(answer.status, 400, "{answer:?}");
            client.ends();
        });
    }
    row.on_echo(|client| {
        client.send(format!("{requests}GET / HTTP/1.1\r\nHo"));
        client.finish();
        check(client);
        assert_eq!(client.answer().status, 400);
        client.ends();
    });
}

/// Row 54. §9.3: what a handler leaves of a body is read and thrown away, or the connection is closed behind the
/// answer, in a way that does not cost the client the answer.
#[test]
fn an_unread_body_is_read_away_or_ends_the_connection() {
    let row = row(54);
    row.on_hello(|client| {
        let body = "x".repeat(1000);
        client.send(format!(
            "POST /unread HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\n{body}"
        ));
        let answer = client.answer();
        assert_eq!(
            (answer.status, answer.says_close()),
            (404, false),
            "{answer:?}"
        );
        client.is_open();
    });
    let too_much = "POST /unread HTTP/1.1\r\nHost: a.test\r\nContent-Length: 20000000\r\n\r\n";
    let is_closed = |client: &mut Client, status| {
        client.send(too_much);
        client.send([b'x'; 100]);
        let answer = client.answer();
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.says_close(), "{answer:?}");
        client.ends();
    };
    row.on_hello(|client| is_closed(client, 404));
    row.on_echo(|client| is_closed(client, 413));
    row.on(&patient(), |client| {
        is_closed(client, 200);
        assert!(still_listens(client));
    });
}

/// Row 55. §9.3, §6.1: HTTP/1.0 keeps a connection only if it asks, is told so, and never gets chunks.
#[test]
fn http_1_0_is_kept_only_if_it_asks_and_gets_no_chunks() {
    let row = row(55);
    let post = "POST / HTTP/1.0\r\nContent-Length: 2\r\n";
    row.takes_and_closes(format!("{post}\r\nhi"), "hi");
    for fields in [
        "Connection: keep-alive",
        "Connection: Keep-Alive",
        "Connection: x, keep-alive",
    ] {
        row.on_echo(|client| {
            client.send(format!("{post}{fields}\r\n\r\nhi"));
            let answer = client.answer();
            assert_eq!(
                (answer.status, answer.text().as_str()),
                (200, "hi"),
                "{answer:?}"
            );
            assert_eq!(answer.field("connection"), Some("keep-alive"), "{answer:?}");
            // How long the server waits for the next request by default.
            assert_eq!(answer.field("keep-alive"), Some("timeout=15"), "{answer:?}");
            client.is_open();
        });
    }
    for fields in ["", "Connection: keep-alive\r\n"] {
        row.on_hello(|client| {
            client.send(format!("GET /dlc/3000 HTTP/1.0\r\n{fields}\r\n"));
            let answer = client.answer();
            assert_eq!(answer.field("transfer-encoding"), None, "{answer:?}");
            assert_eq!(answer.field("content-length"), None, "{answer:?}");
            assert!(answer.says_close(), "{answer:?}");
            assert_eq!(answer.content, [b'x'; 3000]);
            client.ends();
        });
    }
    row.on_hello(|client| {
        client.send(get("/dlc/3000"));
        let answer = client.answer();
        assert_eq!(
            answer.field("transfer-encoding"),
            Some("chunked"),
            "{answer:?}"
        );
        assert_eq!(answer.content, [b'x'; 3000]);
        client.is_open();
    });
}

/// Row 56. §9.6: who said `close` closes: first its own side, the rest when the client has closed too or is too slow.
#[test]
fn a_server_that_says_close_ends_its_side_first() {
    let row = row(56);
    let patient = patient();
    for request in [
        "GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GARBAGE\r\n",
    ] {
        row.on_echo(|client| {
            client.send(request);
            assert!(client.answer().says_close());
            client.ends();
        });
        row.on(&patient, |client| {
            client.send(request);
            assert!(client.answer().says_close());
            client.ends();
            assert!(still_listens(client));
        });
    }
}

/// A server that reads nothing of a request but its head, and waits long for its client to close.
fn patient() -> Target {
    let service = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(Response::new(String::new()))
    });
    let linger = Linger {
        time_max: Duration::from_secs(120),
        ..Linger::default()
    };
    let config = ServerConfig {
        linger,
        ..ServerConfig::default()
    };
    Target::configured(service, config)
}

/// Whether the server reads on behind its own end. One that has closed its socket answers the first of these with a
/// reset.
pub(crate) fn still_listens(client: &mut Client) -> bool {
    let answered: Vec<_> = (0..3).map(|_| client.try_send("x")).collect();
    answered.iter().all(Result::is_ok)
}

//! What the codec sends.

use bytes::{Bytes, BytesMut};
use http::response::Builder;
use http::{HeaderMap, HeaderValue, Response};
use wharf_http::h1::{Conn, ContentLength, HttpDate, Limits, OutBuf, ProtocolError};

const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn date() -> HttpDate {
    HttpDate::from_unix_seconds(784_111_777)
}

/// A connection that has received a request.
fn asked(request: &str) -> Conn {
    let mut conn = Conn::server(Limits::default());
    let mut buf = BytesMut::from(request);
    while conn.receive(&mut buf).unwrap().is_some() {}
    conn
}

fn get() -> Conn {
    asked("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn text(out: &mut OutBuf) -> String {
    let mut text = String::new();
    while !out.is_empty() {
        let piece = out.first_piece();
        text.push_str(std::str::from_utf8(piece).unwrap());
        let n = piece.len();
        out.advance(n);
    }
    text.replace(DATE, "DATE")
}

type Sent = Result<String, ProtocolError>;

fn send(conn: &mut Conn, head: Builder, length: ContentLength, content: &[&'static str]) -> Sent {
    let (head, ()) = head.body(()).unwrap().into_parts();
    let mut out = OutBuf::default();
    conn.send_head(&head, length, &date(), &mut out)?;
    for piece in content {
        conn.send_data(Bytes::from_static(piece.as_bytes()), &mut out)?;
    }
    conn.send_end(None, &mut out)?;
    Ok(text(&mut out))
}

fn ok(text: &str) -> Sent {
    Ok(text.to_owned())
}

#[test]
fn known_length_is_content_length() {
    let sent = send(
        &mut get(),
        Response::builder(),
        ContentLength::Exact(5),
        &["he", "llo"],
    );
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: DATE\r\n\r\nhello")
    );
}

#[test]
fn unknown_length_is_chunked_and_an_empty_piece_is_not_the_last_chunk() {
    let sent = send(
        &mut get(),
        Response::builder(),
        ContentLength::Unknown,
        &["he", "", "llo, world and all"],
    );
    assert_eq!(
        sent,
        ok(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ndate: DATE\r\n\r\n2\r\nhe\r\n12\r\nllo, world and all\r\n0\r\n\r\n"
        )
    );
}

#[test]
fn an_announced_length_frames_content_of_unknown_length() {
    let head = || Response::builder().header("content-length", "5");
    let sent = send(&mut get(), head(), ContentLength::Unknown, &["hello"]);
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: DATE\r\n\r\nhello")
    );
    let short = send(&mut get(), head(), ContentLength::Unknown, &["hell"]);
    assert_eq!(short, Err(ProtocolError::ContentTooShort));
    let long = send(&mut get(), head(), ContentLength::Unknown, &["hello", "!"]);
    assert_eq!(long, Err(ProtocolError::ContentTooLong));
    let contradictory = send(&mut get(), head(), ContentLength::Exact(4), &["hell"]);
    assert_eq!(
        contradictory,
        Err(ProtocolError::ContradictoryContentLength)
    );
}

#[test]
fn http_1_0_gets_no_chunks_and_hears_of_persistence() {
    let mut conn = asked("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let sent = send(
        &mut conn,
        Response::builder(),
        ContentLength::Unknown,
        &["hi"],
    );
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\nconnection: close\r\ndate: DATE\r\n\r\nhi")
    );
    assert!(!conn.next_exchange());

    let mut conn = asked("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    let sent = send(
        &mut conn,
        Response::builder(),
        ContentLength::Exact(2),
        &["hi"],
    );
    assert_eq!(
        sent,
        ok(
            "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: keep-alive\r\ndate: DATE\r\n\r\nhi"
        )
    );
    assert!(conn.next_exchange());
}

#[test]
fn head_gets_the_head_of_get_and_no_content() {
    let head = || asked("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    let sent = send(
        &mut head(),
        Response::builder(),
        ContentLength::Exact(5),
        &["hello"],
    );
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ndate: DATE\r\n\r\n")
    );
    // A service that made no content for HEAD does not know what GET would have got.
    let sent = send(
        &mut head(),
        Response::builder(),
        ContentLength::Exact(0),
        &[],
    );
    assert_eq!(sent, ok("HTTP/1.1 200 OK\r\ndate: DATE\r\n\r\n"));
    let known = Response::builder().header("content-length", "7");
    let sent = send(&mut head(), known, ContentLength::Exact(0), &[]);
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\ncontent-length: 7\r\ndate: DATE\r\n\r\n")
    );
}

#[test]
fn statuses_without_content_have_none() {
    let no_content = Response::builder()
        .status(204)
        .header("content-length", "5");
    let sent = send(&mut get(), no_content, ContentLength::Exact(0), &[]);
    assert_eq!(sent, ok("HTTP/1.1 204 No Content\r\ndate: DATE\r\n\r\n"));
    let sent = send(
        &mut get(),
        Response::builder().status(205),
        ContentLength::Exact(2),
        &["hi"],
    );
    assert_eq!(
        sent,
        ok("HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\ndate: DATE\r\n\r\n")
    );
    let sent = send(
        &mut get(),
        Response::builder().status(304),
        ContentLength::Exact(0),
        &[],
    );
    assert_eq!(sent, ok("HTTP/1.1 304 Not Modified\r\ndate: DATE\r\n\r\n"));
}

#[test]
fn an_unregistered_status_keeps_its_space() {
    let sent = send(
        &mut get(),
        Response::builder().status(299),
        ContentLength::Exact(0),
        &[],
    );
    assert_eq!(
        sent,
        ok("HTTP/1.1 299 \r\ncontent-length: 0\r\ndate: DATE\r\n\r\n")
    );
}

#[test]
fn informational_and_tunnel_statuses_are_no_final_response() {
    for status in [100, 101, 103] {
        let sent = send(
            &mut get(),
            Response::builder().status(status),
            ContentLength::Exact(0),
            &[],
        );
        assert_eq!(sent, Err(ProtocolError::NotAFinalStatus), "{status}");
    }
    let mut connect = asked("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
    let sent = send(
        &mut connect,
        Response::builder(),
        ContentLength::Exact(0),
        &[],
    );
    assert_eq!(sent, Err(ProtocolError::NotAFinalStatus));
}

#[test]
fn a_service_may_ask_to_close_and_set_its_own_date() {
    let mut conn = get();
    let head = Response::builder()
        .header("connection", "close")
        .header("date", "never");
    let sent = send(&mut conn, head, ContentLength::Exact(0), &[]);
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\nconnection: close\r\ndate: never\r\ncontent-length: 0\r\n\r\n")
    );
    assert!(!conn.next_exchange());
}

#[test]
fn framing_from_a_service_is_dropped() {
    let head = Response::builder().header("transfer-encoding", "gzip, chunked");
    let sent = send(&mut get(), head, ContentLength::Exact(2), &["hi"]);
    assert_eq!(
        sent,
        ok("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: DATE\r\n\r\nhi")
    );
}

#[test]
fn trailers_go_to_those_who_take_them() {
    for (te, expected) in [("TE: trailers\r\n", "0\r\nx: y\r\n\r\n"), ("", "0\r\n\r\n")] {
        let mut conn = asked(&format!("GET / HTTP/1.1\r\nHost: a\r\n{te}\r\n"));
        let (head, ()) = Response::new(()).into_parts();
        let mut out = OutBuf::default();
        conn.send_head(&head, ContentLength::Unknown, &date(), &mut out)
            .unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x", HeaderValue::from_static("y"));
        trailers.insert("content-length", HeaderValue::from_static("9"));
        conn.send_end(Some(&trailers), &mut out).unwrap();
        assert!(text(&mut out).ends_with(&format!("\r\n\r\n{expected}")));
    }
}

#[test]
fn a_second_response_is_out_of_turn() {
    let mut conn = get();
    send(&mut conn, Response::builder(), ContentLength::Exact(0), &[]).unwrap();
    let second = send(&mut conn, Response::builder(), ContentLength::Exact(0), &[]);
    assert_eq!(second, Err(ProtocolError::OutOfTurn));
    assert!(conn.next_exchange());
}

#[test]
fn a_second_end_is_out_of_turn_and_writes_nothing() {
    let (mut conn, mut out) = (get(), OutBuf::default());
    let (head, ()) = Response::new(()).into_parts();
    let date = HttpDate::from_unix_seconds(0);
    conn.send_head(&head, ContentLength::Unknown, &date, &mut out)
        .unwrap();
    conn.send_end(None, &mut out).unwrap();
    let length = out.len();
    assert_eq!(conn.send_end(None, &mut out), Err(ProtocolError::OutOfTurn));
    assert_eq!(out.len(), length);
}

//! What the client's side of the codec sends, and that the server's side understands it.

use bytes::{Bytes, BytesMut};
use http::request::Builder;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version};
use wharf_http::h1::{
    ClientConn, ClientEvent, Conn, ContentLength, Event, Framing, HttpDate, Limits, OutBuf, Peer,
    ProtocolError,
};

fn text(out: &mut OutBuf) -> String {
    let mut text = String::new();
    while !out.is_empty() {
        let piece = out.first_piece();
        text.push_str(std::str::from_utf8(piece).unwrap());
        let n = piece.len();
        out.advance(n);
    }
    text
}

type Sent = Result<String, ProtocolError>;

fn send(
    conn: &mut ClientConn,
    head: Builder,
    length: ContentLength,
    content: &[&'static str],
    trailers: Option<&HeaderMap>,
) -> Sent {
    let (head, ()) = head.body(()).unwrap().into_parts();
    let mut out = OutBuf::default();
    if let Err(error) = conn.send_head(&head, length, &mut out) {
        assert!(out.is_empty(), "half a head");
        return Err(error);
    }
    for piece in content {
        conn.send_data(Bytes::from_static(piece.as_bytes()), &mut out)?;
    }
    conn.send_end(trailers, &mut out)?;
    Ok(text(&mut out))
}

fn client() -> ClientConn {
    ClientConn::new(Peer::Origin, Limits::default())
}

fn sent(head: Builder, length: ContentLength, content: &[&'static str]) -> Sent {
    send(&mut client(), head, length, content, None)
}

/// A request without content.
fn sent_empty(head: Builder) -> Sent {
    sent(head, ContentLength::Exact(0), &[])
}

fn ok(text: &str) -> Sent {
    Ok(text.to_owned())
}

fn get() -> Builder {
    Request::get("http://a.test/b?c")
}

fn post() -> Builder {
    Request::post("http://a.test/b")
}

#[test]
fn host_is_the_first_field_and_that_of_the_uri() {
    let head = get().header("accept", "*/*");
    let expected = "GET /b?c HTTP/1.1\r\nhost: a.test\r\naccept: */*\r\n\r\n";
    assert_eq!(sent_empty(head), ok(expected));
    for (uri, host) in [
        ("http://a.test:8080/", "a.test:8080"),
        ("https://[::1]:8443/", "[::1]:8443"),
        ("http://a.test", "a.test"),
    ] {
        let expected = format!("GET / HTTP/1.1\r\nhost: {host}\r\n\r\n");
        assert_eq!(sent_empty(Request::get(uri)), Ok(expected));
    }
}

#[test]
fn a_host_that_is_given_is_sent_first_in_place_of_that_of_the_uri() {
    let head = get().header("accept", "*/*").header("host", "b.test:1");
    let expected = "GET /b?c HTTP/1.1\r\nhost: b.test:1\r\naccept: */*\r\n\r\n";
    assert_eq!(sent_empty(head), ok(expected));
    let head = Request::get("/b").header("host", "");
    assert_eq!(sent_empty(head), ok("GET /b HTTP/1.1\r\nhost: \r\n\r\n"));
}

#[test]
fn without_one_valid_host_nothing_is_sent() {
    assert_eq!(
        sent_empty(Request::get("/")),
        Err(ProtocolError::MissingHost)
    );
    let twice = get().header("host", "a").header("host", "a");
    assert_eq!(sent_empty(twice), Err(ProtocolError::RepeatedHost));
    for host in ["a b", "a,b", "u@a", "a/b", "a:x"] {
        let refused = sent_empty(get().header("host", host));
        assert_eq!(refused, Err(ProtocolError::InvalidHost), "{host}");
    }
    let userinfo = Request::get("http://u:p@a.test/");
    assert_eq!(sent_empty(userinfo), Err(ProtocolError::InvalidTarget));
}

#[test]
fn a_proxy_is_sent_the_whole_uri_and_no_other_host() {
    let mut conn = ClientConn::new(Peer::Proxy, Limits::default());
    let head = get().header("host", "other.test");
    let sent = send(&mut conn, head, ContentLength::Exact(0), &[], None);
    assert_eq!(
        sent,
        ok("GET http://a.test/b?c HTTP/1.1\r\nhost: a.test\r\n\r\n")
    );
}

#[test]
fn connect_names_host_and_port_and_takes_no_content() {
    let connect = || Request::connect("a.test:443").header("host", "other.test");
    let expected = "CONNECT a.test:443 HTTP/1.1\r\nhost: a.test:443\r\n\r\n";
    assert_eq!(sent_empty(connect()), ok(expected));
    for length in [ContentLength::Exact(1), ContentLength::Unknown] {
        let refused = sent(connect(), length, &["x"]);
        assert_eq!(refused, Err(ProtocolError::ContentNotAllowed));
        let refused = sent(get().method("TRACE"), length, &["x"]);
        assert_eq!(refused, Err(ProtocolError::ContentNotAllowed));
    }
    let without_port = Request::connect("a.test");
    assert_eq!(sent_empty(without_port), Err(ProtocolError::InvalidTarget));
}

#[test]
fn options_asks_about_the_whole_server_with_an_asterisk() {
    let head = Request::options("*").header("host", "a.test");
    assert_eq!(
        sent_empty(head),
        ok("OPTIONS * HTTP/1.1\r\nhost: a.test\r\n\r\n")
    );
}

#[test]
fn an_empty_body_is_said_to_be_empty_only_where_one_would_be_expected() {
    for method in ["GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "PURGE"] {
        for head in [get(), get().header("content-length", "0")] {
            let expected = format!("{method} /b?c HTTP/1.1\r\nhost: a.test\r\n\r\n");
            assert_eq!(sent_empty(head.method(method)), Ok(expected));
        }
    }
    for method in ["POST", "PUT", "PATCH"] {
        let expected =
            format!("{method} /b?c HTTP/1.1\r\nhost: a.test\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(sent_empty(get().method(method)), Ok(expected));
    }
}

#[test]
fn known_length_is_content_length_whatever_the_method() {
    for method in ["POST", "GET", "DELETE"] {
        let sent = sent(
            get().method(method),
            ContentLength::Exact(5),
            &["he", "", "llo"],
        );
        let expected =
            format!("{method} /b?c HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\nhello");
        assert_eq!(sent, Ok(expected));
    }
}

#[test]
fn unknown_length_is_chunked_and_an_empty_piece_is_not_the_last_chunk() {
    let mut trailers = HeaderMap::new();
    trailers.insert("a", HeaderValue::from_static("b"));
    trailers.insert("content-length", HeaderValue::from_static("1"));
    let sent = send(
        &mut client(),
        post(),
        ContentLength::Unknown,
        &["hello", "", "!"],
        Some(&trailers),
    );
    assert_eq!(
        sent,
        ok(
            "POST /b HTTP/1.1\r\nhost: a.test\r\ntransfer-encoding: chunked\r\n\r\n\
            5\r\nhello\r\n1\r\n!\r\n0\r\na: b\r\n\r\n"
        )
    );
}

#[test]
fn unknown_length_cannot_be_sent_in_http_1_0() {
    let head = || post().version(Version::HTTP_10);
    let refused = sent(head(), ContentLength::Unknown, &["x"]);
    assert_eq!(refused, Err(ProtocolError::UnknownLengthInHttp10));
    let expected = "POST /b HTTP/1.0\r\nhost: a.test\r\ncontent-length: 1\r\n\r\nx";
    assert_eq!(sent(head(), ContentLength::Exact(1), &["x"]), ok(expected));
    let announced = head().header("content-length", "1");
    assert_eq!(
        sent(announced, ContentLength::Unknown, &["x"]),
        ok(expected)
    );
}

#[test]
fn framing_fields_of_the_caller_are_checked_or_dropped() {
    let framed = post()
        .header("transfer-encoding", "gzip, chunked")
        .header("content-length", "5");
    let expected = "POST /b HTTP/1.1\r\nhost: a.test\r\ncontent-length: 5\r\n\r\nhello";
    for length in [ContentLength::Exact(5), ContentLength::Unknown] {
        let mut head = framed.headers_ref().unwrap().clone();
        head.append("content-length", HeaderValue::from_static("5"));
        let mut builder = post();
        *builder.headers_mut().unwrap() = head;
        assert_eq!(sent(builder, length, &["hello"]), ok(expected));
    }
    for value in ["4", "x", "", "+5", "5,5"] {
        let refused = sent(
            post().header("content-length", value),
            ContentLength::Exact(5),
            &["hello"],
        );
        assert_eq!(
            refused,
            Err(ProtocolError::ContradictoryContentLength),
            "{value}"
        );
    }
    let twice = post()
        .header("content-length", "4")
        .header("content-length", "5");
    let refused = sent(twice, ContentLength::Unknown, &["hello"]);
    assert_eq!(refused, Err(ProtocolError::ContradictoryContentLength));
}

#[test]
fn content_that_is_not_as_long_as_announced_is_refused() {
    let too_long = sent(post(), ContentLength::Exact(4), &["hello"]);
    assert_eq!(too_long, Err(ProtocolError::ContentTooLong));
    let too_short = sent(post(), ContentLength::Exact(6), &["hello"]);
    assert_eq!(too_short, Err(ProtocolError::ContentTooShort));
    let none = sent(get(), ContentLength::Exact(0), &["x"]);
    assert_eq!(none, Err(ProtocolError::ContentTooLong));
}

#[test]
fn an_expectation_is_sent_last_and_only_with_content() {
    let head = || post().header("expect", "100-Continue").header("a", "b");
    let expected = "POST /b HTTP/1.1\r\nhost: a.test\r\na: b\r\ncontent-length: 1\r\n\
                    expect: 100-continue\r\n\r\nx";
    assert_eq!(sent(head(), ContentLength::Exact(1), &["x"]), ok(expected));
    let expected = "POST /b HTTP/1.1\r\nhost: a.test\r\na: b\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(sent_empty(head()), ok(expected));
    let http_10 = head().version(Version::HTTP_10);
    let expected = "POST /b HTTP/1.0\r\nhost: a.test\r\na: b\r\ncontent-length: 1\r\n\r\nx";
    assert_eq!(sent(http_10, ContentLength::Exact(1), &["x"]), ok(expected));
}

#[test]
fn an_expectation_ends_with_100_or_a_final_response() {
    let expects = |response: &str| {
        let mut conn = client();
        let (head, ()) = post()
            .header("expect", "100-continue")
            .body(())
            .unwrap()
            .into_parts();
        assert!(!conn.expects_continue());
        conn.send_head(&head, ContentLength::Exact(1), &mut OutBuf::default())
            .unwrap();
        assert!(conn.expects_continue());
        let mut buf = BytesMut::from(response);
        while conn.receive(&mut buf).unwrap().is_some() {}
        conn.expects_continue()
    };
    assert!(expects(""));
    assert!(expects("HTTP/1.1 103 Early Hints\r\n\r\n"));
    assert!(!expects("HTTP/1.1 100 Continue\r\n\r\n"));
    assert!(!expects(
        "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n"
    ));
}

#[test]
fn connection_lists_what_is_for_the_next_recipient_only() {
    for (fields, expected) in [
        (
            &[("upgrade", "a")][..],
            "upgrade: a\r\nconnection: upgrade\r\n",
        ),
        (
            &[("upgrade", "a"), ("te", "trailers")],
            "upgrade: a\r\nte: trailers\r\nconnection: upgrade, te\r\n",
        ),
        (
            &[("connection", "Upgrade"), ("upgrade", "a")],
            "connection: Upgrade\r\nupgrade: a\r\n",
        ),
        (
            &[("connection", "keep-alive")],
            "connection: keep-alive\r\n",
        ),
        (&[("connection", "close")], "connection: close\r\n"),
    ] {
        let head = fields
            .iter()
            .fold(get(), |head, (name, value)| head.header(*name, *value));
        let expected = format!("GET /b?c HTTP/1.1\r\nhost: a.test\r\n{expected}\r\n");
        assert_eq!(sent_empty(head), Ok(expected), "{fields:?}");
    }
}

#[test]
fn the_last_request_says_close() {
    for fields in [&[][..], &[("connection", "keep-alive")]] {
        let mut conn = client();
        conn.close_after_response();
        let head = fields
            .iter()
            .fold(get(), |head, (name, value)| head.header(*name, *value));
        let sent = send(&mut conn, head, ContentLength::Exact(0), &[], None);
        let expected = "GET /b?c HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";
        assert_eq!(sent, ok(expected));
        let mut buf = BytesMut::from("HTTP/1.1 204 No Content\r\n\r\n");
        while conn.receive(&mut buf).unwrap().is_some() {}
        assert!(!conn.is_persistent() && !conn.next_exchange());
    }
}

#[test]
fn every_version_but_1_0_is_sent_as_1_1() {
    for version in [Version::HTTP_11, Version::HTTP_2, Version::HTTP_3] {
        let expected = "GET /b?c HTTP/1.1\r\nhost: a.test\r\n\r\n";
        assert_eq!(sent_empty(get().version(version)), ok(expected));
    }
}

#[test]
fn one_request_is_under_way_at_a_time() {
    let (head, ()) = get().body(()).unwrap().into_parts();
    let mut out = OutBuf::default();
    let mut conn = client();
    let out_of_turn = Err(ProtocolError::OutOfTurn);
    assert_eq!(conn.send_data("x".into(), &mut out), out_of_turn);
    assert_eq!(conn.send_end(None, &mut out), out_of_turn);
    assert!(!conn.next_exchange());
    conn.send_head(&head, ContentLength::Unknown, &mut out)
        .unwrap();
    assert_eq!(
        conn.send_head(&head, ContentLength::Unknown, &mut out),
        out_of_turn
    );
    assert!(!conn.has_sent_request());
    conn.send_end(None, &mut out).unwrap();
    assert!(conn.has_sent_request());
    text(&mut out);
    assert_eq!(
        conn.send_head(&head, ContentLength::Unknown, &mut out),
        out_of_turn
    );
    assert_eq!(conn.send_end(None, &mut out), out_of_turn);
    assert_eq!(conn.send_data("x".into(), &mut out), out_of_turn);
    assert!(out.is_empty(), "nothing is written out of turn");
}

#[test]
fn an_answer_before_the_end_of_the_request_is_seen() {
    let (head, ()) = post().body(()).unwrap().into_parts();
    let begin = |response: &str| {
        let mut conn = client();
        conn.send_head(&head, ContentLength::Exact(2), &mut OutBuf::default())
            .unwrap();
        let mut buf = BytesMut::from(response);
        while conn.receive(&mut buf).unwrap().is_some() {}
        conn
    };
    assert!(!begin("").is_answered_early());
    assert!(!begin("HTTP/1.1 100 Continue\r\n\r\n").is_answered_early());
    assert!(
        begin("HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\n").is_answered_early()
    );
    let mut conn = begin("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
    assert!(conn.is_answered_early() && conn.has_received_response());
    assert!(!conn.next_exchange(), "the server still waits for content");
    // Who goes on all the same keeps the connection.
    conn.send_data("ok".into(), &mut OutBuf::default()).unwrap();
    conn.send_end(None, &mut OutBuf::default()).unwrap();
    assert!(!conn.is_answered_early() && conn.next_exchange());
}

/// What a server received of a request.
#[derive(Debug, PartialEq)]
struct Received {
    line: String,
    framing: Framing,
    content: Vec<u8>,
    trailers: Option<HeaderMap>,
}

/// Hands all that `out` holds to the server's side.
fn receive(server: &mut Conn, out: &mut OutBuf) -> Received {
    let mut buf = BytesMut::from(text(out).as_str());
    let mut received = None;
    while let Some(event) = server.receive(&mut buf).unwrap() {
        match event {
            Event::Request(request) => {
                let head = &request.head;
                let line = format!("{} {} {:?}", head.method, head.uri, head.headers["host"]);
                received = Some(Received {
                    line,
                    framing: request.framing,
                    content: Vec::new(),
                    trailers: None,
                });
            }
            Event::Data(data) => received.as_mut().unwrap().content.extend_from_slice(&data),
            Event::End(trailers) => received.as_mut().unwrap().trailers = trailers,
        }
    }
    assert!(server.has_received_request() && buf.is_empty());
    received.unwrap()
}

#[test]
fn a_client_and_a_server_joined_through_memory_understand_each_other() {
    let mut client = client();
    let mut server = Conn::server(Limits::default());
    let trailers = HeaderMap::from_iter([("a".parse().unwrap(), HeaderValue::from_static("b"))]);
    for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE] {
        for (length, content) in [
            (ContentLength::Exact(0), ""),
            (ContentLength::Exact(5), "hello"),
            (ContentLength::Unknown, "hello"),
            (ContentLength::Unknown, ""),
        ] {
            for status in [
                StatusCode::OK,
                StatusCode::NO_CONTENT,
                StatusCode::NOT_MODIFIED,
            ] {
                let mut out = OutBuf::default();
                let request = Request::builder()
                    .method(method.clone())
                    .uri("http://a.test/b?c");
                let (head, ()) = request
                    .header("te", "trailers")
                    .body(())
                    .unwrap()
                    .into_parts();
                client.send_head(&head, length, &mut out).unwrap();
                client.send_data(content.into(), &mut out).unwrap();
                client.send_end(Some(&trailers), &mut out).unwrap();
                let is_chunked = length == ContentLength::Unknown;
                let expected = Received {
                    line: format!("{method} /b?c \"a.test\""),
                    framing: match length {
                        ContentLength::Exact(length) => Framing::Length(length),
                        ContentLength::Unknown => Framing::Chunked,
                    },
                    content: content.into(),
                    trailers: is_chunked.then(|| trailers.clone()),
                };
                assert_eq!(receive(&mut server, &mut out), expected);

                let (mut head, ()) = Response::new(()).into_parts();
                head.status = status;
                let date = HttpDate::from_unix_seconds(0);
                server.send_head(&head, length, &date, &mut out).unwrap();
                server.send_data(content.into(), &mut out).unwrap();
                server.send_end(Some(&trailers), &mut out).unwrap();
                let has_content = method != Method::HEAD && status == StatusCode::OK;
                let mut buf = BytesMut::from(text(&mut out).as_str());
                let (mut heard, mut heard_trailers) = (Vec::new(), None);
                while let Some(event) = client.receive(&mut buf).unwrap() {
                    match event {
                        ClientEvent::Response(response) => assert_eq!(response.head.status, status),
                        ClientEvent::Data(data) => heard.extend_from_slice(&data),
                        ClientEvent::End(trailers) => heard_trailers = trailers,
                        other => panic!("{other:?}"),
                    }
                }
                assert_eq!(heard, if has_content { content.as_bytes() } else { b"" });
                let expected = (has_content && is_chunked).then_some(&trailers);
                assert_eq!(heard_trailers.as_ref(), expected);
                assert!(buf.is_empty());
                assert!(
                    client.next_exchange() && server.next_exchange(),
                    "{method} {status}"
                );
            }
        }
    }
}

#[test]
fn a_switch_agreed_on_by_both_roles_ends_http_on_both_sides() {
    let mut client = client();
    let mut server = Conn::server(Limits::default());
    let mut out = OutBuf::default();
    let (head, ()) = get()
        .header("upgrade", "x, WebSocket")
        .body(())
        .unwrap()
        .into_parts();
    client
        .send_head(&head, ContentLength::Exact(0), &mut out)
        .unwrap();
    client.send_end(None, &mut out).unwrap();
    receive(&mut server, &mut out);
    let answer = Response::builder()
        .status(101)
        .header("upgrade", "websocket");
    let (head, ()) = answer.body(()).unwrap().into_parts();
    server
        .send_switch(&head, &HttpDate::from_unix_seconds(0), &mut out)
        .unwrap();
    let mut buf = BytesMut::from(text(&mut out).as_str());
    assert!(matches!(
        client.receive(&mut buf),
        Ok(Some(ClientEvent::Switched(_)))
    ));
    assert!(client.has_switched() && server.has_switched());
}

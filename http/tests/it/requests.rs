//! What the codec accepts and refuses. Each case is fed whole, byte by byte, and cut at every offset: the verdict must
//! be the same.

use bytes::BytesMut;
use http::{HeaderMap, StatusCode};
use wharf_http::h1::{Conn, Event, HttpDate, Limits, ProtocolError};

/// What a client was heard to say: one entry per request.
#[derive(Clone, Debug, Default, PartialEq)]
struct Heard {
    requests: Vec<(String, Vec<u8>, Option<HeaderMap>)>,
    error: Option<ProtocolError>,
    persistent: bool,
}

/// Feeds `bytes` in pieces that end at `cuts`, answering each request with an empty 200.
fn hear(bytes: &[u8], cuts: impl Iterator<Item = usize>, limits: &Limits) -> Heard {
    let mut conn = Conn::server(limits.clone());
    let (mut buf, mut heard, mut from) = (BytesMut::new(), Heard::default(), 0);
    for to in cuts.chain([bytes.len()]) {
        buf.extend_from_slice(&bytes[from..to]);
        from = to;
        loop {
            match conn.receive(&mut buf) {
                Ok(None) => break,
                Ok(Some(Event::Request(request))) => {
                    let head = &request.head;
                    let line = format!("{} {} {:?}", head.method, head.uri, head.version);
                    heard.requests.push((line, Vec::new(), None));
                }
                Ok(Some(Event::Data(data))) => {
                    heard
                        .requests
                        .last_mut()
                        .unwrap()
                        .1
                        .extend_from_slice(&data);
                }
                Ok(Some(Event::End(trailers))) => {
                    heard.requests.last_mut().unwrap().2 = trailers;
                    heard.persistent = conn.is_persistent();
                    let mut out = wharf_http::h1::OutBuf::default();
                    let (head, ()) = http::Response::builder()
                        .status(204)
                        .body(())
                        .unwrap()
                        .into_parts();
                    let length = wharf_http::h1::ContentLength::Exact(0);
                    if conn
                        .send_head(&head, length, &HttpDate::from_unix_seconds(0), &mut out)
                        .is_ok()
                    {
                        conn.send_end(None, &mut out).unwrap();
                        conn.next_exchange();
                    }
                }
                Err(error) => {
                    heard.error = Some(error);
                    return heard;
                }
            }
        }
    }
    heard
}

#[track_caller]
fn hear_at_every_split(bytes: &[u8], limits: &Limits) -> Heard {
    let whole = hear(bytes, [].into_iter(), limits);
    assert_eq!(
        hear(bytes, 1..bytes.len(), limits),
        whole,
        "byte by byte: {}",
        bytes.escape_ascii()
    );
    for cut in 1..bytes.len() {
        let split = hear(bytes, [cut].into_iter(), limits);
        assert_eq!(split, whole, "cut at {cut}: {}", bytes.escape_ascii());
    }
    whole
}

#[track_caller]
fn accepted(bytes: &str) -> Heard {
    let heard = hear_at_every_split(bytes.as_bytes(), &Limits::default());
    assert_eq!(heard.error, None, "{}", bytes.escape_debug());
    assert!(!heard.requests.is_empty(), "{}", bytes.escape_debug());
    heard
}

#[track_caller]
fn refused(bytes: &str, expected: ProtocolError) {
    refused_within(&Limits::default(), bytes, expected);
}

#[track_caller]
fn refused_within(limits: &Limits, bytes: &str, expected: ProtocolError) {
    let heard = hear_at_every_split(bytes.as_bytes(), limits);
    assert_eq!(heard.error, Some(expected), "{}", bytes.escape_debug());
    assert_eq!(heard.requests, [], "{}", bytes.escape_debug());
}

/// A GET with one field line more than it needs.
fn with_field(line: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n")
}

#[test]
fn a_plain_request_is_accepted() {
    let heard = accepted("GET /a?b HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        heard.requests,
        [("GET /a?b HTTP/1.1".to_owned(), vec![], None)]
    );
    assert!(heard.persistent);
}

#[test]
fn a_few_empty_lines_may_precede_a_request_and_many_may_not() {
    accepted("\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let five = "\r\n".repeat(5) + "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    refused(&five, ProtocolError::TooManyEmptyLines { limit: 4 });
}

#[test]
fn a_bare_line_feed_ends_no_line() {
    for bytes in [
        "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\n",
    ] {
        refused(bytes, ProtocolError::BareLineFeed);
    }
}

#[test]
fn a_bare_carriage_return_is_refused() {
    refused(
        "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n",
        ProtocolError::MalformedRequestLine,
    );
    refused(&with_field("X: a\rb"), ProtocolError::MalformedField);
    refused(&with_field("X\r: a"), ProtocolError::MalformedField);
}

#[test]
fn request_lines_are_three_words_with_one_space() {
    for line in [
        " GET / HTTP/1.1",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET\t/ HTTP/1.1",
        "GET /",
        "GET",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/11",
        "GET / HTTP/1.10",
        "GET / XTTP/1.1",
        "G(T / HTTP/1.1",
        "GET / HTTP/a.b",
    ] {
        refused(
            &format!("{line}\r\nHost: a\r\n\r\n"),
            ProtocolError::MalformedRequestLine,
        );
    }
}

#[test]
fn a_higher_minor_version_is_treated_as_1_1() {
    let heard = accepted("GET / HTTP/1.9\r\nHost: a\r\n\r\n");
    assert_eq!(heard.requests[0].0, "GET / HTTP/1.1");
}

#[test]
fn another_major_version_is_not_supported() {
    for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.0"] {
        refused(
            &format!("GET / {version}\r\nHost: a\r\n\r\n"),
            ProtocolError::UnsupportedVersion,
        );
    }
    refused(
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        ProtocolError::UnsupportedVersion,
    );
}

#[test]
fn any_token_is_a_method_up_to_the_limit() {
    let long = "M".repeat(32);
    assert_eq!(
        accepted(&format!("{long} / HTTP/1.1\r\nHost: a\r\n\r\n")).requests[0].0,
        format!("{long} / HTTP/1.1")
    );
    let longer = "M".repeat(33);
    refused(
        &format!("{longer} / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ProtocolError::MethodTooLong { limit: 32 },
    );
}

#[test]
fn malformed_fields_are_refused() {
    for line in [
        "X : a",
        "X\t: a",
        ": a",
        "X",
        "X a",
        " X: a",
        "X: a\r\n b",
        "X: a\x01",
        "X: \x7f",
        "X(: a",
        "\u{e9}: a",
        "X: \0",
    ] {
        refused(&with_field(line), ProtocolError::MalformedField);
    }
}

#[test]
fn well_formed_fields_are_accepted() {
    for line in [
        "X:a",
        "X:",
        "X: \t a \t",
        "x-!#$%&'*+.^_`|~1: a",
        "X: \u{e9}",
    ] {
        accepted(&with_field(line));
    }
}

#[test]
fn targets_have_one_of_four_forms() {
    let get = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(
        accepted(&get("http://b.test/c?d")).requests[0].0,
        "GET http://b.test/c?d HTTP/1.1"
    );
    accepted("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    accepted("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n");
    for target in [
        "a",
        "a:80",
        "*",
        "/#a",
        "/\u{e9}",
        "http://u@a/",
        "http:///",
    ] {
        refused(&get(target), ProtocolError::InvalidTarget);
    }
    for target in ["/", "a", "a:", "a:x", "*"] {
        refused(
            &format!("CONNECT {target} HTTP/1.1\r\nHost: a\r\n\r\n"),
            ProtocolError::InvalidTarget,
        );
    }
}

#[test]
fn the_authority_of_an_absolute_target_replaces_host() {
    let mut conn = Conn::server(Limits::default());
    let mut buf = BytesMut::from("GET http://b.test:1/ HTTP/1.1\r\nHost: a\r\n\r\n");
    let Ok(Some(Event::Request(request))) = conn.receive(&mut buf) else {
        panic!("accepted")
    };
    assert_eq!(request.head.headers["host"], "b.test:1");
}

#[test]
fn a_1_1_request_has_exactly_one_valid_host() {
    refused("GET / HTTP/1.1\r\n\r\n", ProtocolError::MissingHost);
    accepted("GET / HTTP/1.0\r\n\r\n");
    refused(&with_field("Host: a"), ProtocolError::RepeatedHost);
    accepted("GET / HTTP/1.1\r\nHost:\r\n\r\n");
    accepted("GET / HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n");
    for host in ["a, b", "u@a", "a/b", "a:x", "a:99999", "a b"] {
        refused(
            &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            ProtocolError::InvalidHost,
        );
    }
}

#[test]
fn limits_are_exact() {
    let limits = Limits {
        head_bytes_max: 100,
        fields_max: 3,
        target_bytes_max: 10,
        ..Limits::default()
    };
    let fits = |bytes: &str| assert_eq!(hear_at_every_split(bytes.as_bytes(), &limits).error, None);
    let padded = |n: usize| format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "x".repeat(n));
    assert_eq!(padded(68).len(), 100);
    fits(&padded(68));
    refused_within(
        &limits,
        &padded(69),
        ProtocolError::HeadTooLarge { limit: 100 },
    );
    refused_within(
        &limits,
        &padded(500),
        ProtocolError::HeadTooLarge { limit: 100 },
    );

    fits("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n\r\n");
    let four = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n";
    refused_within(&limits, four, ProtocolError::TooManyFields { limit: 3 });

    fits("GET /123456789 HTTP/1.1\r\nHost: a\r\n\r\n");
    let longer = "GET /1234567890 HTTP/1.1\r\nHost: a\r\n\r\n";
    refused_within(&limits, longer, ProtocolError::TargetTooLong { limit: 10 });
}

#[test]
fn a_request_line_that_never_ends_is_refused_before_its_end() {
    let endless = format!("GET /{}", "a".repeat(20_000));
    let heard = hear(endless.as_bytes(), [].into_iter(), &Limits::default());
    assert_eq!(
        heard.error,
        Some(ProtocolError::TargetTooLong { limit: 8192 })
    );
}

#[test]
fn a_request_line_that_cannot_be_mended_is_refused_before_the_head_ends() {
    let heard = hear(b"GET /\r\n", [].into_iter(), &Limits::default());
    assert_eq!(heard.error, Some(ProtocolError::MalformedRequestLine));
    assert_eq!(
        hear(b"GET / HTTP/1.1\r\n", [].into_iter(), &Limits::default()).error,
        None
    );
}

#[test]
fn content_is_framed_by_its_length() {
    let heard = accepted(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(heard.requests[0].1, b"hello");
    assert_eq!(heard.requests[1].0, "GET /2 HTTP/1.1");
}

#[test]
fn content_is_framed_by_chunks() {
    let heard = accepted(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nT: v\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(heard.requests[0].1, b"hello");
    assert_eq!(heard.requests[0].2.as_ref().unwrap()["t"], "v");
    assert_eq!(heard.requests[1].0, "GET /2 HTTP/1.1");
}

#[test]
fn get_and_head_may_have_content() {
    for method in ["GET", "HEAD", "DELETE"] {
        let heard = accepted(&format!(
            "{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
        ));
        assert_eq!(heard.requests[0].1, b"hi");
    }
}

#[test]
fn doubtful_framing_is_refused() {
    let chunked = "Transfer-Encoding: chunked";
    refused(
        &with_field(&format!("{chunked}\r\nContent-Length: 5")),
        ProtocolError::FramedTwice,
    );
    refused(
        &with_field(&format!("Content-Length: 5\r\n{chunked}")),
        ProtocolError::FramedTwice,
    );
    refused(
        &with_field("Content-Length: 5\r\nContent-Length: 5"),
        ProtocolError::RepeatedContentLength,
    );
    refused(
        &with_field("Content-Length: 5, 5"),
        ProtocolError::InvalidContentLength,
    );
    refused(
        &with_field("Content-Length: +5"),
        ProtocolError::InvalidContentLength,
    );
    refused(
        &with_field("Transfer-Encoding: gzip, chunked"),
        ProtocolError::UnknownTransferCoding,
    );
    refused(
        &with_field("Transfer-Encoding: identity"),
        ProtocolError::InvalidTransferEncoding,
    );
    refused(
        &with_field("Transfer-Encoding: \u{b}chunked"),
        ProtocolError::MalformedField,
    );
    let old = format!("GET / HTTP/1.0\r\n{chunked}\r\n\r\n");
    refused(&old, ProtocolError::TransferEncodingInHttp10);
    let limit = i64::MAX.unsigned_abs();
    refused(
        &with_field("Content-Length: 9223372036854775808"),
        ProtocolError::ContentTooLarge { limit },
    );
}

#[test]
fn content_over_the_limit_is_refused_before_it_is_read_unless_the_limit_is_moved() {
    let limit = 2 * 1024 * 1024;
    let over = with_field("Content-Length: 2097153") + "x";
    for (moved, refused) in [
        (None, Some(limit)),
        (Some(Some(2_097_152)), Some(limit)),
        (Some(Some(2_097_153)), None),
        (Some(None), None),
    ] {
        let mut conn = Conn::server(Limits::default());
        let mut buf = BytesMut::from(over.as_str());
        assert!(matches!(
            conn.receive(&mut buf),
            Ok(Some(Event::Request(_)))
        ));
        if let Some(limit) = moved {
            conn.limit_content(limit);
        }
        match (conn.receive(&mut buf), refused) {
            (Ok(Some(Event::Data(data))), None) => assert_eq!(data, "x"),
            (Err(error), Some(limit)) => {
                assert_eq!(error, ProtocolError::ContentTooLarge { limit });
            }
            (received, _) => panic!("{received:?} with the limit at {moved:?}"),
        }
    }
}

#[test]
fn only_100_continue_may_be_expected() {
    accepted(&with_field("Expect: 100-Continue"));
    refused(
        &with_field("Expect: 200-ok"),
        ProtocolError::UnknownExpectation,
    );
    accepted("GET / HTTP/1.0\r\nExpect: 200-ok\r\n\r\n");
}

#[test]
fn persistence_follows_version_and_connection() {
    let persists = |bytes: &str| accepted(bytes).persistent;
    assert!(persists("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert!(!persists(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    ));
    assert!(!persists(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,y\r\n\r\n"
    ));
    assert!(!persists(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: x\r\nConnection: close\r\n\r\n"
    ));
    assert!(!persists("GET / HTTP/1.0\r\n\r\n"));
    assert!(persists("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    assert!(!persists(
        "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"
    ));
}

#[test]
fn nothing_behind_a_close_is_read() {
    let heard = accepted(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    assert_eq!(heard.requests.len(), 1);
}

#[test]
fn an_end_inside_a_message_is_truncation_and_between_messages_is_not() {
    let eof = |bytes: &str| {
        let mut conn = Conn::server(Limits::default());
        let mut buf = BytesMut::from(bytes);
        while let Ok(Some(_)) = conn.receive(&mut buf) {}
        conn.receive_eof(&buf)
    };
    assert_eq!(eof(""), Ok(()));
    assert_eq!(eof("\r\n"), Ok(()));
    assert_eq!(eof("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(()));
    assert_eq!(eof("GET"), Err(ProtocolError::Truncated));
    let post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell";
    assert_eq!(eof(post), Err(ProtocolError::Truncated));
}

#[test]
fn each_error_asks_for_its_status() {
    for (error, status) in [
        (ProtocolError::BareLineFeed, StatusCode::BAD_REQUEST),
        (
            ProtocolError::ContentTooLarge { limit: 1 },
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
        (
            ProtocolError::TargetTooLong { limit: 1 },
            StatusCode::URI_TOO_LONG,
        ),
        (
            ProtocolError::UnknownExpectation,
            StatusCode::EXPECTATION_FAILED,
        ),
        (
            ProtocolError::HeadTooLarge { limit: 1 },
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
        (
            ProtocolError::UnknownTransferCoding,
            StatusCode::NOT_IMPLEMENTED,
        ),
        (
            ProtocolError::MethodTooLong { limit: 1 },
            StatusCode::NOT_IMPLEMENTED,
        ),
        (
            ProtocolError::UnsupportedVersion,
            StatusCode::HTTP_VERSION_NOT_SUPPORTED,
        ),
        (
            ProtocolError::ContentTooShort,
            StatusCode::INTERNAL_SERVER_ERROR,
        ),
    ] {
        assert_eq!(error.status_hint(), status, "{error}");
    }
}

//! What the client's side of the codec accepts and refuses. Each case is fed whole, byte by byte, and cut at every
//! offset: the verdict must be the same.

use bytes::BytesMut;
use http::{HeaderMap, Request, Version};
use wharf_http::h1::{
    ClientConn, ClientEvent, ContentLength, Framing, InvalidStatus, Limits, OutBuf, Peer,
    ProtocolError, ReasonPhrase,
};

/// A client that has sent a request without content.
fn asked(request: http::request::Builder, limits: &Limits) -> ClientConn {
    let mut conn = ClientConn::new(Peer::Origin, limits.clone());
    send(&mut conn, request);
    conn
}

fn send(conn: &mut ClientConn, request: http::request::Builder) {
    let (head, ()) = request.body(()).unwrap().into_parts();
    let mut out = OutBuf::default();
    conn.send_head(&head, ContentLength::Exact(0), &mut out)
        .unwrap();
    conn.send_end(None, &mut out).unwrap();
}

fn get() -> http::request::Builder {
    Request::get("http://a.test/")
}

/// What a server was heard to say.
#[derive(Debug, Default, PartialEq)]
struct Heard {
    informational: Vec<u16>,
    /// Status, version and fields of the final response.
    head: Option<(u16, Version, HeaderMap)>,
    framing: Option<Framing>,
    reason: Option<Vec<u8>>,
    invalid: Option<u16>,
    content: Vec<u8>,
    trailers: Option<HeaderMap>,
    is_whole: bool,
    has_switched: bool,
    error: Option<ProtocolError>,
    /// What was not taken off the buffer.
    rest: Vec<u8>,
    has_excess: bool,
    persistent: bool,
}

impl Heard {
    fn note(&mut self, event: ClientEvent) {
        match event {
            ClientEvent::Informational(head) => self.informational.push(head.status.as_u16()),
            ClientEvent::Response(response) => {
                self.framing = Some(response.framing);
                self.note_head(response.head);
            }
            ClientEvent::Switched(head) => {
                self.has_switched = true;
                self.note_head(head);
            }
            ClientEvent::Data(data) => {
                assert!(!data.is_empty(), "an empty piece");
                self.content.extend_from_slice(&data);
            }
            ClientEvent::End(trailers) => {
                self.is_whole = true;
                self.trailers = trailers;
            }
        }
    }

    fn note_head(&mut self, head: http::response::Parts) {
        let reason = head.extensions.get::<ReasonPhrase>();
        self.reason = reason.map(|reason| reason.as_bytes().to_vec());
        self.invalid = head.extensions.get::<InvalidStatus>().map(|s| s.0.as_u16());
        self.head = Some((head.status.as_u16(), head.version, head.headers));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Then {
    Waits,
    Ends,
}

/// Feeds `bytes` in pieces that end at `cuts`.
fn hear(
    mut conn: ClientConn,
    bytes: &[u8],
    cuts: impl Iterator<Item = usize>,
    then: Then,
) -> Heard {
    let (mut buf, mut heard, mut from) = (BytesMut::new(), Heard::default(), 0);
    'fed: for to in cuts.chain([bytes.len()]) {
        buf.extend_from_slice(&bytes[from..to]);
        from = to;
        loop {
            match conn.receive(&mut buf) {
                Ok(None) => break,
                Ok(Some(event)) => heard.note(event),
                Err(error) => {
                    heard.error = Some(error);
                    break 'fed;
                }
            }
        }
    }
    heard.persistent = conn.is_persistent();
    heard.has_excess = conn.has_excess();
    if heard.error.is_some() {
        assert!(!heard.persistent && !conn.next_exchange());
        assert!(matches!(conn.receive(&mut buf), Ok(None)), "after an error");
        return heard;
    }
    if then == Then::Ends {
        match conn.receive_eof(&buf) {
            Ok(Some(event)) => heard.note(event),
            Ok(None) => {}
            Err(error) => heard.error = Some(error),
        }
        heard.persistent = conn.is_persistent();
    }
    heard.rest = buf.to_vec();
    heard
}

#[track_caller]
fn hear_at_every_split(
    request: fn() -> http::request::Builder,
    limits: &Limits,
    bytes: &[u8],
    then: Then,
) -> Heard {
    let conn = || asked(request(), limits);
    let shown = bytes.escape_ascii();
    let whole = hear(conn(), bytes, [].into_iter(), then);
    let byte_by_byte = hear(conn(), bytes, 1..bytes.len(), then);
    assert_eq!(byte_by_byte, whole, "byte by byte: {shown}");
    for cut in 1..bytes.len() {
        let split = hear(conn(), bytes, [cut].into_iter(), then);
        assert_eq!(split, whole, "cut at {cut}: {shown}");
    }
    whole
}

#[track_caller]
fn answer(request: fn() -> http::request::Builder, bytes: &str) -> Heard {
    let bytes = bytes.as_bytes();
    hear_at_every_split(request, &Limits::default(), bytes, Then::Waits)
}

/// A response to GET that is received whole, with nothing behind it.
#[track_caller]
fn accepted(bytes: &str) -> Heard {
    let heard = answer(get, bytes);
    assert_eq!(heard.error, None, "{}", bytes.escape_debug());
    assert!(heard.is_whole, "{}", bytes.escape_debug());
    assert_eq!(heard.rest, b"", "{}", bytes.escape_debug());
    heard
}

#[track_caller]
fn refused(bytes: &str, expected: ProtocolError) {
    let heard = answer(get, bytes);
    assert_eq!(heard.error, Some(expected), "{}", bytes.escape_debug());
    assert_eq!(heard.head, None, "{}", bytes.escape_debug());
}

/// What is heard of a response to GET behind which the server closes.
#[track_caller]
fn until_close(bytes: &str) -> Heard {
    let bytes = bytes.as_bytes();
    hear_at_every_split(get, &Limits::default(), bytes, Then::Ends)
}

fn with_line(line: &str) -> String {
    format!("{line}\r\nContent-Length: 0\r\n\r\n")
}

fn with_field(line: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{line}\r\nContent-Length: 0\r\n\r\n")
}

#[test]
fn a_plain_response_is_accepted() {
    let heard = accepted("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\nhello");
    let (status, version, fields) = heard.head.unwrap();
    assert_eq!((status, version), (200, Version::HTTP_11));
    assert_eq!((&fields["a"], fields.len()), (&"b".parse().unwrap(), 2));
    assert_eq!(heard.framing, Some(Framing::Length(5)));
    assert_eq!(heard.content, b"hello");
    assert_eq!((heard.reason, heard.invalid), (None, None));
    assert!(heard.persistent);
}

#[test]
fn a_status_line_has_one_form() {
    for line in [
        "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK",
        "HTTP/1.1 2x0 OK",
        "HTTP/1.1 +20 OK",
        "HTTP/1.1 200OK",
        "HTTP/1.1 200\tOK",
        "HTTP/1.1  200 OK",
        "HTTP/1.1\t200 OK",
        "HTTP/1.1",
        "HTTP/1.1 ",
        " HTTP/1.1 200 OK",
        "http/1.1 200 OK",
        "HTTP/1.10 200 OK",
        "HTTP/1 200 OK",
        "HTTP/a.1 200 OK",
        "HTTP/1.a 200 OK",
        "ICY 200 OK",
        "SSH-2.0-OpenSSH_9.2",
        "200 OK",
        "",
        // Controls in the reason phrase, a bare CR among them.
        "HTTP/1.1 200 O\rK",
        "HTTP/1.1 200 O\0K",
        "HTTP/1.1 200 \x7f",
        "HTTP/1.1 200\r",
    ] {
        refused(&with_line(line), ProtocolError::MalformedStatusLine);
    }
}

#[test]
fn another_protocol_is_refused_at_its_first_byte() {
    let conn = asked(get(), &Limits::default());
    let heard = hear(conn, b"S", [].into_iter(), Then::Waits);
    assert_eq!(heard.error, Some(ProtocolError::MalformedStatusLine));
}

#[test]
fn nothing_may_stand_in_front_of_the_status_line() {
    for start in ["\r\n", "\n", "\r", "x"] {
        let bytes = start.to_owned() + &with_line("HTTP/1.1 200 OK");
        refused(&bytes, ProtocolError::MalformedStatusLine);
    }
}

#[test]
fn a_reason_phrase_may_be_anything_printable_or_missing() {
    for (line, expected) in [
        ("HTTP/1.1 200", None),
        ("HTTP/1.1 200 ", None),
        ("HTTP/1.1 200 OK", None),
        ("HTTP/1.1 200 ok", Some("ok")),
        ("HTTP/1.1 200  OK", Some(" OK")),
        ("HTTP/1.1 200 Tr\u{e8}s\tbien", Some("Tr\u{e8}s\tbien")),
        ("HTTP/1.1 299 Odd", Some("Odd")),
    ] {
        let reason = accepted(&with_line(line)).reason;
        assert_eq!(reason.as_deref(), expected.map(str::as_bytes), "{line}");
    }
    // Not even UTF-8.
    let bytes = b"HTTP/1.1 200 \xff\x80\r\nContent-Length: 0\r\n\r\n";
    let heard = hear_at_every_split(get, &Limits::default(), bytes, Then::Waits);
    assert_eq!(heard.reason.as_deref(), Some(&b"\xff\x80"[..]));
}

#[test]
fn a_status_from_600_is_a_servers_error_and_one_below_100_is_none() {
    for code in [600, 700, 999] {
        let heard = accepted(&with_line(&format!("HTTP/1.1 {code} Odd")));
        assert_eq!(heard.head.unwrap().0, 500);
        assert_eq!(heard.invalid, Some(code));
        assert_eq!(heard.reason.as_deref(), Some(&b"Odd"[..]));
    }
    let heard = accepted(&with_line("HTTP/1.1 599 Odd"));
    assert_eq!((heard.head.unwrap().0, heard.invalid), (599, None));
    for code in ["000", "099"] {
        let line = format!("HTTP/1.1 {code} Odd");
        refused(&with_line(&line), ProtocolError::MalformedStatusLine);
    }
}

#[test]
fn a_higher_minor_version_is_treated_as_1_1_and_another_major_one_is_not_supported() {
    for minor in 1..=9 {
        let heard = accepted(&with_line(&format!("HTTP/1.{minor} 200 OK")));
        assert_eq!(heard.head.unwrap().1, Version::HTTP_11);
    }
    let heard = accepted(&with_line("HTTP/1.0 200 OK"));
    assert_eq!(heard.head.unwrap().1, Version::HTTP_10);
    for version in ["HTTP/0.9", "HTTP/2.0", "HTTP/3.1"] {
        let line = format!("{version} 200 OK");
        refused(&with_line(&line), ProtocolError::UnsupportedVersion);
    }
}

#[test]
fn a_bare_line_feed_ends_no_line() {
    for bytes in [
        "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n",
        "HTTP/1.1 200 OK\r\nA: b\n c\r\n\r\n",
    ] {
        refused(bytes, ProtocolError::BareLineFeed);
    }
}

#[test]
fn malformed_fields_are_refused() {
    for line in [
        "X : a",
        "X\t: a",
        ": a",
        "X",
        "X a",
        "X: a\rb",
        "X\r: a",
        "X: a\x01",
        "X: \x7f",
        "X(: a",
        "\u{e9}: a",
        "X: \0",
        // White space in front of the first field folds nothing.
        " X: a",
        "\tX: a",
        // A fold inside a name leaves a space in it.
        "X\r\n : a",
        "X\r\n Y: a",
    ] {
        refused(&with_field(line), ProtocolError::MalformedField);
    }
}

#[test]
fn a_folded_field_is_joined_by_spaces() {
    for (line, expected) in [
        ("X: a\r\n b", "a b"),
        ("X: a\r\n\tb", "a b"),
        ("X: a \t\r\n \t b", "a b"),
        ("X:\r\n a", "a"),
        ("X: a\r\n b\r\n  c", "a b c"),
        ("X: a\r\n ", "a"),
        ("X: a\r\n Content-Length: 5", "a Content-Length: 5"),
    ] {
        let fields = accepted(&with_field(line)).head.unwrap().2;
        let value = fields["x"].to_str().unwrap();
        let words: Vec<_> = value.split(' ').filter(|word| !word.is_empty()).collect();
        assert_eq!(words.join(" "), expected, "{}", line.escape_debug());
        assert!(!value.contains(['\r', '\n']));
        assert_eq!(fields.len(), 2, "{}", line.escape_debug());
    }
}

#[test]
fn a_content_length_is_one_decimal_number() {
    let with_length =
        |length: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nhello");
    assert_eq!(accepted(&with_length("005")).content, b"hello");
    for length in [
        "", "+5", "-5", "0x5", "5 5", "5,5", "5, 5", "5.0", "5_0", "five",
    ] {
        refused(&with_length(length), ProtocolError::InvalidContentLength);
    }
    for second in ["5", "6"] {
        let twice = format!("5\r\nContent-Length: {second}");
        refused(&with_length(&twice), ProtocolError::RepeatedContentLength);
    }
    let limit = i64::MAX.unsigned_abs();
    let error = ProtocolError::ContentTooLarge { limit };
    refused(&with_length("9223372036854775808"), error);
}

#[test]
fn chunks_are_joined_and_trailers_kept_apart() {
    let heard = accepted(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n c\r\n\r\n",
    );
    assert_eq!(heard.framing, Some(Framing::Chunked));
    assert_eq!(heard.content, b"hello!");
    let trailers = heard.trailers.unwrap();
    assert_eq!(trailers["a"].to_str().unwrap().replace(' ', ""), "bc");
    assert!(heard.persistent);
}

#[test]
fn what_is_not_a_chunk_is_refused() {
    let body =
        |chunks: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
    for (chunks, error) in [
        ("1\nx\r\n", ProtocolError::BareLineFeed),
        ("1\r\nx\n", ProtocolError::UnterminatedChunk),
        ("0\r\n\n", ProtocolError::BareLineFeed),
        ("\r\n\r\n", ProtocolError::InvalidChunkSize),
        ("+1\r\nx\r\n", ProtocolError::InvalidChunkSize),
        (
            "0\r\nContent-Length: 1\r\n\r\n",
            ProtocolError::ForbiddenTrailer,
        ),
        ("0\r\n A: b\r\n\r\n", ProtocolError::MalformedField),
    ] {
        let heard = answer(get, &body(chunks));
        assert_eq!(heard.error, Some(error), "{}", chunks.escape_debug());
    }
}

#[test]
fn two_kinds_of_framing_are_refused() {
    refused(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
        ProtocolError::FramedTwice,
    );
    refused(
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n",
        ProtocolError::FramedTwice,
    );
}

#[test]
fn transfer_codings_that_cannot_be_decoded_are_refused() {
    let with_coding =
        |coding: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: {coding}\r\n\r\n");
    for coding in [
        "chunked, chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "",
        ",chunked",
        "chunked;q=1",
    ] {
        refused(&with_coding(coding), ProtocolError::InvalidTransferEncoding);
    }
    refused(
        &with_coding("gzip, chunked"),
        ProtocolError::UnknownTransferCoding,
    );
    refused(
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ProtocolError::TransferEncodingInHttp10,
    );
}

#[test]
fn without_a_length_the_end_of_the_connection_ends_the_content() {
    for fields in [
        "",
        "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: identity\r\n",
        "Connection: keep-alive\r\n",
    ] {
        let heard = until_close(&format!("HTTP/1.1 200 OK\r\n{fields}\r\n5\r\nhello"));
        assert_eq!(heard.framing, Some(Framing::UntilClose), "{fields}");
        assert_eq!(heard.content, b"5\r\nhello");
        assert!(heard.is_whole && !heard.persistent);
        assert_eq!(heard.error, None);
    }
    let heard = answer(get, "HTTP/1.1 200 OK\r\n\r\nhello");
    assert!(!heard.is_whole && !heard.persistent);
}

#[test]
fn the_end_of_the_connection_before_that_of_the_message_is_an_error() {
    for bytes in [
        "H",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n",
    ] {
        let heard = until_close(bytes);
        assert_eq!(
            heard.error,
            Some(ProtocolError::Truncated),
            "{}",
            bytes.escape_debug()
        );
        assert!(!heard.is_whole && !heard.persistent);
    }
    assert_eq!(until_close("").error, Some(ProtocolError::NoResponse));
}

#[test]
fn an_end_behind_a_whole_response_is_none() {
    let heard = until_close("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    assert_eq!((heard.error, heard.is_whole), (None, true));
    assert!(!heard.persistent);
}

#[test]
fn a_connection_that_ends_while_idle_takes_no_request() {
    let mut conn = ClientConn::new(Peer::Origin, Limits::default());
    assert!(matches!(conn.receive_eof(b""), Ok(None)));
    assert!(!conn.is_persistent());
    let (head, ()) = get().body(()).unwrap().into_parts();
    let refused = conn.send_head(&head, ContentLength::Exact(0), &mut OutBuf::default());
    assert_eq!(refused, Err(ProtocolError::OutOfTurn));
}

#[test]
fn responses_without_content_end_with_their_head() {
    let fields = "Content-Length: 5\r\n\r\n";
    let head = || Request::head("http://a.test/");
    for (request, status) in [
        (head as fn() -> _, "200 OK"),
        (head, "404 Not Found"),
        (get, "204 No Content"),
        (get, "304 Not Modified"),
    ] {
        let heard = answer(request, &format!("HTTP/1.1 {status}\r\n{fields}"));
        assert_eq!((heard.error, heard.is_whole), (None, true), "{status}");
        assert_eq!(heard.framing, Some(Framing::Length(0)), "{status}");
        assert_eq!(heard.head.unwrap().2["content-length"], "5");
        assert!(heard.persistent, "{status}");
    }
    // What the fields say is of another message; it is neither read nor judged.
    for fields in [
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "",
    ] {
        let heard = answer(head, &format!("HTTP/1.1 200 OK\r\n{fields}\r\n"));
        assert_eq!((heard.error, heard.is_whole), (None, true), "{fields}");
        assert!(heard.persistent);
    }
}

#[test]
fn bytes_behind_a_response_answer_nothing() {
    let next = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    let head = || Request::head("http://a.test/");
    for (request, response) in [
        (
            get as fn() -> _,
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ),
        (
            get,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (get, "HTTP/1.1 204 No Content\r\n\r\n"),
        (
            get,
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
        ),
        (head, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
    ] {
        for rest in [next, "hello", "\r\n"] {
            let heard = answer(request, &format!("{response}{rest}"));
            assert_eq!((heard.error, heard.is_whole), (None, true));
            assert_eq!(heard.rest, rest.as_bytes());
            assert!(heard.has_excess && !heard.persistent);
        }
        let heard = answer(request, response);
        assert!(!heard.has_excess && heard.persistent);
    }
}

#[test]
fn bytes_behind_a_response_count_though_nobody_looks_for_more() {
    let response = "HTTP/1.1 204 No Content\r\n\r\n";
    let mut conn = asked(get(), &Limits::default());
    let mut buf = BytesMut::from(response.repeat(2).as_str());
    loop {
        if let Some(ClientEvent::End(_)) = conn.receive(&mut buf).unwrap() {
            break;
        }
    }
    assert!(conn.has_excess() && !conn.next_exchange());
}

#[test]
fn bytes_that_no_request_asked_for_are_refused() {
    let bytes = "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
    let mut conn = ClientConn::new(Peer::Origin, Limits::default());
    let unsolicited = conn.receive(&mut BytesMut::from(bytes));
    assert!(matches!(
        unsolicited,
        Err(ProtocolError::UnsolicitedResponse)
    ));

    let mut conn = asked(get(), &Limits::default());
    let mut buf = BytesMut::from("HTTP/1.1 204 No Content\r\n\r\n");
    while conn.receive(&mut buf).unwrap().is_some() {}
    assert!(conn.next_exchange());
    assert!(matches!(conn.receive(&mut buf), Ok(None)), "nothing came");
    buf.extend_from_slice(bytes.as_bytes());
    let unsolicited = conn.receive(&mut buf);
    assert!(matches!(
        unsolicited,
        Err(ProtocolError::UnsolicitedResponse)
    ));
    let (head, ()) = get().body(()).unwrap().into_parts();
    let refused = conn.send_head(&head, ContentLength::Exact(0), &mut OutBuf::default());
    assert_eq!(refused, Err(ProtocolError::OutOfTurn));
}

#[test]
fn informational_responses_come_before_the_final_one() {
    let heard = accepted(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n\
         HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\
         HTTP/1.1 199\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    );
    assert_eq!(heard.informational, [100, 103, 103, 199]);
    assert_eq!(heard.head.unwrap().0, 200);
    assert_eq!(heard.content, b"ok");
    assert!(heard.persistent);
}

#[test]
fn informational_responses_are_counted_for_each_request() {
    let limits = Limits {
        informational_max: 2,
        ..Limits::default()
    };
    let hints =
        |n| "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(n) + "HTTP/1.1 204 No Content\r\n\r\n";
    let hear = |n| hear_at_every_split(get, &limits, hints(n).as_bytes(), Then::Waits);
    assert_eq!((hear(2).error, hear(2).is_whole), (None, true));
    let error = ProtocolError::TooManyInformational { limit: 2 };
    assert_eq!(hear(3).error, Some(error));
    assert_eq!(Limits::default().informational_max, 100);

    let mut conn = asked(get(), &limits);
    for _ in 0..3 {
        let mut buf = BytesMut::from(hints(2).as_str());
        while conn.receive(&mut buf).unwrap().is_some() {}
        assert!(conn.next_exchange());
        send(&mut conn, get());
    }
}

fn upgrade() -> http::request::Builder {
    get()
        .header("upgrade", "h9c, WebSocket")
        .header("upgrade", "foo/2")
}

#[test]
fn a_101_that_was_asked_for_ends_http() {
    for chosen in [
        "Upgrade: websocket\r\n",
        "Upgrade: foo/2, websocket\r\n",
        "Upgrade: foo/2\r\nUpgrade: H9C\r\n",
    ] {
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n{chosen}Content-Length: 3\r\n\r\n"
        );
        let rest = "\x01\x02HTTP/1.1 200 OK\r\n\r\n";
        let heard = answer(upgrade, &format!("{head}{rest}"));
        assert!(heard.has_switched && !heard.persistent);
        assert_eq!((heard.error, heard.is_whole), (None, false));
        assert_eq!(heard.rest, rest.as_bytes());
        assert!(!heard.has_excess, "it is the new protocol's");
    }
}

#[test]
fn a_101_that_was_not_asked_for_is_refused() {
    let http_10 = || upgrade().version(Version::HTTP_10);
    for (request, fields) in [
        (get as fn() -> _, "Upgrade: websocket\r\n"),
        (http_10, "Upgrade: websocket\r\n"),
        (upgrade, ""),
        (upgrade, "Upgrade: \r\n"),
        (upgrade, "Upgrade: foo\r\n"),
        (upgrade, "Upgrade: websocket, bar\r\n"),
        (upgrade, "Upgrade: websocket\r\nUpgrade: bar\r\n"),
    ] {
        let heard = answer(
            request,
            &format!("HTTP/1.1 101 Switching Protocols\r\n{fields}\r\n"),
        );
        assert_eq!(
            heard.error,
            Some(ProtocolError::NotRequestedProtocol),
            "{fields}"
        );
        assert!(!heard.has_switched);
    }
}

#[test]
fn a_server_may_answer_an_offer_to_switch_as_usual() {
    let heard = answer(
        upgrade,
        "HTTP/1.1 200 OK\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nok",
    );
    assert_eq!(
        (heard.error, heard.is_whole, heard.has_switched),
        (None, true, false)
    );
    assert!(heard.persistent);
}

fn connect() -> http::request::Builder {
    Request::connect("a.test:443")
}

#[test]
fn a_2xx_to_connect_begins_a_tunnel_whatever_its_fields_say() {
    for fields in [
        "",
        "Content-Length: 5\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: x\r\n",
        "Connection: close\r\n",
    ] {
        let heard = answer(
            connect,
            &format!("HTTP/1.1 200 OK\r\n{fields}\r\n\x16\x03\x01"),
        );
        assert!(heard.has_switched && !heard.persistent);
        assert_eq!((heard.error, heard.framing), (None, None));
        assert_eq!(heard.rest, b"\x16\x03\x01");
    }
    let heard = answer(
        connect,
        "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno",
    );
    assert_eq!((heard.is_whole, heard.has_switched), (true, false));
    assert!(heard.persistent);
}

#[test]
fn a_switch_is_over_when_the_request_is_sent_too() {
    let mut conn = ClientConn::new(Peer::Origin, Limits::default());
    let (head, ()) = upgrade().method("POST").body(()).unwrap().into_parts();
    let mut out = OutBuf::default();
    conn.send_head(&head, ContentLength::Exact(1), &mut out)
        .unwrap();
    let mut buf = BytesMut::from("HTTP/1.1 101 S\r\nUpgrade: foo/2\r\n\r\n");
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(ClientEvent::Switched(_)))
    ));
    assert!(!conn.has_switched());
    conn.send_data("x".into(), &mut out).unwrap();
    conn.send_end(None, &mut out).unwrap();
    assert!(conn.has_switched() && !conn.next_exchange());
}

#[test]
fn persistence_is_what_both_sides_say() {
    let close = || get().header("connection", "close");
    let http_10 = || get().version(Version::HTTP_10);
    let http_10_keep_alive = || {
        let request = get().version(Version::HTTP_10);
        request.header("connection", "keep-alive")
    };
    for (request, version, fields, expected) in [
        (get as fn() -> _, "1.1", "", true),
        (get, "1.1", "Connection: keep-alive\r\n", true),
        (get, "1.1", "Connection: x, Close\r\n", false),
        (
            get,
            "1.1",
            "Connection: keep-alive\r\nConnection: close\r\n",
            false,
        ),
        (get, "1.0", "", false),
        (get, "1.0", "Connection: Keep-Alive\r\n", true),
        (close, "1.1", "", false),
        (close, "1.1", "Connection: keep-alive\r\n", false),
        (http_10, "1.1", "", false),
        (http_10_keep_alive, "1.1", "", true),
        (http_10_keep_alive, "1.0", "", false),
        (
            http_10_keep_alive,
            "1.0",
            "Connection: keep-alive\r\n",
            true,
        ),
    ] {
        let bytes = format!("HTTP/{version} 200 OK\r\n{fields}Content-Length: 0\r\n\r\n");
        let heard = answer(request, &bytes);
        assert_eq!((heard.error, heard.is_whole), (None, true));
        assert_eq!(heard.persistent, expected, "{version} {fields}");
    }
}

#[test]
fn limits_are_exact() {
    let limits = Limits {
        head_bytes_max: 100,
        fields_max: 2,
        content_bytes_max: Some(5),
        ..Limits::default()
    };
    let hear = |bytes: &str, then| hear_at_every_split(get, &limits, bytes.as_bytes(), then);
    let error = |bytes: &str| hear(bytes, Then::Waits).error;

    let padded = |n: usize| format!("HTTP/1.1 204 No Content\r\nX: {}\r\n\r\n", "x".repeat(n));
    assert_eq!(padded(68).len(), 100);
    assert_eq!(error(&padded(68)), None);
    let too_large = Some(ProtocolError::HeadTooLarge { limit: 100 });
    assert_eq!(error(&padded(69)), too_large);
    assert_eq!(error(&padded(500)), too_large);
    let line = |n: usize| format!("HTTP/1.1 204 {}\r\n\r\n", "x".repeat(n));
    assert_eq!(line(83).len(), 100);
    assert_eq!(error(&line(83)), None);
    assert_eq!(error(&line(84)), too_large);
    assert_eq!(error(&"HTTP/1.1 204 ".repeat(20)), too_large);
    // What lies behind the limit does not matter, whether it is here or not.
    let broken_behind = format!("HTTP/1.1 204 {}\n", "x".repeat(100));
    assert_eq!(error(&broken_behind), too_large);
    // The limit is that of each head, not of all.
    let hint = format!("HTTP/1.1 103 Early Hints\r\nX: {}\r\n\r\n", "x".repeat(60));
    assert_eq!(error(&(hint.repeat(3) + &padded(68))), None);

    assert_eq!(error("HTTP/1.1 204 N\r\nX: 1\r\nX: 2\r\n\r\n"), None);
    let too_many = Some(ProtocolError::TooManyFields { limit: 2 });
    assert_eq!(
        error("HTTP/1.1 204 N\r\nX: 1\r\nX: 2\r\nX: 3\r\n\r\n"),
        too_many
    );

    let too_large = Some(ProtocolError::ContentTooLarge { limit: 5 });
    assert_eq!(
        error("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        None
    );
    assert_eq!(
        error("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello!"),
        too_large
    );
    assert_eq!(hear("HTTP/1.1 200 OK\r\n\r\nhello", Then::Ends).error, None);
    assert_eq!(
        hear("HTTP/1.1 200 OK\r\n\r\nhello!", Then::Ends).error,
        too_large
    );
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n";
    assert_eq!(error(chunks), too_large);
}

#[test]
fn the_limit_on_content_can_be_raised_for_one_response() {
    let limits = Limits {
        content_bytes_max: Some(1),
        ..Limits::default()
    };
    let mut conn = asked(get(), &limits);
    let response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let mut buf = BytesMut::from(response);
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(ClientEvent::Response(_)))
    ));
    assert_eq!(conn.content_left(), Some(2));
    conn.limit_content(None);
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(ClientEvent::Data(_)))
    ));
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(ClientEvent::End(None)))
    ));
    assert_eq!(conn.content_left(), Some(0));
    assert!(conn.has_received_response() && conn.next_exchange());

    send(&mut conn, get());
    let mut buf = BytesMut::from(response);
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(ClientEvent::Response(_)))
    ));
    let refused = conn.receive(&mut buf);
    assert!(matches!(
        refused,
        Err(ProtocolError::ContentTooLarge { limit: 1 })
    ));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_heard_or_refused_the_same_at_any_split(
        pieces in proptest::collection::vec(proptest::sample::select(FRAGMENTS), 1..12),
        cuts in proptest::collection::btree_set(1_usize..400, 0..6),
        ends in proptest::bool::ANY,
    ) {
        let bytes = pieces.concat();
        let cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        let limits = Limits {
            head_bytes_max: 200,
            fields_max: 4,
            content_bytes_max: Some(20),
            trailer_bytes_max: 40,
            informational_max: 2,
            ..Limits::default()
        };
        let then = if ends { Then::Ends } else { Then::Waits };
        let whole = hear(asked(upgrade(), &limits), &bytes, [].into_iter(), then);
        let split = hear(asked(upgrade(), &limits), &bytes, cuts.into_iter(), then);
        proptest::prop_assert_eq!(&whole, &split);
        proptest::prop_assert!(whole.content.len() <= 20);
    }
}

/// Pieces of which responses and near-responses are made.
const FRAGMENTS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.0 200\r\n",
    b"HTTP/1.1 103 Early Hints\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"Upgrade: websocket\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"X: y\r\n",
    b"\r\n",
    b" z\r\n",
    b"abc",
    b"3\r\nabc\r\n",
    b"1;a=\"b\"\r\n",
    b"0\r\n",
    b"0\r\n\r\n",
    b"\n",
    b"\r",
    b"\xff",
];

use std::collections::VecDeque;

use arbitrary::{Arbitrary as _, Unstructured};
use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING};
use http::{HeaderMap, Method, StatusCode};

use super::answered::answered;
use super::dechunk::Line;
use super::exchange::Exchange;
use super::read::{Framing, Response, read};
use crate::h1::{Conn, ContentLength, Event, HttpDate, Limits, OutBuf, ProtocolError};

/// Makes a request and a response of `bytes`, and checks what is sent.
pub fn check(bytes: &[u8]) {
    if let Ok(exchange) = Exchange::arbitrary(&mut Unstructured::new(bytes)) {
        check_exchange(&exchange);
    }
}

/// A response is read as it was meant, and what cannot be sent is refused before or cut short.
pub fn check_exchange(exchange: &Exchange) {
    let mut conn = asked(exchange);
    let mut wire = Wire {
        out: OutBuf::default(),
        sent: Vec::new(),
        write_max: exchange.write_max,
    };
    send_hints(&mut conn, exchange, &mut wire);
    if let Err(error) = send_head(&mut conn, exchange, &mut wire) {
        assert!(wire.out.is_empty(), "half a head");
        assert_eq!(Some(error), refusal(exchange));
        let instead = Exchange {
            status: 500,
            fields: HeaderMap::new(),
            length: ContentLength::Exact(0),
            pieces: Vec::new(),
            trailers: None,
            ..exchange.clone()
        };
        send_head(&mut conn, &instead, &mut wire).expect("another one can be sent");
        return check_sent(&instead, conn, wire);
    }
    assert_eq!(refusal(exchange), None);
    check_sent(exchange, conn, wire);
}

/// A server that has received the request.
fn asked(exchange: &Exchange) -> Conn {
    let version = if exchange.is_http_10 { "1.0" } else { "1.1" };
    let mut text = format!("{} / HTTP/{version}\r\nHost: a\r\n", exchange.method);
    if let Some(connection) = exchange.connection {
        text += &format!("Connection: {connection}\r\n");
    }
    if exchange.takes_trailers {
        text += "TE: trailers\r\n";
    }
    let mut buf = BytesMut::from(&*(text + "\r\n"));
    let mut conn = Conn::server(Limits::default());
    assert!(matches!(
        conn.receive(&mut buf),
        Ok(Some(Event::Request(_)))
    ));
    assert!(matches!(conn.receive(&mut buf), Ok(Some(Event::End(None)))));
    conn
}

/// Why there is no sending this head.
fn refusal(exchange: &Exchange) -> Option<ProtocolError> {
    if exchange.status < 200 {
        return Some(ProtocolError::NotAFinalStatus);
    }
    let contradictory = Some(ProtocolError::ContradictoryContentLength);
    let Ok(said) = said_length(&exchange.fields) else {
        return contradictory;
    };
    match (exchange.length, said) {
        (ContentLength::Exact(exact), Some(said)) if exact != said && has_content(exchange) => {
            contradictory
        }
        _ => None,
    }
}

/// What the service's own `Content-Length` says; `Err` where it is none or says two things.
fn said_length(fields: &HeaderMap) -> Result<Option<u64>, ()> {
    let mut said = None;
    for value in fields.get_all(CONTENT_LENGTH) {
        let digits = value.to_str().map_err(|_| ())?;
        if digits.starts_with('+') {
            return Err(());
        }
        let length: u64 = digits.parse().map_err(|_| ())?;
        if said.is_some_and(|said| said != length) {
            return Err(());
        }
        said = Some(length);
    }
    Ok(said)
}

fn has_content(exchange: &Exchange) -> bool {
    exchange.method != Method::HEAD && !matches!(exchange.status, 204 | 205 | 304)
}

/// A transport that takes so much at a time.
struct Wire {
    out: OutBuf,
    sent: Vec<u8>,
    write_max: usize,
}

impl Wire {
    fn write(&mut self) {
        let piece = self.out.first_piece();
        let length = piece.len().min(self.write_max);
        self.sent.extend_from_slice(&piece[..length]);
        self.out.advance(length);
    }

    fn write_all(&mut self) {
        while !self.out.is_empty() {
            self.write();
        }
    }
}

fn send_hints(conn: &mut Conn, exchange: &Exchange, wire: &mut Wire) {
    if let Some(fields) = &exchange.hints {
        let head = head(103, fields);
        conn.send_informational(&head, &mut wire.out)
            .expect("no response is under way");
        wire.write_all();
    }
}

fn head(status: u16, fields: &HeaderMap) -> http::response::Parts {
    let (mut head, ()) = http::Response::new(()).into_parts();
    head.status = StatusCode::from_u16(status).expect("three digits");
    head.headers = fields.clone();
    head
}

fn send_head(conn: &mut Conn, exchange: &Exchange, wire: &mut Wire) -> Result<(), ProtocolError> {
    let head = head(exchange.status, &exchange.fields);
    let date = HttpDate::from_unix_seconds(784_111_777);
    conn.send_head(&head, exchange.length, &date, &mut wire.out)
}

fn send_content(
    conn: &mut Conn,
    exchange: &Exchange,
    wire: &mut Wire,
) -> Result<(), ProtocolError> {
    for piece in &exchange.pieces {
        conn.send_data(Bytes::from(piece.clone()), &mut wire.out)?;
        wire.write();
    }
    conn.send_end(exchange.trailers.as_ref(), &mut wire.out)
}

fn check_sent(exchange: &Exchange, mut conn: Conn, mut wire: Wire) {
    let ended = send_content(&mut conn, exchange, &mut wire);
    wire.write_all();
    let response = read(&wire.sent, exchange.method == Method::HEAD);
    check_answered(exchange, &wire.sent, &response);
    check_hints(exchange, &response);
    check_head(exchange, &response);
    let content = exchange.content();
    let persistent = conn.is_persistent();
    match ended {
        Ok(()) => {
            assert!(response.is_whole);
            let content = if has_content(exchange) {
                content
            } else {
                Vec::new()
            };
            assert_eq!(response.content, content);
            check_trailers(exchange, &response);
        }
        Err(ProtocolError::ContentTooShort) => assert!(!response.is_whole),
        Err(ProtocolError::ContentTooLong) => {
            let Framing::Length(length) = response.framing else {
                panic!("no length was announced");
            };
            assert!(content.len() > length);
        }
        Err(error) => panic!("{error}"),
    }
    // RFC 9112 §9.6: who closes says so, and who does not, does not.
    assert_eq!(response.lists("connection", "close"), !persistent);
    if response.framing == Framing::UntilClose {
        assert!(!persistent);
    }
    if exchange.is_http_10 && persistent {
        assert!(response.lists("connection", "keep-alive"));
    }
    assert_eq!(conn.next_exchange(), persistent && ended.is_ok());
}

/// Our own client reads the same.
fn check_answered(exchange: &Exchange, sent: &[u8], response: &Response) {
    let ours = answered(sent, [], &exchange.method, &Limits::default());
    let head = ours.head.expect("a head");
    let status = head.invalid.map_or(head.status, |invalid| invalid.0);
    assert_eq!(status.as_u16(), response.status);
    assert_eq!(ours.informational.len(), response.informational.len());
    assert_eq!(ours.is_whole, response.is_whole);
    if response.is_whole {
        assert_eq!(ours.error, None);
        assert_eq!(ours.content, response.content);
        let trailers = ours.trailers.as_ref().map(lines).unwrap_or_default();
        assert_eq!(trailers, response.trailers);
    }
}

/// An informational response frames nothing and says nothing of the connection, and HTTP/1.0 knows none.
fn check_hints(exchange: &Exchange, response: &Response) {
    let hints = exchange.hints.as_ref().filter(|_| !exchange.is_http_10);
    let ours = [CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING];
    let mut hints: Vec<_> = hints.map(lines).into_iter().collect();
    for fields in &mut hints {
        fields.retain(|(name, _)| !ours.iter().any(|ours| *ours == **name));
    }
    assert_eq!(response.informational, hints);
}

fn check_head(exchange: &Exchange, response: &Response) {
    assert_eq!(response.status, exchange.status);
    // The service's fields come first, as they are, but for those that are ours.
    let ours = |line: &&Line| {
        line.0 == TRANSFER_ENCODING.as_str()
            || line.0 == CONTENT_LENGTH.as_str()
            || line.0 == CONNECTION.as_str() && line.1.eq_ignore_ascii_case(b"keep-alive")
    };
    let theirs = lines(&exchange.fields);
    let theirs: Vec<_> = theirs.iter().filter(|line| !ours(line)).collect();
    let sent: Vec<_> = response.fields.iter().take(theirs.len()).collect();
    assert_eq!(sent, theirs);
    let dates = exchange.fields.get_all(DATE).iter().count().max(1);
    assert_eq!(response.all("date").count(), dates);
    match exchange.status {
        204 => {
            assert_eq!(response.all("content-length").count(), 0);
            assert_eq!(response.all("transfer-encoding").count(), 0);
        }
        205 => assert_eq!(response.framing, of_205(exchange)),
        _ => {}
    }
    if exchange.is_http_10 {
        assert_eq!(response.all("transfer-encoding").count(), 0);
    }
}

fn of_205(exchange: &Exchange) -> Framing {
    if exchange.method == Method::HEAD {
        Framing::Nothing
    } else {
        Framing::Length(0)
    }
}

fn check_trailers(exchange: &Exchange, response: &Response) {
    let takes = response.framing == Framing::Chunked && exchange.takes_trailers;
    let trailers = exchange.trailers.as_ref().filter(|_| takes);
    let mut expected = trailers.map(lines).unwrap_or_default();
    expected.retain(|(name, _)| name.starts_with("x-"));
    assert_eq!(response.trailers, expected);
}

/// As a reader sees them: without the white space around a value.
fn lines(fields: &HeaderMap) -> VecDeque<Line> {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        let value = value.as_bytes().trim_ascii().to_vec();
        (name.as_str().to_owned(), value)
    };
    fields.iter().map(line).collect()
}

//! Responses.

use std::hint::black_box;

use bytes::{Bytes, BytesMut};
use http::response;

use crate::COUNT_MAX;
use crate::h1::{Conn, ContentLength, HttpDate, OutBuf};
use crate::receive::server;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const CONTENT: &[u8] = b"Hello, World!";

pub(crate) fn head(count: usize) {
    let mut asked = Vec::new();
    for _ in 0..COUNT_MAX {
        let mut conn = server();
        receive(&mut conn, &mut BytesMut::from(REQUEST));
        asked.push(conn);
    }
    let (head, date) = response();
    let mut out = OutBuf::default();
    // So that the first one is not the one that makes room.
    let mut first = asked.pop();
    for conn in first.iter_mut().chain(&mut asked).take(count + 1) {
        let sent = conn.send_head(&head, ContentLength::Unknown, &date, &mut out);
        assert!(sent.is_ok());
        out.advance(black_box(&out).len());
    }
    std::mem::forget((first, asked));
}

/// A request and its answer, one after the other on one connection.
pub(crate) fn exchange(count: usize) {
    let (head, date) = response();
    let (mut conn, mut buf, mut out) = (server(), BytesMut::new(), OutBuf::default());
    for _ in 0..count {
        buf.extend_from_slice(REQUEST);
        receive(&mut conn, &mut buf);
        let length = ContentLength::Exact(CONTENT.len().try_into().unwrap_or_default());
        let sent = conn
            .send_head(&head, length, &date, &mut out)
            .and_then(|()| conn.send_data(Bytes::from_static(CONTENT), &mut out))
            .and_then(|()| conn.send_end(None, &mut out));
        assert!(sent.is_ok());
        out.advance(black_box(&out).len());
        assert!(conn.next_exchange());
    }
}

fn receive(conn: &mut Conn, buf: &mut BytesMut) {
    while let Ok(Some(event)) = conn.receive(buf) {
        black_box(&event);
    }
    assert!(conn.has_received_request());
}

fn response() -> (response::Parts, HttpDate) {
    let head = http::Response::builder()
        .header("content-type", "text/html; charset=utf-8")
        .header("cache-control", "public, max-age=3600")
        .header("etag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\"")
        .header("vary", "accept-encoding")
        .header("x-content-type-options", "nosniff")
        .body(());
    let (head, ()) = head.unwrap_or_default().into_parts();
    (head, HttpDate::from_unix_seconds(784_111_777))
}

//! What arrives byte by byte. Twice as much may cost twice as much, and not four times.

use bytes::BytesMut;

use crate::h1::Event;
use crate::receive::server;

pub(crate) fn head_8k(count: usize) {
    head(8 * 1024, count);
}

pub(crate) fn head_16k(count: usize) {
    head(16 * 1024, count);
}

pub(crate) fn line_4k(count: usize) {
    line(4 * 1024, count);
}

pub(crate) fn line_8k(count: usize) {
    line(8 * 1024, count);
}

pub(crate) fn trailers_4k(count: usize) {
    trailers(4 * 1024, count);
}

pub(crate) fn trailers_8k(count: usize) {
    trailers(8 * 1024, count);
}

/// A head of 64 field lines.
fn head(length: usize, count: usize) {
    let start = "GET / HTTP/1.1\r\nHost: a\r\n";
    drip(start, &filled(length - start.len()), count);
}

/// A request-target.
fn line(length: usize, count: usize) {
    let (start, end) = ("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n");
    let target = "a".repeat(length - start.len() - end.len());
    drip(start, &(target + end), count);
}

fn trailers(length: usize, count: usize) {
    let start = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    drip(start, &filled(length), count);
}

/// A field section of so many bytes, with its empty line.
fn filled(length: usize) -> String {
    let value = "v".repeat(length / 64 - "name: \r\n".len());
    let lines = format!("name: {value}\r\n").repeat(63);
    let last = "v".repeat(length - lines.len() - "name: \r\n\r\n".len());
    format!("{lines}name: {last}\r\n\r\n")
}

fn drip(start: &str, rest: &str, count: usize) {
    for _ in 0..count {
        let (mut conn, mut buf, mut requests) = (server(), BytesMut::new(), 0);
        for byte in start.bytes().chain(rest.bytes()) {
            buf.extend_from_slice(&[byte]);
            while let Ok(Some(event)) = conn.receive(&mut buf) {
                requests += usize::from(matches!(event, Event::Request(_)));
            }
        }
        assert!(requests == 1 && conn.has_received_request());
    }
}

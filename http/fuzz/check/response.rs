use http::{HeaderMap, Method};

use super::answered::{Answered, AnsweredHead, answered};
use super::heard::small_limits;
use super::request::write_fields;
use crate::h1::{Framing, Limits};

/// What makes a difference to the response.
pub const METHODS: [Method; 3] = [Method::GET, Method::HEAD, Method::CONNECT];

/// Reads `bytes` as what is answered to each method, within the default limits and within small ones; whole, and byte
/// by byte.
pub fn check(bytes: &[u8]) {
    for limits in [Limits::default(), small_limits()] {
        for method in &METHODS {
            let whole = answered(bytes, [], method, &limits);
            let bytewise = answered(bytes, 1..bytes.len(), method, &limits);
            assert_eq!(whole, bytewise, "to {method}: {}", bytes.escape_ascii());
            if whole.is_whole {
                check_again(&whole, method, &limits);
            }
        }
    }
}

/// A response that was accepted, written down as it was understood, is understood the same.
fn check_again(whole: &Answered, method: &Method, limits: &Limits) {
    let bytes = write(whole);
    let limits = Limits {
        // What was not there is written: OWS, a space behind the status.
        head_bytes_max: 2 * limits.head_bytes_max,
        trailer_bytes_max: 2 * limits.trailer_bytes_max,
        ..limits.clone()
    };
    let again = answered(&bytes, [], method, &limits);
    let text = bytes.escape_ascii();
    assert_eq!(again.end, whole.end.map(|_| bytes.len()), "{text}");
    let again = Answered {
        end: whole.end,
        // More bytes may have stood behind it.
        persistent: again.persistent && whole.persistent,
        ..again
    };
    assert_eq!(again, *whole, "{text}");
}

fn write(whole: &Answered) -> Vec<u8> {
    let mut bytes = Vec::new();
    for head in whole.informational.iter().chain(&whole.head) {
        write_head(head, &mut bytes);
    }
    if whole.framing != Some(Framing::Chunked) {
        bytes.extend_from_slice(&whole.content);
        return bytes;
    }
    for chunk in whole.content.chunks(7) {
        bytes.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n");
    let none = HeaderMap::new();
    write_fields(whole.trailers.as_ref().unwrap_or(&none), &mut bytes);
    bytes
}

fn write_head(head: &AnsweredHead, bytes: &mut Vec<u8>) {
    let status = head.invalid.map_or(head.status, |invalid| invalid.0);
    let line = format!("{:?} {} ", head.version, status.as_str());
    bytes.extend_from_slice(line.as_bytes());
    if let Some(reason) = &head.reason {
        bytes.extend_from_slice(reason.as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    write_fields(&head.fields, bytes);
}

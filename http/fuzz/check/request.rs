use http::HeaderMap;

use super::heard::{HeardRequest, hear, small_limits};
use crate::h1::{Framing, Limits};

/// Reads `bytes` as requests, within the default limits and within small ones.
pub fn check(bytes: &[u8]) {
    for limits in [Limits::default(), small_limits()] {
        for request in hear(bytes, [], &limits).requests {
            if let Some(end) = request.end {
                assert!(request.head_end <= end && end <= bytes.len());
                check_again(&request, &limits);
            }
        }
    }
}

/// A request that was accepted, written down as it was understood, is understood the same.
fn check_again(request: &HeardRequest, limits: &Limits) {
    let bytes = write(request);
    let limits = Limits {
        // OWS that was not there is written.
        head_bytes_max: 2 * limits.head_bytes_max,
        trailer_bytes_max: 2 * limits.trailer_bytes_max,
        fields_max: limits.fields_max + 1,
        target_bytes_max: limits.target_bytes_max + 1,
        ..limits.clone()
    };
    let heard = hear(&bytes, [], &limits);
    let text = bytes.escape_ascii();
    assert_eq!(heard.error, None, "{text}");
    let [again] = &heard.requests[..] else {
        panic!("{} requests: {text}", heard.requests.len());
    };
    assert_eq!(again.end, Some(bytes.len()), "{text}");
    let again = HeardRequest {
        head_end: request.head_end,
        end: request.end,
        ..again.clone()
    };
    assert_eq!(again, *request, "{text}");
}

fn write(request: &HeardRequest) -> Vec<u8> {
    let mut bytes = format!(
        "{} {} {:?}\r\n",
        request.method, request.uri, request.version
    );
    let mut bytes = std::mem::take(&mut bytes).into_bytes();
    write_fields(&request.fields, &mut bytes);
    if request.framing == Framing::Chunked {
        for chunk in request.content.chunks(7) {
            bytes.extend_from_slice(format!("{:X}\r\n", chunk.len()).as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n");
        let none = HeaderMap::new();
        write_fields(request.trailers.as_ref().unwrap_or(&none), &mut bytes);
    } else {
        bytes.extend_from_slice(&request.content);
    }
    bytes
}

/// With the empty line behind them.
pub(super) fn write_fields(fields: &HeaderMap, bytes: &mut Vec<u8>) {
    for (name, value) in fields {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
}

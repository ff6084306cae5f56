//! Responses that end behind any of their bytes.

use wharf_http::h1::ProtocolError;

use super::odd::{Odd, Pace, Saying, Then};
use crate::harness::{BOTH, Scheme, fetch, soon};

/// Cut behind every byte of it, with a farewell and without one. `head` is how much of it is its head.
async fn cut_everywhere(response: &str, is_whole_at: impl Fn(usize, Scheme, Then) -> bool) {
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for then in [Then::Closes, Then::Drops] {
            for at in 0..=response.len() {
                let saying = Saying {
                    bytes: response.as_bytes()[..at].to_vec(),
                    pace: Pace::Whole,
                    then,
                };
                let shown = format!("{scheme:?} {then:?} {}", response[..at].escape_debug());
                let client = odd.origin.client();
                *odd.saying.lock().unwrap() = saying;
                let answer = fetch(&client, odd.origin.get("/odd")).await;
                soon(odd.said.notified()).await;
                if is_whole_at(at, scheme, then) {
                    assert_eq!(answer.expect(&shown).content, "ok!", "{shown}");
                    continue;
                }
                let error = answer.expect_err(&shown);
                if at == 0 {
                    let nothing = [ProtocolError::NoResponse, ProtocolError::Truncated];
                    assert!(nothing.contains(error.protocol().unwrap()), "{shown}");
                } else {
                    assert!(error.is_truncated(), "{shown}: {error:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_response_with_a_length_that_is_cut_anywhere_is_an_error() {
    let response = "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 3\r\n\r\nok!";
    cut_everywhere(response, |at, _, _| at == response.len()).await;
}

#[tokio::test]
async fn a_chunked_response_that_is_cut_anywhere_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let response = format!("{head}2;a=b\r\nok\r\n01\r\n!\r\n0\r\na: b\r\n\r\n");
    cut_everywhere(&response, |at, _, _| at == response.len()).await;
}

/// Its content has no other end than that of the connection: over TCP nobody can tell.
#[tokio::test]
async fn a_response_until_close_that_is_cut_is_an_error_over_tls() {
    let response = "HTTP/1.1 200 OK\r\n\r\nok!";
    let head = response.len() - 3;
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for then in [Then::Closes, Then::Drops] {
            for at in 0..=response.len() {
                *odd.saying.lock().unwrap() = Saying {
                    bytes: response.as_bytes()[..at].to_vec(),
                    pace: Pace::Whole,
                    then,
                };
                let answer = fetch(&odd.origin.client(), odd.origin.get("/odd")).await;
                let shown = format!("{scheme:?} {then:?} {at}");
                if at >= head && (scheme == Scheme::Http || then == Then::Closes) {
                    let content = answer.expect(&shown).content;
                    assert_eq!(content, response[head..at], "{shown}");
                } else {
                    let error = answer.expect_err(&shown);
                    assert!(at == 0 || error.is_truncated(), "{shown}: {error:?}");
                }
            }
        }
    }
}

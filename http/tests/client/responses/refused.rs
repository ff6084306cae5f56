//! Responses that break a rule.

use wharf_http::h1::ProtocolError;

use super::odd::{Odd, Saying, refused};
use crate::harness::BOTH;

#[tokio::test]
async fn what_is_no_status_line_is_refused_by_name() {
    use ProtocolError::{BareLineFeed, MalformedStatusLine, UnsupportedVersion};
    refused(&[
        ("HTTP/1.1 200 OK\ncontent-length: 2\n\nok", BareLineFeed),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 2x0 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 099 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1\r\n\r\n", MalformedStatusLine),
        ("HTTP/2.0 200 OK\r\n\r\n", UnsupportedVersion),
        ("HTTP/0.9 200 OK\r\n\r\n", UnsupportedVersion),
        ("SSH-2.0-OpenSSH_9.2\r\n", MalformedStatusLine),
        ("okHTTP/1.1 200 OK\r\n\r\n", MalformedStatusLine),
        ("\0", MalformedStatusLine),
    ])
    .await;
}

#[tokio::test]
async fn malformed_fields_are_refused_by_name() {
    use ProtocolError::{BareLineFeed, MalformedField};
    refused(&[
        ("HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", MalformedField),
        ("HTTP/1.1 200 OK\r\na : b\r\n\r\n", MalformedField),
        ("HTTP/1.1 200 OK\r\na: \0\r\n\r\n", MalformedField),
        (
            "HTTP/1.1 200 OK\r\na: b\ncontent-length: 0\r\n\r\n",
            BareLineFeed,
        ),
    ])
    .await;
}

#[tokio::test]
async fn framing_that_two_readers_may_understand_differently_is_refused_by_name() {
    use ProtocolError::{
        FramedTwice, InvalidContentLength, InvalidTransferEncoding, RepeatedContentLength,
        TransferEncodingInHttp10, UnknownTransferCoding,
    };
    let with = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\nok");
    let mut cases = Vec::new();
    for length in ["2, 2", "2, 3", "+2", "-2", "2x", "0x2", "2 2", ""] {
        let bytes = with(&format!("content-length: {length}"));
        cases.push((bytes, InvalidContentLength));
    }
    for second in ["2", "3"] {
        let bytes = with(&format!("content-length: 2\r\ncontent-length: {second}"));
        cases.push((bytes, RepeatedContentLength));
    }
    let both = "content-length: 2\r\ntransfer-encoding: chunked";
    cases.push((with(both), FramedTwice));
    for (coding, error) in [
        ("chunked, chunked", InvalidTransferEncoding),
        (
            "chunked\r\ntransfer-encoding: chunked",
            InvalidTransferEncoding,
        ),
        ("gzip, chunked", UnknownTransferCoding),
    ] {
        cases.push((with(&format!("transfer-encoding: {coding}")), error));
    }
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    cases.push((old.to_owned(), TransferEncodingInHttp10));
    let cases: Vec<_> = cases.iter().map(|(b, e)| (&b[..], e.clone())).collect();
    refused(&cases).await;
}

#[tokio::test]
async fn what_is_no_chunk_is_refused_by_name_and_never_a_short_content() {
    use ProtocolError::{BareLineFeed, ForbiddenTrailer, InvalidChunkSize, UnterminatedChunk};
    let cases: Vec<_> = [
        ("2\nok\r\n0\r\n\r\n", BareLineFeed),
        ("2\r\nok\n0\r\n\r\n", UnterminatedChunk),
        ("2\r\nok\r\n0\n\r\n", BareLineFeed),
        ("2\r\nokay\r\n0\r\n\r\n", UnterminatedChunk),
        ("+2\r\nok\r\n0\r\n\r\n", InvalidChunkSize),
        ("\r\nok\r\n0\r\n\r\n", InvalidChunkSize),
        ("11111111111111111\r\nok", InvalidChunkSize),
        (
            "2\r\nok\r\n0\r\ncontent-length: 2\r\n\r\n",
            ForbiddenTrailer,
        ),
    ]
    .into_iter()
    .map(|(chunks, error)| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        (format!("{head}{chunks}"), error)
    })
    .collect();
    let cases: Vec<_> = cases.iter().map(|(b, e)| (&b[..], e.clone())).collect();
    refused(&cases).await;
}

#[tokio::test]
async fn a_head_beyond_its_limits_is_refused_and_the_error_says_the_limit() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(32 * 1024));
    let endless = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(40 * 1024));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
    let too_large = ProtocolError::HeadTooLarge { limit: 32 * 1024 };
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for (bytes, error) in [
            (&long, &too_large),
            (&endless, &too_large),
            (&many, &ProtocolError::TooManyFields { limit: 100 }),
        ] {
            let saying = Saying {
                bytes: bytes.as_bytes().to_vec(),
                ..Saying::default()
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            assert_eq!(answer.unwrap_err().protocol(), Some(error), "{scheme:?}");
            assert!(!is_kept);
        }
    }
}

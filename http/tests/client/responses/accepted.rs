//! Responses that are odd, and mean one thing only.

use wharf_http::h1::InvalidStatus;

use super::odd::{Expected, Saying, Then, accepted, expected, in_every_way};
use crate::harness::OK;

#[tokio::test]
async fn odd_responses_that_mean_one_thing_only_are_given_and_keep_the_connection() {
    let mut cases = vec![
        expected(OK, "ok", true),
        expected("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", "ok", true),
        expected(
            "HTTP/1.7 200 OK\r\ncontent-length: 02\r\n\r\nok",
            "ok",
            true,
        ),
        expected(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n002;a=b\r\nok\r\n0\r\na: b\r\n\r\n",
            "ok",
            true,
        ),
        expected("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "", true),
    ];
    for status in [204, 304] {
        let mut case = expected(format!("HTTP/1.1 {status} Odd\r\n\r\n"), "", true);
        case.status = status;
        cases.push(case);
    }
    for framing in ["content-length: 5000", "transfer-encoding: chunked"] {
        let mut case = expected(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n"), "", true);
        case.method = "HEAD";
        cases.push(case);
    }
    accepted(&cases).await;
}

#[tokio::test]
async fn a_status_from_600_is_a_500_that_says_what_it_was() {
    in_every_way(|odd, pace, way| async move {
        for code in [600, 999] {
            let bytes = format!("HTTP/1.1 {code} Odd\r\ncontent-length: 2\r\n\r\nok");
            let saying = Saying {
                bytes: bytes.into_bytes(),
                pace,
                then: Then::Stays,
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            let answer = answer.unwrap();
            assert_eq!((answer.status.as_u16(), is_kept), (500, true), "{way}");
            let was = answer.extensions.get::<InvalidStatus>().unwrap();
            assert_eq!(was.0.as_u16(), code, "{way}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_folded_field_is_joined_by_a_space() {
    in_every_way(|odd, pace, way| async move {
        let bytes = "HTTP/1.1 200 OK\r\na: b\r\n  c\r\ncontent-length: 2\r\n\r\nok";
        let saying = Saying {
            bytes: bytes.into(),
            pace,
            then: Then::Stays,
        };
        let (answer, is_kept) = odd.ask("GET", saying).await;
        let folded = &answer.unwrap().fields["a"];
        let joined: Vec<_> = folded.to_str().unwrap().split_whitespace().collect();
        assert_eq!((joined, is_kept), (vec!["b", "c"], true), "{way}");
    })
    .await;
}

#[tokio::test]
async fn trailers_come_behind_the_content_and_not_among_the_fields() {
    in_every_way(|odd, pace, way| async move {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let saying = Saying {
            bytes: format!("{head}2\r\nok\r\n0\r\na: b\r\n\r\n").into_bytes(),
            pace,
            then: Then::Stays,
        };
        let (answer, is_kept) = odd.ask("GET", saying).await;
        let answer = answer.unwrap();
        assert_eq!(answer.trailers.unwrap()["a"], "b", "{way}");
        assert!(!answer.fields.contains_key("a") && is_kept, "{way}");
    })
    .await;
}

#[tokio::test]
async fn http_1_0_and_close_end_the_connection_unless_the_server_keeps_it() {
    let close = |bytes: &str, is_kept| {
        let then = if is_kept { Then::Stays } else { Then::Closes };
        Expected {
            then,
            ..expected(bytes, "ok", is_kept)
        }
    };
    accepted(&[
        close("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", false),
        close(
            "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nok",
            true,
        ),
        close("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nok", false),
        close("HTTP/1.0 200 OK\r\n\r\nok", false),
        close("HTTP/1.1 200 OK\r\n\r\nok", false),
        close(
            "HTTP/1.1 200 OK\r\nconnection: a, Close\r\ncontent-length: 2\r\n\r\nok",
            false,
        ),
        // These stay open, though they said otherwise: not for another request.
        expected(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
            "ok",
            false,
        ),
        expected(
            "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "ok",
            false,
        ),
    ])
    .await;
}

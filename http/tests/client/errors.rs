//! What an error says: of which request, how far it had come, what was tried.

use std::error::Error as StdError;
use std::time::Duration;

use wharf_http::{Client, ClientConfig, Error, Phase, Retries};

use crate::harness::{BOTH, Origin, Scheme, fetch, raw, read_head, say};

/// A server that answers everything with that, and closes.
async fn saying(scheme: Scheme, answer: &'static str) -> Origin {
    raw(scheme, move |_, mut io| async move {
        read_head(&mut io).await;
        say(&mut io, answer).await;
    })
    .await
}

/// An error with its causes.
pub(crate) fn told(error: &Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told += &format!(": {error}");
        cause = error.source();
    }
    told
}

#[tokio::test]
async fn an_error_says_whose_response_it_was_and_how_far_it_had_come() {
    for scheme in BOTH {
        for (answer, phase) in [
            ("", Phase::Response),
            ("HTTP/1.1 200 OK\r\nconte", Phase::Response),
            ("SSH-2.0\r\n", Phase::Response),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab",
                Phase::Body,
            ),
            (
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
                Phase::Body,
            ),
        ] {
            let origin = saying(scheme, answer).await;
            let error = fetch(&origin.client(), origin.get("/")).await.unwrap_err();
            assert_eq!(error.phase(), Some(phase), "{answer:?} {error:?}");
            let told = told(&error);
            assert!(told.contains(&origin.uri("")), "{told}");
        }
    }
}

#[tokio::test]
async fn an_error_says_over_how_many_connections_a_request_was_sent() {
    let origin = saying(Scheme::Http, "").await;
    let retries = Retries {
        attempts_max: 3,
        pause: Duration::ZERO,
        ..Retries::default()
    };
    let client = Client::new(ClientConfig {
        retries: Some(retries),
        ..origin.config()
    });
    let told = told(&fetch(&client, origin.get("/")).await.unwrap_err());
    assert!(told.contains("3 connections"), "{told}");
    assert_eq!(origin.accepted(), 3);
}

#[tokio::test]
async fn an_error_says_from_where_to_where_a_redirect_leads_that_is_not_followed_but_no_secret() {
    let answer = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\nlocation: http://b.example/in?code=hidden#token\r\n\r\n";
    let origin = saying(Scheme::Https, answer).await;
    let request = origin.get("/login?password=secret");
    let error = fetch(&origin.client(), request).await.unwrap_err();
    let origin = origin.uri("");
    let expected = format!(
        "the request to {origin} failed: the redirect from {origin}/login?... to http://b.example/in?... \
         was not followed: redirected from https to http"
    );
    assert_eq!(told(&error), expected);
}

#[tokio::test]
async fn an_error_says_where_a_redirect_would_have_led_but_no_password() {
    let answer = "HTTP/1.1 302 Found\r\ncontent-length: 0\r\n\
                  location: http://user:secret@b.example/\u{e9}\r\n\r\n";
    let origin = saying(Scheme::Http, answer).await;
    let told = told(&fetch(&origin.client(), origin.get("/")).await.unwrap_err());
    assert!(told.contains("b.example/\\xc3\\xa9"), "{told}");
    assert!(told.contains(&origin.uri("")), "{told}");
    assert!(!told.contains("secret"), "{told}");
}

#[cfg(feature = "gzip")]
#[tokio::test]
async fn an_error_says_whose_content_could_not_be_decoded() {
    for (answer, phase) in [
        // More codings than are taken off.
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip, gzip, gzip, gzip\r\ncontent-length: 1\r\n\r\na",
            Phase::Response,
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nhalf",
            Phase::Body,
        ),
        // What went wrong below is not told twice.
        (
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n",
            Phase::Body,
        ),
    ] {
        let origin = saying(Scheme::Http, answer).await;
        let error = fetch(&origin.client(), origin.get("/")).await.unwrap_err();
        assert_eq!(error.phase(), Some(phase), "{answer:?} {error:?}");
        let told = told(&error);
        assert_eq!(told.matches(&origin.uri("")).count(), 1, "{told}");
        assert!(
            error.content_coding().is_some() || error.is_truncated(),
            "{told}"
        );
    }
}

#[tokio::test]
async fn an_error_says_who_has_not_taken_what_was_sent_before_a_switch() {
    let answer = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n";
    let origin = saying(Scheme::Http, answer).await;
    let mut request = origin.request("GET", "/", vec![b'x'; 64 << 20]);
    for (name, value) in [("connection", "upgrade"), ("upgrade", "x")] {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let error = fetch(&origin.client(), request).await.unwrap_err();
    let told = told(&error);
    assert!(told.contains(&origin.uri("")), "{told}");
}

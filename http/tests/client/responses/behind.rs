//! What a server says behind a response is no answer to the next request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

use super::odd::{Expected, Then, accepted, expected};
use crate::harness::{BOTH, OK, fetch, raw, read_head, say, soon};

#[tokio::test]
async fn bytes_behind_a_response_answer_no_request() {
    let mut cases = Vec::new();
    for behind in [OK, "junk", "\r\n", "HTTP/1.1 408 Timeout\r\n\r\n"] {
        for (method, status, head, content) in [
            ("GET", 200, "HTTP/1.1 200 OK\r\ncontent-length: 2", "ok"),
            ("GET", 204, "HTTP/1.1 204 No Content", ""),
            ("GET", 304, "HTTP/1.1 304 Not Modified", ""),
            ("HEAD", 200, "HTTP/1.1 200 OK\r\ncontent-length: 2", ""),
            ("HEAD", 200, "HTTP/1.1 200 OK", ""),
        ] {
            cases.push(Expected {
                method,
                bytes: format!("{head}\r\n\r\n{content}{behind}"),
                then: Then::Stays,
                status,
                content,
                is_kept: false,
            });
        }
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        cases.push(expected(format!("{chunked}{behind}"), "ok", false));
    }
    accepted(&cases).await;
}

/// Said on an idle connection, it is there before the next request is: nothing has to happen in between for the client to
/// see it.
#[tokio::test]
async fn a_408_on_an_idle_connection_does_not_answer_the_next_request() {
    for scheme in BOTH {
        let late = Arc::new(Notify::new());
        let (bell, rung) = (Arc::clone(&late), Arc::new(Notify::new()));
        let ring = Arc::clone(&rung);
        let origin = raw(scheme, move |number, mut io| {
            let (bell, ring) = (Arc::clone(&bell), Arc::clone(&ring));
            async move {
                read_head(&mut io).await;
                say(&mut io, OK).await;
                if number == 0 {
                    bell.notified().await;
                    let timeout = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n";
                    say(&mut io, &format!("{timeout}connection: close\r\n\r\n")).await;
                    let _ = io.shutdown().await;
                    ring.notify_one();
                }
                read_head(&mut io).await;
            }
        })
        .await;
        // In a task: what runs next in it has not been told yet of what arrived meanwhile. For a millisecond nobody is asked.
        let asking = tokio::spawn(async move {
            let client = origin.client();
            for round in 0..2 {
                let answer = fetch(&client, origin.request("POST", "/", "")).await;
                assert_eq!(answer.unwrap().status, 200, "{scheme:?}");
                if round == 0 {
                    late.notify_one();
                    soon(rung.notified()).await;
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_millis(2) {
                        std::hint::spin_loop();
                    }
                }
            }
            assert_eq!(origin.accepted(), 2, "{scheme:?}");
        });
        asking.await.unwrap();
    }
}

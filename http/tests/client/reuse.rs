//! Connections that are kept, and those that may not be.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use http_body_util::BodyExt;

use crate::harness::{BOTH, OK, raw, read_content, read_head, say};

#[tokio::test]
async fn a_connection_is_kept_for_the_next_request() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = origin.client();
        for _ in 0..5 {
            let response = client.send(origin.get("/")).await.unwrap();
            assert_eq!(
                response.into_body().collect().await.unwrap().to_bytes(),
                "ok"
            );
        }
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

/// The server closes each connection behind a number of responses, without saying so, and sometimes when it has read a
/// request: the race that no client can see coming.
#[tokio::test]
async fn kept_connections_that_close_at_random_cost_no_request_and_send_none_twice() {
    const REQUESTS: usize = 10_000;
    for scheme in BOTH {
        let seen = Arc::new(AtomicUsize::new(0));
        let posts = Arc::clone(&seen);
        let origin = raw(scheme, move |number, mut io| {
            let posts = Arc::clone(&posts);
            async move {
                let answers = (number * 7) % 13;
                for _ in 0..=answers {
                    let head = read_head(&mut io).await;
                    if head.is_empty() {
                        return;
                    }
                    if !head.starts_with("GET") {
                        read_content(&mut io, 4).await;
                    }
                    if head.starts_with("POST") {
                        posts.fetch_add(1, SeqCst);
                    }
                    say(&mut io, OK).await;
                }
                if number % 2 == 0 {
                    // Not before the next request is here.
                    let head = read_head(&mut io).await;
                    if head.starts_with("POST") {
                        posts.fetch_add(1, SeqCst);
                    }
                }
            }
        })
        .await;
        let client = origin.client();
        let (mut posted, mut refused) = (0, 0);
        for number in 0..REQUESTS {
            let (method, content) = match number % 3 {
                0 => ("GET", ""),
                1 => ("PUT", "data"),
                _ => ("POST", "data"),
            };
            let response = client.send(origin.request(method, "/", content)).await;
            match (method, response) {
                ("POST", Err(_)) => refused += 1,
                (_, response) => {
                    let response = response.unwrap().into_body().collect().await;
                    assert_eq!(response.unwrap().to_bytes(), "ok");
                    posted += usize::from(method == "POST");
                }
            }
        }
        assert!(refused > 0 && posted > REQUESTS / 6, "{posted} {refused}");
        assert!(seen.load(SeqCst) <= posted + refused, "{scheme:?}");
    }
}

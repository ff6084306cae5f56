//! Connections that are kept, and those that may not be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use wharf_http::{Client, ClientConfig, ReadContent};

use crate::harness::{BOTH, BoxIo, OK, Origin, Scheme, fetch, raw, read_content, read_head, say};

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
            assert_eq!(response.bytes(10).await.unwrap(), "ok");
        }
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_as_it_is_spoils_no_connection() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = origin.client();
        for _ in 0..2 {
            let mut request = origin.request("POST", "/", "12345");
            let contradictory = "4".parse().unwrap();
            request
                .headers_mut()
                .insert("content-length", contradictory);
            client.send(request).await.unwrap_err();
            fetch(&client, origin.get("/")).await.unwrap();
        }
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

/// The second request of a connection is read, and not answered.
#[tokio::test]
async fn content_is_sent_once_more_as_long_as_it_is_remembered() {
    for scheme in BOTH {
        for (length, is_remembered) in [(0, true), (100, true), (101, false), (100_000, false)] {
            let origin = raw(scheme, move |_, mut io| async move {
                for n in 0..2 {
                    let head = read_head(&mut io).await;
                    let sent = if head.starts_with("PUT") { length } else { 0 };
                    read_content(&mut io, sent).await;
                    if n == 0 {
                        say(&mut io, OK).await;
                    }
                }
            })
            .await;
            let client = Client::new(ClientConfig {
                replay_bytes_max: 100,
                ..origin.config()
            });
            fetch(&client, origin.get("/")).await.unwrap();
            let put = origin.request("PUT", "/", vec![b'x'; length]);
            let answer = fetch(&client, put).await;
            assert_eq!(answer.is_ok(), is_remembered, "{scheme:?} {length}");
            let connections = if is_remembered { 2 } else { 1 };
            assert_eq!(origin.accepted(), connections, "{scheme:?} {length}");
        }
    }
}

/// The server closes each connection behind a number of responses, without saying so, and every other one only when it has
/// read one more request: the race that no client can see coming.
#[tokio::test]
async fn kept_connections_that_close_at_random_cost_no_request_and_send_none_twice() {
    const REQUESTS: usize = 10_000;
    for scheme in BOTH {
        let posts = Arc::new(Mutex::new(HashMap::new()));
        let seen = Arc::clone(&posts);
        let origin = raw(scheme, move |number, io| {
            fickle(number, io, Arc::clone(&seen))
        })
        .await;
        let client = origin.client();
        let mut refused = 0;
        for number in 0..REQUESTS {
            let (method, content) = match number % 3 {
                0 => ("GET", ""),
                1 => ("PUT", "data"),
                _ => ("POST", "data"),
            };
            let path = format!("/{number}");
            match client.send(origin.request(method, &path, content)).await {
                Err(_) if method == "POST" => refused += 1,
                response => assert_eq!(response.unwrap().bytes(10).await.unwrap(), "ok"),
            }
        }
        let posts = posts.lock().unwrap();
        assert!(posts.values().all(|times| *times == 1), "{scheme:?}");
        assert!(refused > 0 && posts.len() > REQUESTS / 4, "{refused}");
    }
}

async fn fickle(number: usize, mut io: BoxIo, posts: Arc<Mutex<HashMap<String, u32>>>) {
    let note = |head: &str| {
        let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
        if head.starts_with("POST") {
            *posts.lock().unwrap().entry(target).or_default() += 1;
        }
    };
    for _ in 0..=(number * 7) % 13 {
        let head = read_head(&mut io).await;
        if head.is_empty() {
            return;
        }
        note(&head);
        if !head.starts_with("GET") {
            read_content(&mut io, 4).await;
        }
        say(&mut io, OK).await;
    }
    if number.is_multiple_of(2) {
        note(&read_head(&mut io).await);
    }
}

const LATE: &str =
    "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbye";

/// A server that gives up its first connection with `goodbye`, behind so many requests, and answers on others.
async fn impatient(scheme: Scheme, served: usize, goodbye: &'static str) -> Origin {
    raw(scheme, move |number, mut io| async move {
        for n in 0.. {
            let head = read_head(&mut io).await;
            if head.is_empty() {
                return;
            }
            if !head.starts_with("GET") {
                read_content(&mut io, 4).await;
            }
            if number == 0 && n == served {
                return say(&mut io, goodbye).await;
            }
            say(&mut io, OK).await;
        }
    })
    .await
}

/// RFC 9110 §15.5.9: it was said to the silence before the request, and crossed it on the way.
#[tokio::test]
async fn a_408_that_crosses_a_request_is_not_its_answer() {
    for scheme in BOTH {
        for method in ["GET", "PUT"] {
            let origin = impatient(scheme, 1, LATE).await;
            let client = origin.client();
            fetch(&client, origin.get("/")).await.unwrap();
            let content = if method == "GET" { "" } else { "data" };
            let request = origin.request(method, "/", content);
            let response = fetch(&client, request).await.unwrap();
            assert_eq!(response.status, StatusCode::OK, "{scheme:?} {method}");
            assert_eq!(origin.accepted(), 2, "{scheme:?} {method}");
        }
    }
}

#[tokio::test]
async fn a_408_is_handed_out_where_it_is_an_answer_or_the_request_cannot_be_repeated() {
    const PERSISTENT: &str = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 3\r\n\r\nbye";
    const HINTED: &str = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 408 Request Timeout\r\n\
                          connection: close\r\ncontent-length: 3\r\n\r\nbye";
    for scheme in BOTH {
        for (served, goodbye, method, replayed) in [
            // A new connection has not been waited for.
            (0, LATE, "GET", 4),
            (1, PERSISTENT, "GET", 4),
            (1, HINTED, "GET", 4),
            (1, LATE, "POST", 4),
            (1, LATE, "PUT", 3),
        ] {
            let origin = impatient(scheme, served, goodbye).await;
            let client = Client::new(ClientConfig {
                replay_bytes_max: replayed,
                ..origin.config()
            });
            for _ in 0..served {
                fetch(&client, origin.get("/")).await.unwrap();
            }
            let content = if method == "GET" { "" } else { "data" };
            let request = origin.request(method, "/", content);
            let response = fetch(&client, request).await.unwrap();
            let case = format!("{scheme:?} {served} {method} {goodbye}");
            assert_eq!(response.status, StatusCode::REQUEST_TIMEOUT, "{case}");
            assert_eq!(response.content, "bye", "{case}");
            assert_eq!(origin.accepted(), 1, "{case}");
        }
    }
}

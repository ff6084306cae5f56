//! Connections that are kept, and those that may not be.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use wharf_http::{Client, ClientConfig, ReadContent};

use crate::harness::{BOTH, BoxIo, OK, fetch, raw, read_content, read_head, say};

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

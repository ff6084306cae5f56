//! Connections that may not be used again: their server has closed them, or was told that there is no more, or knows
//! somebody else on the other side.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;

use super::clients::one_place;
use super::servers::parrot;
use crate::harness::{BOTH, OK, Scheme, fetch, raw, read_content, read_head, say, soon};

/// In a task: what runs next in it has not been told yet of what happened meanwhile.
#[tokio::test]
async fn a_connection_that_its_server_has_closed_costs_no_request_not_even_a_post() {
    for scheme in BOTH {
        for is_orderly in [true, false] {
            let closed = Arc::new(Notify::new());
            let tell = Arc::clone(&closed);
            let origin = raw(scheme, move |_, mut io| {
                let tell = Arc::clone(&tell);
                async move {
                    read_head(&mut io).await;
                    read_content(&mut io, 4).await;
                    say(&mut io, OK).await;
                    if is_orderly {
                        let _ = io.shutdown().await;
                    }
                    drop(io);
                    tell.notify_one();
                }
            })
            .await;
            let asking = tokio::spawn(async move {
                let client = one_place(&origin);
                for n in 1..=20 {
                    let answer = fetch(&client, origin.request("POST", "/", "data")).await;
                    assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
                    soon(closed.notified()).await;
                    assert_eq!(origin.accepted(), n);
                }
            });
            asking.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_request_that_says_close_is_the_last_on_its_connection() {
    for scheme in BOTH {
        let (origin, _) = parrot(scheme, "").await;
        let client = one_place(&origin);
        for n in 1..=3 {
            let mut request = origin.get("/");
            let close = "close".parse().unwrap();
            request.headers_mut().insert("connection", close);
            fetch(&client, request).await.unwrap();
            assert_eq!(origin.accepted(), n, "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn another_client_certificate_is_for_new_connections_and_no_request_uses_an_old_one() {
    let (origin, _) = parrot(Scheme::Https, "").await;
    let client = one_place(&origin);
    fetch(&client, origin.get("/")).await.unwrap();
    fetch(&client, origin.get("/")).await.unwrap();
    assert_eq!(origin.accepted(), 1);
    origin.tls.set_identity(None);
    fetch(&client, origin.get("/")).await.unwrap();
    fetch(&client, origin.get("/")).await.unwrap();
    assert_eq!(origin.accepted(), 2);
}

//! Which connections are kept, and how long, when others want their place.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use wharf_http::{Client, ClientConfig};

use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// A server that answers everything, but `/slow` only when it is told to.
async fn slow(scheme: Scheme, go: Arc<Notify>) -> Origin {
    raw(scheme, move |_, mut io| {
        let go = Arc::clone(&go);
        async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                if head.contains(" /slow ") {
                    go.notified().await;
                }
                say(&mut io, OK).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_connection_that_goes_from_hand_to_hand_is_not_too_old() {
    for scheme in BOTH {
        let go = Arc::new(Notify::new());
        let origin = slow(scheme, Arc::clone(&go)).await;
        let idle_timeout = Duration::from_secs(2);
        let client = Client::new(ClientConfig {
            open_per_origin_max: 1,
            idle_timeout,
            ..origin.config()
        });
        fetch(&client, origin.get("/")).await.unwrap();
        let end_of_idle = Instant::now() + idle_timeout;
        let first = fetch(&client, origin.get("/slow"));
        let second = async {
            sleep_until(end_of_idle).await;
            // It is in the line by the time the first one is answered.
            let second = fetch(&client, origin.get("/"));
            go.notify_one();
            second.await
        };
        let (first, second) = soon(Box::pin(async { tokio::join!(first, second) })).await;
        first.unwrap();
        second.unwrap();
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

#[tokio::test]
async fn room_for_an_idle_connection_is_made_by_the_oldest_of_all_origins() {
    let mut origins = Vec::new();
    for _ in 0..3 {
        origins.push(slow(Scheme::Http, Arc::default()).await);
    }
    let client = Client::new(ClientConfig {
        idle_max: 2,
        ..ClientConfig::default()
    });
    for number in [0, 1, 2, 2, 1] {
        let answer = fetch(&client, origins[number].get("/")).await;
        answer.unwrap();
    }
    let accepted: Vec<_> = origins.iter().map(Origin::accepted).collect();
    assert_eq!(accepted, [1, 1, 1]);
    fetch(&client, origins[0].get("/")).await.unwrap();
    assert_eq!(origins[0].accepted(), 2);
}

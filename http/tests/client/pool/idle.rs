//! How many idle connections are kept, how long, and who closes them.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Barrier;

use super::clients::client;
use super::servers::{saying, watching};
use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// A server that answers when so many requests are there at once.
async fn together(scheme: Scheme, count: usize) -> Origin {
    let barrier = Arc::new(Barrier::new(count));
    raw(scheme, move |_, mut io| {
        let barrier = Arc::clone(&barrier);
        async move {
            while !read_head(&mut io).await.is_empty() {
                barrier.wait().await;
                say(&mut io, OK).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn no_more_idle_connections_are_kept_than_may_be() {
    for scheme in BOTH {
        for (idle_per_origin_max, idle_max) in [(2, 100), (100, 2), (0, 100), (100, 0)] {
            let origin = together(scheme, 4).await;
            let client = client(&origin, |config| {
                config.idle_per_origin_max = idle_per_origin_max;
                config.idle_max = idle_max;
            });
            for _ in 0..2 {
                let answers = (0..4).map(|_| fetch(&client, origin.get("/")));
                for answer in join_all(answers).await {
                    answer.unwrap();
                }
            }
            let kept = idle_per_origin_max.min(idle_max);
            assert_eq!(origin.accepted(), 4 + (4 - kept), "{scheme:?} {kept}");
        }
    }
}

#[tokio::test]
async fn idle_connections_are_closed_when_their_time_is_over() {
    for scheme in BOTH {
        for (keep_alive, idle_timeout, is_used_again) in [
            ("", Duration::from_millis(1), false),
            (
                "keep-alive: timeout=600\r\n",
                Duration::from_millis(1),
                false,
            ),
            ("keep-alive: timeout=1\r\n", Duration::MAX, false),
            ("Keep-Alive: max=5, timeout=2\r\n", Duration::MAX, true),
        ] {
            let (origin, mut closed) = watching(scheme, saying("ok", keep_alive)).await;
            let client = client(&origin, |config| config.idle_timeout = idle_timeout);
            fetch(&client, origin.get("/")).await.unwrap();
            if is_used_again {
                fetch(&client, origin.get("/")).await.unwrap();
                assert_eq!(origin.accepted(), 1, "{scheme:?} {keep_alive}");
            }
            let is_orderly = soon(closed.recv()).await.unwrap();
            assert!(is_orderly, "{scheme:?} {keep_alive}");
            fetch(&client, origin.get("/")).await.unwrap();
            assert_eq!(origin.accepted(), 2, "{scheme:?} {keep_alive}");
        }
    }
}

#[tokio::test]
async fn idle_connections_are_closed_on_demand_and_with_the_client() {
    for scheme in BOTH {
        for is_dropped in [false, true] {
            let (origin, mut closed) = watching(scheme, OK.to_owned()).await;
            let client = origin.client();
            fetch(&client, origin.get("/")).await.unwrap();
            let clone = client.clone();
            drop(client);
            fetch(&clone, origin.get("/")).await.unwrap();
            assert_eq!(origin.accepted(), 1, "a clone was not enough to keep it");
            if is_dropped {
                drop(clone);
                assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
            } else {
                clone.close_idle();
                assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
                fetch(&clone, origin.get("/")).await.unwrap();
                assert_eq!(origin.accepted(), 2, "{scheme:?}");
            }
        }
    }
}

/// As a client in a `static` does, in one test after the other.
#[test]
fn a_client_outlives_its_runtime_and_is_looked_after_in_the_next() {
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().unwrap()
    };
    for scheme in BOTH {
        let servers = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (origin, mut closed) = servers.block_on(watching(scheme, OK.to_owned()));
        let client = client(&origin, |config| {
            config.open_per_origin_max = 1;
            config.idle_timeout = Duration::from_millis(1);
        });
        for _ in 0..2 {
            // The second one finds what the first one has left, whose sockets nobody drives any more.
            runtime().block_on(async {
                fetch(&client, origin.get("/")).await.unwrap();
            });
        }
        runtime().block_on(async {
            fetch(&client, origin.get("/")).await.unwrap();
            for _ in 0..3 {
                soon(closed.recv()).await.unwrap();
            }
        });
    }
}

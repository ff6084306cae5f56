//! Who waits for a connection, and whose turn it is.

use std::pin::pin;

use futures_util::future::join_all;
use tokio::task::yield_now;
use wharf_http::Phase;

use super::clients::{client, one_place, poll_once};
use super::servers::{holding, parrot};
use crate::harness::{BOTH, OK, Scheme, fetch, raw, read_head, say, soon};

#[tokio::test]
async fn whoever_asked_first_is_served_first() {
    for scheme in BOTH {
        for fields in ["", "connection: close\r\n"] {
            let (origin, paths) = parrot(scheme, fields).await;
            let client = one_place(&origin);
            let asked: Vec<_> = (0..20).map(|n| format!("/{n}")).collect();
            // They are polled in this order, and so stand in line in this order.
            let answers = asked.iter().map(|path| fetch(&client, origin.get(path)));
            for (answer, path) in join_all(answers).await.iter().zip(&asked) {
                assert_eq!(answer.as_ref().unwrap().content, path, "{scheme:?}");
            }
            assert_eq!(*paths.lock().unwrap(), asked, "{scheme:?} {fields}");
            let connections = if fields.is_empty() { 1 } else { 20 };
            assert_eq!(origin.accepted(), connections, "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn no_more_connections_are_opened_than_may_be() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                // All others get to ask meanwhile.
                for _ in 0..10 {
                    yield_now().await;
                }
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = client(&origin, |config| config.open_per_origin_max = 3);
        let answers = (0..60).map(|_| fetch(&client, origin.get("/")));
        for answer in join_all(answers).await {
            assert_eq!(answer.unwrap().content, "ok");
        }
        assert_eq!(origin.accepted(), 3, "{scheme:?}");
    }
}

#[tokio::test]
async fn whoever_goes_away_gives_up_its_turn_before_it_comes_and_when_it_has_come() {
    for scheme in BOTH {
        for has_come in [false, true] {
            let (origin, paths) = parrot(scheme, "").await;
            let client = one_place(&origin);
            let mut first = pin!(fetch(&client, origin.get("/first")));
            let mut gone = Box::pin(fetch(&client, origin.get("/gone")));
            let mut last = pin!(fetch(&client, origin.get("/last")));
            assert!(poll_once(first.as_mut()).await.is_pending());
            assert!(poll_once(gone.as_mut()).await.is_pending());
            assert!(poll_once(last.as_mut()).await.is_pending());
            if has_come {
                soon(first).await.unwrap();
                drop(gone);
            } else {
                drop(gone);
                soon(first).await.unwrap();
            }
            soon(last).await.unwrap();
            assert_eq!(*paths.lock().unwrap(), ["/first", "/last"], "{scheme:?}");
            assert_eq!(origin.accepted(), 1, "{scheme:?} {has_come}");
        }
    }
}

#[tokio::test]
async fn a_line_that_is_full_takes_nobody_until_somebody_leaves() {
    for scheme in BOTH {
        let origin = holding(scheme).await;
        let client = client(&origin, |config| {
            config.open_per_origin_max = 1;
            config.waiting_per_origin_max = 2;
        });
        let held = client.send(origin.get("/held")).await.unwrap();
        let mut one = Box::pin(fetch(&client, origin.get("/")));
        let mut other = pin!(fetch(&client, origin.get("/")));
        assert!(poll_once(one.as_mut()).await.is_pending());
        assert!(poll_once(other.as_mut()).await.is_pending());
        let error = fetch(&client, origin.get("/")).await.unwrap_err();
        assert_eq!(error.phase(), Some(Phase::Queue), "{scheme:?}");
        assert!(!error.is_timeout() && !error.is_connect());
        drop(one);
        let mut third = pin!(fetch(&client, origin.get("/")));
        assert!(poll_once(third.as_mut()).await.is_pending());
        drop(held);
        soon(other).await.unwrap();
        soon(third).await.unwrap();
    }
}

#[tokio::test]
async fn the_line_of_one_origin_is_not_that_of_another() {
    for scheme in BOTH {
        let (busy, free) = (holding(scheme).await, holding(Scheme::Http).await);
        let client = one_place(&busy);
        let _held = client.send(busy.get("/held")).await.unwrap();
        let mut waiting = pin!(fetch(&client, busy.get("/")));
        assert!(poll_once(waiting.as_mut()).await.is_pending());
        fetch(&client, free.get("/")).await.unwrap();
    }
}

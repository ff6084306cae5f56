//! Content that outlives its client, or is not read to its end.

use std::pin::pin;

use http_body_util::BodyExt;

use super::clients::{one_place, poll_once};
use super::servers::watching;
use crate::harness::{BOTH, OK, raw, read_head, say, soon};

#[tokio::test]
async fn content_outlives_its_client_and_its_connection_is_closed_behind_it() {
    for scheme in BOTH {
        let (origin, mut closed) = watching(scheme, OK[..OK.len() - 2].to_owned() + "o").await;
        let client = origin.client();
        let response = client.send(origin.get("/")).await.unwrap();
        drop(client);
        let mut content = response.into_body();
        let first = content.frame().await.unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "o");
        assert!(poll_once(pin!(closed.recv())).await.is_pending());
        drop(content);
        // It ends in the middle of a response, so how is of no importance.
        soon(closed.recv()).await.unwrap();

        let (origin, mut closed) = watching(scheme, OK.to_owned()).await;
        let client = origin.client();
        let response = client.send(origin.get("/")).await.unwrap();
        drop(client);
        let content = response.into_body().collect().await.unwrap();
        assert_eq!(content.to_bytes(), "ok");
        assert!(soon(closed.recv()).await.unwrap(), "{scheme:?}");
    }
}

#[tokio::test]
async fn content_that_is_dropped_costs_the_connection_only_if_there_is_more_to_come() {
    for scheme in BOTH {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let whole = format!("{head}1\r\na\r\n1\r\nb\r\n1\r\nc\r\n1\r\nd\r\n0\r\na: b\r\n\r\n");
        for (response, frames, connections) in [
            (whole.clone(), 0, 1),
            (whole.clone(), 1, 1),
            (whole.clone(), 3, 1),
            (whole[..whole.len() - 2].to_owned(), 0, 2),
            (whole[..whole.len() - 2].to_owned(), 4, 2),
            (OK.to_owned(), 0, 1),
            (OK[..OK.len() - 1].to_owned(), 0, 2),
            (OK[..OK.len() - 1].to_owned(), 1, 2),
            // Nobody knows where it ends.
            ("HTTP/1.1 200 OK\r\n\r\nok".to_owned(), 1, 2),
        ] {
            let shown = format!("{scheme:?} {frames} {}", response.escape_debug());
            let origin = raw(scheme, move |_, mut io| {
                let response = response.clone();
                async move {
                    while !read_head(&mut io).await.is_empty() {
                        say(&mut io, &response).await;
                    }
                }
            })
            .await;
            let client = one_place(&origin);
            for _ in 0..2 {
                let response = soon(client.send(origin.get("/"))).await.unwrap();
                let mut content = response.into_body();
                for _ in 0..frames {
                    soon(content.frame()).await.unwrap().unwrap();
                }
                drop(content);
            }
            assert_eq!(origin.accepted(), connections, "{shown}");
        }
    }
}

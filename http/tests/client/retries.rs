//! Requests that are sent again because they may be.

use std::time::Duration;

use http::StatusCode;
use wharf_http::{Client, ClientConfig, Retries};

use crate::harness::{BOTH, OK, Origin, Scheme, raw, read_head, say};

const BUSY: &str = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 0\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Is busy for the first `busy` connections, or closes them when it has read a request.
async fn busy(scheme: Scheme, busy: usize, says_so: bool) -> Origin {
    raw(scheme, move |number, mut io| async move {
        read_head(&mut io).await;
        match (number < busy, says_so) {
            (true, true) => say(&mut io, BUSY).await,
            (true, false) => {}
            (false, _) => say(&mut io, OK).await,
        }
    })
    .await
}

fn patient(origin: &Origin) -> Client {
    Client::new(ClientConfig {
        retries: Some(Retries {
            pause: Duration::from_millis(1),
            ..Retries::default()
        }),
        ..origin.config()
    })
}

#[tokio::test]
async fn passing_trouble_is_waited_out_only_where_it_is_asked_for_and_a_request_may_be_repeated() {
    for scheme in BOTH {
        for says_so in [true, false] {
            let origin = busy(scheme, 2, says_so).await;
            let response = patient(&origin).send(origin.get("/")).await.unwrap();
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(origin.accepted(), 3);

            let origin = busy(scheme, 3, says_so).await;
            let response = patient(&origin).send(origin.get("/")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 3);

            let origin = busy(scheme, 1, says_so).await;
            let response = origin.client().send(origin.get("/")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 1);

            let origin = busy(scheme, 1, says_so).await;
            let response = patient(&origin).send(origin.request("POST", "/", "")).await;
            assert_eq!(response.is_ok(), says_so);
            assert_eq!(origin.accepted(), 1);
        }
    }
}

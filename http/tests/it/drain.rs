//! Shutdown loses nothing that was asked for.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use tokio::time::Instant;
use wharf_http::{CloseReason, Incoming, service_fn};

use crate::support::{Peer, config, full, statuses};

const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";
const GRACE: Duration = Duration::from_secs(10);

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_at_once() {
    let mut peer = Peer::sample();
    peer.send(GET).await;
    peer.read_until("/one").await;
    let start = Instant::now();
    peer.drain.begin(GRACE);
    assert_eq!(peer.rest().await, "");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(peer.closed().await, CloseReason::Drain);
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_is_answered_with_close() {
    let (release, gate) = tokio::sync::watch::channel(false);
    let (tell, mut began) = tokio::sync::mpsc::channel(1);
    let service = service_fn(move |_: Request<Incoming>| {
        let (mut gate, tell) = (gate.clone(), tell.clone());
        async move {
            tell.send(()).await.unwrap();
            gate.wait_for(|open| *open).await.unwrap();
            Ok::<_, Infallible>(Response::new(full("done")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send(GET).await;
    began.recv().await.unwrap();
    peer.drain.begin(GRACE);
    release.send(true).unwrap();
    let text = peer.rest().await;
    assert!(
        text.contains("connection: close\r\n") && text.ends_with("done"),
        "{text}"
    );
    assert_eq!(peer.closed().await, CloseReason::Drain);
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_still_send_its_first_request() {
    let mut peer = Peer::sample();
    tokio::task::yield_now().await;
    peer.drain.begin(GRACE);
    tokio::time::sleep(Duration::from_secs(1)).await;
    peer.send(GET).await;
    let text = peer.rest().await;
    assert_eq!(statuses(&text), [200]);
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(peer.closed().await, CloseReason::Drain);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_asks_holds_a_drain_up_for_two_seconds() {
    let mut peer = Peer::sample();
    tokio::task::yield_now().await;
    let start = Instant::now();
    peer.drain.begin(GRACE);
    assert_eq!(peer.rest().await, "");
    assert_eq!(start.elapsed().as_secs(), 2);
}

#[tokio::test(start_paused = true)]
async fn half_a_head_may_be_finished() {
    let mut peer = Peer::sample();
    peer.send(GET).await;
    peer.read_until("/one").await;
    peer.send("GET /two HTTP/1.1\r\n").await;
    tokio::task::yield_now().await;
    peer.drain.begin(GRACE);
    tokio::time::sleep(Duration::from_secs(1)).await;
    peer.send("Host: a\r\n\r\n").await;
    let text = peer.rest().await;
    assert!(
        text.ends_with("/two") && text.contains("connection: close\r\n"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_wants_does_not_hold_a_drain_up() {
    let mut peer = Peer::sample();
    peer.send("POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n")
        .await;
    peer.read_until("ignored").await;
    let start = Instant::now();
    peer.drain.begin(GRACE);
    assert_eq!(peer.rest().await, "");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(peer.closed().await, CloseReason::Drain);
}

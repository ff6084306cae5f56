//! Every wait ends, on paused time.

use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;
use wharf_http::{CloseReason, Incoming, Phase, ServerConfig, service_fn};

use crate::support::{Peer, config, full, sample, statuses};

const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn a_connection_that_sends_nothing_is_closed_without_a_word() {
    let start = Instant::now();
    let mut peer = Peer::sample();
    assert_eq!(peer.rest().await, "");
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(peer.closed().await, CloseReason::Idle);
}

#[tokio::test(start_paused = true)]
async fn half_a_head_is_answered_with_408() {
    let start = Instant::now();
    let mut peer = Peer::sample();
    peer.send("GET / HT").await;
    assert_eq!(statuses(&peer.rest().await), [408]);
    assert_eq!(start.elapsed().as_secs(), 10);
    assert_eq!(peer.closed().await, CloseReason::Timeout(Phase::Head));
}

#[tokio::test(start_paused = true)]
async fn a_dripping_head_has_the_same_deadline() {
    let start = Instant::now();
    let mut peer = Peer::sample();
    let mut sent = 0;
    for byte in format!("GET /{}", "a".repeat(100)).bytes() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if peer.io.write_all(&[byte]).await.is_err() {
            break;
        }
        sent += 1;
        if start.elapsed() >= Duration::from_secs(12) {
            break;
        }
    }
    assert!(sent >= 9);
    assert_eq!(statuses(&peer.rest().await), [408]);
    assert_eq!(peer.closed().await, CloseReason::Timeout(Phase::Head));
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_each_request_starts_the_wait_again() {
    let mut peer = Peer::sample();
    for _ in 0..3 {
        peer.send(GET).await;
        peer.read_until("/one").await;
        tokio::time::sleep(Duration::from_secs(14)).await;
    }
    peer.send(GET).await;
    peer.read_until("/one").await;
    let start = Instant::now();
    assert_eq!(peer.rest().await, "");
    // It was told 15, and has a second more.
    assert_eq!(start.elapsed().as_secs(), 16);
    assert_eq!(peer.closed().await, CloseReason::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_later_head_is_timed_from_its_first_byte() {
    let mut peer = Peer::sample();
    peer.send(GET).await;
    peer.read_until("/one").await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    peer.send("GET").await;
    let start = Instant::now();
    assert_eq!(statuses(&peer.rest().await), [408]);
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_stalled_body_fails_in_the_handler_and_is_answered_with_408() {
    let start = Instant::now();
    let mut peer = Peer::sample();
    peer.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        .await;
    assert_eq!(statuses(&peer.rest().await), [408]);
    assert_eq!(start.elapsed().as_secs(), 30);
    assert_eq!(peer.closed().await, CloseReason::Timeout(Phase::Body));
}

#[tokio::test(start_paused = true)]
async fn the_handler_learns_that_its_body_was_too_slow() {
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let service = service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        async move {
            use http_body_util::BodyExt;
            let error = request.into_body().collect().await.unwrap_err();
            tell.send(error.is_timeout()).await.unwrap();
            Ok::<_, std::convert::Infallible>(Response::new(full("")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        .await;
    assert_eq!(told.recv().await, Some(true));
}

#[tokio::test(start_paused = true)]
async fn a_slow_but_steady_body_is_no_stall_where_no_pace_is_asked_for() {
    let config = ServerConfig {
        body_rate_min: None,
        ..config()
    };
    let mut peer = Peer::of(sample(), config);
    peer.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        .await;
    for byte in b"hello" {
        tokio::time::sleep(Duration::from_secs(25)).await;
        peer.send([*byte]).await;
    }
    peer.read_until("hello").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips_is_answered_with_408_however_steadily() {
    let start = Instant::now();
    let mut peer = Peer::sample();
    peer.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")
        .await;
    while start.elapsed() < Duration::from_secs(32) && peer.io.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(statuses(&peer.rest().await), [408]);
    assert!((30..=32).contains(&start.elapsed().as_secs()));
    assert_eq!(peer.closed().await, CloseReason::Timeout(Phase::Body));
}

#[tokio::test(start_paused = true)]
async fn a_connection_ends_with_the_first_response_behind_its_age() {
    let age = Duration::from_secs(20);
    let config = ServerConfig {
        age_max: Some(age),
        ..config()
    };
    let mut peer = Peer::of(sample(), config.clone());
    for _ in 0..2 {
        peer.send(GET).await;
        let head = peer.head().await;
        assert!(head.contains("connection: keep-alive\r\n"), "{head}");
        peer.read_until("/one").await;
        tokio::time::sleep(age / 2).await;
    }
    peer.send(GET).await;
    let head = peer.head().await;
    assert!(head.contains("connection: close\r\n"), "{head}");
    assert_eq!(peer.rest().await, "/one");
    assert_eq!(peer.closed().await, CloseReason::Age);

    // The request that comes after its time is answered, and is the last one.
    let service = service_fn(move |_: Request<Incoming>| async move {
        tokio::time::sleep(age).await;
        Ok::<_, std::convert::Infallible>(Response::new(full("late")))
    });
    let (text, reason) = Peer::of(service, config).exchange(GET).await;
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(reason, CloseReason::Age);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_dropped() {
    let service = service_fn(|_: Request<Incoming>| async {
        Ok::<_, std::convert::Infallible>(Response::new(full(vec![b'x'; 100_000])))
    });
    let start = Instant::now();
    let mut peer = Peer::over(1000, service, config());
    peer.send(GET).await;
    // Held open, unread.
    let (io, reason) = peer.into_held();
    assert_eq!(reason.await, CloseReason::Timeout(Phase::Write));
    assert_eq!(start.elapsed().as_secs(), 30);
    drop(io);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_but_steadily_is_served() {
    use tokio::io::AsyncReadExt;
    let service = service_fn(|_: Request<Incoming>| async {
        Ok::<_, std::convert::Infallible>(Response::new(full(vec![b'x'; 10_000])))
    });
    let mut peer = Peer::over(1000, service, config());
    peer.send("GET / HTTP/1.0\r\n\r\n").await;
    let mut received = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(20)).await;
        match peer.io.read(&mut [0; 900]).await.unwrap() {
            0 => break,
            n => received += n,
        }
    }
    assert!(received > 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_slow_handler_has_no_deadline_of_ours() {
    let service = service_fn(|_: Request<Incoming>| async {
        tokio::time::sleep(Duration::from_secs(600)).await;
        Ok::<_, std::convert::Infallible>(Response::new(full("late")))
    });
    let mut peer = Peer::of(service, config());
    peer.send(GET).await;
    // `read_until` is less patient than this handler is slow.
    tokio::time::sleep(Duration::from_secs(601)).await;
    peer.read_until("late").await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_was_given_up_has_no_deadline() {
    let service = service_fn(|request: Request<Incoming>| async {
        use http_body_util::BodyExt;
        let mut body = request.into_body();
        // One second is enough for this handler; then it does without.
        let _ = tokio::time::timeout(Duration::from_secs(1), body.frame()).await;
        drop(body);
        tokio::time::sleep(Duration::from_secs(40)).await;
        Ok::<_, std::convert::Infallible>(Response::new(full("done without")))
    });
    let mut peer = Peer::of(service, config());
    peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        .await;
    let text = peer.read_until("done without").await;
    assert_eq!(statuses(&text), [200]);
}

#[tokio::test]
async fn a_deadline_can_be_switched_off() {
    let never = ServerConfig {
        head_timeout: Duration::MAX,
        idle_timeout: Duration::MAX,
        body_timeout: Duration::MAX,
        write_timeout: Duration::MAX,
        ..config()
    };
    let mut peer = Peer::of(sample(), never);
    peer.send("POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        .await;
    peer.send("hello").await;
    peer.read_until("hello").await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_wait_begins_when_the_response_has_left() {
    let service = service_fn(|_: Request<Incoming>| async {
        Ok::<_, std::convert::Infallible>(Response::new(full(vec![b'x'; 60_000])))
    });
    let mut peer = Peer::over(1000, service, config());
    peer.send(GET).await;
    peer.head().await;
    let mut left = 60_000;
    while left > 0 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        left -= peer.io.read(&mut vec![0; left.min(1000)]).await.unwrap();
    }
    // It took half a minute to get here; the pipe held the last of it for half a second.
    let start = Instant::now();
    assert_eq!(peer.rest().await, "");
    assert!((15..=16).contains(&start.elapsed().as_secs()));
}

//! A connection and the task that it runs in.

use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

use futures_util::future::join;
use http::{Extensions, Request, Response};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::sync::mpsc;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{Instant, sleep};
use wharf_http::{Incoming, Server, service_fn};
use wharf_net::Drain;

/// How long it takes, by a clock that stands still while anything can go on, until content is read by another future of
/// the connection's own task.
async fn read_beside(connection_first: bool) -> Duration {
    let (hand_over, mut handed_over) = mpsc::channel::<Incoming>(1);
    let service = service_fn(move |request: Request<Incoming>| {
        let hand_over = hand_over.clone();
        async move {
            hand_over.send(request.into_body()).await.unwrap();
            drop(hand_over);
            sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(Response::new(String::new()))
        }
    });
    let (mut client, far) = duplex(64 * 1024);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 30000\r\n\r\n";
    let client = tokio::spawn(async move {
        client.write_all(head.as_bytes()).await.unwrap();
        for _ in 0..30 {
            client.write_all(&[b'x'; 1000]).await.unwrap();
        }
        client.read_to_end(&mut Vec::new()).await.unwrap();
    });
    let start = Instant::now();
    let reading = async {
        let content = handed_over.recv().await.unwrap().collect().await.unwrap();
        assert_eq!(content.to_bytes().len(), 30_000);
        start.elapsed()
    };
    let drain = Drain::new();
    let serving = Server::new(service).serve_connection(far, Extensions::new(), &drain);
    let took = if connection_first {
        join(serving, reading).await.1
    } else {
        join(reading, serving).await.0
    };
    client.await.unwrap();
    took
}

#[tokio::test(start_paused = true)]
async fn content_may_be_read_by_another_future_of_the_same_task() {
    assert_eq!(read_beside(true).await, Duration::ZERO);
    assert_eq!(read_beside(false).await, Duration::ZERO);
}

/// The most of these requests that are answered without another task having its turn.
async fn most_in_one_turn(request: &str) -> u32 {
    const REQUESTS: usize = 20_000;
    let (mut client, far) = duplex(request.len() * REQUESTS);
    client
        .write_all(request.repeat(REQUESTS).as_bytes())
        .await
        .unwrap();
    client.shutdown().await.unwrap();
    let (in_this_turn, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (counted, highest) = (Rc::clone(&in_this_turn), Rc::clone(&most));
    let service = service_fn(move |_: Request<Incoming>| {
        counted.set(counted.get() + 1);
        highest.set(highest.get().max(counted.get()));
        async { Ok::<_, Infallible>(Response::new(String::new())) }
    });
    let other = spawn_local(async move {
        loop {
            in_this_turn.set(0);
            yield_now().await;
        }
    });
    let drain = Drain::new();
    let serving = async move {
        Server::new(service)
            .serve_connection(far, Extensions::new(), &drain)
            .await
    };
    // It ends when the client has said all; what it is answered has to go somewhere.
    let serving = spawn_local(serving);
    client.read_to_end(&mut Vec::new()).await.unwrap();
    serving.await.unwrap();
    other.abort();
    most.get()
}

#[tokio::test]
async fn a_client_that_pipelines_does_not_keep_a_thread() {
    let ignored =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
    let test = async {
        for request in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", ignored] {
            let most = most_in_one_turn(request).await;
            assert!((1..1000).contains(&most), "{most} in one turn: {request}");
        }
    };
    LocalSet::new().run_until(test).await;
}

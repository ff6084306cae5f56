//! Another protocol behind 101 or CONNECT.

use std::convert::Infallible;
use std::time::Duration;

use http::header::UPGRADE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use wharf_http::{CloseReason, HttpService, Incoming, Switched, service_fn, switch};

use super::support::{Body, Peer, config, content_of, full, statuses};

const UPGRADE_TO_ECHO: &str =
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Upgrade\r\nUpgrade: other, echo\r\n\r\n";

async fn echo(mut stream: Switched) {
    let mut buffer = [0; 64];
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        stream.write_all(&buffer[..n]).await.unwrap();
    }
    stream.shutdown().await.unwrap();
}

/// Switches to `protocol`, whether that was asked for or not; a CONNECT becomes a tunnel.
fn switching_to(protocol: &'static str) -> impl HttpService<ResponseBody = Body> {
    service_fn(move |request: Request<Incoming>| async move {
        let mut response = Response::new(full(""));
        if request.method() != Method::CONNECT {
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            let protocol = HeaderValue::from_static(protocol);
            response.headers_mut().insert(UPGRADE, protocol);
        }
        switch(&mut response, echo);
        Ok::<_, Infallible>(response)
    })
}

#[tokio::test]
async fn behind_101_the_stream_is_the_handlers_with_what_came_early() {
    let mut peer = Peer::of(switching_to("echo"), config());
    peer.send(format!("{UPGRADE_TO_ECHO}early ")).await;
    let head = peer.head().await;
    assert!(head.starts_with(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n"
    ));
    assert!(!head.contains("content-length"), "{head}");
    peer.send("and late").await;
    assert_eq!(peer.read_until("late").await, "early and late");
    peer.io.shutdown().await.unwrap();
    assert_eq!(peer.rest().await, "");
    assert_eq!(peer.closed().await, CloseReason::Switched);
}

#[tokio::test]
async fn behind_a_2xx_to_connect_there_is_a_tunnel() {
    let mut peer = Peer::of(switching_to("echo"), config());
    peer.send("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\nearly")
        .await;
    let head = peer.head().await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\ndate: "), "{head}");
    assert_eq!(peer.read_until("early").await, "early");
}

#[tokio::test]
async fn the_request_is_read_to_its_end_first_and_100_comes_before_101() {
    let mut peer = Peer::of(switching_to("echo"), config());
    peer.send(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\nContent-Length: 5\r\n\
         Expect: 100-continue\r\n\r\n",
    )
    .await;
    assert_eq!(peer.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("hello").await;
    assert!(peer.head().await.starts_with("HTTP/1.1 101 "));
    peer.send("behind").await;
    assert_eq!(peer.read_until("behind").await, "behind");
}

#[tokio::test]
async fn what_was_not_asked_for_is_not_switched_to() {
    for request in [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: other\r\n\r\n",
        "GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n",
    ] {
        let (text, reason) = Peer::of(switching_to("echo"), config())
            .exchange(request)
            .await;
        assert_eq!(statuses(&text), [500], "{request}");
        assert_eq!(reason, CloseReason::ServiceFailed);
    }
}

#[tokio::test]
async fn a_service_that_does_not_switch_is_asked_on() {
    let service = || {
        service_fn(|request: Request<Incoming>| async move {
            Ok::<_, Infallible>(Response::new(full(request.method().as_str().to_owned())))
        })
    };
    let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let (text, _) = Peer::of(service(), config())
        .exchange(format!("{UPGRADE_TO_ECHO}{get}"))
        .await;
    assert_eq!(statuses(&text), [200, 200]);
    // A 2xx to CONNECT without a tunnel would have the client talk into the void.
    let (text, _) = Peer::of(service(), config())
        .exchange("CONNECT a.test:1 HTTP/1.1\r\nHost: a.test:1\r\n\r\n")
        .await;
    assert_eq!(statuses(&text), [500]);
    assert_eq!(content_of(&text), "the service failed\n");
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_the_other_protocol_and_tells_it() {
    let service = service_fn(|_: Request<Incoming>| async {
        let mut response = Response::new(full(""));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("echo"));
        switch(&mut response, |mut stream| async move {
            stream.drain().clone().begun().await;
            tokio::time::sleep(Duration::from_secs(60)).await;
            stream.write_all(b"goodbye").await.unwrap();
        });
        Ok::<_, Infallible>(response)
    });
    let mut peer = Peer::of(service, config());
    peer.send(UPGRADE_TO_ECHO).await;
    peer.head().await;
    peer.drain.begin(Duration::from_secs(100));
    assert_eq!(peer.rest().await, "goodbye");
    assert_eq!(peer.closed().await, CloseReason::Switched);
}

#[tokio::test]
async fn the_stream_itself_can_be_had() {
    let service = service_fn(|_: Request<Incoming>| async {
        let mut response = Response::new(full(""));
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(UPGRADE, HeaderValue::from_static("echo"));
        switch(&mut response, |stream| async move {
            let stream = stream.into_parts::<tokio::net::TcpStream>().unwrap_err();
            let (received, mut stream) = stream.into_parts::<DuplexStream>().unwrap();
            stream.write_all(&received).await.unwrap();
        });
        Ok::<_, Infallible>(response)
    });
    let mut peer = Peer::of(service, config());
    peer.send(format!("{UPGRADE_TO_ECHO}early")).await;
    peer.head().await;
    assert_eq!(peer.rest().await, "early");
}

#[tokio::test]
async fn a_request_to_upgrade_that_does_not_come_to_its_end_is_answered() {
    let begun = "POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\
                 Content-Length: 5\r\n\r\nhel";
    let (text, _) = Peer::of(switching_to("echo"), config())
        .exchange(begun)
        .await;
    assert_eq!(statuses(&text), [400]);

    let mut peer = Peer::of(switching_to("echo"), config());
    peer.send(begun).await;
    peer.drain.begin(Duration::from_secs(60));
    assert_eq!(statuses(&peer.rest().await), [503]);
}

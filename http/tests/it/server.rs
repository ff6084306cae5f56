//! One connection: order, persistence, errors.

use std::convert::Infallible;

use http::{Request, Response};
use wharf_http::h1::ProtocolError;
use wharf_http::{CloseReason, Incoming, service_fn};

use crate::support::{Body, Peer, config, content_of, full, sample, statuses};

const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn a_request_is_answered() {
    let mut peer = Peer::sample();
    peer.send(GET).await;
    let head = peer.head().await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("content-length: 4\r\n"), "{head}");
    assert!(head.contains("date: "), "{head}");
    assert_eq!(peer.read_until("/one").await, "/one");
    assert_eq!(peer.closed().await, CloseReason::ByPeer);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let requests: String = (0..100)
        .map(|n| format!("GET /{n} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .collect();
    let (text, reason) = Peer::sample().exchange(requests).await;
    let paths: Vec<_> = text
        .split("\r\n\r\n")
        .skip(1)
        .map(|part| part.split("HTTP").next().unwrap())
        .collect();
    assert_eq!(paths, (0..100).map(|n| format!("/{n}")).collect::<Vec<_>>());
    assert_eq!(reason, CloseReason::ByPeer);
}

#[tokio::test]
async fn a_client_that_sends_fin_still_gets_its_answer() {
    let (text, reason) = Peer::sample().exchange(GET).await;
    assert!(text.ends_with("\r\n\r\n/one"), "{text}");
    assert_eq!(reason, CloseReason::ByPeer);
}

#[tokio::test]
async fn a_broken_request_costs_no_earlier_answer() {
    let (text, reason) = Peer::sample()
        .exchange(format!("{GET}{GET}GARBAGE\r\n\r\n"))
        .await;
    assert_eq!(statuses(&text), [200, 200, 400]);
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(
        reason,
        CloseReason::Protocol(ProtocolError::MalformedRequestLine)
    );
}

#[tokio::test]
async fn nothing_behind_connection_close_is_answered() {
    let close = "GET /one HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let (text, reason) = Peer::sample().exchange(format!("{close}{GET}")).await;
    assert_eq!(statuses(&text), [200]);
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(reason, CloseReason::NotPersistent);
}

#[tokio::test]
async fn http_1_0_is_answered_and_closed() {
    let (text, reason) = Peer::sample().exchange("GET /one HTTP/1.0\r\n\r\n").await;
    assert_eq!(statuses(&text), [200]);
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert_eq!(reason, CloseReason::NotPersistent);
}

#[tokio::test]
async fn each_rule_is_answered_with_its_status_and_its_name() {
    for (request, status, message) in [
        ("GET / HTTP/1.1\r\n\r\n", 400, "no Host field\n"),
        (
            "GET / HTTP/2.0\r\n\r\n",
            505,
            "HTTP version not supported\n",
        ),
        (
            "POST /collect HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\n",
            413,
            "content is larger than 1048576 bytes\n",
        ),
        (
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
            417,
            "unknown expectation\n",
        ),
    ] {
        let (text, _) = Peer::sample().exchange(request).await;
        assert_eq!(statuses(&text), [status], "{request}");
        assert_eq!(content_of(&text), message);
        assert!(
            text.contains("date: ") && text.contains("connection: close\r\n"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn head_has_no_content_and_the_connection_goes_on() {
    let head = "HEAD /one HTTP/1.1\r\nHost: a\r\n\r\n";
    let (text, _) = Peer::sample().exchange(format!("{head}{GET}")).await;
    assert_eq!(statuses(&text), [200, 200]);
    assert_eq!(text.matches("content-length: 4\r\n").count(), 2);
    assert_eq!(text.matches("/one").count(), 1);
}

#[tokio::test]
async fn requests_arriving_byte_by_byte_are_answered_the_same() {
    let mut peer = Peer::over(1, sample(), config());
    let post = "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    for _ in 0..2 {
        peer.send(post).await;
        let head = peer.head().await;
        assert!(head.contains("content-length: 3\r\n"), "{head}");
        assert_eq!(peer.read_until("abc").await, "abc");
    }
}

#[tokio::test]
async fn a_service_that_fails_is_a_500() {
    let failing = service_fn(|_: Request<Incoming>| async { Err::<Response<Body>, _>("secret") });
    let (text, reason) = Peer::of(failing, config()).exchange(GET).await;
    assert_eq!(statuses(&text), [500]);
    assert!(!text.contains("secret"));
    assert_eq!(reason, CloseReason::ServiceFailed);
}

#[tokio::test]
async fn a_response_that_cannot_be_sent_is_a_500() {
    let lying = service_fn(|_: Request<Incoming>| async {
        Ok::<_, Infallible>(
            Response::builder()
                .header("content-length", "99")
                .body(full("short"))
                .unwrap(),
        )
    });
    let (text, reason) = Peer::of(lying, config()).exchange(GET).await;
    assert_eq!(statuses(&text), [500]);
    assert_eq!(reason, CloseReason::ServiceFailed);
}

#[tokio::test]
async fn a_slow_handler_does_not_hold_back_the_answer_before_it() {
    let (release, gate) = tokio::sync::watch::channel(false);
    let service = service_fn(move |request: Request<Incoming>| {
        let mut gate = gate.clone();
        async move {
            if request.uri().path() == "/slow" {
                gate.wait_for(|open| *open).await.unwrap();
            }
            Ok::<_, Infallible>(Response::new(full("x")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send(format!("{GET}GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"))
        .await;
    assert_eq!(statuses(&peer.read_until("\r\n\r\nx").await), [200]);
    release.send(true).unwrap();
    assert_eq!(statuses(&peer.read_until("\r\n\r\nx").await), [200]);
}

#[tokio::test]
async fn extensions_of_the_connection_reach_the_handler() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use wharf_net::{Bind, ConnInfo, Drain, Listener};

    let service = service_fn(|request: Request<Incoming>| async move {
        let info = request.extensions().get::<ConnInfo>().unwrap();
        Ok::<_, Infallible>(Response::new(full(info.peer.to_string())))
    });
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let server = wharf_http::Server::new(service).serve(listener, Drain::new());
    let client = async {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(GET.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(content_of(&text), stream.local_addr().unwrap().to_string());
    };
    tokio::select! {
        () = client => {}
        _ = server => unreachable!("nobody drains"),
    }
}

/// Never ready for a second request.
#[derive(Clone, Default)]
struct OnlyOnce {
    asked: bool,
}

impl tower_service::Service<Request<Incoming>> for OnlyOnce {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Infallible>> {
        if self.asked {
            std::task::Poll::Pending
        } else {
            std::task::Poll::Ready(Ok(()))
        }
    }

    fn call(&mut self, _: Request<Incoming>) -> Self::Future {
        self.asked = true;
        std::future::ready(Ok(Response::new(full("x"))))
    }
}

#[tokio::test]
async fn a_service_that_is_not_ready_does_not_hold_back_the_answer_before_it() {
    let mut peer = Peer::of(OnlyOnce::default(), config());
    peer.send(format!("{GET}{GET}")).await;
    assert_eq!(statuses(&peer.read_until("\r\n\r\nx").await), [200]);
}

#[tokio::test]
async fn a_service_that_says_keep_alive_is_not_contradicted() {
    let service = service_fn(|_: Request<Incoming>| async {
        let response = Response::builder().header("connection", "keep-alive");
        Ok::<_, Infallible>(response.body(full("x")).unwrap())
    });
    let (text, _) = Peer::of(service, config())
        .exchange("GET / HTTP/1.0\r\n\r\n")
        .await;
    assert_eq!(text.matches("connection: ").count(), 1, "{text}");
    assert!(text.contains("connection: close\r\n"), "{text}");
}

#[tokio::test]
async fn a_panic_costs_no_earlier_answer_and_is_answered_itself() {
    let service = service_fn(|request: Request<Incoming>| async move {
        assert_ne!(request.uri().path(), "/panic", "the handler was told to");
        Ok::<_, Infallible>(Response::new(full("x")))
    });
    let mut peer = Peer::of(service, config());
    peer.send(format!("{GET}GET /panic HTTP/1.1\r\nHost: a\r\n\r\n{GET}"))
        .await;
    assert_eq!(statuses(&peer.rest().await), [200, 500]);
    assert!(peer.panicked().await);
}

/// Panics when it is asked for content.
struct Bomb;

impl http_body::Body for Bomb {
    type Data = bytes::Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        panic!("a body that panics")
    }
}

#[tokio::test]
async fn a_panic_in_a_response_body_costs_no_earlier_answer() {
    use http_body_util::Either;
    let service = service_fn(|request: Request<Incoming>| async move {
        Ok::<_, Infallible>(Response::new(match request.uri().path() {
            "/bomb" => Either::Left(Bomb),
            _ => Either::Right(http_body_util::Full::new(bytes::Bytes::from_static(
                b"first",
            ))),
        }))
    });
    let mut peer = Peer::of(service, config());
    peer.send(format!("{GET}GET /bomb HTTP/1.1\r\nHost: a\r\n\r\n"))
        .await;
    let text = peer.rest().await;
    assert!(text.contains("\r\n\r\nfirst"), "{text}");
    // The second one begins, and does not end.
    assert!(!text.ends_with("0\r\n\r\n"), "{text}");
    assert!(peer.panicked().await);
}

#[tokio::test]
async fn how_long_an_idle_connection_is_held_is_not_for_the_service_to_say() {
    let service = service_fn(|_: Request<Incoming>| async {
        let response = Response::builder().header("Keep-Alive", "timeout=99");
        Ok::<_, Infallible>(response.body(full("")).unwrap())
    });
    let (text, _) = Peer::of(service, config()).exchange(GET).await;
    assert_eq!(text.matches("keep-alive: ").count(), 1, "{text}");
    assert!(!text.contains("99"), "{text}");
}

//! The layers of tower-http around a router.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::{SetRequestHeaderLayer, SetResponseHeaderLayer};
use tower_http::timeout::TimeoutLayer;
use wharf_http::CloseReason;

use crate::reply::Reply;
use crate::served::{Served, exchange};
use crate::support::{Peer, config, statuses};

#[tokio::test(start_paused = true)]
async fn a_timeout_answers_for_a_handler_that_never_does() {
    let router = Router::new()
        .route("/never", get(std::future::pending::<()>))
        .route("/", get("at once"))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            Duration::from_secs(3),
        ));
    let both = "GET /never HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let began = tokio::time::Instant::now();
    // In memory: with a socket, a paused clock would run ahead.
    let (text, reason) = Peer::of(router, config()).exchange(both).await;
    assert_eq!(statuses(&text), [504, 200]);
    assert_eq!(began.elapsed(), Duration::from_secs(3));
    assert_eq!(reason, CloseReason::ByPeer);
}

#[tokio::test]
async fn a_limit_is_a_413_whether_the_length_is_said_or_not() {
    let router = Router::new()
        .route("/", post(async |content: String| content))
        .layer(RequestBodyLimitLayer::new(10));
    let served = Served::new(router).await;
    let reply = served.post("/", "text/plain", "0123456789").await;
    assert_eq!((reply.status, reply.text()), (200, "0123456789"));
    assert_eq!(
        served.post("/", "text/plain", "0123456789a").await.status,
        413
    );
    let reply = served.post_chunks("/", &["012345", "6789ab"]).await;
    assert_eq!(reply.status, 413);
}

#[tokio::test]
async fn a_limit_answers_a_client_that_has_not_sent_its_megabyte_yet() {
    let router = Router::new()
        .route("/", post(async |content: String| content))
        .layer(RequestBodyLimitLayer::new(10));
    let served = Served::new(router).await;
    // Not a byte of it comes; the answer does all the same, and says that the connection ends.
    for expect in ["", "Expect: 100-continue\r\n"] {
        let mut io = served.connect().await;
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\n{expect}Content-Length: 1000000\r\n\r\n");
        tokio::io::AsyncWriteExt::write_all(&mut io, head.as_bytes())
            .await
            .unwrap();
        let mut received = Vec::new();
        let read = tokio::io::AsyncReadExt::read_to_end(&mut io, &mut received);
        tokio::time::timeout(crate::support::GENEROUS, read)
            .await
            .unwrap()
            .unwrap();
        let reply = Reply::only(&received);
        assert_eq!(
            (reply.status, reply.field("connection")),
            (413, Some("close"))
        );
    }
}

#[tokio::test]
async fn fields_are_set_on_the_way_in_and_out() {
    let layers = (
        SetRequestHeaderLayer::overriding(header::USER_AGENT, HeaderValue::from_static("a tug")),
        SetResponseHeaderLayer::overriding(header::SERVER, HeaderValue::from_static("wharf")),
    );
    let agent =
        get(async |fields: HeaderMap| fields[header::USER_AGENT].to_str().unwrap().to_owned());
    let served = Served::new(Router::new().route("/", agent).layer(layers)).await;
    let reply = served
        .ask("GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n")
        .await;
    assert_eq!(
        (reply.text(), reply.field("server")),
        ("a tug", Some("wharf"))
    );
}

#[tokio::test]
async fn a_panic_that_is_caught_costs_no_connection() {
    let router = Router::new()
        .route("/", get("fine"))
        .route(
            "/panic",
            get(async || -> String { panic!("the handler was told to") }),
        )
        .layer(CatchPanicLayer::new());
    let served = Served::new(router).await;
    let requests: String = ["/panic", "/", "/panic", "/"]
        .map(|path| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n"))
        .concat();
    let replies = Reply::all(&exchange(served.connect().await, requests).await);
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [500, 200, 500, 200]);
}

#[tokio::test]
async fn a_preflight_is_answered_and_a_response_names_its_origin() {
    let origin = HeaderValue::from_static("https://a.test");
    let cors = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::PUT]);
    let router = Router::new().route("/", get("x").put("y")).layer(cors);
    let served = Served::new(router).await;
    let preflight = "OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.test\r\n\
                     Access-Control-Request-Method: PUT\r\n\r\n";
    let reply = served.ask(preflight).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.field("access-control-allow-methods"), Some("PUT"));
    let reply = served
        .ask("PUT / HTTP/1.1\r\nHost: a\r\nOrigin: https://a.test\r\n\r\n")
        .await;
    assert_eq!(reply.text(), "y");
    assert_eq!(
        reply.field("access-control-allow-origin"),
        Some("https://a.test")
    );
}

#[tokio::test]
async fn all_of_them_at_once_leave_an_echo_what_it_is() {
    let router = Router::new()
        .route("/", post(async |body: Body| body))
        .layer(from_fn(
            async |request: axum::extract::Request, next: Next| next.run(request).await,
        ))
        .layer((
            CatchPanicLayer::new(),
            TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, crate::support::GENEROUS),
            RequestBodyLimitLayer::new(100_000),
            SetResponseHeaderLayer::if_not_present(
                header::SERVER,
                HeaderValue::from_static("wharf"),
            ),
            CorsLayer::permissive(),
        ));
    let served = Served::new(router).await;
    let content = "0123456789".repeat(10_000);
    let reply = served.post("/", "text/plain", &content).await;
    assert_eq!((reply.status, reply.text()), (200, content.as_str()));
}

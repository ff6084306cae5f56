//! What a handler learns of the connection.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Extension, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use wharf_net::ConnInfo;

use crate::reply::Reply;
use crate::served::{Served, exchange};

/// For handlers that were written for axum's own server. A peer on a Unix socket has no such address.
async fn with_connect_info(mut request: Request, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnInfo>()
        .and_then(|conn| conn.peer.inet());
    peer.map(|peer| request.extensions_mut().insert(ConnectInfo(peer)));
    next.run(request).await
}

fn router() -> Router {
    Router::new()
        .route(
            "/own",
            get(async |Extension(conn): Extension<ConnInfo>| conn.peer.to_string()),
        )
        .route(
            "/id",
            get(async |Extension(conn): Extension<ConnInfo>| conn.id.to_string()),
        )
        .route(
            "/axum",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.to_string()),
        )
        .layer(from_fn(with_connect_info))
}

async fn asked(path: &str) -> (String, String) {
    let served = Served::new(router()).await;
    let io = served.connect().await;
    let local = io.local_addr().unwrap().to_string();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let reply = Reply::only(&exchange(io, request).await);
    (reply.text().to_owned(), local)
}

#[tokio::test]
async fn our_own_is_an_extension() {
    let (said, local) = asked("/own").await;
    assert_eq!(said, local);
}

#[tokio::test]
async fn handlers_with_connect_info_run_behind_two_lines() {
    let (said, local) = asked("/axum").await;
    assert_eq!(said, local);
}

#[tokio::test]
async fn the_number_is_of_the_connection_and_not_of_the_request() {
    let served = Served::new(router()).await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let twice = "GET /id HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
        let replies = Reply::all(&exchange(served.connect().await, twice).await);
        assert_eq!(replies[0].content, replies[1].content);
        numbers.push(replies[0].text().to_owned());
    }
    assert_ne!(numbers[0], numbers[1]);
}

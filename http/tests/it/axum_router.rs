//! An axum router is a service as it is.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};

use crate::support::{Peer, config, content_of, statuses};

fn router() -> Router {
    Router::new()
        .route(
            "/hello/{name}",
            get(
                async |State(greeting): State<&'static str>, Path(name): Path<String>| {
                    format!("{greeting}, {name}")
                },
            ),
        )
        .route(
            "/length",
            post(async |content: String| content.len().to_string()),
        )
        .with_state("ahoy")
}

#[tokio::test]
async fn routes_state_and_extractors_work() {
    let (text, _) = Peer::of(router(), config())
        .exchange("GET /hello/bosun HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert_eq!(content_of(&text), "ahoy, bosun");
    let post = "POST /length HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
    let (text, _) = Peer::of(router(), config()).exchange(post).await;
    assert_eq!(content_of(&text), "5");
    let (text, _) = Peer::of(router(), config())
        .exchange("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert_eq!(statuses(&text), [404]);
}

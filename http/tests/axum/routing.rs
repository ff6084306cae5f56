//! Which handler a request reaches.

use axum::Router;
use axum::extract::{OriginalUri, Path};
use axum::http::{Method, StatusCode, Uri};
use axum::response::Redirect;
use axum::routing::{any, get};

use crate::reply::Reply;
use crate::served::{Served, exchange};

fn router() -> Router {
    let dock = Router::new().route(
        "/{berth}",
        get(async |Path(berth): Path<u16>, OriginalUri(uri): OriginalUri| format!("{berth} {uri}")),
    );
    Router::new()
        .route("/", get("the harbour"))
        .route("/ship", get("listed").post("entered").delete("left"))
        .route("/files/{*path}", get(async |Path(path): Path<String>| path))
        .route("/old", get(Redirect::permanent("/ship")))
        .route("/any", any(async |method: Method| method.to_string()))
        .nest("/dock", dock)
        .fallback(async |uri: Uri| (StatusCode::NOT_FOUND, format!("no {uri}")))
}

#[tokio::test]
async fn paths_reach_their_handlers() {
    let served = Served::new(router()).await;
    for (path, text) in [
        ("/", "the harbour"),
        ("/ship", "listed"),
        ("/ship?a=b", "listed"),
        ("/files/a/b%20c", "a/b c"),
        ("/dock/12?x", "12 /dock/12?x"),
        ("/any", "GET"),
    ] {
        let reply = served.get(path).await;
        assert_eq!((reply.status, reply.text()), (200, text), "{path}");
    }
}

#[tokio::test]
async fn methods_reach_their_handlers_whatever_they_are_called() {
    let served = Served::new(router()).await;
    for (method, path, text) in [
        ("POST", "/ship", "entered"),
        ("DELETE", "/ship", "left"),
        ("MOOR", "/any", "MOOR"),
        ("OPTIONS", "/any", "OPTIONS"),
    ] {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        let reply = served.ask(request).await;
        assert_eq!((reply.status, reply.text()), (200, text), "{method}");
    }
}

#[tokio::test]
async fn what_no_route_has_goes_to_the_fallback() {
    let served = Served::new(router()).await;
    let reply = served.get("/nowhere?x=y").await;
    assert_eq!((reply.status, reply.text()), (404, "no /nowhere?x=y"));
    let bare = Router::new().route("/", get("x"));
    let reply = Served::new(bare).await.get("/nowhere").await;
    assert_eq!((reply.status, reply.text()), (404, ""));
    assert_eq!(reply.field("content-length"), Some("0"));
}

#[tokio::test]
async fn a_method_that_a_route_lacks_is_a_405_that_names_the_others() {
    let served = Served::new(router()).await;
    let reply = served.ask("PUT /ship HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(reply.status, 405);
    let mut allowed: Vec<_> = reply.field("allow").unwrap().split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["DELETE", "GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_path_parameter_of_the_wrong_type_is_a_400() {
    let reply = Served::new(router()).await.get("/dock/first").await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn a_redirect_names_its_target() {
    let reply = Served::new(router()).await.get("/old").await;
    assert_eq!(
        (reply.status, reply.field("location")),
        (308, Some("/ship"))
    );
}

#[tokio::test]
async fn head_is_answered_by_the_handler_of_get_without_its_content() {
    let served = Served::new(router()).await;
    let both = "HEAD /ship HTTP/1.1\r\nHost: a\r\n\r\nGET /ship HTTP/1.1\r\nHost: a\r\n\r\n";
    let received = exchange(served.connect().await, both).await;
    let text = String::from_utf8(received).unwrap();
    let (head, get) = text.split_at(text.find("\r\n\r\n").unwrap() + 4);
    assert!(head.contains("content-length: 6\r\n"), "{head}");
    assert_eq!(Reply::only(get.as_bytes()).text(), "listed");
}

#[tokio::test]
async fn one_connection_reaches_every_route_in_turn() {
    let served = Served::new(router()).await;
    let paths = ["/ship", "/nowhere", "/dock/3", "/dock/x", "/any"];
    let requests: String = (0..100)
        .map(|n| format!("GET {} HTTP/1.1\r\nHost: a\r\n\r\n", paths[n % 5]))
        .collect();
    let replies = Reply::all(&exchange(served.connect().await, requests).await);
    let statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    assert_eq!(statuses, [200, 404, 200, 400, 200].repeat(20));
}

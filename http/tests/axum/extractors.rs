//! What handlers take out of requests.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use serde::{Deserialize, Serialize};

use crate::served::Served;

#[derive(Deserialize, Serialize)]
struct Ship {
    name: String,
    berth: u16,
}

#[derive(Clone, Default)]
struct Harbour {
    arrivals: Arc<AtomicU64>,
}

/// The parts of a form, each as `name [file name]: its content's length`.
async fn parts(mut form: Multipart) -> Result<String, axum::extract::multipart::MultipartError> {
    let mut seen = Vec::new();
    while let Some(part) = form.next_field().await? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().unwrap_or_default().to_owned();
        seen.push(format!("{name} [{file}]: {}", part.bytes().await?.len()));
    }
    Ok(seen.join("\n"))
}

fn router() -> Router {
    Router::new()
        .route(
            "/hello/{name}",
            get(
                async |State(harbour): State<Harbour>, Path(name): Path<String>| {
                    let number = harbour.arrivals.fetch_add(1, Ordering::Relaxed);
                    format!("ahoy, {name}, number {number}")
                },
            ),
        )
        .route(
            "/length",
            post(async |content: String| content.len().to_string()),
        )
        .route("/json", post(async |Json(ship): Json<Ship>| Json(ship)))
        .route(
            "/form",
            post(async |Form(ship): Form<Ship>| format!("{} at {}", ship.name, ship.berth)),
        )
        .route(
            "/query",
            get(async |Query(query): Query<HashMap<String, String>>| query["ship"].clone()),
        )
        .route(
            "/field",
            get(async |fields: HeaderMap| {
                let values: Vec<_> = fields
                    .get_all("x-mark")
                    .iter()
                    .map(|v| v.to_str().unwrap())
                    .collect();
                values.join("|")
            }),
        )
        .route("/multipart", post(parts))
        .route(
            "/small",
            post(async |content: String| content).layer(DefaultBodyLimit::max(10)),
        )
        .with_state(Harbour::default())
}

#[tokio::test]
async fn state_is_one_for_all_connections() {
    let served = Served::new(router()).await;
    for number in 0..3 {
        let reply = served.get("/hello/bosun").await;
        assert_eq!(reply.text(), format!("ahoy, bosun, number {number}"));
    }
}

#[tokio::test]
async fn content_is_read_in_either_framing() {
    let served = Served::new(router()).await;
    let reply = served.post("/length", "text/plain", "hello").await;
    assert_eq!(reply.text(), "5");
    let reply = served.post_chunks("/length", &["he", "llo"]).await;
    assert_eq!(reply.text(), "5");
    let reply = served.post("/length", "text/plain", "").await;
    assert_eq!(reply.text(), "0");
}

#[tokio::test]
async fn json_goes_in_and_out_and_anything_else_is_refused() {
    let served = Served::new(router()).await;
    let ship = r#"{"name":"Elbe 3","berth":7}"#;
    let reply = served.post("/json", "application/json", ship).await;
    assert_eq!((reply.status, reply.text()), (200, ship));
    assert_eq!(reply.field("content-type"), Some("application/json"));
    for (media_type, content, status) in [
        ("text/plain", ship, 415),
        ("application/json", "{", 400),
        ("application/json", r#"{"name":"Elbe 3"}"#, 422),
    ] {
        let reply = served.post("/json", media_type, content).await;
        assert_eq!(reply.status, status, "{media_type} {content}");
    }
}

#[tokio::test]
async fn forms_and_queries_are_decoded() {
    let served = Served::new(router()).await;
    let urlencoded = "application/x-www-form-urlencoded";
    let reply = served
        .post("/form", urlencoded, "name=Elbe+3%21&berth=7")
        .await;
    assert_eq!(reply.text(), "Elbe 3! at 7");
    let reply = served
        .post("/form", urlencoded, "name=Elbe&berth=seven")
        .await;
    assert_eq!(reply.status, 422);
    let reply = served.get("/query?ship=Elbe%203&x=y").await;
    assert_eq!(reply.text(), "Elbe 3");
}

#[tokio::test]
async fn field_lines_of_one_name_keep_their_order() {
    let served = Served::new(router()).await;
    let request = "GET /field HTTP/1.1\r\nHost: a\r\nX-Mark: 1\r\nOther: o\r\nX-MARK: 2\r\n\r\n";
    assert_eq!(served.ask(request).await.text(), "1|2");
}

#[tokio::test]
async fn a_multipart_form_is_read_part_by_part() {
    let served = Served::new(router()).await;
    let file = "x".repeat(200_000);
    let content = format!(
        "--edge\r\nContent-Disposition: form-data; name=\"ship\"\r\n\r\nElbe 3\r\n\
         --edge\r\nContent-Disposition: form-data; name=\"papers\"; filename=\"a.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{file}\r\n--edge--\r\n"
    );
    let media_type = "multipart/form-data; boundary=edge";
    let reply = served.post("/multipart", media_type, &content).await;
    assert_eq!(reply.text(), "ship []: 6\npapers [a.txt]: 200000");
    let cut = &content[..content.len() - 10];
    let reply = served.post("/multipart", media_type, cut).await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn the_bound_of_an_extractor_is_a_413() {
    let served = Served::new(router()).await;
    let reply = served.post("/small", "text/plain", "0123456789").await;
    assert_eq!((reply.status, reply.text()), (200, "0123456789"));
    let reply = served.post("/small", "text/plain", "0123456789a").await;
    assert_eq!(reply.status, 413);
    let reply = served.post_chunks("/small", &["0123456789a"]).await;
    assert_eq!(reply.status, 413);
}

//! The site as a router of axum: the one value that `axum` and `wharf-axum` serve.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::service::length;
use crate::content::{Content, Zeros, discard};
use crate::server::BODY;

/// The routes.
pub fn router() -> Router {
    Router::new()
        .route("/", get(hello))
        .route("/dl/{bytes}", get(download))
        .route("/dlc/{bytes}", get(download_chunked))
        .route("/up", post(upload))
}

async fn hello() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain")], BODY)
}

async fn download(Path(bytes): Path<u64>) -> Response {
    let content = Content::Sized(Zeros::new(bytes));
    content.response(StatusCode::OK).map(Body::new)
}

async fn download_chunked(Path(bytes): Path<u64>) -> Response {
    let content = Content::Unsized(Zeros::new(bytes));
    content.response(StatusCode::OK).map(Body::new)
}

async fn upload(body: Body) -> Response {
    length(discard(body).await).map(Body::new)
}

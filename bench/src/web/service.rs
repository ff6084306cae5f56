//! The site, for the servers that know no routes.

use std::convert::Infallible;
use std::pin::pin;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body::Body;

use crate::content::{Content, Zeros, discard};
use crate::server::BODY;

/// `/` is the greeting, `/dl/N` and `/dlc/N` are N zeros, the latter of a length that is not told; `POST /up` reads
/// content to its end and answers its length.
pub async fn answer<B: Body>(request: Request<B>) -> Result<Response<Content>, Infallible> {
    let path = request.uri().path();
    if path == "/" {
        return Ok(hello());
    }
    let zeros = |prefix: &str| {
        let bytes = path.strip_prefix(prefix)?.parse().ok()?;
        Some(Zeros::new(bytes))
    };
    let content = if let Some(zeros) = zeros("/dl/") {
        Content::Sized(zeros)
    } else if let Some(zeros) = zeros("/dlc/") {
        Content::Unsized(zeros)
    } else if path == "/up" && request.method() == Method::POST {
        return Ok(length(discard(pin!(request.into_body())).await));
    } else {
        return Ok(Content::Text(Bytes::new()).response(StatusCode::NOT_FOUND));
    };
    Ok(content.response(StatusCode::OK))
}

/// The greeting.
pub fn hello() -> Response<Content> {
    Content::Text(Bytes::from_static(BODY)).response(StatusCode::OK)
}

/// The answer to an upload of so many bytes, or to one that broke off.
pub fn length(bytes: Option<u64>) -> Response<Content> {
    match bytes {
        Some(bytes) => Content::Text(bytes.to_string().into()).response(StatusCode::OK),
        None => Content::Text(Bytes::new()).response(StatusCode::BAD_REQUEST),
    }
}

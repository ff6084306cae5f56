//! Requests and answers, for the clients that speak the types of `http`.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::header::CONNECTION;
use http::{Method, Request, Response, StatusCode, Uri};
use http_body::Body;
use http_body_util::BodyExt;

use crate::content::{Content, discard};

/// A request for something small or large; the last one of its connection, or not.
pub fn get(target: &Uri, last: bool) -> anyhow::Result<Request<Content>> {
    let mut request = Request::get(target.clone());
    if last {
        request = request.header(CONNECTION, "close");
    }
    Ok(request.body(Content::Text(Bytes::new()))?)
}

/// An upload.
pub fn post(target: &Uri, content: Content) -> anyhow::Result<Request<Content>> {
    let request = Request::builder().method(Method::POST).uri(target.clone());
    Ok(request.body(content)?)
}

/// The whole of a small answer.
pub async fn text<B>(response: Response<B>) -> anyhow::Result<Bytes>
where
    B: Body<Error: Into<anyhow::Error>>,
{
    is_ok(response.status())?;
    let collected = response.into_body().collect().await;
    Ok(collected.map_err(Into::into)?.to_bytes())
}

/// How long a large answer was.
pub async fn length<B: Body + Unpin>(response: Response<B>) -> anyhow::Result<u64> {
    is_ok(response.status())?;
    discard(response.into_body())
        .await
        .context("the content broke off")
}

/// Fails unless the status is 200.
pub fn is_ok(status: StatusCode) -> anyhow::Result<()> {
    ensure!(status == StatusCode::OK, "the status is {status}");
    Ok(())
}

//! The site of the servers that are written in Rust: the same service, whatever has read the request.

use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::pin;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;

use crate::content::{Content, Zeros, discard};
use crate::server::BODY;

/// What such a server is told on its command line.
#[derive(Debug)]
pub struct Site {
    /// Where certificate and key are.
    pub folder: PathBuf,
    /// The length of `/bulk`.
    pub bulk_bytes: u64,
}

impl Site {
    /// Reads it.
    pub fn from_args() -> anyhow::Result<Self> {
        let args: Vec<String> = std::env::args().skip(1).collect();
        let [folder, bulk_bytes] = &args[..] else {
            anyhow::bail!("a folder and the length of /bulk are needed");
        };
        Ok(Self {
            folder: folder.into(),
            bulk_bytes: bulk_bytes.parse()?,
        })
    }
}

/// `GET /bulk` is so many zeros; content is read to its end; all else is the greeting.
pub async fn answer<B: Body>(
    request: Request<B>,
    bulk_bytes: u64,
) -> Result<Response<Content>, Infallible> {
    if request.uri().path() == "/bulk" {
        return Ok(Content::Sized(Zeros::new(bulk_bytes)).response(StatusCode::OK));
    }
    Ok(match discard(pin!(request.into_body())).await {
        Some(_) => Content::Text(Bytes::from_static(BODY)).response(StatusCode::OK),
        None => Content::Text(Bytes::new()).response(StatusCode::BAD_REQUEST),
    })
}

//! The site of the servers that are written in Rust: the same service, whatever has read the request.

use std::convert::Infallible;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::server::BODY;

/// How much a handler gives at once, as one that reads a file would.
const PIECE: &[u8] = &[0; 64 * 1024];

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
) -> Result<Response<Pieces>, Infallible> {
    if request.uri().path() == "/bulk" {
        return Ok(response(Pieces::new(PIECE, bulk_bytes)));
    }
    let mut content = pin!(request.into_body());
    while let Some(frame) = content.frame().await {
        if frame.is_err() {
            let mut refused = response(Pieces::new(BODY, 0));
            *refused.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(refused);
        }
    }
    Ok(response(Pieces::new(BODY, BODY.len() as u64)))
}

fn response(body: Pieces) -> Response<Pieces> {
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

/// A body of known length that repeats the same piece.
#[derive(Debug)]
pub struct Pieces {
    piece: &'static [u8],
    left: u64,
}

impl Pieces {
    fn new(piece: &'static [u8], left: u64) -> Self {
        Self { piece, left }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let whole = self.piece;
        let next = usize::try_from(self.left).map_or(whole, |left| &whole[..left.min(whole.len())]);
        self.left -= next.len() as u64;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(next)))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

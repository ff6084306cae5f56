use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use wharf_http::{HttpService, Incoming, service_fn};

/// What the service has seen.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    received_bytes: AtomicU64,
    begun_floods: AtomicU64,
    ended_floods: AtomicU64,
}

impl Seen {
    /// How much content has come in `POST /collect`, in all.
    pub(crate) fn received_bytes(&self) -> u64 {
        self.0.received_bytes.load(Ordering::Relaxed)
    }

    /// How many responses to `GET /flood` were begun.
    pub(crate) fn begun_floods(&self) -> u64 {
        self.0.begun_floods.load(Ordering::Relaxed)
    }

    /// How many of them are over, whole or not.
    pub(crate) fn ended_floods(&self) -> u64 {
        self.0.ended_floods.load(Ordering::Relaxed)
    }
}

type Answer = BoxBody<Bytes, Infallible>;

/// Answers with the path; collects the content of `POST /collect`; to `GET /flood` sends more than any buffer takes.
pub(crate) fn service(
    seen: Seen,
) -> impl HttpService<ResponseBody = Answer, ServiceError = wharf_http::Error> {
    service_fn(move |request: Request<Incoming>| answer(request, seen.clone()))
}

async fn answer(
    request: Request<Incoming>,
    seen: Seen,
) -> Result<Response<Answer>, wharf_http::Error> {
    let path = request.uri().path().to_owned();
    Ok(Response::new(match path.as_str() {
        "/flood" => Flood::new(seen).boxed(),
        "/collect" => {
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                let bytes = frame?.into_data().map_or(0, |data| data.len());
                seen.0
                    .received_bytes
                    .fetch_add(bytes as u64, Ordering::Relaxed);
            }
            Full::from("collected").boxed()
        }
        _ => Full::from(path).boxed(),
    }))
}

/// Content in small pieces, each ready at once: as much as the server takes is buffered.
struct Flood {
    pieces_left: u32,
    seen: Seen,
}

const PIECE: &[u8] = &[b'x'; 1024];

/// More than the buffers of both sides hold.
pub(crate) const FLOOD_BYTES: usize = 2048 * PIECE.len();

impl Flood {
    fn new(seen: Seen) -> Self {
        seen.0.begun_floods.fetch_add(1, Ordering::Relaxed);
        Self {
            pieces_left: 2048,
            seen,
        }
    }
}

impl Body for Flood {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.pieces_left.checked_sub(1).map(|left| {
            self.pieces_left = left;
            Ok(Frame::data(Bytes::from_static(PIECE)))
        }))
    }

    fn size_hint(&self) -> http_body::SizeHint {
        http_body::SizeHint::with_exact(u64::from(self.pieces_left) * PIECE.len() as u64)
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.seen.0.ended_floods.fetch_add(1, Ordering::Relaxed);
    }
}

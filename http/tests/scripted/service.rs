use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use tokio::sync::oneshot;
use wharf_http::{HttpService, Incoming, service_fn};

use crate::runner::Tasks;

/// More than is copied behind its head.
pub(crate) const LARGE_BYTES: usize = 4200;

type Answer = BoxBody<Bytes, wharf_http::Error>;

/// Answers with the path, but for the paths that say what they do.
pub(crate) fn service(
    tasks: Tasks,
) -> impl HttpService<ResponseBody = Answer, ServiceError = wharf_http::Error> {
    service_fn(move |request: Request<Incoming>| answer(request, tasks.clone()))
}

async fn answer(
    request: Request<Incoming>,
    tasks: Tasks,
) -> Result<Response<Answer>, wharf_http::Error> {
    let path = request.uri().path().to_owned();
    Ok(Response::new(match path.as_str() {
        "/echo" => request.into_body().boxed(),
        "/collect" => full(request.into_body().collect().await?.to_bytes()),
        "/ignore" => full("ignored"),
        "/pieces" => Pieces::default()
            .map_err(|never: Infallible| match never {})
            .boxed(),
        "/large" => full("x".repeat(LARGE_BYTES)),
        "/late" => {
            sleepy().await;
            full("late")
        }
        // Read in a task of its own, while the handler waits for that.
        "/elsewhere" => {
            let (tell, told) = oneshot::channel();
            tasks.spawn(async {
                let content = request.into_body().collect().await;
                tell.send(content.map(|content| content.to_bytes()))
                    .unwrap();
            });
            full(told.await.unwrap()?)
        }
        // Begun in a task of its own, and left there behind the response.
        "/leave" => {
            tasks.spawn(async {
                let mut body = request.into_body();
                body.frame().await.unwrap().unwrap();
                sleepy().await;
                sleepy().await;
            });
            full("left")
        }
        // The same, but asked for more than there is when it is left.
        "/give-up" => {
            tasks.spawn(async {
                let mut body = request.into_body();
                body.frame().await.unwrap().unwrap();
                let mut more = pin!(body.frame());
                let asked = poll_fn(|cx| Poll::Ready(more.as_mut().poll(cx).is_pending()));
                asked.await;
                sleepy().await;
            });
            full("given up")
        }
        _ => full(path),
    }))
}

fn full(content: impl Into<Bytes>) -> Answer {
    Full::new(content.into())
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// Not ready the first time, and woken for the second.
async fn sleepy() {
    let mut has_slept = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut has_slept, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Three pieces and a trailer, none of them ready at once.
#[derive(Debug, Default)]
struct Pieces {
    number: u8,
    was_asked: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.was_asked = !self.was_asked;
        if self.was_asked {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.number += 1;
        Poll::Ready(match self.number {
            number @ 1..=3 => Some(Ok(Frame::data(Bytes::from(format!("piece {number};"))))),
            4 => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-pieces", HeaderValue::from_static("3"));
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    }
}

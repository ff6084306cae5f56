//! Clients with bounds, and futures that are not polled to their end.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use wharf_http::{Client, ClientConfig, Error};

use crate::harness::{Fetched, Origin, soon};

pub(super) fn client(origin: &Origin, change: impl FnOnce(&mut ClientConfig)) -> Client {
    let mut config = origin.config();
    change(&mut config);
    Client::new(config)
}

pub(super) fn one_place(origin: &Origin) -> Client {
    client(origin, |config| config.open_per_origin_max = 1)
}

/// Polls it once, without waiting.
pub(super) async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

/// Polls a request so many times, and drops it unless it is ready by then.
pub(super) async fn polled<F>(times: usize, sending: F) -> Option<Result<Fetched, Error>>
where
    F: Future<Output = Result<Fetched, Error>>,
{
    if times == 0 {
        return None;
    }
    let (mut sending, mut polls) = (pin!(sending), 0);
    let cut = poll_fn(|cx| {
        polls += 1;
        match sending.as_mut().poll(cx) {
            Poll::Ready(answer) => Poll::Ready(Some(answer)),
            Poll::Pending if polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    });
    soon(cut).await
}

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::timeout;

use super::exchange::{Content, Exchange};
use crate::error::Kind;
use crate::h1::ProtocolError;
use crate::{Error, Incoming};

/// The content of a response on its way. It owns the connection, and gives it back at the end.
#[derive(Debug)]
pub(crate) struct Receiving {
    /// What was received together with the head, and has not been read.
    received: VecDeque<Result<Frame<Bytes>, Kind>>,
    /// `None` once the end has been received.
    exchange: Option<Box<Exchange>>,
    /// How much its reader takes in all, and how much it has got.
    limit: Option<u64>,
    taken: u64,
}

/// The content behind a head. Most of it is here by now, and then the connection is for the next request already.
pub(super) fn begin(mut exchange: Box<Exchange>) -> Incoming {
    let first = match exchange.received_content() {
        Ok(Some(Content::Data(first))) => first,
        Ok(Some(Content::End(None))) => {
            exchange.end();
            return Incoming::empty();
        }
        other => return Receiving::behind(None, other, exchange),
    };
    match exchange.received_content() {
        Ok(Some(Content::End(None))) => {
            exchange.end();
            Incoming::whole(first)
        }
        other => Receiving::behind(Some(first), other, exchange),
    }
}

/// How much of a response that nobody reads is read over, and for how long, so that its connection can be used again.
const DISCARDED_BYTES_MAX: u64 = 16 * 1024;
const DISCARDING_MAX: Duration = Duration::from_millis(500);

/// Reads over the content behind a head that is not handed out, if there is little of it and it comes soon: another connection
/// would cost more.
pub(super) async fn discard(exchange: Box<Exchange>) {
    let is_worth_it = exchange.can_be_followed();
    let mut content = begin(exchange);
    if !is_worth_it {
        return;
    }
    let reading = async {
        let mut read = 0;
        while read <= DISCARDED_BYTES_MAX && content.size_hint().lower() <= DISCARDED_BYTES_MAX {
            match poll_fn(|cx| Pin::new(&mut content).poll_frame(cx)).await {
                Some(Ok(frame)) => read += length_of(Some(&frame)),
                Some(Err(_)) | None => return,
            }
        }
    };
    // It is closed otherwise.
    let _ = timeout(DISCARDING_MAX, reading).await;
}

impl Receiving {
    fn behind(
        first: Option<Bytes>,
        second: Result<Option<Content>, Kind>,
        exchange: Box<Exchange>,
    ) -> Incoming {
        let mut receiving = Self {
            received: first
                .map(|first| Ok(Frame::data(first)))
                .into_iter()
                .collect(),
            exchange: Some(exchange),
            limit: None,
            taken: 0,
        };
        match second {
            Ok(None) => {}
            Ok(Some(content)) => {
                let frame = receiving.frame(content).map(Ok);
                receiving.received.extend(frame);
            }
            Err(kind) => receiving.received.push_back(Err(kind)),
        }
        Incoming::receiving(receiving)
    }

    /// A frame of what has come; none at an end without trailers.
    fn frame(&mut self, content: Content) -> Option<Frame<Bytes>> {
        match content {
            Content::Data(data) => Some(Frame::data(data)),
            Content::End(trailers) => {
                if let Some(exchange) = self.exchange.take() {
                    exchange.end();
                }
                trailers.map(Frame::trailers)
            }
        }
    }

    /// Bounds all of the content.
    pub(crate) fn set_limit(&mut self, bytes_max: Option<u64>) {
        self.limit = bytes_max;
    }

    pub(crate) fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = ready!(self.poll_content(cx));
        let frame = frame.map_err(|kind| self.give_up(kind));
        Poll::Ready(frame.map_err(Error::from).transpose())
    }

    /// Nothing comes behind an error, not even the same one again.
    fn give_up(&mut self, cause: Kind) -> Kind {
        self.received.clear();
        self.limit = None;
        match self.exchange.take() {
            None => cause,
            Some(exchange) => {
                let failed = exchange.content_failed(cause);
                exchange.abandon();
                failed
            }
        }
    }

    fn poll_content(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Frame<Bytes>>, Kind>> {
        if let Some(limit) = self.limit.filter(|limit| self.is_beyond(*limit)) {
            return Poll::Ready(Err(too_large(limit)));
        }
        let frame = if let Some(received) = self.received.pop_front() {
            Some(received?)
        } else if let Some(exchange) = &mut self.exchange {
            let content = ready!(exchange.poll_content(cx))?;
            self.frame(content)
        } else {
            None
        };
        self.taken += length_of(frame.as_ref());
        Poll::Ready(match self.limit {
            Some(limit) if self.taken > limit => Err(too_large(limit)),
            _ => Ok(frame),
        })
    }

    /// Whether there will be more than that, as far as is known now.
    fn is_beyond(&self, limit: u64) -> bool {
        self.taken.saturating_add(self.size_hint().lower()) > limit
    }

    pub(crate) fn is_end_stream(&self) -> bool {
        self.received.is_empty() && self.exchange.is_none()
    }

    pub(crate) fn size_hint(&self) -> SizeHint {
        let received = self.received.iter();
        let received = received.map(|frame| length_of(frame.as_ref().ok())).sum();
        let left = match &self.exchange {
            None => Some(0),
            Some(exchange) => exchange.content_left(),
        };
        let mut hint = SizeHint::new();
        match left {
            Some(left) => hint.set_exact(left.saturating_add(received)),
            None => hint.set_lower(received),
        }
        hint
    }
}

fn length_of(frame: Option<&Frame<Bytes>>) -> u64 {
    let data = frame.and_then(Frame::data_ref);
    data.map_or(0, |data| data.len() as u64)
}

fn too_large(limit: u64) -> Kind {
    Kind::Protocol(ProtocolError::ContentTooLarge { limit })
}

impl Drop for Receiving {
    fn drop(&mut self) {
        let Some(mut exchange) = self.exchange.take() else {
            return;
        };
        // What is here already costs nothing to read over; what is not may take forever.
        loop {
            match exchange.received_content() {
                Ok(Some(Content::Data(_))) => {}
                Ok(Some(Content::End(_))) => return exchange.end(),
                Ok(None) | Err(_) => return exchange.abandon(),
            }
        }
    }
}

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::coding::Coding;
use super::stage::{Bounds, Stage, pull};
use super::{ContentCodingError, Decoding};
use crate::Error;
use crate::error::Kind;
use crate::h1::ProtocolError;

/// The content of a response, its content codings taken off as it is read; trailers pass.
///
/// Content without a coding passes as it is. Content of no length is fine under any coding: servers put `Content-Encoding`
/// on empty responses.
#[derive(Debug)]
pub struct Decoded<B> {
    content: B,
    /// The outermost coding first. None: the content passes as it is.
    stages: Vec<Stage>,
    bounds: Bounds,
    /// All content was read, or reading it has failed.
    is_ended: bool,
    trailers: Option<HeaderMap>,
    /// How much its reader takes in all, and how much it has got.
    limit: Option<u64>,
    taken: u64,
}

impl<B> Decoded<B> {
    /// Takes off `codings`, the outermost first, as [`take_codings`](super::take_codings) gives them.
    pub(crate) fn new(content: B, codings: &[Coding], rules: &Decoding) -> Self {
        let codecs = codings.iter().map(|coding| (coding.codec)());
        Self {
            content,
            stages: codecs.map(Stage::new).collect(),
            bounds: Bounds {
                rules: rules.clone(),
                received: 0,
            },
            is_ended: false,
            trailers: None,
            limit: None,
            taken: 0,
        }
    }

    /// What is read from.
    #[cfg(all(test, feature = "gzip", feature = "br", feature = "zstd"))]
    pub(super) fn content_mut(&mut self) -> &mut B {
        &mut self.content
    }

    /// Bounds all that is handed out.
    pub(crate) fn set_limit(&mut self, bytes_max: Option<u64>) {
        self.limit = bytes_max;
    }

    /// A piece that is ready, before more content is read.
    fn pull(&mut self) -> Result<Option<Bytes>, Error> {
        if self.is_ended {
            return Ok(None);
        }
        let piece = pull(&mut self.stages, &self.bounds);
        self.is_ended = piece.is_err();
        let piece = piece?;
        self.taken += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        match self.limit {
            Some(limit) if self.taken > limit => {
                self.is_ended = true;
                Err(Kind::Protocol(ProtocolError::ContentTooLarge { limit }).into())
            }
            _ => Ok(piece),
        }
    }

    fn put(&mut self, piece: Bytes) {
        self.bounds.received += piece.len() as u64;
        if let Some(first) = self.stages.first_mut() {
            first.put(piece);
        }
    }

    /// All content was read, and all that came of it was handed out.
    fn end(&mut self, trailers: Option<HeaderMap>) -> Result<(), ContentCodingError> {
        self.is_ended = true;
        if self.bounds.received > 0 {
            self.stages.iter().try_for_each(Stage::check_complete)?;
        }
        self.trailers = trailers;
        Ok(())
    }
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for Decoded<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        if this.stages.is_empty() {
            return Pin::new(&mut this.content).poll_frame(cx);
        }
        loop {
            if let Some(piece) = this.pull()? {
                return Poll::Ready(Some(Ok(Frame::data(piece))));
            }
            if this.is_ended {
                let trailers = this.trailers.take();
                return Poll::Ready(trailers.map(|trailers| Ok(Frame::trailers(trailers))));
            }
            match ready!(Pin::new(&mut this.content).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(piece) => this.put(piece),
                    Err(frame) => this.end(frame.into_trailers().ok()).map_err(Error::from)?,
                },
                Some(Err(error)) => {
                    this.is_ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.end(None).map_err(Error::from)?,
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        if self.stages.is_empty() || self.bounds.received == 0 {
            return self.content.is_end_stream();
        }
        self.is_ended && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        if self.stages.is_empty() || self.is_end_stream() {
            return self.content.size_hint();
        }
        SizeHint::default()
    }
}

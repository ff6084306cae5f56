use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use crate::client::{Decoded, Origin, Receiving};
use crate::error::Kind;
use crate::h1::ProtocolError;
use crate::{Error, Switched};

/// The content of a request or a response, as it arrives.
///
/// Nothing is read from the connection before this is polled, and never more than one piece ahead: a handler that stops
/// reading stops the client. It may be moved to another task. Trailers come as the last frame.
///
/// Of a response, the connection goes back to the pool when the end has been read. Dropped before, what has already
/// arrived is skipped; if there is more, the connection is closed.
#[derive(Debug)]
pub struct Incoming(Source);

#[derive(Debug)]
enum Source {
    /// No content, or all of it was handed out.
    Empty,
    /// All content was in the buffer when the head was read.
    Whole(Bytes),
    /// There is more than the reader wants.
    Refused(Option<ProtocolError>),
    /// The connection feeds it piece by piece.
    Fed(Arc<Pipe>),
    /// It reads from the connection itself, as a client does.
    Receiving(Box<Receiving>),
    /// Its content codings are taken off as it is read. Whose it is, for errors.
    Decoded(Box<(Decoded<Incoming>, Origin)>),
    /// What was HTTP, and is not any more.
    Switched(Box<Switched>),
}

impl Incoming {
    pub(crate) fn empty() -> Self {
        Self(Source::Empty)
    }

    pub(crate) fn whole(content: Bytes) -> Self {
        Self(Source::Whole(content))
    }

    pub(crate) fn receiving(receiving: Receiving) -> Self {
        Self(Source::Receiving(Box::new(receiving)))
    }

    pub(crate) fn decoded(content: Decoded<Self>, from: Origin) -> Self {
        Self(Source::Decoded(Box::new((content, from))))
    }

    pub(crate) fn switched(stream: Switched) -> Self {
        Self(Source::Switched(Box::new(stream)))
    }

    /// The stream behind a response that switched protocols, which a client gets: a 101 (Switching Protocols) that was
    /// asked for, or a 2xx to CONNECT.
    ///
    /// # Errors
    ///
    /// Itself, unchanged, if it is content.
    pub fn into_switched(mut self) -> Result<Switched, Self> {
        match std::mem::replace(&mut self.0, Source::Empty) {
            Source::Switched(stream) => Ok(*stream),
            source => Err(Self(source)),
        }
    }

    /// Bounds this content, in bytes, in place of
    /// [`Limits::content_bytes_max`](crate::h1::Limits::content_bytes_max); `None` for no bound. For a handler that
    /// expects more than others do, or less.
    ///
    /// To be called before the first frame is read. If there turns out to be more, reading fails, and the client gets a
    /// 413 in place of a response that is not yet under way; before anything is read, and without 100 (Continue), if
    /// `Content-Length` says so. A bound that is lower than what arrived together with the head is for the handler
    /// alone to see.
    ///
    /// ```
    /// # use wharf_http::Incoming;
    /// # use http::{Request, Response};
    /// use http_body_util::BodyExt;
    ///
    /// async fn upload(request: Request<Incoming>) -> Result<Response<String>, wharf_http::Error> {
    ///     let mut content = request.into_body().limit(Some(1 << 30));
    ///     let mut length = 0;
    ///     while let Some(frame) = content.frame().await {
    ///         length += frame?.into_data().map_or(0, |data| data.len());
    ///     }
    ///     Ok(Response::new(format!("{length} bytes\n")))
    /// }
    /// ```
    #[must_use]
    pub fn limit(mut self, bytes_max: Option<u64>) -> Self {
        match &mut self.0 {
            Source::Empty | Source::Refused(_) | Source::Switched(_) => {}
            // It is here already and costs nothing more; only a smaller bound has something to say.
            Source::Whole(content) => {
                let limit = bytes_max.unwrap_or(u64::MAX);
                if content.len() as u64 > limit {
                    let too_large = ProtocolError::ContentTooLarge { limit };
                    return Self(Source::Refused(Some(too_large)));
                }
            }
            Source::Fed(pipe) => pipe.lock().limit = Some(bytes_max),
            Source::Receiving(receiving) => receiving.set_limit(bytes_max),
            Source::Decoded(decoded) => decoded.0.set_limit(bytes_max),
        }
        self
    }

    /// A body and the end by which the connection feeds it. `length` is what `Content-Length` says.
    pub(crate) fn fed(length: Option<u64>) -> (Self, Feed) {
        let pipe = Arc::new(Pipe(Mutex::new(State {
            left: length,
            ..State::default()
        })));
        (Self(Source::Fed(Arc::clone(&pipe))), Feed(pipe))
    }
}

impl Body for Incoming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        match &mut self.0 {
            Source::Empty | Source::Switched(_) => Poll::Ready(None),
            Source::Whole(content) => {
                let content = std::mem::take(content);
                self.0 = Source::Empty;
                Poll::Ready(Some(Ok(Frame::data(content))))
            }
            Source::Refused(error) => {
                let error = error.take();
                Poll::Ready(error.map(|error| Err(Kind::Protocol(error).into())))
            }
            Source::Fed(pipe) => pipe.lock().poll_frame(cx),
            Source::Receiving(receiving) => receiving.poll_frame(cx),
            Source::Decoded(decoded) => {
                let (content, from) = &mut **decoded;
                let frame = Pin::new(content).poll_frame(cx);
                frame.map_err(|error| error.of_content_from(from))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Empty | Source::Switched(_) => true,
            Source::Whole(_) => false,
            Source::Refused(error) => error.is_none(),
            Source::Fed(pipe) => {
                let state = pipe.lock();
                state.ended && state.next.is_none() && state.last.is_none()
            }
            Source::Receiving(receiving) => receiving.is_end_stream(),
            Source::Decoded(decoded) => decoded.0.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Empty | Source::Switched(_) => SizeHint::with_exact(0),
            Source::Whole(content) => SizeHint::with_exact(content.len() as u64),
            Source::Refused(_) => SizeHint::default(),
            Source::Fed(pipe) => pipe
                .lock()
                .left
                .map_or_else(SizeHint::default, SizeHint::with_exact),
            Source::Receiving(receiving) => receiving.size_hint(),
            Source::Decoded(decoded) => decoded.0.size_hint(),
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Source::Fed(pipe) = &self.0 {
            let mut state = pipe.lock();
            state.dropped = true;
            state.wake_feeder();
        }
    }
}

#[derive(Debug)]
struct Pipe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// A piece of content that the reader has not taken yet.
    next: Option<Bytes>,
    /// What comes behind it once the feeder is done: trailers or an error.
    last: Option<Result<HeaderMap, Error>>,
    /// The feeder is done.
    ended: bool,
    /// The reader asked for a frame and has not got it yet.
    wanted: bool,
    /// The reader is gone.
    dropped: bool,
    /// The bound that the reader has set.
    limit: Option<Option<u64>>,
    /// How much content the reader has yet to see, if that is known.
    left: Option<u64>,
    reader: Option<Waker>,
    feeder: Option<Waker>,
}

impl Pipe {
    /// No code that could panic runs under this lock, so it is never poisoned.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn poll_frame(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        if let Some(content) = self.next.take() {
            if let Some(left) = &mut self.left {
                *left = left.saturating_sub(content.len() as u64);
            }
            return Poll::Ready(Some(Ok(Frame::data(content))));
        }
        if self.ended {
            return Poll::Ready(self.last.take().map(|last| last.map(Frame::trailers)));
        }
        set_waker(&mut self.reader, cx);
        // Only the first time: reader and feeder are often polled by the same task, which would wake itself for ever.
        if !std::mem::replace(&mut self.wanted, true) {
            self.wake_feeder();
        }
        Poll::Pending
    }

    fn answer_reader(&mut self) {
        self.wanted = false;
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_feeder(&mut self) {
        if let Some(feeder) = self.feeder.take() {
            feeder.wake();
        }
    }
}

/// The connection's end of an [`Incoming`]. Dropping it before the end tells the reader that the connection is gone.
#[derive(Debug)]
pub(crate) struct Feed(Arc<Pipe>);

impl Feed {
    /// Ready when the reader waits for a frame; pending while it is busy with the last one, or gone.
    pub(crate) fn poll_wanted(&self, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.0.lock();
        // Also when it is wanted: the reader may go away while we wait for bytes.
        set_waker(&mut state.feeder, cx);
        if state.wanted && !state.dropped {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// The bound on the content, if the reader has set one since this was last asked.
    pub(crate) fn take_limit(&self) -> Option<Option<u64>> {
        self.0.lock().limit.take()
    }

    pub(crate) fn reader_is_gone(&self) -> bool {
        self.0.lock().dropped
    }

    /// Hands over a piece of content to a reader that [wanted](Self::poll_wanted) it.
    pub(crate) fn put(&self, content: Bytes) {
        let mut state = self.0.lock();
        debug_assert!(
            state.next.is_none(),
            "the reader has not taken the last piece"
        );
        state.next = Some(content);
        state.answer_reader();
    }

    /// The content is complete. A piece that waits to be taken comes first.
    pub(crate) fn end(self, trailers: Option<HeaderMap>) {
        self.finish(trailers.map(Ok));
    }

    /// The content cannot be completed. A piece that waits to be taken comes first.
    pub(crate) fn fail(self, error: Error) {
        self.finish(Some(Err(error)));
    }

    fn finish(&self, last: Option<Result<HeaderMap, Error>>) {
        let mut state = self.0.lock();
        if !state.ended {
            state.ended = true;
            state.last = last;
            state.answer_reader();
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.finish(Some(Err(Kind::Closed.into())));
    }
}

fn set_waker(slot: &mut Option<Waker>, cx: &Context<'_>) {
    match slot {
        Some(waker) => waker.clone_from(cx.waker()),
        None => *slot = Some(cx.waker().clone()),
    }
}

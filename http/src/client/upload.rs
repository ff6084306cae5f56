use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http::HeaderMap;
use http_body::{Body, Frame};
use sync_wrapper::SyncWrapper;

use crate::h1::ContentLength;

pub(super) type BoxError = Box<dyn StdError + Send + Sync>;

/// The content of a request on its way, with what has been sent of it, in case that it has to be sent once more.
pub(super) struct Upload {
    /// `None` if there is no content.
    body: Option<SyncWrapper<Pin<Box<dyn Content>>>>,
    /// It has been read to its end.
    is_read: bool,
    length: ContentLength,
    sent: Vec<Piece>,
    /// How many of `sent` have been sent in this attempt.
    next: usize,
    /// How many more bytes may be remembered; `None` once there were more.
    room: Option<usize>,
}

/// A piece of content, or the trailers behind it.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
}

/// What is shorter is copied to be remembered: it may be a little part of a large buffer, and would keep all of it.
const SHARED_MIN: usize = 16 * 1024;
/// How many pieces are remembered: each costs something, however short it is.
const PIECES_MAX: usize = 4096;

impl Upload {
    pub(super) fn none() -> Self {
        Self {
            body: None,
            is_read: false,
            length: ContentLength::Exact(0),
            sent: Vec::new(),
            next: 0,
            room: Some(0),
        }
    }

    pub(super) fn new<B>(body: B, replay_bytes_max: usize) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        if body.is_end_stream() {
            return Self::none();
        }
        let length = body.size_hint().exact();
        Self {
            body: Some(SyncWrapper::new(Box::pin(body))),
            length: length.map_or(ContentLength::Unknown, ContentLength::Exact),
            room: Some(replay_bytes_max),
            ..Self::none()
        }
    }

    pub(super) fn whole(content: Bytes) -> Self {
        if content.is_empty() {
            return Self::none();
        }
        Self {
            length: ContentLength::Exact(content.len() as u64),
            sent: vec![Piece::Data(content)],
            ..Self::none()
        }
    }

    /// What was announced of it.
    pub(super) fn length(&self) -> ContentLength {
        self.length
    }

    /// Whether it can begin at its beginning again.
    pub(super) fn is_remembered(&self) -> bool {
        self.room.is_some()
    }

    /// Begins at the beginning again; `false` if that has been forgotten.
    pub(super) fn rewind(&mut self) -> bool {
        self.next = 0;
        self.is_remembered()
    }

    /// The next piece, or `None` at the end.
    pub(super) fn poll_piece(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece, BoxError>>> {
        if let Some(piece) = self.sent.get(self.next) {
            self.next += 1;
            return Poll::Ready(Some(Ok(piece.clone())));
        }
        let Some(body) = self.body.as_mut().filter(|_| !self.is_read) else {
            return Poll::Ready(None);
        };
        let piece = ready!(body.get_mut().as_mut().poll_piece(cx));
        match &piece {
            Some(Ok(piece)) => self.remember(piece),
            Some(Err(_)) | None => self.is_read = true,
        }
        Poll::Ready(piece)
    }

    fn remember(&mut self, piece: &Piece) {
        let Some(room) = self.room else { return };
        let length = match piece {
            Piece::Data(data) => data.len(),
            Piece::Trailers(_) => 0,
        };
        let room = room.checked_sub(length);
        self.room = room.filter(|_| self.sent.len() < PIECES_MAX);
        if self.room.is_some() {
            self.sent.push(match piece {
                Piece::Data(data) if data.len() < SHARED_MIN => {
                    Piece::Data(Bytes::copy_from_slice(data))
                }
                piece => piece.clone(),
            });
            self.next = self.sent.len();
        } else {
            self.sent = Vec::new();
            self.next = 0;
        }
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// Any body, its type forgotten.
trait Content: Send {
    fn poll_piece(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece, BoxError>>>;
}

impl<B> Content for B
where
    B: Body + Send,
    B::Error: Into<BoxError>,
{
    fn poll_piece(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Piece, BoxError>>> {
        loop {
            if self.is_end_stream() {
                return Poll::Ready(None);
            }
            let frame = match ready!(self.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => return Poll::Ready(None),
            };
            if let Some(piece) = piece_of(frame) {
                return Poll::Ready(Some(Ok(piece)));
            }
        }
    }
}

/// Frames of other kinds than these are to be skipped, says `http-body`; so is what is empty.
fn piece_of<D: Buf>(frame: Frame<D>) -> Option<Piece> {
    match frame.into_data() {
        Ok(mut data) => {
            let length = data.remaining();
            (length > 0).then(|| Piece::Data(data.copy_to_bytes(length)))
        }
        Err(frame) => frame.into_trailers().ok().map(Piece::Trailers),
    }
}

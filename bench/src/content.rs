//! What the servers in Rust answer with: a text, or so many zeros.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;

/// How much a handler gives at once, as one that reads a file would.
const PIECE: &[u8] = &PAGES.0;

/// On a page of its own: a copy into the kernel can cost many times as much where source and target lie badly to each
/// other within a page, and where a linker puts this must not decide between two servers.
#[repr(align(4096))]
struct Pages([u8; 64 * 1024]);

static PAGES: Pages = Pages([0; 64 * 1024]);

/// So many zeros, piece by piece.
#[derive(Clone, Copy, Debug)]
pub struct Zeros {
    left: u64,
}

impl Zeros {
    /// This many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }

    /// How many bytes are still to come.
    pub fn left(self) -> u64 {
        self.left
    }
}

impl Iterator for Zeros {
    type Item = &'static [u8];

    fn next(&mut self) -> Option<&'static [u8]> {
        if self.left == 0 {
            return None;
        }
        let next = usize::try_from(self.left).map_or(PIECE, |left| &PIECE[..left.min(PIECE.len())]);
        self.left -= next.len() as u64;
        Some(next)
    }
}

/// The body of a response.
#[derive(Debug)]
pub enum Content {
    /// All at once.
    Text(Bytes),
    /// Of a length that is told before.
    Sized(Zeros),
    /// Of a length that is not told: chunked, in HTTP/1.1.
    Unsized(Zeros),
}

impl Content {
    /// A response with it.
    pub fn response(self, status: StatusCode) -> Response<Self> {
        let mut response = Response::new(self);
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        response
    }
}

impl Body for Content {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = match &mut *self {
            Self::Text(text) => Some(std::mem::take(text)).filter(|text| !text.is_empty()),
            Self::Sized(zeros) | Self::Unsized(zeros) => zeros.next().map(Bytes::from_static),
        };
        Poll::Ready(next.map(|data| Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Sized(zeros) | Self::Unsized(zeros) => zeros.left() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Text(text) => SizeHint::with_exact(text.len() as u64),
            Self::Sized(zeros) => SizeHint::with_exact(zeros.left()),
            Self::Unsized(_) => SizeHint::default(),
        }
    }
}

/// Reads content to its end and throws it away; how much it was, unless it broke off.
pub async fn discard<B: Body + Unpin>(mut content: B) -> Option<u64> {
    let mut bytes = 0;
    while let Some(frame) = content.frame().await {
        if let Some(data) = frame.ok()?.data_ref() {
            bytes += bytes::Buf::remaining(data) as u64;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_come_in_pieces_and_as_many_as_asked_for() {
        let bytes = PIECE.len() as u64 * 2 + 1;
        let pieces: Vec<usize> = Zeros::new(bytes).map(<[u8]>::len).collect();
        assert_eq!(pieces, [PIECE.len(), PIECE.len(), 1]);
        assert_eq!(Zeros::new(0).next(), None);
    }

    #[test]
    fn only_content_without_a_told_length_has_none() {
        let hint = |content: Content| content.size_hint().exact();
        assert_eq!(hint(Content::Text(Bytes::from_static(b"abc"))), Some(3));
        assert_eq!(hint(Content::Sized(Zeros::new(9))), Some(9));
        assert_eq!(hint(Content::Unsized(Zeros::new(9))), None);
    }
}

//! A message body on its way in, whatever its framing ([RFC 9112 §6.3]). Both roles read with this.
//!
//! [RFC 9112 §6.3]: https://www.rfc-editor.org/rfc/rfc9112#section-6.3

use bytes::{Bytes, BytesMut};
use http::HeaderMap;

use super::chunked::ChunkedReader;
use super::{Framing, Limits, ProtocolError};

/// A part of a message body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A piece of content, never empty.
    Data(Bytes),
    /// The end, with the trailer section if there was one.
    End(Option<HeaderMap>),
}

/// Reads a message body off a buffer.
#[derive(Debug)]
pub(super) enum BodyReader {
    /// So many bytes are still to come.
    Length(u64),
    /// In a box, since most messages are not and each connection has room for this.
    Chunked(Box<ChunkedReader>),
    /// Up to the end of the connection; `taken` bytes have come so far.
    UntilClose { taken: u64 },
}

impl BodyReader {
    pub(super) fn of_request(framing: Framing) -> Self {
        Self::new(framing, ChunkedReader::default)
    }

    pub(super) fn of_response(framing: Framing) -> Self {
        Self::new(framing, ChunkedReader::of_response)
    }

    fn new(framing: Framing, chunked: fn() -> ChunkedReader) -> Self {
        match framing {
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Box::new(chunked())),
            Framing::UntilClose => Self::UntilClose { taken: 0 },
        }
    }

    /// Takes the next piece off `buf`; `None` when it needs more bytes.
    pub(super) fn read(
        &mut self,
        buf: &mut BytesMut,
        limits: &Limits,
    ) -> Result<Option<Piece>, ProtocolError> {
        match self {
            Self::Length(0) => Ok(Some(Piece::End(None))),
            Self::Length(left) => {
                if let Some(limit) = limits.content_bytes_max.filter(|max| *left > *max) {
                    return Err(ProtocolError::ContentTooLarge { limit });
                }
                Ok(take_data(buf, *left).map(|data| {
                    *left -= data.len().try_into().unwrap_or(*left);
                    Piece::Data(data)
                }))
            }
            Self::Chunked(reader) => reader.read(buf, limits),
            Self::UntilClose { taken } => {
                let limit = limits.content_bytes_max.unwrap_or(u64::MAX);
                let room = limit.saturating_sub(*taken);
                if room == 0 && !buf.is_empty() {
                    return Err(ProtocolError::ContentTooLarge { limit });
                }
                Ok(take_data(buf, room).map(|data| {
                    *taken = taken.saturating_add(data.len().try_into().unwrap_or(u64::MAX));
                    Piece::Data(data)
                }))
            }
        }
    }
}

fn take_data(buf: &mut BytesMut, max: u64) -> Option<Bytes> {
    (!buf.is_empty()).then(|| take_up_to(buf, max))
}

/// Takes at most `max` bytes off the front of `buf`.
pub(super) fn take_up_to(buf: &mut BytesMut, max: u64) -> Bytes {
    let length = usize::try_from(max).map_or(buf.len(), |max| max.min(buf.len()));
    buf.split_to(length).freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reader: &mut BodyReader, bytes: &'static str) -> Result<Option<Piece>, ProtocolError> {
        let limits = Limits {
            content_bytes_max: Some(4),
            ..Limits::default()
        };
        reader.read(&mut BytesMut::from(bytes), &limits)
    }

    fn data(bytes: &'static str) -> Result<Option<Piece>, ProtocolError> {
        Ok(Some(Piece::Data(Bytes::from_static(bytes.as_bytes()))))
    }

    const TOO_LARGE: Result<Option<Piece>, ProtocolError> =
        Err(ProtocolError::ContentTooLarge { limit: 4 });

    #[test]
    fn a_length_ends_where_it_says_and_over_the_limit_before_it_begins() {
        let mut reader = BodyReader::Length(4);
        assert_eq!(read(&mut reader, ""), Ok(None));
        assert_eq!(read(&mut reader, "abc"), data("abc"));
        assert_eq!(read(&mut reader, "def"), data("d"));
        assert_eq!(read(&mut reader, "ef"), Ok(Some(Piece::End(None))));
        assert_eq!(read(&mut BodyReader::Length(5), ""), TOO_LARGE);
    }

    #[test]
    fn up_to_the_end_of_the_connection_the_limit_counts_what_came() {
        let mut reader = BodyReader::UntilClose { taken: 0 };
        assert_eq!(read(&mut reader, ""), Ok(None));
        assert_eq!(read(&mut reader, "abc"), data("abc"));
        assert_eq!(read(&mut reader, "def"), data("d"));
        assert_eq!(read(&mut reader, ""), Ok(None));
        assert_eq!(read(&mut reader, "e"), TOO_LARGE);
    }
}

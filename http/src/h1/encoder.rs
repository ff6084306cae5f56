//! Content on its way out, framed as its head says ([RFC 9112 §6], [RFC 9112 §7.1]). Both roles send with this.
//!
//! [RFC 9112 §6]: https://www.rfc-editor.org/rfc/rfc9112#section-6
//! [RFC 9112 §7.1]: https://www.rfc-editor.org/rfc/rfc9112#section-7.1

use bytes::{BufMut, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::chunked::is_forbidden_trailer;
use super::{OutBuf, ProtocolError, framing};

/// Frames the content of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoder {
    /// This many bytes are still owed.
    Length(u64),
    /// Chunked; whether trailers may follow.
    Chunked { trailers: bool },
    /// Up to the end of the connection.
    UntilClose,
    /// The response has no content; what a service produces is dropped.
    Nothing,
}

impl Encoder {
    /// Writes the field that tells the framing. `length` is what `Content-Length` has to say, if it has to be there.
    pub(super) fn put_framing(self, length: Option<u64>, out: &mut BytesMut) {
        if let Some(length) = length {
            out.put_slice(b"content-length: ");
            out.put_slice(itoa::Buffer::new().format(length).as_bytes());
            out.put_slice(b"\r\n");
        } else if matches!(self, Self::Chunked { .. }) {
            out.put_slice(b"transfer-encoding: chunked\r\n");
        }
    }

    /// Writes a piece of content.
    pub(super) fn put_data(&mut self, data: Bytes, out: &mut OutBuf) -> Result<(), ProtocolError> {
        // An empty chunk would be the last one.
        if data.is_empty() {
            return Ok(());
        }
        match self {
            Self::Nothing => Ok(()),
            Self::UntilClose => {
                out.put_content(data);
                Ok(())
            }
            Self::Length(left) => {
                match left.checked_sub(u64::try_from(data.len()).unwrap_or(u64::MAX)) {
                    Some(rest) => {
                        *left = rest;
                        out.put_content(data);
                        Ok(())
                    }
                    None => Err(ProtocolError::ContentTooLong),
                }
            }
            Self::Chunked { .. } => {
                put_chunk_size(data.len(), out.tail());
                out.put_content(data);
                out.tail().put_slice(b"\r\n");
                Ok(())
            }
        }
    }

    /// Writes the end of the content. Trailers go out only where the framing has room for them and the recipient may be
    /// sent some.
    pub(super) fn put_end(
        self,
        trailers: Option<&HeaderMap>,
        out: &mut OutBuf,
    ) -> Result<(), ProtocolError> {
        match self {
            Self::Length(0) | Self::UntilClose | Self::Nothing => Ok(()),
            Self::Length(_) => Err(ProtocolError::ContentTooShort),
            Self::Chunked { trailers: wanted } => {
                let out = out.tail();
                out.put_slice(b"0\r\n");
                if let Some(fields) = trailers.filter(|_| wanted) {
                    for (name, value) in fields
                        .iter()
                        .filter(|(name, _)| !is_forbidden_trailer(name))
                    {
                        put_field(name, value, out);
                    }
                }
                out.put_slice(b"\r\n");
                Ok(())
            }
        }
    }
}

fn put_chunk_size(size: usize, out: &mut BytesMut) {
    use std::fmt::Write;
    // Writing to a `BytesMut` grows it and cannot fail.
    let _ = write!(out, "{size:x}\r\n");
}

/// Writes a field line.
pub(super) fn put_field(name: &HeaderName, value: &HeaderValue, out: &mut BytesMut) {
    // `http`'s types hold neither CR, LF nor NUL, so a value cannot end its line early.
    out.put_slice(name.as_str().as_bytes());
    out.put_slice(b": ");
    out.put_slice(value.as_bytes());
    out.put_slice(b"\r\n");
}

/// Takes note of a `Content-Length` among the fields to send. Several lines that agree are one.
pub(super) fn note_length(
    said: &mut Option<u64>,
    value: &HeaderValue,
) -> Result<(), ProtocolError> {
    match framing::content_length(value) {
        Ok(Some(length)) if said.is_none_or(|earlier| earlier == length) => {
            *said = Some(length);
            Ok(())
        }
        _ => Err(ProtocolError::ContradictoryContentLength),
    }
}

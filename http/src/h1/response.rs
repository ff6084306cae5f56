//! A response on its way out: head and framing ([RFC 9112 §4], [RFC 9112 §6]).
//!
//! ```text
//! status-line = HTTP-version SP status-code SP [ reason-phrase ]                     RFC 9112 §4
//! ```
//!
//! Framing is ours: `Transfer-Encoding` from a service is dropped, and `Content-Length` is checked against what is sent.
//!
//! [RFC 9112 §4]: https://www.rfc-editor.org/rfc/rfc9112#section-4
//! [RFC 9112 §6]: https://www.rfc-editor.org/rfc/rfc9112#section-6

use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, StatusCode, response};

use super::chunked::is_forbidden_trailer;
use super::framing;
use super::grammar::line_has_token;
use super::out::OutBuf;
use super::{ContentLength, HttpDate, ProtocolError};

/// What the request and the connection mean for the response.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context {
    /// The request was HEAD: the head is that of GET, and no content follows ([RFC 9110 §9.3.2]).
    ///
    /// [RFC 9110 §9.3.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.2
    pub(super) is_head: bool,
    /// The request was CONNECT: a 2xx would turn the connection into a tunnel.
    pub(super) is_connect: bool,
    /// The request was HTTP/1.0: no chunked, and persistence has to be said.
    pub(super) is_http_10: bool,
    /// The client said `TE: trailers`.
    pub(super) takes_trailers: bool,
    /// The connection stays open behind this response, as far as the request and we are concerned.
    pub(super) persistent: bool,
}

/// Frames the content of one response.
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

/// Writes the head. Returns how the content is framed, and whether the connection may stay open.
pub(super) fn put_head(
    parts: &response::Parts,
    length: ContentLength,
    context: Context,
    date: &HttpDate,
    out: &mut BytesMut,
) -> Result<(Encoder, bool), ProtocolError> {
    if parts.status.is_informational() || context.is_connect && parts.status.is_success() {
        return Err(ProtocolError::NotAFinalStatus);
    }
    let start = out.len();
    out.reserve(128 + 32 * parts.headers.len());
    put_status_line(parts.status, out);
    let said = put_service_fields(&parts.headers, out);
    let framed =
        said.and_then(|said| Ok((said, frame(parts.status, length, said.length, context)?)));
    let (said, (field, encoder)) = match framed {
        Ok(framed) => framed,
        Err(error) => {
            out.truncate(start);
            return Err(error);
        }
    };
    let persistent = context.persistent && !said.close && encoder != Encoder::UntilClose;
    if let Some(length) = field {
        out.put_slice(b"content-length: ");
        out.put_slice(itoa::Buffer::new().format(length).as_bytes());
        out.put_slice(b"\r\n");
    } else if matches!(encoder, Encoder::Chunked { .. }) {
        out.put_slice(b"transfer-encoding: chunked\r\n");
    }
    match (persistent, context.is_http_10) {
        (false, _) if !said.close => out.put_slice(b"connection: close\r\n"),
        (true, true) => out.put_slice(b"connection: keep-alive\r\n"),
        _ => {}
    }
    if !said.date {
        out.put_slice(b"date: ");
        out.put_slice(date.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
    Ok((encoder, persistent))
}

/// What the head says of the length, and how the content is framed.
fn frame(
    status: StatusCode,
    length: ContentLength,
    announced: Option<u64>,
    context: Context,
) -> Result<(Option<u64>, Encoder), ProtocolError> {
    let describes_get = context.is_head || status == StatusCode::NOT_MODIFIED;
    Ok(match (length, announced) {
        _ if status == StatusCode::NO_CONTENT => (None, Encoder::Nothing),
        // RFC 9110 §15.3.6: 205 has no content, and says so.
        _ if status == StatusCode::RESET_CONTENT => (Some(0), Encoder::Nothing),
        // Here the field speaks of the response to GET, so only the service can know it; a body of no bytes does not mean
        // that the length is 0.
        (ContentLength::Exact(0) | ContentLength::Unknown, announced) if describes_get => {
            (announced, Encoder::Nothing)
        }
        (ContentLength::Exact(exact), announced) if describes_get => {
            (announced.or(Some(exact)), Encoder::Nothing)
        }
        (ContentLength::Exact(exact), Some(announced)) if exact != announced => {
            return Err(ProtocolError::ContradictoryContentLength);
        }
        (ContentLength::Exact(exact), _) => (Some(exact), Encoder::Length(exact)),
        (ContentLength::Unknown, Some(announced)) => (Some(announced), Encoder::Length(announced)),
        (ContentLength::Unknown, None) if context.is_http_10 => (None, Encoder::UntilClose),
        (ContentLength::Unknown, None) => {
            let trailers = context.takes_trailers;
            (None, Encoder::Chunked { trailers })
        }
    })
}

/// What the service's own fields say of the message.
#[derive(Clone, Copy, Default)]
struct Said {
    length: Option<u64>,
    close: bool,
    date: bool,
}

/// Writes the fields of the service, but for those that frame the message.
fn put_service_fields(fields: &HeaderMap, out: &mut BytesMut) -> Result<Said, ProtocolError> {
    let mut said = Said::default();
    for (name, value) in fields {
        if *name == CONTENT_LENGTH {
            // Several lines that agree are one.
            match framing::content_length(value) {
                Ok(Some(length)) if said.length.is_none_or(|earlier| earlier == length) => {
                    said.length = Some(length)
                }
                _ => return Err(ProtocolError::ContradictoryContentLength),
            }
        } else if *name == CONNECTION && value.as_bytes().eq_ignore_ascii_case(b"keep-alive") {
            // Persistence is said below, where it is known.
        } else if *name != TRANSFER_ENCODING {
            said.date |= *name == DATE;
            said.close |= *name == CONNECTION && line_has_token(value, "close");
            put_field(name, value, out);
        }
    }
    Ok(said)
}

pub(super) fn put_field(name: &HeaderName, value: &HeaderValue, out: &mut BytesMut) {
    // `http`'s types hold neither CR, LF nor NUL, so a value cannot end its line early.
    out.put_slice(name.as_str().as_bytes());
    out.put_slice(b": ");
    out.put_slice(value.as_bytes());
    out.put_slice(b"\r\n");
}

pub(super) fn put_status_line(status: StatusCode, out: &mut BytesMut) {
    if status == StatusCode::OK {
        out.put_slice(b"HTTP/1.1 200 OK\r\n");
        return;
    }
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status.as_str().as_bytes());
    // The space stays even if there is no reason phrase.
    out.put_slice(b" ");
    out.put_slice(status.canonical_reason().unwrap_or_default().as_bytes());
    out.put_slice(b"\r\n");
}

impl Encoder {
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

    /// Writes the end of the content. Trailers go out only where the framing has room for them and the client said that
    /// it takes them.
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

//! A response on its way out: head and framing ([RFC 9112 §4], [RFC 9112 §6]).
//!
//! ```text
//! status-line = HTTP-version SP status-code SP [ reason-phrase ]                     RFC 9112 §4
//! ```
//!
//! Framing is ours: `Transfer-Encoding` from a service is dropped, and `Content-Length` is checked against what is
//! sent.
//!
//! [RFC 9112 §4]: https://www.rfc-editor.org/rfc/rfc9112#section-4
//! [RFC 9112 §6]: https://www.rfc-editor.org/rfc/rfc9112#section-6

use bytes::{BufMut, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderMap, TRANSFER_ENCODING};
use http::{HeaderName, StatusCode, response};

use super::encoder::{Encoder, note_length, put_field};
use super::grammar::line_has_token;
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

/// Writes the head. `keep_alive` is what it says if the connection stays open. Returns how the content is framed, and
/// whether the connection may stay open.
pub(super) fn put_head(
    parts: &response::Parts,
    length: ContentLength,
    context: Context,
    date: &HttpDate,
    keep_alive: &[u8],
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
    encoder.put_framing(field, out);
    match (persistent, context.is_http_10) {
        (false, _) if !said.close => out.put_slice(b"connection: close\r\n"),
        (true, true) if keep_alive.is_empty() => out.put_slice(b"connection: keep-alive\r\n"),
        (true, _) => out.put_slice(keep_alive),
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
        // Here the field speaks of the response to GET, so only the service can know it; a body of no bytes does not
        // mean that the length is 0.
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

/// How long an idle connection is held is for the server to say.
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

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
            note_length(&mut said.length, value)?;
        } else if *name == CONNECTION && value.as_bytes().eq_ignore_ascii_case(b"keep-alive") {
            // Persistence is said below, where it is known.
        } else if *name != TRANSFER_ENCODING && *name != KEEP_ALIVE {
            said.date |= *name == DATE;
            said.close |= *name == CONNECTION && line_has_token(value, "close");
            put_field(name, value, out);
        }
    }
    Ok(said)
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

//! The head of a request on its way out, and its framing ([RFC 9112 §3], [RFC 9112 §6]).
//!
//! ```text
//! request-line = method SP request-target SP HTTP-version                            RFC 9112 §3
//! ```
//!
//! Framing is ours: `Transfer-Encoding` from a caller is dropped, and `Content-Length` is checked against what is sent.
//! What `Connection` has to say is added: `close`, and the names of fields that are for the next recipient only.
//!
//! [RFC 9112 §3]: https://www.rfc-editor.org/rfc/rfc9112#section-3
//! [RFC 9112 §6]: https://www.rfc-editor.org/rfc/rfc9112#section-6

use bytes::{BufMut, BytesMut};
use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderMap, TE, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderValue, Method, Version, request};

use super::encoder::{Encoder, note_length, put_field};
use super::grammar::{is_host, line_has_token};
use super::target::{self, Peer};
use super::{ContentLength, ProtocolError};

/// What a head that was written means for what follows.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) encoder: Encoder,
    /// The connection stays open behind the response, as far as the request says.
    pub(super) persistent: bool,
    pub(super) expects_continue: bool,
    /// The `Upgrade` field, if the server may follow it.
    pub(super) offered_protocols: Vec<HeaderValue>,
}

/// Writes the head, or nothing if it cannot be sent. `persistent`: the connection is to stay open.
pub(super) fn put_head(
    parts: &request::Parts,
    length: ContentLength,
    peer: Peer,
    persistent: bool,
    out: &mut BytesMut,
) -> Result<Begun, ProtocolError> {
    let start = out.len();
    let begun = put_lines(parts, length, peer, persistent, out);
    if begun.is_err() {
        out.truncate(start);
    }
    begun
}

fn put_lines(
    parts: &request::Parts,
    length: ContentLength,
    peer: Peer,
    persistent: bool,
    out: &mut BytesMut,
) -> Result<Begun, ProtocolError> {
    let is_http_10 = parts.version == Version::HTTP_10;
    out.reserve(128 + 32 * parts.headers.len());
    out.put_slice(parts.method.as_str().as_bytes());
    out.put_slice(b" ");
    target::put(&parts.method, &parts.uri, peer, out)?;
    out.put_slice(if is_http_10 {
        b" HTTP/1.0\r\nhost: "
    } else {
        b" HTTP/1.1\r\nhost: "
    });
    out.put_slice(host(parts, peer)?);
    out.put_slice(b"\r\n");

    let said = put_caller_fields(&parts.headers, persistent, out)?;
    let (field, encoder) = frame(&parts.method, length, said.length, is_http_10)?;
    encoder.put_framing(field, out);
    // RFC 9110 §10.1.1: no expectation without content. HTTP/1.0 knows none.
    let expects_continue = said.expects_continue && encoder != Encoder::Length(0) && !is_http_10;
    if expects_continue {
        out.put_slice(b"expect: 100-continue\r\n");
    }
    said.put_connection(persistent, out);
    out.put_slice(b"\r\n");

    let may_switch = said.upgrade && !is_http_10;
    let offered = parts.headers.get_all(UPGRADE).into_iter();
    Ok(Begun {
        encoder,
        persistent: persistent && !said.close && (!is_http_10 || said.keep_alive),
        expects_continue,
        offered_protocols: offered.filter(|_| may_switch).cloned().collect(),
    })
}

/// The host that the request is for ([RFC 9110 §7.2]). Where the target names one, `Host` may say no other; otherwise
/// the caller's own `Host` comes before the authority of the URI.
///
/// [RFC 9110 §7.2]: https://www.rfc-editor.org/rfc/rfc9110#section-7.2
fn host(parts: &request::Parts, peer: Peer) -> Result<&[u8], ProtocolError> {
    let authority = parts.uri.authority().map(|a| a.as_str().as_bytes());
    let target_names_it = peer == Peer::Proxy || parts.method == Method::CONNECT;
    let mut given = parts.headers.get_all(HOST).iter();
    match (authority, given.next(), given.next()) {
        (_, Some(_), Some(_)) => Err(ProtocolError::RepeatedHost),
        (Some(authority), given, None) if target_names_it || given.is_none() => {
            if target::names_host(authority) {
                Ok(authority)
            } else {
                Err(ProtocolError::InvalidTarget)
            }
        }
        (_, Some(given), None) if is_host(given.as_bytes()) => Ok(given.as_bytes()),
        (_, Some(_), None) => Err(ProtocolError::InvalidHost),
        (_, None, _) => Err(ProtocolError::MissingHost),
    }
}

/// What the head says of the length, and how the content is framed.
fn frame(
    method: &Method,
    length: ContentLength,
    announced: Option<u64>,
    is_http_10: bool,
) -> Result<(Option<u64>, Encoder), ProtocolError> {
    match (length, announced) {
        (ContentLength::Exact(exact), Some(announced)) if exact != announced => {
            Err(ProtocolError::ContradictoryContentLength)
        }
        // RFC 9110 §8.6: that there is nothing is said where something would be expected, and only there.
        (ContentLength::Exact(0), _) | (ContentLength::Unknown, Some(0)) => {
            let anticipates_content = [Method::POST, Method::PUT, Method::PATCH].contains(method);
            Ok((anticipates_content.then_some(0), Encoder::Length(0)))
        }
        // RFC 9110 §9.3.6: behind CONNECT begins the tunnel. RFC 9110 §9.3.8: TRACE has no content.
        _ if [Method::CONNECT, Method::TRACE].contains(method) => {
            Err(ProtocolError::ContentNotAllowed)
        }
        (ContentLength::Exact(length), _) | (ContentLength::Unknown, Some(length)) => {
            Ok((Some(length), Encoder::Length(length)))
        }
        (ContentLength::Unknown, None) if is_http_10 => Err(ProtocolError::UnknownLengthInHttp10),
        (ContentLength::Unknown, None) => Ok((None, Encoder::Chunked { trailers: true })),
    }
}

/// What the caller's own fields say of the message.
#[derive(Clone, Copy, Default)]
struct Said {
    length: Option<u64>,
    expects_continue: bool,
    upgrade: bool,
    te: bool,
    /// Options of `Connection`.
    close: bool,
    keep_alive: bool,
    lists_upgrade: bool,
    lists_te: bool,
}

/// Writes the fields of the caller, but for those that are written elsewhere.
fn put_caller_fields(
    fields: &HeaderMap,
    persistent: bool,
    out: &mut BytesMut,
) -> Result<Said, ProtocolError> {
    let mut said = Said::default();
    for (name, value) in fields {
        if *name == HOST || *name == TRANSFER_ENCODING {
            continue;
        } else if *name == CONTENT_LENGTH {
            note_length(&mut said.length, value)?;
            continue;
        } else if *name == EXPECT && value.as_bytes().eq_ignore_ascii_case(b"100-continue") {
            said.expects_continue = true;
            continue;
        } else if *name == CONNECTION {
            // It would contradict the `close` that is added.
            if !persistent && value.as_bytes().eq_ignore_ascii_case(b"keep-alive") {
                continue;
            }
            said.note_connection(value);
        }
        said.upgrade |= *name == UPGRADE;
        said.te |= *name == TE;
        put_field(name, value, out);
    }
    Ok(said)
}

impl Said {
    fn note_connection(&mut self, value: &HeaderValue) {
        self.close |= line_has_token(value, "close");
        self.keep_alive |= line_has_token(value, "keep-alive");
        self.lists_upgrade |= line_has_token(value, "upgrade");
        self.lists_te |= line_has_token(value, "te");
    }

    /// Writes the options of `Connection` that are missing. `Upgrade` and `TE` are for the next recipient only, and
    /// have to be listed so that it does not pass them on ([RFC 9110 §7.6.1]).
    ///
    /// [RFC 9110 §7.6.1]: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
    fn put_connection(self, persistent: bool, out: &mut BytesMut) {
        let options = [
            (&b"close"[..], !persistent && !self.close),
            (b"upgrade", self.upgrade && !self.lists_upgrade),
            (b"te", self.te && !self.lists_te),
        ];
        let mut before = &b"connection: "[..];
        for (option, _) in options.into_iter().filter(|(_, is_missing)| *is_missing) {
            out.put_slice(before);
            out.put_slice(option);
            before = b", ";
        }
        if before == b", " {
            out.put_slice(b"\r\n");
        }
    }
}

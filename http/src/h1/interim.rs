//! Heads that end no exchange: 1xx ([RFC 9110 §15.2]), and those that end HTTP on the connection, 101 and 2xx to
//! CONNECT.
//!
//! [RFC 9110 §15.2]: https://www.rfc-editor.org/rfc/rfc9110#section-15.2

use bytes::{BufMut, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, DATE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode, response};

use super::encoder::put_field;
use super::grammar::elements;
use super::response::put_status_line;
use super::{HttpDate, ProtocolError};

/// Writes an informational response. It has no content, so what would frame some is left out; so is `Connection`, which
/// is for the final one to say.
pub(super) fn put_informational(
    head: &response::Parts,
    out: &mut BytesMut,
) -> Result<(), ProtocolError> {
    if !head.status.is_informational() || head.status == StatusCode::SWITCHING_PROTOCOLS {
        return Err(ProtocolError::NotAnInterimStatus);
    }
    put_status_line(head.status, out);
    put_unframed(&head.headers, out);
    out.put_slice(b"\r\n");
    Ok(())
}

/// Writes the last head of the connection. `requested` is the `Upgrade` field of the request, empty if it was CONNECT.
pub(super) fn put_switch(
    head: &response::Parts,
    requested: &[HeaderValue],
    date: &HttpDate,
    out: &mut BytesMut,
) -> Result<(), ProtocolError> {
    let is_tunnel = requested.is_empty() && head.status.is_success();
    let is_upgrade = head.status == StatusCode::SWITCHING_PROTOCOLS
        && is_among(head.headers.get_all(UPGRADE), requested);
    if !is_tunnel && !is_upgrade {
        return Err(ProtocolError::NotRequestedProtocol);
    }
    put_status_line(head.status, out);
    put_unframed(&head.headers, out);
    if is_upgrade {
        out.put_slice(b"connection: upgrade\r\n");
    }
    if !head.headers.contains_key(DATE) {
        out.put_slice(b"date: ");
        out.put_slice(date.as_bytes());
        out.put_slice(b"\r\n");
    }
    out.put_slice(b"\r\n");
    Ok(())
}

fn put_unframed(fields: &HeaderMap, out: &mut BytesMut) {
    for (name, value) in fields {
        if ![CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING].contains(name) {
            put_field(name, value, out);
        }
    }
}

/// ```text
/// Upgrade  = #protocol                                         RFC 9110 §7.8
/// protocol = protocol-name [ "/" protocol-version ]
/// ```
///
/// A server that switches says to what, and only to what it was asked for. Protocol names compare without case.
pub(super) fn is_among<'a>(
    chosen: impl IntoIterator<Item = &'a HeaderValue>,
    requested: &[HeaderValue],
) -> bool {
    let lines = chosen.into_iter();
    let mut chosen = lines.flat_map(|line| elements(line.as_bytes())).peekable();
    chosen.peek().is_some()
        && chosen.all(|protocol| {
            !protocol.is_empty()
                && requested
                    .iter()
                    .flat_map(|line| elements(line.as_bytes()))
                    .any(|offered| offered.eq_ignore_ascii_case(protocol))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Response;

    fn head(status: u16, fields: &[(&str, &'static str)]) -> response::Parts {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        for (name, value) in fields {
            let name: http::HeaderName = name.parse().unwrap();
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(name, value);
        }
        response.into_parts().0
    }

    fn switched(
        head: &response::Parts,
        requested: &[&'static str],
    ) -> Result<String, ProtocolError> {
        let requested: Vec<_> = requested
            .iter()
            .map(|line| HeaderValue::from_static(line))
            .collect();
        let mut out = BytesMut::new();
        let date = HttpDate::from_unix_seconds(0);
        put_switch(head, &requested, &date, &mut out)?;
        Ok(String::from_utf8(out.to_vec()).unwrap())
    }

    const DATE_LINE: &str = "date: Thu, 01 Jan 1970 00:00:00 GMT\r\n";

    #[test]
    fn an_informational_response_keeps_its_fields_but_for_those_of_framing() {
        let fields = [
            ("link", "</a.css>; rel=preload"),
            ("content-length", "5"),
            ("connection", "close"),
            ("transfer-encoding", "chunked"),
        ];
        let mut out = BytesMut::new();
        put_informational(&head(103, &fields), &mut out).unwrap();
        assert_eq!(
            out,
            "HTTP/1.1 103 Early Hints\r\nlink: </a.css>; rel=preload\r\n\r\n"
        );
        for status in [101, 200, 404] {
            let refused = put_informational(&head(status, &[]), &mut out);
            assert_eq!(refused, Err(ProtocolError::NotAnInterimStatus), "{status}");
        }
    }

    #[test]
    fn a_switch_says_upgrade_in_connection_too() {
        let head = head(101, &[("upgrade", "WebSocket"), ("content-length", "0")]);
        let expected = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n{DATE_LINE}\r\n"
        );
        assert_eq!(switched(&head, &["a, websocket"]), Ok(expected));
    }

    #[test]
    fn only_a_protocol_that_was_asked_for_is_switched_to() {
        for fields in [
            &[][..],
            &[("upgrade", "b")],
            &[("upgrade", "a, b")],
            &[("upgrade", "")],
            &[("upgrade", "a,")],
            &[("upgrade", "a"), ("upgrade", "b")],
        ] {
            let refused = switched(&head(101, fields), &["a"]);
            assert_eq!(
                refused,
                Err(ProtocolError::NotRequestedProtocol),
                "{fields:?}"
            );
        }
        switched(&head(101, &[("upgrade", "a/1, b")]), &["b", "a/1"]).unwrap();
        switched(&head(200, &[("upgrade", "a")]), &["a"]).unwrap_err();
    }

    #[test]
    fn a_tunnel_begins_behind_a_head_without_framing() {
        let head = head(
            200,
            &[("content-length", "0"), ("transfer-encoding", "chunked")],
        );
        let expected = format!("HTTP/1.1 200 OK\r\n{DATE_LINE}\r\n");
        assert_eq!(switched(&head, &[]), Ok(expected));
    }
}

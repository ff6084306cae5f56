use std::fmt;

use bytes::Bytes;

/// The head of a request as it was received: for proxies, signatures and logs that need more than its meaning.
///
/// `http`'s types normalise: a `HeaderMap` has lower-case names and no order between them, and a `Uri` adds a path
/// where there is none. This keeps the bytes. It shares their memory with the fields and the target of the request, so
/// it costs no copy; but as long as it lives, the whole head does.
///
/// A server puts it into a request's extensions if [`ServerConfig::raw_head`](crate::ServerConfig::raw_head) says so, a
/// codec if it was made [`with_raw_head`](super::Conn::with_raw_head).
///
/// ```
/// use bytes::BytesMut;
/// use wharf_http::h1::{Conn, Event, Limits, RawHead};
///
/// let mut conn = Conn::server(Limits::default()).with_raw_head(true);
/// let mut received = BytesMut::from("GET http://a.test HTTP/1.1\r\nhOSt: a.test\r\nx-B: 1\r\nX-b:2 \r\n\r\n");
/// let Ok(Some(Event::Request(request))) = conn.receive(&mut received) else { panic!("a whole head") };
/// let raw: &RawHead = request.head.extensions.get().unwrap();
/// assert_eq!(raw.target(), b"http://a.test");
/// let lines: Vec<(&[u8], &[u8])> = raw.field_lines().collect();
/// assert_eq!(lines, [(&b"hOSt"[..], &b"a.test"[..]), (b"x-B", b"1"), (b"X-b", b"2")]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawHead {
    target: Bytes,
    /// The field lines, each with its CRLF.
    fields: Bytes,
}

impl RawHead {
    /// `head` has been parsed, so that each of its lines ends with CRLF and none is folded; `target` is a part of it.
    pub(super) fn of(head: &Bytes, target: &[u8]) -> Self {
        let request_line = memchr::memchr(b'\n', head).map_or(head.len(), |lf| lf + 1);
        Self {
            target: head.slice_ref(target),
            fields: head.slice(request_line..),
        }
    }

    /// The request-target, octet by octet ([RFC 9112 §3.2]).
    ///
    /// [RFC 9112 §3.2]: https://www.rfc-editor.org/rfc/rfc9112#section-3.2
    pub fn target(&self) -> &[u8] {
        &self.target
    }

    /// The field lines in their order: each name in its case, and each value without the white space around it
    /// ([RFC 9112 §5]). `Host` is what the client sent, also where the target replaces it.
    ///
    /// [RFC 9112 §5]: https://www.rfc-editor.org/rfc/rfc9112#section-5
    pub fn field_lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        // A value holds no LF, and a name no colon.
        self.fields.split(|byte| *byte == b'\n').filter_map(|line| {
            let (name, value) = line.split_at_checked(memchr::memchr(b':', line)?)?;
            Some((name, value.get(1..)?.trim_ascii()))
        })
    }
}

/// A head may hold secrets, `Authorization` for one, so only its size is shown.
impl fmt::Debug for RawHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawHead")
            .field("target_bytes", &self.target.len())
            .field("field_section_bytes", &self.fields.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &'static str, target: &str, lines: &[(&str, &str)]) {
        let head = Bytes::from_static(head.as_bytes());
        let start = memchr::memmem::find(&head, target.as_bytes()).unwrap();
        let raw = RawHead::of(&head, &head[start..start + target.len()]);
        assert_eq!(raw.target(), target.as_bytes());
        let expected: Vec<_> = lines
            .iter()
            .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
            .collect();
        assert_eq!(raw.field_lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_keep_their_case_and_lines_their_order() {
        check(
            "GET /a?b HTTP/1.1\r\nhOSt: a\r\nB: 1\r\na: 2\r\nb: 3\r\n\r\n",
            "/a?b",
            &[("hOSt", "a"), ("B", "1"), ("a", "2"), ("b", "3")],
        );
    }

    #[test]
    fn values_lose_the_white_space_around_them_and_nothing_else() {
        check(
            "GET / HTTP/1.1\r\nA:\t a : b\t \r\nB:\r\nC: \r\nD:d\r\n\r\n",
            "/",
            &[("A", "a : b"), ("B", ""), ("C", ""), ("D", "d")],
        );
    }

    #[test]
    fn a_head_without_fields_has_no_lines() {
        check("GET / HTTP/1.0\r\n\r\n", "/", &[]);
    }

    #[test]
    fn what_a_head_says_is_not_printed() {
        let head = Bytes::from_static(b"GET /s3cret HTTP/1.1\r\nAuthorization: s3cret\r\n\r\n");
        assert!(!format!("{:?}", RawHead::of(&head, &head[4..11])).contains("s3cret"));
    }
}

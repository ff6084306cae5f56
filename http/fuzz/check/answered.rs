use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, StatusCode, Version, response};

use super::dechunk::take_line;
use super::heard::check_trailers;
use crate::h1::{
    ClientConn, ClientEvent, ContentLength, Framing, InvalidStatus, Limits, OutBuf, Peer,
    ProtocolError, ReasonPhrase,
};

/// What a server was heard to answer to one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    pub informational: Vec<AnsweredHead>,
    /// The final response, or the head behind which another protocol begins.
    pub head: Option<AnsweredHead>,
    /// Of the final response.
    pub framing: Option<Framing>,
    pub content: Vec<u8>,
    pub trailers: Option<HeaderMap>,
    /// Where it ends, if it does before the connection.
    pub end: Option<usize>,
    /// Whether it was read to its end, be it that of the connection.
    pub is_whole: bool,
    /// The rule that the server broke.
    pub error: Option<ProtocolError>,
    /// Whether another request may follow.
    pub persistent: bool,
}

/// One head.
#[derive(Clone, Debug, PartialEq)]
pub struct AnsweredHead {
    pub status: StatusCode,
    /// What was received in place of a status.
    pub invalid: Option<InvalidStatus>,
    pub reason: Option<ReasonPhrase>,
    pub version: Version,
    pub fields: HeaderMap,
}

impl From<response::Parts> for AnsweredHead {
    fn from(parts: response::Parts) -> Self {
        Self {
            status: parts.status,
            invalid: parts.extensions.get().copied(),
            reason: parts.extensions.get().cloned(),
            version: parts.version,
            fields: parts.headers,
        }
    }
}

/// Asks with `method`, and for another protocol; then feeds `bytes` in pieces that end at `cuts`, and the end of the
/// connection.
pub fn answered(
    bytes: &[u8],
    cuts: impl IntoIterator<Item = usize>,
    method: &Method,
    limits: &Limits,
) -> Answered {
    let mut conn = asked(method, limits);
    let (mut buf, mut answered, mut fed) = (BytesMut::new(), Answered::default(), 0);
    for end in cuts.into_iter().chain([bytes.len()]) {
        buf.extend_from_slice(&bytes[fed..end]);
        fed = end;
        loop {
            match conn.receive(&mut buf) {
                Ok(Some(event)) => {
                    answered.note(event, fed - buf.len());
                    answered.check(bytes, limits);
                }
                Ok(None) => break,
                Err(error) => return answered.failed(conn, buf, error),
            }
        }
        let rest = buf.len();
        assert!(rest <= answered.rest_max(limits), "{rest} bytes are kept");
    }
    answered.persistent = conn.is_persistent();
    let must_close = conn.has_excess() || answered.framing == Some(Framing::UntilClose);
    assert!(!(must_close && answered.persistent));
    match conn.receive_eof(&buf) {
        Ok(Some(event)) => {
            assert_eq!(answered.framing, Some(Framing::UntilClose));
            answered.note(event, fed);
            answered.end = None;
        }
        Ok(None) => assert!(answered.is_whole),
        Err(error) => {
            assert!(!answered.is_whole && !conn.is_persistent());
            answered.error = Some(error);
        }
    }
    answered
}

fn asked(method: &Method, limits: &Limits) -> ClientConn {
    let is_connect = *method == Method::CONNECT;
    let uri = if is_connect { "a:1" } else { "http://a/" };
    let request = Request::builder().method(method).uri(uri);
    let request = request
        .header("upgrade", "x")
        .header("connection", "upgrade");
    let (head, ()) = request.body(()).expect("it is a request").into_parts();
    let mut conn = ClientConn::new(Peer::Origin, limits.clone());
    let mut out = OutBuf::default();
    conn.send_head(&head, ContentLength::Exact(0), &mut out)
        .and_then(|()| conn.send_end(None, &mut out))
        .expect("it can be sent");
    conn
}

impl Answered {
    fn note(&mut self, event: ClientEvent, taken: usize) {
        match event {
            ClientEvent::Informational(head) => self.informational.push(head.into()),
            ClientEvent::Response(response) => {
                self.framing = Some(response.framing);
                self.head = Some(response.head.into());
            }
            ClientEvent::Data(data) => {
                assert!(!data.is_empty(), "a piece of nothing");
                self.content.extend_from_slice(&data);
            }
            ClientEvent::End(trailers) => {
                self.trailers = trailers;
                self.end = Some(taken);
                self.is_whole = true;
            }
            ClientEvent::Switched(head) => {
                self.head = Some(head.into());
                self.end = Some(taken);
                self.is_whole = true;
            }
        }
    }

    /// What has been read is within the limits, and framed in one way.
    fn check(&self, bytes: &[u8], limits: &Limits) {
        let heads = || self.informational.iter().chain(&self.head);
        assert!(heads().all(|head| head.fields.len() <= limits.fields_max));
        assert!(self.informational.len() <= limits.informational_max);
        let content = u64::try_from(self.content.len()).expect("it is in memory");
        assert!(limits.content_bytes_max.is_none_or(|max| content <= max));
        check_trailers(self.trailers.as_ref(), limits);
        let (Some(head), Some(framing)) = (&self.head, self.framing) else {
            return;
        };
        let has = |name| head.fields.contains_key(name);
        match framing {
            Framing::Chunked => assert!(has(TRANSFER_ENCODING) && !has(CONTENT_LENGTH)),
            Framing::Length(length) => {
                assert!(content <= length && (!self.is_whole || content == length))
            }
            Framing::UntilClose => assert!(!has(CONTENT_LENGTH)),
        }
        if let Some(end) = self.end {
            check_heads(&bytes[..end], self.informational.len() + 1);
        }
    }

    /// The most that may be left in the buffer once the codec asks for more.
    fn rest_max(&self, limits: &Limits) -> usize {
        match self.framing {
            _ if self.is_whole => usize::MAX,
            None => limits.head_bytes_max,
            Some(Framing::Chunked) => limits.chunk_line_bytes_max.max(limits.trailer_bytes_max),
            Some(Framing::Length(_) | Framing::UntilClose) => 0,
        }
    }

    /// A refusal is final and touches nothing more.
    fn failed(mut self, mut conn: ClientConn, mut buf: BytesMut, error: ProtocolError) -> Self {
        let rest = buf.clone();
        assert!(matches!(conn.receive(&mut buf), Ok(None)));
        assert_eq!(buf, rest);
        assert!(!conn.is_persistent() && !conn.next_exchange());
        self.error = Some(error);
        self
    }
}

/// What has been taken for so many heads ends no line with half a CRLF, for a reader that is content with less.
fn check_heads(bytes: &[u8], heads: usize) {
    let mut rest = bytes;
    for _ in 0..heads {
        let line = take_line(&mut rest).expect("a status line");
        assert!(line.starts_with(b"HTTP/1."), "{}", line.escape_ascii());
        assert!(take_section(&mut rest), "no end");
    }
}

/// Field lines, also folded ones.
fn take_section(rest: &mut &[u8]) -> bool {
    while let Some(line) = take_line(rest) {
        if line.is_empty() {
            return true;
        }
    }
    false
}

use bytes::BytesMut;
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Response, StatusCode, Uri, Version};

use super::dechunk::{take_fields, take_line};
use crate::h1::{Conn, ContentLength, Event, Framing, HttpDate, Limits, OutBuf, ProtocolError};

/// Limits that a short input can exceed.
pub fn small_limits() -> Limits {
    Limits {
        head_bytes_max: 160,
        fields_max: 4,
        target_bytes_max: 24,
        method_bytes_max: 8,
        content_bytes_max: Some(40),
        chunk_line_bytes_max: 32,
        chunk_extension_bytes_max: 40,
        trailer_bytes_max: 32,
        informational_max: 2,
        ..Limits::default()
    }
}

/// What a client was heard to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// Its requests, the last one perhaps not to its end.
    pub requests: Vec<HeardRequest>,
    /// The rule that it broke.
    pub error: Option<ProtocolError>,
    /// Whether it would have cut a message short if it had ended the connection there.
    pub truncated: bool,
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardRequest {
    pub method: Method,
    pub uri: Uri,
    pub version: Version,
    pub fields: HeaderMap,
    pub framing: Framing,
    pub expects_continue: bool,
    pub wants_switch: bool,
    pub content: Vec<u8>,
    pub trailers: Option<HeaderMap>,
    /// Where its head ends in the bytes.
    pub head_end: usize,
    /// Where it ends itself, if it does.
    pub end: Option<usize>,
}

/// Feeds `bytes` to a server in pieces that end at `cuts`. Each request is answered as soon as it has been received;
/// where the connection does not persist, nothing more is read.
pub fn hear(bytes: &[u8], cuts: impl IntoIterator<Item = usize>, limits: &Limits) -> Heard {
    let mut conn = Conn::server(limits.clone());
    let (mut buf, mut heard, mut fed) = (BytesMut::new(), Heard::default(), 0);
    for end in cuts.into_iter().chain([bytes.len()]) {
        buf.extend_from_slice(&bytes[fed..end]);
        fed = end;
        loop {
            match conn.receive(&mut buf) {
                Ok(Some(event)) => {
                    let is_end = matches!(event, Event::End(_));
                    heard.note(event, bytes, fed - buf.len());
                    heard.check(limits);
                    if is_end && !answer(&mut conn) {
                        return heard;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    check_failed(conn, buf, &error);
                    heard.error = Some(error);
                    return heard;
                }
            }
        }
        let rest = buf.len();
        assert!(rest <= heard.rest_max(limits), "{rest} bytes are kept");
    }
    heard.truncated = conn.receive_eof(&buf).is_err();
    heard
}

impl Heard {
    fn note(&mut self, event: Event, bytes: &[u8], taken: usize) {
        match event {
            Event::Request(request) => {
                let start = self.requests.last().map_or(0, |last| {
                    last.end
                        .expect("a request begins where the one before it ended")
                });
                check_head(&bytes[start..taken], &request.head.headers);
                self.requests.push(HeardRequest {
                    method: request.head.method,
                    uri: request.head.uri,
                    version: request.head.version,
                    fields: request.head.headers,
                    framing: request.framing,
                    expects_continue: request.expects_continue,
                    wants_switch: request.wants_switch,
                    content: Vec::new(),
                    trailers: None,
                    head_end: taken,
                    end: None,
                });
            }
            Event::Data(data) => {
                assert!(!data.is_empty(), "a piece of nothing");
                self.last().content.extend_from_slice(&data);
            }
            Event::End(trailers) => {
                self.last().trailers = trailers;
                self.last().end = Some(taken);
            }
        }
    }

    fn last(&mut self) -> &mut HeardRequest {
        self.requests.last_mut().expect("a head comes first")
    }

    /// The last request is within the limits, and framed in one way.
    fn check(&self, limits: &Limits) {
        let Some(last) = self.requests.last() else {
            return;
        };
        let start = self
            .requests
            .iter()
            .rev()
            .nth(1)
            .and_then(|before| before.end);
        let head = last.head_end - start.unwrap_or(0);
        let empty_lines = 2 * limits.empty_lines_max;
        assert!(head <= limits.head_bytes_max + empty_lines);
        assert!(last.method.as_str().len() <= limits.method_bytes_max);
        // An absolute target without a path gets one.
        assert!(last.uri.to_string().len() <= limits.target_bytes_max + "/".len());
        // And its authority becomes Host, which an HTTP/1.0 request need not have.
        assert!(last.fields.len() <= limits.fields_max + 1);
        let content = u64::try_from(last.content.len()).expect("it is in memory");
        assert!(limits.content_bytes_max.is_none_or(|max| content <= max));
        check_trailers(last.trailers.as_ref(), limits);
        let has = |name| last.fields.contains_key(name);
        assert!(!(has(CONTENT_LENGTH) && has(TRANSFER_ENCODING)));
        match last.framing {
            Framing::Chunked => assert!(has(TRANSFER_ENCODING)),
            Framing::Length(length) if last.end.is_some() => assert_eq!(content, length),
            Framing::Length(length) => assert!(content <= length),
            Framing::UntilClose => panic!("a request without an end"),
        }
    }

    /// The most that may be left in the buffer once the codec asks for more.
    fn rest_max(&self, limits: &Limits) -> usize {
        match self.requests.last() {
            Some(request) if request.end.is_none() => match request.framing {
                Framing::Length(_) | Framing::UntilClose => 0,
                Framing::Chunked => limits.chunk_line_bytes_max.max(limits.trailer_bytes_max),
            },
            _ => limits.head_bytes_max,
        }
    }
}

/// A trailer section says nothing of how the message is framed and where it goes: it comes too late for that.
pub(super) fn check_trailers(trailers: Option<&HeaderMap>, limits: &Limits) {
    let Some(trailers) = trailers else {
        return;
    };
    assert!(trailers.len() <= limits.fields_max);
    for name in [CONTENT_LENGTH, TRANSFER_ENCODING, HOST] {
        assert!(!trailers.contains_key(&name), "{name}");
    }
}

/// What has been taken for a head ends no line with half a CRLF, for a reader that is content with less; and each of
/// its field lines has been read, but for a `Host` that the target replaces.
fn check_head(head: &[u8], fields: &HeaderMap) {
    assert!(!head.contains(&0));
    let mut rest = head;
    while take_line(&mut rest).expect("a line").is_empty() {}
    let lines = take_fields(&mut rest).expect("field lines and an empty one");
    assert!(rest.is_empty());
    for name in fields.keys().filter(|name| **name != HOST) {
        let of_name = lines.iter().filter(|(found, _)| *name == **found);
        let values: Vec<_> = of_name.map(|(_, value)| &value[..]).collect();
        let read: Vec<_> = fields
            .get_all(name)
            .iter()
            .map(|value| value.as_bytes())
            .collect();
        assert_eq!(read, values, "{name}");
    }
    let hosts = lines.iter().filter(|(name, _)| HOST == **name).count();
    let read_hosts = fields.get_all(HOST).iter().count();
    assert_eq!(fields.len() - read_hosts, lines.len() - hosts);
    assert!(hosts <= 1 && read_hosts <= 1);
}

/// Whether the connection goes on.
fn answer(conn: &mut Conn) -> bool {
    let persistent = conn.is_persistent();
    send(conn, StatusCode::NOT_FOUND);
    assert_eq!(conn.next_exchange(), persistent);
    persistent
}

fn send(conn: &mut Conn, status: StatusCode) {
    let mut out = OutBuf::default();
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = status;
    let date = HttpDate::from_unix_seconds(0);
    conn.send_head(&head, ContentLength::Exact(0), &date, &mut out)
        .expect("an empty response can always be sent");
    conn.send_end(None, &mut out).expect("it has no content");
    assert!(!out.is_empty());
}

/// A refusal is final, touches nothing more, and can be answered once.
fn check_failed(mut conn: Conn, mut buf: BytesMut, error: &ProtocolError) {
    let rest = buf.clone();
    assert!(matches!(conn.receive(&mut buf), Ok(None)));
    assert_eq!(buf, rest);
    assert!(!conn.is_persistent());
    assert!(error.status_hint().is_client_error() || error.status_hint().is_server_error());
    send(&mut conn, error.status_hint());
    assert!(!conn.next_exchange());
}

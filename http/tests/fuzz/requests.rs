use bytes::Bytes;
use http::HeaderMap;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::check::heard::hear;
use crate::check::splits;
use crate::h1::{ClientConn, ContentLength, Limits, OutBuf, Peer};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn near_requests_are_heard_or_refused_the_same_wherever_they_are_cut(
        pieces in vec(select(FRAGMENTS), 1..12),
        cuts in btree_set(1_usize..400, 0..6),
    ) {
        let bytes = pieces.concat();
        let cuts: Vec<_> = cuts.into_iter().filter(|cut| *cut < bytes.len()).collect();
        splits::same(&bytes, &cuts);
    }

    #[test]
    fn requests_are_heard_as_they_were_written(requests in vec(request(), 1..4)) {
        let bytes: Vec<u8> = requests.iter().flat_map(Request::write).collect();
        splits::same(&bytes, &[]);
        assert_heard(&bytes, requests);
    }

    #[test]
    fn requests_are_heard_as_a_client_sends_them(requests in vec(request(), 1..4)) {
        let bytes: Vec<u8> = requests.iter().flat_map(Request::send).collect();
        assert_heard(&bytes, requests);
    }
}

#[track_caller]
fn assert_heard(bytes: &[u8], requests: Vec<Request>) {
    let heard = hear(bytes, [], &Limits::default());
    assert_eq!(heard.error, None);
    assert_eq!(heard.requests.len(), requests.len());
    for (heard, request) in heard.requests.into_iter().zip(requests) {
        assert_eq!(heard.method.as_str(), request.method);
        assert_eq!(heard.uri.to_string(), request.target);
        let mut fields = heard.fields;
        for name in ["host", "content-length", "transfer-encoding"] {
            fields.remove(name);
        }
        assert_eq!(fields, map(&request.fields));
        let trailers = Some(request.trailers).filter(|lines| !lines.is_empty());
        assert_eq!(heard.trailers, trailers.as_deref().map(map));
        assert_eq!(heard.content, request.content);
    }
}

/// Pieces of which requests and near-requests are made.
const FRAGMENTS: &[&[u8]] = &[
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: a\r\n",
    b"Content-Length: 3\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"\r\n",
    b"abc",
    b"3\r\n",
    b"0\r\n\r\n",
    b"1;a=\"b\"\r\n",
    b"\n",
    b"\r",
    b" ",
    b"X: y\r\n",
    b"Connection: close\r\n",
    b"\xff",
    b"Expect: 100-continue\r\n",
];

/// A request that nothing is wrong with.
#[derive(Clone, Debug)]
struct Request {
    method: String,
    target: String,
    fields: Vec<Line>,
    content: Vec<u8>,
    /// The sizes of its chunks, in turn; `None` if it has a `Content-Length`.
    chunks: Option<Vec<usize>>,
    trailers: Vec<Line>,
}

type Line = (String, String);

fn request() -> impl Strategy<Value = Request> {
    let framing = proptest::option::of((vec(1_usize..40, 1..5), lines()));
    let head = ("[A-Z!#$.0-9]{1,32}", "/[a-z0-9/%?&=;,.~-]{0,40}", lines());
    (head, vec(any::<u8>(), 0..200), framing).prop_map(|(head, content, framing)| {
        // What can only be CONNECT is.
        let (method, target, fields) = head;
        let (chunks, trailers) = framing.unzip();
        Request {
            method,
            target,
            fields,
            content,
            chunks,
            trailers: trailers.unwrap_or_default(),
        }
    })
}

/// Names that mean nothing, some of them more than once.
fn lines() -> impl Strategy<Value = Vec<Line>> {
    vec(
        ("[Xx]-[a-cA-C]{1,2}", "([!-~]([ -~\t]{0,20}[!-~])?)?"),
        0..8,
    )
}

impl Request {
    fn write(&self) -> Vec<u8> {
        let Self { method, target, .. } = self;
        let framing = match self.chunks {
            Some(_) => "Transfer-Encoding: chunked".to_owned(),
            None => format!("Content-Length: {}", self.content.len()),
        };
        let line = format!("{method} {target} HTTP/1.1\r\nHost: a\r\n{framing}\r\n");
        let mut bytes = (line + &text(&self.fields) + "\r\n").into_bytes();
        let Some(sizes) = &self.chunks else {
            return [bytes, self.content.clone()].concat();
        };
        let (mut rest, mut sizes) = (&self.content[..], sizes.iter().cycle());
        while !rest.is_empty() {
            let size = rest.len().min(*sizes.next().unwrap());
            let (chunk, behind) = rest.split_at(size);
            bytes.extend_from_slice(format!("{size:x}\r\n").as_bytes());
            bytes.extend_from_slice(chunk);
            bytes.extend_from_slice(b"\r\n");
            rest = behind;
        }
        bytes.extend_from_slice(format!("0\r\n{}\r\n", text(&self.trailers)).as_bytes());
        bytes
    }
}

impl Request {
    /// Through the codec's own client.
    fn send(&self) -> Vec<u8> {
        let uri = format!("http://a{}", self.target);
        let request = http::Request::builder().method(&*self.method).uri(uri);
        let (mut head, ()) = request.body(()).unwrap().into_parts();
        head.headers = map(&self.fields);
        let length = match self.chunks {
            Some(_) => ContentLength::Unknown,
            None => ContentLength::Exact(self.content.len().try_into().unwrap()),
        };
        let mut conn = ClientConn::new(Peer::Origin, Limits::default());
        let (mut out, mut sent) = (OutBuf::default(), Vec::new());
        conn.send_head(&head, length, &mut out).unwrap();
        let piece = self.chunks.as_ref().map_or(50, |sizes| sizes[0]);
        for piece in self.content.chunks(piece) {
            conn.send_data(Bytes::copy_from_slice(piece), &mut out)
                .unwrap();
        }
        conn.send_end(Some(&map(&self.trailers)), &mut out).unwrap();
        while !out.is_empty() {
            let piece = out.first_piece();
            sent.extend_from_slice(piece);
            out.advance(piece.len());
        }
        sent
    }
}

fn text(lines: &[Line]) -> String {
    lines
        .iter()
        .map(|(name, value)| format!("{name}:{value}\r\n"))
        .collect()
}

fn map(lines: &[Line]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in lines {
        let name: http::HeaderName = name.parse().unwrap();
        map.append(name, value.parse().unwrap());
    }
    map
}

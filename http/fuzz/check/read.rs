use std::collections::VecDeque;

use super::dechunk::{Line, dechunk};

/// A response as a client reads it that knows its request: RFC 9112 §6.3.
#[derive(Debug)]
pub(super) struct Response {
    /// The fields of the informational responses before it.
    pub(super) informational: Vec<VecDeque<Line>>,
    pub(super) status: u16,
    pub(super) fields: VecDeque<Line>,
    pub(super) framing: Framing,
    /// Without what is missing.
    pub(super) content: Vec<u8>,
    pub(super) trailers: VecDeque<Line>,
    /// Whether the content is there to its end.
    pub(super) is_whole: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Framing {
    Nothing,
    Length(usize),
    Chunked,
    UntilClose,
}

impl Response {
    /// The values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let lines = self.fields.iter().filter(move |(found, _)| found == name);
        lines.map(|(_, value)| &value[..])
    }

    /// Whether a field that is a list has this element.
    pub(super) fn lists(&self, name: &str, element: &str) -> bool {
        let mut elements = self
            .all(name)
            .flat_map(|value| value.split(|byte| *byte == b','));
        elements.any(|found| found.trim_ascii().eq_ignore_ascii_case(element.as_bytes()))
    }
}

/// Reads all of `bytes` as one response.
pub(super) fn read(bytes: &[u8], is_head: bool) -> Response {
    let (mut status, mut fields, mut body) = read_head(bytes);
    let mut informational = Vec::new();
    while status < 200 {
        assert_ne!(status, 101, "another protocol");
        informational.push(fields);
        (status, fields, body) = read_head(body);
    }
    let mut response = Response {
        informational,
        status,
        fields,
        framing: Framing::Nothing,
        content: body.to_vec(),
        trailers: VecDeque::new(),
        is_whole: true,
    };
    response.framing = framing(&response, is_head);
    match response.framing {
        Framing::Nothing => assert!(body.is_empty(), "content where there is none"),
        Framing::Length(length) => {
            assert!(body.len() <= length, "more content than announced");
            response.is_whole = body.len() == length;
        }
        Framing::UntilClose => {}
        Framing::Chunked => match dechunk(body) {
            Some(read) => {
                assert_eq!(read.length, body.len(), "something behind the last chunk");
                response.content = read.content;
                response.trailers = read.trailers;
            }
            None => response.is_whole = false,
        },
    }
    response
}

fn read_head(bytes: &[u8]) -> (u16, VecDeque<Line>, &[u8]) {
    let mut lines = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut lines);
    let length = parsed.parse(bytes).expect("a head").unwrap();
    assert_eq!(parsed.version, Some(1));
    let line = |line: &httparse::Header<'_>| (line.name.to_ascii_lowercase(), line.value.to_vec());
    let fields = parsed.headers.iter().map(line).collect();
    let status = parsed.code.expect("a whole head has a status");
    (status, fields, &bytes[length..])
}

fn framing(response: &Response, is_head: bool) -> Framing {
    let codings: Vec<_> = response.all("transfer-encoding").collect();
    let lengths: Vec<_> = response.all("content-length").collect();
    assert!(lengths.len() + codings.len() <= 1, "framed twice");
    if is_head || matches!(response.status, 204 | 304) {
        return Framing::Nothing;
    }
    match (&codings[..], &lengths[..]) {
        ([], []) => Framing::UntilClose,
        ([coding], _) => {
            assert_eq!(*coding, b"chunked");
            Framing::Chunked
        }
        (_, [length, ..]) => {
            let length = std::str::from_utf8(length).expect("digits");
            Framing::Length(length.parse().expect("digits"))
        }
        _ => unreachable!("there is one at most"),
    }
}

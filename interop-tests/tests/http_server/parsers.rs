//! h11 and httptools read what our server sends: the same as each other, and what we meant.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};
use wharf_interop_tests::tls::content;
use wharf_interop_tests::{PATIENCE, peer};

use crate::harbour::Harbour;

/// Requests on one connection, and what the responses should be.
struct Case {
    requests: String,
    methods: Vec<&'static str>,
    replies: Vec<Reply>,
}

/// What a parser should make of a response.
#[derive(Clone)]
struct Reply {
    status: u16,
    reason: &'static str,
    /// `None` where the server says it in its own words.
    content: Option<Vec<u8>>,
    interim: Vec<u16>,
    trailers: Vec<[&'static str; 2]>,
    ending: &'static str,
    /// What httptools makes of the end, where it cannot know better.
    httptools_ending: &'static str,
    /// Fields that it must have.
    fields: Vec<[String; 2]>,
}

fn reply(status: u16, reason: &'static str, content: impl Into<Vec<u8>>) -> Reply {
    Reply {
        status,
        reason,
        content: Some(content.into()),
        interim: Vec::new(),
        trailers: Vec::new(),
        ending: "kept",
        httptools_ending: "kept",
        fields: Vec::new(),
    }
}

impl Reply {
    /// The connection ends behind it.
    fn closed(self) -> Self {
        Self {
            ending: "closed",
            httptools_ending: "closed",
            ..self
        }
    }

    fn field(mut self, name: &str, value: &str) -> Self {
        self.fields.push([name.to_owned(), value.to_owned()]);
        self
    }
}

/// A request that is refused.
fn refused(request: impl Into<String>, status: u16, reason: &'static str) -> Case {
    let reply = Reply {
        content: None,
        ..reply(status, reason, "").closed()
    };
    case(request, &["GET"], vec![reply])
}

fn case(requests: impl Into<String>, methods: &[&'static str], replies: Vec<Reply>) -> Case {
    Case {
        requests: requests.into(),
        methods: methods.to_vec(),
        replies,
    }
}

fn get(path: &str, fields: &str, reply: Reply) -> Case {
    case(
        format!("GET {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"),
        &["GET"],
        vec![reply],
    )
}

fn ok(content: impl Into<Vec<u8>>) -> Reply {
    reply(200, "OK", content)
}

fn framed() -> Vec<Case> {
    let pieces = "piece 1;piece 2;piece 3;";
    vec![
        get("/hello", "", ok("hello").field("content-length", "5")),
        get("/bytes/0", "", ok("").field("content-length", "0")),
        get(
            "/bytes/40000",
            "",
            ok(content(40_000)).field("content-length", "40000"),
        ),
        get(
            "/stream/40000",
            "",
            ok(content(40_000)).field("transfer-encoding", "chunked"),
        ),
        get("/stream/0", "", ok("")),
        get("/pieces", "", ok(pieces)),
        get(
            "/pieces",
            "TE: trailers\r\n",
            Reply {
                trailers: vec![["x-pieces", "3"]],
                ..ok(pieces)
            },
        ),
        get(
            "/hello",
            "Connection: close\r\n",
            ok("hello").closed().field("connection", "close"),
        ),
        get(
            "/fail",
            "",
            Reply {
                ending: "incomplete",
                httptools_ending: "incomplete",
                ..ok("half of it")
            },
        ),
        get(
            "/fields",
            "",
            ok("")
                .field("set-cookie", "a=1")
                .field("set-cookie", "b=2")
                .field("x-empty", "")
                .field("x-latin", "café")
                .field("x-long", &"y".repeat(2000)),
        ),
    ]
}

fn without_content() -> Vec<Case> {
    let head = |path: &str, reply: Reply| {
        // httptools waits for the content that a response to GET would have.
        let httptools_ending = "incomplete";
        let request = format!("HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        case(
            request,
            &["HEAD"],
            vec![Reply {
                httptools_ending,
                ..reply
            }],
        )
    };
    vec![
        head("/hello", ok("").field("content-length", "5")),
        head("/stream/1000", ok("")),
        get("/status/204", "", reply(204, "No Content", "")),
        get(
            "/status/205",
            "",
            reply(205, "Reset Content", "").field("content-length", "0"),
        ),
        get("/status/304", "", reply(304, "Not Modified", "")),
        get("/status/404", "", reply(404, "Not Found", "")),
        // No reason phrase; the space before it stays.
        get("/status/599", "", reply(599, "", "")),
    ]
}

fn http_1_0() -> Vec<Case> {
    let get = |path: &str, fields: &str, reply: Reply| {
        case(
            format!("GET {path} HTTP/1.0\r\n{fields}\r\n"),
            &["GET"],
            vec![reply],
        )
    };
    let until_close = Reply {
        // The end of the connection is the end of the content, and httptools is not told of it.
        httptools_ending: "incomplete",
        ..ok(content(40_000)).closed()
    };
    vec![
        get("/hello", "", ok("hello").closed()),
        get(
            "/hello",
            "Connection: keep-alive\r\n",
            ok("hello").field("connection", "keep-alive"),
        ),
        get("/stream/40000", "", until_close.clone()),
        get("/stream/40000", "Connection: keep-alive\r\n", until_close),
    ]
}

fn several() -> Vec<Case> {
    let get = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
    let post = "POST /echo HTTP/1.1\r\nHost: a\r\n";
    vec![
        case(
            [
                "/hello",
                "/stream/20000",
                "/status/204",
                "/bytes/20000",
                "/status/304",
                "/hello",
            ]
            .map(get)
            .concat(),
            &["GET"; 6],
            vec![
                ok("hello"),
                ok(content(20_000)),
                reply(204, "No Content", ""),
                ok(content(20_000)),
                reply(304, "Not Modified", ""),
                ok("hello"),
            ],
        ),
        case(
            format!(
                "{post}Content-Length: 5\r\n\r\nhello{post}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            ),
            &["POST"; 2],
            vec![ok("hello"), ok("hello")],
        ),
        // What was right before the error is still answered.
        case(
            format!("{}GARBAGE\r\n\r\n", get("/hello")),
            &["GET"; 2],
            vec![
                ok("hello"),
                Reply {
                    content: None,
                    ..reply(400, "Bad Request", "").closed()
                },
            ],
        ),
    ]
}

fn errors() -> Vec<Case> {
    let long = "x".repeat(40_000);
    vec![
        refused("GARBAGE\r\n\r\n", 400, "Bad Request"),
        refused("GET / HTTP/1.1\r\n\r\n", 400, "Bad Request"),
        refused(
            "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
            505,
            "HTTP Version Not Supported",
        ),
        refused(
            "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
            417,
            "Expectation Failed",
        ),
        refused(
            format!("GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n"),
            414,
            "URI Too Long",
        ),
        refused(
            format!("GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n"),
            431,
            "Request Header Fields Too Large",
        ),
        refused(
            "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            501,
            "Not Implemented",
        ),
        refused(
            "POST /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            400,
            "Bad Request",
        ),
        refused(
            "POST /digest HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel",
            400,
            "Bad Request",
        ),
        refused("GET /hel", 400, "Bad Request"),
    ]
}

/// What the server sends to requests that come at once, up to the end.
fn raw(harbour: &Harbour, requests: &str) -> Vec<u8> {
    let mut io = TcpStream::connect(harbour.http).unwrap();
    io.set_read_timeout(Some(PATIENCE)).unwrap();
    io.write_all(requests.as_bytes()).unwrap();
    io.shutdown(std::net::Shutdown::Write).unwrap();
    let mut received = Vec::new();
    io.read_to_end(&mut received).unwrap();
    received
}

/// To a client that waits for 100 (Continue) before it sends five bytes.
fn raw_with_continue(harbour: &Harbour, head: &str) -> Vec<u8> {
    let mut io = TcpStream::connect(harbour.http).unwrap();
    io.set_read_timeout(Some(PATIENCE)).unwrap();
    io.write_all(head.as_bytes()).unwrap();
    let mut received = vec![0; 25];
    io.read_exact(&mut received).unwrap();
    io.write_all(b"hello").unwrap();
    io.shutdown(std::net::Shutdown::Write).unwrap();
    io.read_to_end(&mut received).unwrap();
    received
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares what a parser made of a response with what it should be.
#[track_caller]
fn compare(seen: &Value, wanted: &Reply, ending: &str, context: &str) {
    assert_eq!(seen["status"], wanted.status, "{context}");
    assert_eq!(seen["reason"], wanted.reason, "{context}");
    assert_eq!(seen["version"], "1.1", "{context}");
    assert_eq!(seen["interim"], json!(wanted.interim), "{context}");
    assert_eq!(seen["trailers"], json!(wanted.trailers), "{context}");
    assert_eq!(seen["ending"], ending, "{context}");
    if let Some(content) = &wanted.content {
        assert_eq!(seen["content"], hex(content), "{context}");
    } else {
        assert_ne!(
            seen["content"], "",
            "{context}: no word about what is wrong"
        );
    }
    let fields = seen["fields"].as_array().unwrap();
    for field in &wanted.fields {
        assert!(fields.contains(&json!(field)), "{field:?}: {context}");
    }
    let dates = fields.iter().filter(|field| field[0] == "date").count();
    assert_eq!(dates, 1, "{context}");
}

#[test]
fn both_parsers_read_every_response_as_it_was_meant() {
    let Some(parsers) = peer::http_parsers() else {
        return;
    };
    let harbour = Harbour::start();
    let mut cases: Vec<_> = [framed(), without_content(), http_1_0(), several(), errors()]
        .into_iter()
        .flatten()
        .map(|case| (raw(&harbour, &case.requests), case))
        .collect();
    let expect =
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    let continued = Reply {
        interim: vec![100],
        ..ok("hello")
    };
    cases.push((
        raw_with_continue(&harbour, expect),
        case(expect, &["POST"], vec![continued]),
    ));

    let asked: Vec<_> = cases
        .iter()
        .map(|(bytes, case)| json!({ "methods": case.methods, "bytes": hex(bytes) }))
        .collect();
    let results = parsers.read(&json!(asked));
    assert_eq!(results.len(), cases.len());
    for ((bytes, case), result) in cases.iter().zip(results) {
        let shown = format!(
            "{}\n{}\n{result}",
            start(case.requests.as_bytes()),
            start(bytes)
        );
        for (h11, httptools) in both(&result) {
            let (Some(h11), Some(httptools)) = (h11.as_array(), httptools.as_array()) else {
                panic!("a parser refuses it: {shown}");
            };
            assert_eq!(
                (h11.len(), httptools.len()),
                (case.replies.len(), case.replies.len()),
                "{shown}"
            );
            for ((h11, httptools), wanted) in h11.iter().zip(httptools).zip(&case.replies) {
                compare(h11, wanted, wanted.ending, &shown);
                compare(httptools, wanted, wanted.httptools_ending, &shown);
                assert_eq!(h11["fields"], httptools["fields"], "{shown}");
            }
        }
    }
}

/// Enough to know it by.
fn start(bytes: &[u8]) -> String {
    bytes[..bytes.len().min(300)].escape_ascii().to_string()
}

/// The results of both, for each way in which the bytes were cut.
fn both(result: &Value) -> impl Iterator<Item = (&Value, &Value)> {
    let of = |parser: &str| result[parser].as_array().unwrap().iter();
    assert!(of("h11").count() > 1);
    of("h11").zip(of("httptools"))
}

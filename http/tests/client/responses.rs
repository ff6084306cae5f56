//! Odd responses: each is given as it was meant, or refused by name, and never costs or answers another request.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use wharf_http::Client;
use wharf_http::h1::{InvalidStatus, ProtocolError};

use crate::harness::{BOTH, BoxIo, Fetched, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// A server that gives a plain answer to `/plain`, and to everything else what it was told to say.
struct Odd {
    origin: Origin,
    saying: Arc<Mutex<Saying>>,
    /// How many requests it was told to answer so.
    seen: Arc<AtomicUsize>,
    /// Whenever one has been answered.
    said: Arc<Notify>,
}

#[derive(Clone, Default)]
struct Saying {
    bytes: Vec<u8>,
    pace: Pace,
    then: Then,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    #[default]
    Whole,
    ByteByByte,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Then {
    /// It waits for the next request.
    #[default]
    Stays,
    /// Over TLS, with a close_notify.
    Closes,
    /// Over TLS, without one.
    Drops,
}

impl Odd {
    async fn new(scheme: Scheme) -> Self {
        let saying = Arc::<Mutex<Saying>>::default();
        let (seen, said) = (Arc::<AtomicUsize>::default(), Arc::<Notify>::default());
        let shared = (Arc::clone(&saying), Arc::clone(&seen), Arc::clone(&said));
        let origin = raw(scheme, move |_, mut io| {
            let (saying, seen, said) = shared.clone();
            async move {
                loop {
                    let head = read_head(&mut io).await;
                    if head.is_empty() {
                        return;
                    }
                    if head.contains(" /plain ") {
                        say(&mut io, OK).await;
                        continue;
                    }
                    seen.fetch_add(1, SeqCst);
                    let saying = saying.lock().unwrap().clone();
                    utter(&mut io, &saying).await;
                    if saying.then == Then::Closes {
                        let _ = io.shutdown().await;
                    }
                    said.notify_one();
                    if saying.then != Then::Stays {
                        return;
                    }
                }
            }
        })
        .await;
        Self {
            origin,
            saying,
            seen,
            said,
        }
    }

    /// What a client makes of it, and whether its connection is used again. On a connection that has carried a request
    /// before, a client may send twice: it must not.
    #[track_caller]
    fn ask(
        &self,
        method: &'static str,
        saying: Saying,
    ) -> impl Future<Output = (Result<Fetched, wharf_http::Error>, bool)> {
        *self.saying.lock().unwrap() = saying;
        async move {
            let client = self.origin.client();
            self.ask_plainly(&client).await;
            let (accepted, seen) = (self.origin.accepted(), self.seen.load(SeqCst));
            let answer = fetch(&client, self.origin.request(method, "/odd", "")).await;
            soon(self.said.notified()).await;
            self.ask_plainly(&client).await;
            assert_eq!(self.seen.load(SeqCst), seen + 1, "it was sent twice");
            (answer, self.origin.accepted() == accepted)
        }
    }

    async fn ask_plainly(&self, client: &Client) {
        let answer = fetch(client, self.origin.get("/plain")).await.unwrap();
        assert_eq!(
            (answer.status.as_u16(), &answer.content[..]),
            (200, &b"ok"[..])
        );
    }
}

/// The client may stop listening in the middle.
async fn utter(io: &mut BoxIo, saying: &Saying) {
    let pieces = match saying.pace {
        Pace::Whole => saying.bytes.len().max(1),
        Pace::ByteByByte => 1,
    };
    for piece in saying.bytes.chunks(pieces) {
        if io.write_all(piece).await.is_err() || io.flush().await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

const PACES: [Pace; 2] = [Pace::Whole, Pace::ByteByByte];

/// Runs `check` over both schemes, all at once and byte by byte.
async fn in_every_way<F, Fut>(check: F)
where
    F: Fn(Arc<Odd>, Pace, String) -> Fut,
    Fut: Future<Output = ()>,
{
    for scheme in BOTH {
        let odd = Arc::new(Odd::new(scheme).await);
        for pace in PACES {
            check(Arc::clone(&odd), pace, format!("{scheme:?} {pace:?}")).await;
        }
    }
}

/// Each is refused by that name, and its connection not used again.
async fn refused(cases: &[(&str, ProtocolError)]) {
    in_every_way(|odd, pace, way| async move {
        for (bytes, error) in cases {
            let saying = Saying {
                bytes: bytes.as_bytes().to_vec(),
                pace,
                then: Then::Stays,
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            let shown = bytes.escape_debug();
            let refused = answer.expect_err(&format!("{way} {shown}"));
            assert_eq!(refused.protocol(), Some(error), "{way} {shown}");
            assert!(!refused.is_timeout() && !is_kept, "{way} {shown}");
        }
    })
    .await;
}

/// What is expected of a response that is not refused.
struct Expected {
    method: &'static str,
    bytes: String,
    then: Then,
    status: u16,
    content: &'static str,
    is_kept: bool,
}

/// Each gives status and content, and its connection is used again or not.
async fn accepted(cases: &[Expected]) {
    in_every_way(|odd, pace, way| async move {
        for case in cases {
            let saying = Saying {
                bytes: case.bytes.as_bytes().to_vec(),
                pace,
                then: case.then,
            };
            let (answer, is_kept) = odd.ask(case.method, saying).await;
            let shown = format!("{way} {} {}", case.method, case.bytes.escape_debug());
            let answer = answer.unwrap_or_else(|error| panic!("{shown}: {error:?}"));
            assert_eq!(answer.status, case.status, "{shown}");
            assert_eq!(answer.content, case.content, "{shown}");
            assert_eq!(is_kept, case.is_kept, "{shown}");
        }
    })
    .await;
}

fn expected(bytes: impl Into<String>, content: &'static str, is_kept: bool) -> Expected {
    Expected {
        method: "GET",
        bytes: bytes.into(),
        then: Then::Stays,
        status: 200,
        content,
        is_kept,
    }
}

#[tokio::test]
async fn what_is_no_status_line_is_refused_by_name() {
    use ProtocolError::{BareLineFeed, MalformedStatusLine, UnsupportedVersion};
    refused(&[
        ("HTTP/1.1 200 OK\ncontent-length: 2\n\nok", BareLineFeed),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 20 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 2000 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 2x0 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1 099 OK\r\n\r\n", MalformedStatusLine),
        ("HTTP/1.1\r\n\r\n", MalformedStatusLine),
        ("HTTP/2.0 200 OK\r\n\r\n", UnsupportedVersion),
        ("HTTP/0.9 200 OK\r\n\r\n", UnsupportedVersion),
        ("SSH-2.0-OpenSSH_9.2\r\n", MalformedStatusLine),
        ("okHTTP/1.1 200 OK\r\n\r\n", MalformedStatusLine),
        ("\0", MalformedStatusLine),
    ])
    .await;
}

#[tokio::test]
async fn malformed_fields_are_refused_by_name() {
    use ProtocolError::{BareLineFeed, MalformedField};
    refused(&[
        ("HTTP/1.1 200 OK\r\na: b\rc\r\n\r\n", MalformedField),
        ("HTTP/1.1 200 OK\r\na : b\r\n\r\n", MalformedField),
        ("HTTP/1.1 200 OK\r\na: \0\r\n\r\n", MalformedField),
        (
            "HTTP/1.1 200 OK\r\na: b\ncontent-length: 0\r\n\r\n",
            BareLineFeed,
        ),
    ])
    .await;
}

#[tokio::test]
async fn framing_that_two_readers_may_understand_differently_is_refused_by_name() {
    use ProtocolError::{
        FramedTwice, InvalidContentLength, InvalidTransferEncoding, RepeatedContentLength,
        TransferEncodingInHttp10, UnknownTransferCoding,
    };
    let with = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\nok");
    let mut cases = Vec::new();
    for length in ["2, 2", "2, 3", "+2", "-2", "2x", "0x2", "2 2", ""] {
        let bytes = with(&format!("content-length: {length}"));
        cases.push((bytes, InvalidContentLength));
    }
    for second in ["2", "3"] {
        let bytes = with(&format!("content-length: 2\r\ncontent-length: {second}"));
        cases.push((bytes, RepeatedContentLength));
    }
    let both = "content-length: 2\r\ntransfer-encoding: chunked";
    cases.push((with(both), FramedTwice));
    for (coding, error) in [
        ("chunked, chunked", InvalidTransferEncoding),
        (
            "chunked\r\ntransfer-encoding: chunked",
            InvalidTransferEncoding,
        ),
        ("gzip, chunked", UnknownTransferCoding),
    ] {
        cases.push((with(&format!("transfer-encoding: {coding}")), error));
    }
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    cases.push((old.to_owned(), TransferEncodingInHttp10));
    let cases: Vec<_> = cases.iter().map(|(b, e)| (&b[..], e.clone())).collect();
    refused(&cases).await;
}

#[tokio::test]
async fn what_is_no_chunk_is_refused_by_name_and_never_a_short_content() {
    use ProtocolError::{BareLineFeed, ForbiddenTrailer, InvalidChunkSize, UnterminatedChunk};
    let cases: Vec<_> = [
        ("2\nok\r\n0\r\n\r\n", BareLineFeed),
        ("2\r\nok\n0\r\n\r\n", UnterminatedChunk),
        ("2\r\nok\r\n0\n\r\n", BareLineFeed),
        ("2\r\nokay\r\n0\r\n\r\n", UnterminatedChunk),
        ("+2\r\nok\r\n0\r\n\r\n", InvalidChunkSize),
        ("\r\nok\r\n0\r\n\r\n", InvalidChunkSize),
        ("11111111111111111\r\nok", InvalidChunkSize),
        (
            "2\r\nok\r\n0\r\ncontent-length: 2\r\n\r\n",
            ForbiddenTrailer,
        ),
    ]
    .into_iter()
    .map(|(chunks, error)| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        (format!("{head}{chunks}"), error)
    })
    .collect();
    let cases: Vec<_> = cases.iter().map(|(b, e)| (&b[..], e.clone())).collect();
    refused(&cases).await;
}

#[tokio::test]
async fn a_head_beyond_its_limits_is_refused_and_the_error_says_the_limit() {
    let long = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "b".repeat(32 * 1024));
    let endless = format!("HTTP/1.1 200 OK\r\na: {}", "b".repeat(40 * 1024));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
    let too_large = ProtocolError::HeadTooLarge { limit: 32 * 1024 };
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for (bytes, error) in [
            (&long, &too_large),
            (&endless, &too_large),
            (&many, &ProtocolError::TooManyFields { limit: 100 }),
        ] {
            let saying = Saying {
                bytes: bytes.as_bytes().to_vec(),
                ..Saying::default()
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            assert_eq!(answer.unwrap_err().protocol(), Some(error), "{scheme:?}");
            assert!(!is_kept);
        }
    }
}

#[tokio::test]
async fn odd_responses_that_mean_one_thing_only_are_given_and_keep_the_connection() {
    let mut cases = vec![
        expected(OK, "ok", true),
        expected("HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok", "ok", true),
        expected(
            "HTTP/1.7 200 OK\r\ncontent-length: 02\r\n\r\nok",
            "ok",
            true,
        ),
        expected(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n002;a=b\r\nok\r\n0\r\na: b\r\n\r\n",
            "ok",
            true,
        ),
        expected("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "", true),
    ];
    for status in [204, 304] {
        let mut case = expected(format!("HTTP/1.1 {status} Odd\r\n\r\n"), "", true);
        case.status = status;
        cases.push(case);
    }
    for framing in ["content-length: 5000", "transfer-encoding: chunked"] {
        let mut case = expected(format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n"), "", true);
        case.method = "HEAD";
        cases.push(case);
    }
    accepted(&cases).await;
}

#[tokio::test]
async fn a_status_from_600_is_a_500_that_says_what_it_was() {
    in_every_way(|odd, pace, way| async move {
        for code in [600, 999] {
            let bytes = format!("HTTP/1.1 {code} Odd\r\ncontent-length: 2\r\n\r\nok");
            let saying = Saying {
                bytes: bytes.into_bytes(),
                pace,
                then: Then::Stays,
            };
            let (answer, is_kept) = odd.ask("GET", saying).await;
            let answer = answer.unwrap();
            assert_eq!((answer.status.as_u16(), is_kept), (500, true), "{way}");
            let was = answer.extensions.get::<InvalidStatus>().unwrap();
            assert_eq!(was.0.as_u16(), code, "{way}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_folded_field_is_joined_by_a_space() {
    in_every_way(|odd, pace, way| async move {
        let bytes = "HTTP/1.1 200 OK\r\na: b\r\n  c\r\ncontent-length: 2\r\n\r\nok";
        let saying = Saying {
            bytes: bytes.into(),
            pace,
            then: Then::Stays,
        };
        let (answer, is_kept) = odd.ask("GET", saying).await;
        let folded = &answer.unwrap().fields["a"];
        let joined: Vec<_> = folded.to_str().unwrap().split_whitespace().collect();
        assert_eq!((joined, is_kept), (vec!["b", "c"], true), "{way}");
    })
    .await;
}

#[tokio::test]
async fn trailers_come_behind_the_content_and_not_among_the_fields() {
    in_every_way(|odd, pace, way| async move {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let saying = Saying {
            bytes: format!("{head}2\r\nok\r\n0\r\na: b\r\n\r\n").into_bytes(),
            pace,
            then: Then::Stays,
        };
        let (answer, is_kept) = odd.ask("GET", saying).await;
        let answer = answer.unwrap();
        assert_eq!(answer.trailers.unwrap()["a"], "b", "{way}");
        assert!(!answer.fields.contains_key("a") && is_kept, "{way}");
    })
    .await;
}

#[tokio::test]
async fn http_1_0_and_close_end_the_connection_unless_the_server_keeps_it() {
    let close = |bytes: &str, is_kept| {
        let then = if is_kept { Then::Stays } else { Then::Closes };
        Expected {
            then,
            ..expected(bytes, "ok", is_kept)
        }
    };
    accepted(&[
        close("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", false),
        close(
            "HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 2\r\n\r\nok",
            true,
        ),
        close("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nok", false),
        close("HTTP/1.0 200 OK\r\n\r\nok", false),
        close("HTTP/1.1 200 OK\r\n\r\nok", false),
        close(
            "HTTP/1.1 200 OK\r\nconnection: a, Close\r\ncontent-length: 2\r\n\r\nok",
            false,
        ),
        // These stay open, though they said otherwise: not for another request.
        expected(
            "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok",
            "ok",
            false,
        ),
        expected(
            "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "ok",
            false,
        ),
    ])
    .await;
}

#[tokio::test]
async fn bytes_behind_a_response_answer_no_request() {
    let mut cases = Vec::new();
    for behind in [OK, "junk", "\r\n", "HTTP/1.1 408 Timeout\r\n\r\n"] {
        for (method, status, head, content) in [
            ("GET", 200, "HTTP/1.1 200 OK\r\ncontent-length: 2", "ok"),
            ("GET", 204, "HTTP/1.1 204 No Content", ""),
            ("GET", 304, "HTTP/1.1 304 Not Modified", ""),
            ("HEAD", 200, "HTTP/1.1 200 OK\r\ncontent-length: 2", ""),
            ("HEAD", 200, "HTTP/1.1 200 OK", ""),
        ] {
            cases.push(Expected {
                method,
                bytes: format!("{head}\r\n\r\n{content}{behind}"),
                then: Then::Stays,
                status,
                content,
                is_kept: false,
            });
        }
        let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
        cases.push(expected(format!("{chunked}{behind}"), "ok", false));
    }
    accepted(&cases).await;
}

/// Cut behind every byte of it, with a farewell and without one. `head` is how much of it is its head.
async fn cut_everywhere(response: &str, is_whole_at: impl Fn(usize, Scheme, Then) -> bool) {
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for then in [Then::Closes, Then::Drops] {
            for at in 0..=response.len() {
                let saying = Saying {
                    bytes: response.as_bytes()[..at].to_vec(),
                    pace: Pace::Whole,
                    then,
                };
                let shown = format!("{scheme:?} {then:?} {}", response[..at].escape_debug());
                let client = odd.origin.client();
                *odd.saying.lock().unwrap() = saying;
                let answer = fetch(&client, odd.origin.get("/odd")).await;
                soon(odd.said.notified()).await;
                if is_whole_at(at, scheme, then) {
                    assert_eq!(answer.expect(&shown).content, "ok!", "{shown}");
                    continue;
                }
                let error = answer.expect_err(&shown);
                if at == 0 {
                    let nothing = [ProtocolError::NoResponse, ProtocolError::Truncated];
                    assert!(nothing.contains(error.protocol().unwrap()), "{shown}");
                } else {
                    assert!(error.is_truncated(), "{shown}: {error:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn a_response_with_a_length_that_is_cut_anywhere_is_an_error() {
    let response = "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 3\r\n\r\nok!";
    cut_everywhere(response, |at, _, _| at == response.len()).await;
}

#[tokio::test]
async fn a_chunked_response_that_is_cut_anywhere_is_an_error() {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let response = format!("{head}2;a=b\r\nok\r\n01\r\n!\r\n0\r\na: b\r\n\r\n");
    cut_everywhere(&response, |at, _, _| at == response.len()).await;
}

/// Its content has no other end than that of the connection: over TCP nobody can tell.
#[tokio::test]
async fn a_response_until_close_that_is_cut_is_an_error_over_tls() {
    let response = "HTTP/1.1 200 OK\r\n\r\nok!";
    let head = response.len() - 3;
    for scheme in BOTH {
        let odd = Odd::new(scheme).await;
        for then in [Then::Closes, Then::Drops] {
            for at in 0..=response.len() {
                *odd.saying.lock().unwrap() = Saying {
                    bytes: response.as_bytes()[..at].to_vec(),
                    pace: Pace::Whole,
                    then,
                };
                let answer = fetch(&odd.origin.client(), odd.origin.get("/odd")).await;
                let shown = format!("{scheme:?} {then:?} {at}");
                if at >= head && (scheme == Scheme::Http || then == Then::Closes) {
                    let content = answer.expect(&shown).content;
                    assert_eq!(content, response[head..at], "{shown}");
                } else {
                    let error = answer.expect_err(&shown);
                    assert!(at == 0 || error.is_truncated(), "{shown}: {error:?}");
                }
            }
        }
    }
}

#[tokio::test]
async fn informational_responses_come_first_and_are_told() {
    in_every_way(|odd, pace, way| async move {
        let early = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
        *odd.saying.lock().unwrap() = Saying {
            bytes: format!("HTTP/1.1 100 Continue\r\n\r\n{early}{early}{OK}").into_bytes(),
            pace,
            then: Then::Stays,
        };
        let heard = Arc::new(Mutex::new(Vec::new()));
        let hear = Arc::clone(&heard);
        let mut request = odd.origin.get("/odd");
        wharf_http::on_informational(&mut request, move |head| {
            hear.lock().unwrap().push(head.status.as_u16());
        });
        let answer = fetch(&odd.origin.client(), request).await.unwrap();
        assert_eq!(answer.content, "ok", "{way}");
        assert_eq!(*heard.lock().unwrap(), [100, 103, 103], "{way}");
    })
    .await;
}

#[tokio::test]
async fn informational_responses_without_end_are_refused() {
    let many = "HTTP/1.1 102 Processing\r\n\r\n".repeat(101);
    let error = ProtocolError::TooManyInformational { limit: 100 };
    refused(&[(&many, error)]).await;
}

#[tokio::test]
async fn a_101_that_was_not_asked_for_is_refused() {
    let error = ProtocolError::NotRequestedProtocol;
    refused(&[
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", error.clone()),
        (
            "HTTP/1.1 101 Odd\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n",
            error,
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_101_that_was_asked_for_gives_the_stream_with_all_that_was_said_on_it() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            let head = read_head(&mut io).await;
            assert!(
                head.to_ascii_lowercase().contains("upgrade: echo"),
                "{head}"
            );
            let head = "HTTP/1.1 101 Odd\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
            say(&mut io, &format!("{head}hello ")).await;
            let mut said = [0; 5];
            io.read_exact(&mut said).await.unwrap();
            io.write_all(&said).await.unwrap();
            io.shutdown().await.unwrap();
        })
        .await;
        let mut request = origin.get("/");
        let fields = request.headers_mut();
        fields.insert("connection", "upgrade".parse().unwrap());
        fields.insert("upgrade", "echo".parse().unwrap());
        let response = soon(origin.client().send(request)).await.unwrap();
        assert_eq!(response.status(), 101, "{scheme:?}");
        let mut stream = response.into_body().into_switched().unwrap();
        stream.write_all(b"world").await.unwrap();
        stream.flush().await.unwrap();
        let mut said = String::new();
        let read = stream.read_to_string(&mut said);
        soon(read).await.unwrap();
        assert_eq!(said, "hello world", "{scheme:?}");
    }
}

/// Said on an idle connection, it is there before the next request is: nothing has to happen in between for the client to
/// see it.
#[tokio::test]
async fn a_408_on_an_idle_connection_does_not_answer_the_next_request() {
    for scheme in BOTH {
        let late = Arc::new(Notify::new());
        let (bell, rung) = (Arc::clone(&late), Arc::new(Notify::new()));
        let ring = Arc::clone(&rung);
        let origin = raw(scheme, move |number, mut io| {
            let (bell, ring) = (Arc::clone(&bell), Arc::clone(&ring));
            async move {
                read_head(&mut io).await;
                say(&mut io, OK).await;
                if number == 0 {
                    bell.notified().await;
                    let timeout = "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n";
                    say(&mut io, &format!("{timeout}connection: close\r\n\r\n")).await;
                    let _ = io.shutdown().await;
                    ring.notify_one();
                }
                read_head(&mut io).await;
            }
        })
        .await;
        // In a task: what runs next in it has not been told yet of what arrived meanwhile. For a millisecond nobody is asked.
        let asking = tokio::spawn(async move {
            let client = origin.client();
            for round in 0..2 {
                let answer = fetch(&client, origin.request("POST", "/", "")).await;
                assert_eq!(answer.unwrap().status, 200, "{scheme:?}");
                if round == 0 {
                    late.notify_one();
                    soon(rung.notified()).await;
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_millis(2) {
                        std::hint::spin_loop();
                    }
                }
            }
            assert_eq!(origin.accepted(), 2, "{scheme:?}");
        });
        asking.await.unwrap();
    }
}

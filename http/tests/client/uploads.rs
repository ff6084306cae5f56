//! The content of requests: answered early, not wanted, too long or too short, failing, waiting for 100 (Continue).

use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, Request};
use http_body::{Body, Frame, SizeHint};
use http_body_util::channel::Channel;
use http_body_util::{BodyExt, StreamBody};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;
use wharf_http::h1::ProtocolError;
use wharf_http::{Client, ClientConfig, Error, Phase};

use crate::harness::{
    BOTH, BoxIo, OK, Origin, Scheme, fetch, raw, read_content, read_head, say, soon,
};

/// More than all buffers between client and server hold.
const LARGE: usize = 64 << 20;
const FRAME: usize = 64 * 1024;

/// So much content, which counts how much of it was asked for.
struct Counted {
    left: usize,
    taken: Arc<AtomicUsize>,
}

impl Counted {
    fn new(length: usize) -> (Self, Arc<AtomicUsize>) {
        let taken = Arc::<AtomicUsize>::default();
        let content = Self {
            left: length,
            taken: Arc::clone(&taken),
        };
        (content, taken)
    }
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static CONTENT: [u8; FRAME] = [b'x'; FRAME];
        let length = self.left.min(FRAME);
        self.left -= length;
        self.taken.fetch_add(length, SeqCst);
        let frame = (length > 0).then(|| Ok(Frame::data(Bytes::from_static(&CONTENT[..length]))));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left as u64)
    }
}

/// Whatever the client still sends, to the end of the connection, orderly or not.
async fn read_rest(io: &mut BoxIo) -> Vec<u8> {
    let mut rest = Vec::new();
    let _ = soon(io.read_to_end(&mut rest)).await;
    rest
}

fn post(origin: &Origin) -> http::request::Builder {
    Request::post(origin.uri("/"))
}

/// The next request gets its own answer, on another connection.
async fn is_answered_elsewhere(client: &Client, origin: &Origin) {
    let accepted = origin.accepted();
    let answer = fetch(client, origin.get("/plain")).await.unwrap();
    assert_eq!(
        (answer.status.as_u16(), &answer.content[..]),
        (200, &b"ok"[..])
    );
    assert_eq!(origin.accepted(), accepted + 1);
}

/// A server that answers `/plain`, and anything else with `early` as soon as it has read so much of the content. Then it
/// reads on and tells how much it got in all, or it closes.
async fn early(
    scheme: Scheme,
    answer: String,
    reads: usize,
    reads_on: bool,
) -> (Origin, mpsc::Receiver<usize>) {
    let (tell, told) = mpsc::channel(1);
    let origin = raw(scheme, move |_, mut io| {
        let (answer, tell) = (answer.clone(), tell.clone());
        async move {
            if read_head(&mut io).await.contains(" /plain ") {
                return say(&mut io, OK).await;
            }
            read_content(&mut io, reads).await;
            say(&mut io, &answer).await;
            if reads_on {
                let rest = read_rest(&mut io).await;
                tell.send(reads + rest.len()).await.unwrap();
            } else {
                let _ = io.shutdown().await;
            }
        }
    })
    .await;
    (origin, told)
}

#[tokio::test]
async fn an_early_answer_that_is_no_2xx_ends_the_upload_and_is_given_with_its_content() {
    for scheme in BOTH {
        for (status, fields) in [
            ("413 Too Large", "connection: close\r\n"),
            ("413 Too Large", ""),
            ("401 Unauthorized", "www-authenticate: Basic\r\n"),
            ("303 See Other", "location: /plain\r\n"),
            ("500 Odd", ""),
        ] {
            let head = format!("HTTP/1.1 {status}\r\n{fields}content-length: 2\r\n\r\nno");
            let (origin, mut got) = early(scheme, head, 1, true).await;
            let (content, taken) = Counted::new(LARGE);
            let client = Client::new(ClientConfig {
                redirects: None,
                ..origin.config()
            });
            let request = post(&origin).body(content).unwrap();
            let answer = soon(client.send(request)).await.unwrap();
            assert_eq!(answer.status().as_str(), &status[..3], "{scheme:?}");
            let content = answer.into_body().collect().await.unwrap();
            assert_eq!(content.to_bytes(), "no", "{scheme:?} {status}");
            let got = soon(got.recv()).await.unwrap();
            let taken = taken.load(SeqCst);
            assert!(got <= taken && taken < LARGE, "{scheme:?} {status} {taken}");
            is_answered_elsewhere(&client, &origin).await;
        }
    }
}

#[tokio::test]
async fn an_answer_of_a_server_that_closes_with_content_unread_is_given() {
    for scheme in BOTH {
        for reads in [0, 1, 100_000] {
            let answer = "HTTP/1.1 413 Odd\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno";
            let (origin, _) = early(scheme, answer.to_owned(), reads, false).await;
            let client = origin.client();
            let (content, taken) = Counted::new(LARGE);
            let answer = fetch(&client, post(&origin).body(content).unwrap()).await;
            let answer = answer.unwrap();
            assert_eq!(answer.status, 413, "{scheme:?} {reads}");
            assert_eq!(answer.content, "no", "{scheme:?} {reads}");
            assert!(taken.load(SeqCst) < LARGE);
            is_answered_elsewhere(&client, &origin).await;
        }
    }
}

#[tokio::test]
async fn a_2xx_that_is_over_before_the_request_is_does_not_end_the_upload() {
    let length = |content: &str| {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{content}",
            content.len()
        )
    };
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    for (scheme, answer, reads_answer) in BOTH.into_iter().flat_map(|scheme| {
        [
            (scheme, length(""), false),
            (scheme, length("ok"), false),
            (scheme, length("ok"), true),
            (
                scheme,
                length("ok").replacen("\r\n", "\r\nconnection: close\r\n", 1),
                false,
            ),
            (scheme, chunked.to_owned(), true),
        ]
    }) {
        let (origin, mut got) = early(scheme, answer, 1, true).await;
        let client = origin.client();
        let (content, _) = Counted::new(LARGE);
        let answer = soon(client.send(post(&origin).body(content).unwrap()))
            .await
            .unwrap();
        if reads_answer {
            assert_eq!(soon(answer.collect()).await.unwrap().to_bytes(), "ok");
        }
        drop(client);
        assert_eq!(
            soon(got.recv()).await,
            Some(LARGE),
            "{scheme:?} {reads_answer}"
        );
    }
}

#[tokio::test]
async fn a_2xx_is_given_if_its_server_closes_before_the_request_is_sent() {
    for scheme in BOTH {
        let (origin, _) = early(scheme, OK.to_owned(), 1, false).await;
        let client = origin.client();
        let (content, _) = Counted::new(LARGE);
        let answer = fetch(&client, post(&origin).body(content).unwrap()).await;
        assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
        is_answered_elsewhere(&client, &origin).await;
        // And if nobody knows whether there will be more content.
        let (mut say, content) = Channel::<Bytes, Infallible>::new(1);
        say.send_data(Bytes::from_static(b"x")).await.unwrap();
        let answer = fetch(&client, post(&origin).body(content).unwrap()).await;
        assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
    }
}

#[tokio::test]
async fn behind_an_early_2xx_both_sides_speak_in_turn() {
    for (scheme, field, connections) in BOTH
        .into_iter()
        .flat_map(|scheme| [(scheme, "", 1), (scheme, "connection: close\r\n", 2)])
    {
        let origin = raw(scheme, move |_, mut io| async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                let head = format!("HTTP/1.1 200 OK\r\n{field}transfer-encoding: chunked\r\n\r\n");
                say(&mut io, &head).await;
                loop {
                    // A chunk of five bytes, or the last one.
                    let mut size = [0; 3];
                    io.read_exact(&mut size).await.unwrap();
                    let rest = if size[0] == b'0' { 2 } else { 7 };
                    let rest = read_content(&mut io, rest).await;
                    io.write_all(&[&size, &rest[..]].concat()).await.unwrap();
                    io.flush().await.unwrap();
                    if size[0] == b'0' {
                        break;
                    }
                }
            }
        })
        .await;
        let client = origin.client();
        for _ in 0..2 {
            let (mut say, content) = Channel::<Bytes, Infallible>::new(1);
            let answer = soon(client.send(post(&origin).body(content).unwrap()));
            let mut heard = answer.await.unwrap().into_body();
            for n in 0..20 {
                let said = Bytes::from(format!("no {n:02}"));
                say.send_data(said.clone()).await.unwrap();
                let echo = soon(heard.frame()).await.unwrap().unwrap();
                assert_eq!(echo.into_data().unwrap(), said, "{scheme:?}");
            }
            drop(say);
            assert!(soon(heard.frame()).await.is_none(), "{scheme:?}");
        }
        assert_eq!(origin.accepted(), connections, "{scheme:?}");
    }
}

#[tokio::test]
async fn a_reset_in_the_middle_of_an_upload_is_an_error_and_nothing_is_sent_again() {
    for scheme in BOTH {
        // It is dropped with content unread.
        let origin = raw(scheme, |_, mut io| async move {
            read_head(&mut io).await;
            read_content(&mut io, 1).await;
        })
        .await;
        let (content, taken) = Counted::new(LARGE);
        let request = Request::put(origin.uri("/")).body(content).unwrap();
        let error = fetch(&origin.client(), request).await.unwrap_err();
        assert!(!error.is_timeout() && !error.is_connect(), "{error:?}");
        assert!(taken.load(SeqCst) < LARGE, "{scheme:?}");
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

/// A server that tells the head and all that came behind it, to the end of the connection.
async fn recording(scheme: Scheme) -> (Origin, mpsc::Receiver<(String, String)>) {
    let (tell, told) = mpsc::channel(4);
    let origin = raw(scheme, move |_, mut io| {
        let tell = tell.clone();
        async move {
            let head = read_head(&mut io).await;
            let rest = String::from_utf8(read_rest(&mut io).await).unwrap();
            tell.send((head, rest)).await.unwrap();
        }
    })
    .await;
    (origin, told)
}

/// The error and its causes, as a reader of logs sees them.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn content_that_fails_breaks_the_request_off_and_the_error_says_so() {
    for scheme in BOTH {
        for length in [None, Some("10")] {
            let (origin, mut told) = recording(scheme).await;
            let frames = vec![
                Ok(Frame::data(Bytes::from_static(b"some"))),
                Err(std::io::Error::other("the disk is gone")),
            ];
            let mut request = post(&origin);
            if let Some(length) = length {
                request = request.header("content-length", length);
            }
            let body = StreamBody::new(stream::iter(frames));
            let answer = fetch(&origin.client(), request.body(body).unwrap()).await;
            let error = answer.unwrap_err();
            assert_eq!(error.phase(), Some(Phase::Write), "{error:?}");
            assert!(!error.is_connect() && !error.is_timeout());
            let error = chain(&error);
            let cause = "the content of the request failed: the disk is gone";
            assert!(error.ends_with(cause), "{error}");
            let (head, rest) = soon(told.recv()).await.unwrap();
            // It may not have been sent yet; if it was, then not as if it were all.
            let partial = if length.is_some() {
                "some"
            } else {
                "4\r\nsome\r\n"
            };
            assert!(partial.starts_with(&rest), "{scheme:?} {head} {rest}");
        }
    }
}

#[tokio::test]
async fn content_of_another_length_than_announced_is_an_error_and_never_another_request() {
    use ProtocolError::{ContentTooLong, ContentTooShort};
    for scheme in BOTH {
        for (pieces, error) in [
            (&["some"][..], ContentTooShort),
            (&[][..], ContentTooShort),
            (&["some more"][..], ContentTooLong),
            (&["some ", "more"][..], ContentTooLong),
        ] {
            let (origin, mut told) = recording(scheme).await;
            let frames: Vec<_> = pieces
                .iter()
                .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::from_static(piece.as_bytes()))))
                .collect();
            let body = StreamBody::new(stream::iter(frames));
            let request = post(&origin).header("content-length", "5");
            let answer = fetch(&origin.client(), request.body(body).unwrap()).await;
            let failed = answer.unwrap_err();
            assert_eq!(failed.phase(), Some(Phase::Write), "{failed:?}");
            let told_as = chain(&failed);
            assert!(told_as.ends_with(&error.to_string()), "{told_as}");
            let (_, rest) = soon(told.recv()).await.unwrap();
            assert!("some ".starts_with(&rest), "{scheme:?} {rest}");
        }
    }
}

#[tokio::test]
async fn a_length_that_contradicts_the_content_is_refused_before_anything_is_sent() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            while !read_head(&mut io).await.is_empty() {
                say(&mut io, OK).await;
            }
        })
        .await;
        let client = origin.client();
        for length in ["4", "6", "five"] {
            let mut request = origin.request("POST", "/", "12345");
            request
                .headers_mut()
                .insert("content-length", length.parse().unwrap());
            let told = chain(&fetch(&client, request).await.unwrap_err());
            let contradictory = ProtocolError::ContradictoryContentLength.to_string();
            assert!(told.ends_with(&contradictory), "{told}");
        }
        // The connection was not spoilt.
        fetch(&client, origin.get("/")).await.unwrap();
        assert_eq!(origin.accepted(), 1, "{scheme:?}");
    }
}

#[tokio::test]
async fn content_of_unknown_length_is_chunked_with_its_trailers_behind_it() {
    for scheme in BOTH {
        let (tell, mut told) = mpsc::channel(1);
        let wire = "4\r\nsome\r\n5\r\n more\r\n0\r\nx-sum: 42\r\n\r\n";
        let origin = raw(scheme, move |_, mut io| {
            let tell = tell.clone();
            async move {
                let head = read_head(&mut io).await;
                let content = read_content(&mut io, wire.len()).await;
                say(&mut io, OK).await;
                tell.send((head, content)).await.unwrap();
            }
        })
        .await;
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "42".parse().unwrap());
        let frames = vec![
            Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"some"))),
            Ok(Frame::data(Bytes::new())),
            Ok(Frame::data(Bytes::from_static(b" more"))),
            Ok(Frame::trailers(trailers)),
        ];
        let body = StreamBody::new(stream::iter(frames));
        let answer = fetch(&origin.client(), post(&origin).body(body).unwrap()).await;
        assert_eq!(answer.unwrap().content, "ok");
        let (head, content) = soon(told.recv()).await.unwrap();
        let head = head.to_ascii_lowercase();
        assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
        assert!(!head.contains("content-length"), "{head}");
        assert_eq!(content, wire.as_bytes(), "{scheme:?}");
    }
}

/// What a server does about `Expect: 100-continue`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Continue,
    /// It reads the content first.
    Nothing,
    /// As `Nothing`, with a 100 behind the content.
    ContinueLate,
    Final(&'static str),
}

/// Sends 1,000 bytes that wait for 100. What the server had of the content when it had the head, the answer, and how much
/// content was taken in the end.
async fn expecting(
    scheme: Scheme,
    says: Says,
    continue_timeout: Duration,
) -> (usize, Result<u16, Error>, usize) {
    const LENGTH: usize = 1000;
    let (content, taken) = Counted::new(LENGTH);
    let (tell, mut told) = mpsc::channel(1);
    let counter = Arc::clone(&taken);
    let origin = raw(scheme, move |number, mut io| {
        let (tell, counter) = (tell.clone(), Arc::clone(&counter));
        async move {
            let head = read_head(&mut io).await;
            if number > 0 {
                return say(&mut io, OK).await;
            }
            assert!(head.contains("100-continue"), "{head}");
            tell.send(counter.load(SeqCst)).await.unwrap();
            if says == Says::Continue {
                say(&mut io, "HTTP/1.1 100 Continue\r\n\r\n").await;
            }
            if let Says::Final(answer) = says {
                say(&mut io, answer).await;
                assert_eq!(read_rest(&mut io).await, b"", "content was sent");
                return;
            }
            read_content(&mut io, LENGTH).await;
            if says == Says::ContinueLate {
                say(&mut io, "HTTP/1.1 100 Continue\r\n\r\n").await;
            }
            say(&mut io, OK).await;
            read_head(&mut io).await;
            say(&mut io, OK).await;
        }
    })
    .await;
    let client = Client::new(ClientConfig {
        continue_timeout,
        ..origin.config()
    });
    let request = post(&origin).header("expect", "100-continue");
    let answer = fetch(&client, request.body(content).unwrap()).await;
    let answer = answer.map(|answer| answer.status.as_u16());
    // Without its content, a request is not over: the connection is not for another one.
    fetch(&client, origin.get("/")).await.unwrap();
    let connections = if matches!(says, Says::Final(_)) { 2 } else { 1 };
    assert_eq!(origin.accepted(), connections, "{scheme:?} {says:?}");
    let at_head = soon(told.recv()).await.unwrap();
    (at_head, answer, taken.load(SeqCst))
}

#[tokio::test]
async fn content_waits_for_100_and_is_sent_behind_it() {
    for scheme in BOTH {
        let (at_head, answer, taken) = expecting(scheme, Says::Continue, Duration::MAX).await;
        assert_eq!(
            (at_head, answer.unwrap(), taken),
            (0, 200, 1000),
            "{scheme:?}"
        );
    }
}

#[tokio::test]
async fn content_is_never_sent_when_the_answer_is_a_final_one() {
    for scheme in BOTH {
        for (status, answer) in [
            (417, "HTTP/1.1 417 Odd\r\ncontent-length: 2\r\n\r\nno"),
            (401, "HTTP/1.1 401 Odd\r\ncontent-length: 0\r\n\r\n"),
            (
                413,
                "HTTP/1.1 413 Odd\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
            ),
        ] {
            let says = Says::Final(answer);
            let (at_head, answer, taken) = expecting(scheme, says, Duration::MAX).await;
            assert_eq!(
                (at_head, answer.unwrap(), taken),
                (0, status, 0),
                "{scheme:?}"
            );
        }
    }
}

#[tokio::test]
async fn content_is_sent_in_the_end_when_100_does_not_come() {
    for scheme in BOTH {
        for says in [Says::Nothing, Says::ContinueLate] {
            for wait in [Duration::ZERO, Duration::from_millis(30)] {
                let (_, answer, taken) = expecting(scheme, says, wait).await;
                assert_eq!((answer.unwrap(), taken), (200, 1000), "{scheme:?} {says:?}");
            }
        }
    }
}

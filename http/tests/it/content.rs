//! Request and response content: streaming, back-pressure, truncation.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Channel};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wharf_http::h1::ProtocolError;
use wharf_http::{CloseReason, Incoming, service_fn};

use crate::support::{Peer, config, content_of, full, sample, statuses};

fn post(path: &str, fields: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n")
}

#[tokio::test]
async fn content_reaches_the_handler_in_either_framing() {
    let (text, _) = Peer::sample()
        .exchange(post("/collect", "Content-Length: 5") + "hello")
        .await;
    assert_eq!(content_of(&text), "hello");
    let chunked =
        post("/collect", "Transfer-Encoding: chunked") + "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    let (text, _) = Peer::sample().exchange(chunked).await;
    assert_eq!(content_of(&text), "hello");
}

#[tokio::test]
async fn a_large_echo_flows_through_a_narrow_pipe_both_ways_at_once() {
    let mut peer = Peer::over(1000, sample(), config());
    let content: Vec<u8> = (0..500_000_u32).map(|n| (n % 251) as u8).collect();
    peer.send(post("/echo", &format!("Content-Length: {}", content.len())))
        .await;
    let (mut reader, mut writer) = tokio::io::split(peer.io);
    let sent = content.clone();
    let writing = tokio::spawn(async move {
        writer.write_all(&sent).await.unwrap();
        writer.shutdown().await.unwrap();
    });
    let mut received = Vec::new();
    reader.read_to_end(&mut received).await.unwrap();
    writing.await.unwrap();
    assert!(received.ends_with(&content));
}

#[tokio::test]
async fn a_handler_that_does_not_read_stops_the_client() {
    // The body is held, never polled, and never dropped.
    let holding = service_fn(|request: Request<Incoming>| async move {
        let _body = request.into_body();
        std::future::pending::<Result<Response<String>, Infallible>>().await
    });
    let mut peer = Peer::over(1000, holding, config());
    peer.send(post("/", "Content-Length: 1000000")).await;
    let mut sent = 0;
    while let Ok(Ok(n)) = tokio::time::timeout(
        std::time::Duration::from_millis(300),
        peer.io.write(&[0; 1000]),
    )
    .await
    {
        sent += n;
        assert!(sent < 100_000, "the server reads what nobody asked for");
    }
}

/// Pieces of 64 KiB, each of another byte, as many as asked for and as soon as asked for.
struct Pieces {
    count: u8,
    given: Arc<AtomicU8>,
}

impl Pieces {
    const BYTES: usize = 64 * 1024;
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let given = self.given.load(Relaxed);
        Poll::Ready((given < self.count).then(|| {
            self.given.store(given + 1, Relaxed);
            Ok(Frame::data(vec![given; Self::BYTES].into()))
        }))
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_the_body_and_gets_all_of_it_later() {
    let given = Arc::new(AtomicU8::new(0));
    let counter = Arc::clone(&given);
    let service = service_fn(move |_: Request<Incoming>| {
        let given = Arc::clone(&counter);
        async move { Ok::<_, Infallible>(Response::new(Pieces { count: 100, given })) }
    });
    let mut peer = Peer::over(1000, service, config());
    // An HTTP/1.0 client gets the content as it is.
    peer.send("GET / HTTP/1.0\r\n\r\n").await;
    peer.head().await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    let held = usize::from(given.load(Relaxed)) * Pieces::BYTES;
    assert!(held <= 2 * Pieces::BYTES, "the server holds {held} bytes");

    let mut content = Vec::new();
    peer.io.read_to_end(&mut content).await.unwrap();
    let expected: Vec<_> = (0..100).flat_map(|byte| [byte; Pieces::BYTES]).collect();
    assert!(content == expected, "{} bytes arrived", content.len());
}

#[tokio::test]
async fn the_body_may_be_read_in_another_task() {
    let service = service_fn(|request: Request<Incoming>| async move {
        let collected = tokio::spawn(request.into_body().collect()).await.unwrap();
        Ok::<_, wharf_http::Error>(Response::new(full(collected?.to_bytes())))
    });
    let mut peer = Peer::over(64, service, config());
    for _ in 0..3 {
        peer.send(post("/", "Content-Length: 1000")).await;
        peer.send([b'x'; 1000]).await;
        peer.read_until(&"x".repeat(1000)).await;
    }
}

#[tokio::test]
async fn a_body_that_is_kept_does_not_hold_the_connection() {
    // Read to the last byte, never asked for its end, never dropped.
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let service = service_fn(move |request: Request<Incoming>| {
        let kept = Arc::clone(&kept);
        async move {
            let mut body = request.into_body();
            let mut length = 0;
            while length < 2000 {
                length += body
                    .frame()
                    .await
                    .unwrap()
                    .unwrap()
                    .into_data()
                    .unwrap()
                    .len();
            }
            kept.lock().unwrap().push(body);
            Ok::<_, Infallible>(Response::new(full("kept")))
        }
    });
    let mut peer = Peer::over(1000, service, config());
    for _ in 0..2 {
        peer.send(post("/", "Content-Length: 2000")).await;
        peer.send([b'x'; 2000]).await;
        peer.read_until("kept").await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_kept_unread_costs_the_connection() {
    let kept = Arc::new(std::sync::Mutex::new(Vec::new()));
    let service = service_fn(move |request: Request<Incoming>| {
        let kept = Arc::clone(&kept);
        async move {
            kept.lock().unwrap().push(request.into_body());
            Ok::<_, Infallible>(Response::new(full("kept")))
        }
    });
    let mut peer = Peer::over(1000, service, config());
    peer.send(post("/", "Content-Length: 2000")).await;
    peer.read_until("kept").await;
    assert_eq!(peer.rest().await, "");
    assert_eq!(peer.closed().await, CloseReason::NotPersistent);
}

#[tokio::test]
async fn trailers_arrive_as_the_last_frame() {
    let service = service_fn(|request: Request<Incoming>| async move {
        let collected = request.into_body().collect().await?;
        let value = collected.trailers().unwrap()["t"]
            .to_str()
            .unwrap()
            .to_owned();
        Ok::<_, wharf_http::Error>(Response::new(full(value)))
    });
    let request = post("/", "Transfer-Encoding: chunked") + "1\r\nx\r\n0\r\nT: here\r\n\r\n";
    let (text, _) = Peer::of(service, config()).exchange(request).await;
    assert_eq!(content_of(&text), "here");
}

#[tokio::test]
async fn a_streamed_response_leaves_piece_by_piece_with_its_trailers() {
    let (pieces, receiver) = tokio::sync::oneshot::channel();
    let receiver = Arc::new(std::sync::Mutex::new(Some(receiver)));
    let service = service_fn(move |_: Request<Incoming>| {
        let (sender, body) = Channel::<Bytes, Infallible>::new(1);
        let pieces = receiver.lock().unwrap().take();
        async move {
            tokio::spawn(async move {
                let mut sender = sender;
                let mut more: tokio::sync::mpsc::Receiver<Frame<Bytes>> =
                    pieces.unwrap().await.unwrap();
                while let Some(frame) = more.recv().await {
                    sender.send(frame).await.unwrap();
                }
            });
            Ok::<_, Infallible>(Response::new(body))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n")
        .await;
    let (frames, receiver) = tokio::sync::mpsc::channel(1);
    pieces.send(receiver).unwrap();
    assert!(peer.head().await.contains("transfer-encoding: chunked\r\n"));
    frames
        .send(Frame::data(Bytes::from_static(b"one")))
        .await
        .unwrap();
    assert_eq!(peer.read_until("one\r\n").await, "3\r\none\r\n");
    frames
        .send(Frame::data(Bytes::from_static(b"two")))
        .await
        .unwrap();
    assert_eq!(peer.read_until("two\r\n").await, "3\r\ntwo\r\n");
    let trailers = HeaderMap::from_iter([("t".parse().unwrap(), HeaderValue::from_static("v"))]);
    frames.send(Frame::trailers(trailers)).await.unwrap();
    drop(frames);
    assert_eq!(peer.read_until("\r\n\r\n").await, "0\r\nt: v\r\n\r\n");
}

#[tokio::test]
async fn a_handler_that_ignores_a_body_error_does_not_turn_it_into_a_200() {
    let careless = || {
        service_fn(|request: Request<Incoming>| async move {
            let _ = request.into_body().collect().await;
            Ok::<_, Infallible>(Response::new(full("all is well")))
        })
    };
    for (body, error) in [
        ("5\r\nhello\r\nzz\r\n", ProtocolError::InvalidChunkSize),
        ("5\r\nhelloXX", ProtocolError::UnterminatedChunk),
        ("5\r\nhel", ProtocolError::Truncated),
        (
            "fffffffffffffff\r\n",
            ProtocolError::ContentTooLarge { limit: 1024 * 1024 },
        ),
    ] {
        let request = post("/", "Transfer-Encoding: chunked") + body;
        let (text, reason) = Peer::of(careless(), config()).exchange(request).await;
        assert_eq!(statuses(&text), [error.status_hint().as_u16()], "{body}");
        assert_eq!(reason, CloseReason::Protocol(error));
    }
    let (text, _) = Peer::of(careless(), config())
        .exchange(post("/", "Content-Length: 5") + "hell")
        .await;
    assert_eq!(statuses(&text), [400]);
}

#[tokio::test]
async fn a_body_error_behind_the_head_of_the_response_cuts_the_response() {
    let mut peer = Peer::sample();
    peer.send(post("/echo", "Transfer-Encoding: chunked") + "5\r\nhello\r\n")
        .await;
    peer.read_until("hello\r\n").await;
    peer.send("zz\r\n").await;
    assert_eq!(peer.rest().await, "", "no last chunk");
    assert_eq!(peer.closed().await, CloseReason::ResponseFailed);
}

#[tokio::test]
async fn a_short_unread_body_is_read_over_and_the_connection_kept() {
    let mut peer = Peer::sample();
    for _ in 0..2 {
        peer.send(post("/ignore", "Content-Length: 60000")).await;
        let head = peer.head().await;
        assert!(!head.contains("connection: close"), "{head}");
        peer.read_until("ignored").await;
        peer.send(vec![b'x'; 60_000]).await;
    }
}

#[tokio::test]
async fn a_long_unread_body_closes_the_connection_and_the_answer_says_so() {
    let mut peer = Peer::over(1000, sample(), config());
    peer.send(post("/ignore", "Content-Length: 1000000")).await;
    let head = peer.head().await;
    assert!(head.contains("connection: close\r\n"), "{head}");
    assert_eq!(peer.rest().await, "ignored");
    assert_eq!(peer.closed().await, CloseReason::NotPersistent);
}

#[tokio::test]
async fn chunks_that_have_arrived_are_read_over() {
    let ignored = post("/ignore", "Transfer-Encoding: chunked") + "3\r\nabc\r\n0\r\n\r\n";
    let (text, _) = Peer::sample().exchange(format!("{ignored}{ignored}")).await;
    assert_eq!(statuses(&text), [200, 200]);
}

#[tokio::test]
async fn continue_is_sent_when_the_handler_reads() {
    let mut peer = Peer::sample();
    peer.send(post(
        "/collect",
        "Content-Length: 5\r\nExpect: 100-continue",
    ))
    .await;
    assert_eq!(peer.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("hello").await;
    assert!(peer.head().await.starts_with("HTTP/1.1 200"));
    peer.read_until("hello").await;
}

#[tokio::test]
async fn continue_is_not_sent_when_the_handler_does_not_read_and_the_connection_ends() {
    let mut peer = Peer::sample();
    peer.send(post("/ignore", "Content-Length: 5\r\nExpect: 100-continue"))
        .await;
    let head = peer.head().await;
    assert!(
        head.starts_with("HTTP/1.1 200") && head.contains("connection: close\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn continue_is_not_sent_when_it_is_late_or_pointless() {
    for fields in [
        "Content-Length: 5\r\nExpect: 100-continue",
        "Content-Length: 0\r\nExpect: 100-continue",
    ] {
        let (text, _) = Peer::sample()
            .exchange(post("/collect", fields) + "hello")
            .await;
        assert!(text.starts_with("HTTP/1.1 200"), "{text}");
    }
}

#[tokio::test]
async fn a_response_that_breaks_its_promise_is_cut() {
    let service = service_fn(|_: Request<Incoming>| async {
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(2);
        sender.send_data(Bytes::from_static(b"hel")).await.unwrap();
        Ok::<_, Infallible>(
            Response::builder()
                .header("content-length", "5")
                .body(body)
                .unwrap(),
        )
    });
    let (text, reason) = Peer::of(service, config())
        .exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await;
    assert_eq!(content_of(&text), "hel");
    assert_eq!(reason, CloseReason::ResponseFailed);
}

#[tokio::test]
async fn a_piece_that_was_not_taken_yet_is_not_lost_at_the_end() {
    // The reader asks once, is busy while the last piece arrives and the response is sent, and then reads on.
    let (collected, result) = tokio::sync::oneshot::channel();
    let (go_on, gate) = tokio::sync::oneshot::channel::<()>();
    let once = Arc::new(std::sync::Mutex::new(Some((collected, gate))));
    let service = service_fn(move |request: Request<Incoming>| {
        let (collected, gate) = once.lock().unwrap().take().unwrap();
        let (asked, answer) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let mut body = std::pin::pin!(request.into_body());
            let first = std::future::poll_fn(|cx| {
                let polled = Body::poll_frame(body.as_mut(), cx).is_pending();
                Poll::Ready(polled)
            });
            assert!(first.await, "nothing has arrived yet");
            asked.send(()).unwrap();
            gate.await.unwrap();
            let mut length = 0;
            while let Some(frame) = body.frame().await {
                length += frame.unwrap().into_data().unwrap().len();
            }
            collected.send(length).unwrap();
        });
        async move {
            answer.await.unwrap();
            Ok::<_, Infallible>(Response::new(full("accepted")))
        }
    });
    let mut peer = Peer::of(service, config());
    peer.send(post("/", "Content-Length: 10")).await;
    peer.read_until("accepted").await;
    peer.send("0123456789").await;
    // The exchange is over once the next request is refused for what it is.
    peer.send("GARBAGE\r\n\r\n").await;
    assert_eq!(statuses(&peer.head().await), [400]);
    go_on.send(()).unwrap();
    assert_eq!(result.await, Ok(10));
}

#[tokio::test]
async fn a_reader_in_another_task_learns_that_the_connection_is_gone() {
    let (tell, mut told) = tokio::sync::mpsc::channel(1);
    let service = service_fn(move |request: Request<Incoming>| {
        let tell = tell.clone();
        tokio::spawn(async move {
            let error = request.into_body().collect().await.unwrap_err();
            tell.send(error.to_string()).await.unwrap();
        });
        std::future::pending::<Result<Response<String>, Infallible>>()
    });
    let (near, far) = tokio::io::duplex(1000);
    let drain = wharf_net::Drain::new();
    let server = wharf_http::Server::new(service);
    let connection = tokio::spawn(async move {
        server
            .serve_connection(far, http::Extensions::new(), &drain)
            .await
    });
    let (mut reader, mut writer) = tokio::io::split(near);
    writer
        .write_all((post("/", "Content-Length: 100\r\nExpect: 100-continue")).as_bytes())
        .await
        .unwrap();
    // The reader asks: only then is it in the state this is about.
    let mut interim = [0; 25];
    reader.read_exact(&mut interim).await.unwrap();
    writer.write_all(b"0123456789").await.unwrap();
    connection.abort();
    assert!(connection.await.unwrap_err().is_cancelled());
    let error = tokio::time::timeout(crate::support::GENEROUS, told.recv())
        .await
        .expect("it hangs");
    assert_eq!(
        error.unwrap(),
        "the connection was closed before the content was read"
    );
}

#[tokio::test]
async fn continue_is_sent_to_a_handler_that_answers_before_it_reads() {
    let mut peer = Peer::sample();
    for _ in 0..2 {
        peer.send(post("/echo", "Content-Length: 5\r\nExpect: 100-continue"))
            .await;
        assert_eq!(peer.head().await, "HTTP/1.1 100 Continue\r\n\r\n");
        let head = peer.head().await;
        assert!(
            head.starts_with("HTTP/1.1 200") && !head.contains("connection: close"),
            "{head}"
        );
        peer.send("hello").await;
        peer.read_until("hello").await;
    }
}

#[tokio::test]
async fn a_response_made_of_a_broken_request_is_taken_back_while_it_can_be() {
    for (body, status) in [
        ("zz\r\n", 400),
        ("5\r\nhelloXX", 400),
        ("fffffffffffffff\r\n", 413),
    ] {
        let request = post("/echo", "Transfer-Encoding: chunked") + body;
        let (text, _) = Peer::sample().exchange(request).await;
        assert_eq!(statuses(&text), [status], "{body}");
    }
}

#[tokio::test]
async fn half_a_response_to_http_1_0_ends_with_a_reset_and_a_whole_one_does_not() {
    use wharf_net::{Bind, Drain, Listener};
    enum Rest {
        Comes,
        Fails,
        /// Until the drain is over.
        IsAwaited,
    }
    for rest in [Rest::Comes, Rest::Fails, Rest::IsAwaited] {
        let (mut sender, body) = Channel::<Bytes, &'static str>::new(2);
        let half = Bytes::from_static(b"half of it");
        sender.send_data(half).await.unwrap();
        let body = Arc::new(std::sync::Mutex::new(Some(body)));
        let service = service_fn(move |_: Request<Incoming>| {
            let body = body.lock().unwrap().take().unwrap();
            async { Ok::<_, Infallible>(Response::new(body)) }
        });
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
            .await
            .unwrap();
        let address = listener.local_addr().inet().unwrap();
        let drain = Drain::new();
        let server = wharf_http::Server::new(service).serve(listener, drain.clone());
        let server = tokio::spawn(server);
        let mut io = tokio::net::TcpStream::connect(address).await.unwrap();
        io.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"half of it") {
            read.push(io.read_u8().await.unwrap());
        }
        let is_whole = matches!(rest, Rest::Comes);
        match rest {
            Rest::Comes => drop(sender),
            Rest::Fails => sender.abort("the rest is lost"),
            Rest::IsAwaited => drain.begin(std::time::Duration::ZERO),
        }
        let end = io.read_to_end(&mut read).await;
        match is_whole {
            true => assert_eq!(end.unwrap(), 0),
            false => {
                let error = end.expect_err("half a response looks whole");
                assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
            }
        }
        server.abort();
    }
}

#[tokio::test]
async fn a_broken_body_is_refused_also_if_its_handler_does_not_read_it() {
    for (body, error) in [
        ("0x\r\n", ProtocolError::InvalidChunkSize),
        ("1\r\naXX", ProtocolError::UnterminatedChunk),
        ("1;=\r\na\r\n", ProtocolError::InvalidChunkExtension),
    ] {
        let request = post("/ignore", "Transfer-Encoding: chunked") + body;
        let (text, reason) = Peer::sample().exchange(request).await;
        assert_eq!(statuses(&text), [400], "{body}");
        assert_eq!(reason, CloseReason::Protocol(error));
    }
    // One that is only too large is nobody's business.
    let request = post("/ignore", "Content-Length: 9999999");
    let (text, _) = Peer::sample().exchange(request).await;
    assert_eq!(statuses(&text), [200]);
}

#[tokio::test]
async fn a_route_may_take_more_than_others_or_less() {
    let service = || {
        service_fn(|request: Request<Incoming>| async move {
            let limit = match request.uri().path() {
                "/more" => Some(3_000_000),
                "/any" => None,
                _ => Some(10),
            };
            let content = request.into_body().limit(limit).collect().await?;
            let answer = content.to_bytes().len().to_string();
            Ok::<_, wharf_http::Error>(Response::new(full(answer)))
        })
    };
    let content = "x".repeat(2_000_000);
    let chunked = format!("{:x}\r\n{content}\r\n0\r\n\r\n", content.len());
    for path in ["/more", "/any"] {
        for request in [
            post(path, "Content-Length: 2000000") + &content,
            post(path, "Transfer-Encoding: chunked") + &chunked,
        ] {
            let (text, _) = Peer::over(4_000_000, service(), config())
                .exchange(request)
                .await;
            assert_eq!(content_of(&text), "2000000", "{path}");
        }
    }
    for request in [
        post("/more", "Content-Length: 3000001"),
        post("/less", "Content-Length: 100") + &"x".repeat(90),
        post("/less", "Transfer-Encoding: chunked") + "b\r\n",
        // Without 100 (Continue).
        post("/less", "Content-Length: 11\r\nExpect: 100-continue"),
    ] {
        let (text, _) = Peer::of(service(), config()).exchange(request).await;
        assert_eq!(statuses(&text), [413]);
    }
}

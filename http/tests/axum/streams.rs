//! Content that is made and read as it goes.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::reply::Reply;
use crate::served::{Served, exchange, read_until};

/// Ends the connection with its response, so that the end can be awaited.
const LAST: &str = "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

fn from_channel<T>(
    receiver: mpsc::Receiver<T>,
) -> impl futures_util::Stream<Item = Result<T, Infallible>> {
    stream::unfold(receiver, async |mut receiver| {
        let item = receiver.recv().await?;
        Some((Ok(item), receiver))
    })
}

#[tokio::test]
async fn each_event_of_a_stream_leaves_when_it_happens() {
    let (tell, happened) = mpsc::channel::<Event>(1);
    let once = Arc::new(Mutex::new(Some(happened)));
    let events = get(move || {
        let happened = once.lock().unwrap().take().unwrap();
        async { Sse::new(from_channel(happened)) }
    });
    let served = Served::new(Router::new().route("/events", events)).await;
    let mut io = served.connect().await;
    io.write_all(format!("GET /events {LAST}").as_bytes())
        .await
        .unwrap();
    let head = String::from_utf8(read_until(&mut io, "\r\n\r\n").await).unwrap();
    assert!(
        head.contains("content-type: text/event-stream\r\n"),
        "{head}"
    );
    assert!(head.contains("transfer-encoding: chunked\r\n"), "{head}");
    for number in 0..3 {
        // The next one happens only when this one has arrived.
        let event = Event::default().event("arrival").data(number.to_string());
        tell.send(event).await.unwrap();
        let chunk = String::from_utf8(read_until(&mut io, "\n\n\r\n").await).unwrap();
        let expected = format!("event: arrival\ndata: {number}\n\n\r\n");
        assert!(chunk.ends_with(&expected), "{chunk}");
    }
    drop(tell);
    assert_eq!(read_until(&mut io, "\r\n\r\n").await, b"0\r\n\r\n");
}

#[tokio::test]
async fn a_handler_reads_a_body_as_it_arrives_and_answers_as_it_reads() {
    let echo = post(async |body: Body| {
        Body::from_stream(
            body.into_data_stream()
                .map(|piece| piece.map(|piece| Bytes::from(piece.to_ascii_uppercase()))),
        )
    });
    let served = Served::new(Router::new().route("/", echo)).await;
    let mut io = served.connect().await;
    let head =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    io.write_all(head.as_bytes()).await.unwrap();
    read_until(&mut io, "\r\n\r\n").await;
    for (piece, answer) in [
        ("2\r\nhe\r\n", "2\r\nHE\r\n"),
        ("3\r\nllo\r\n", "3\r\nLLO\r\n"),
    ] {
        io.write_all(piece.as_bytes()).await.unwrap();
        let received = read_until(&mut io, "\r\n").await;
        let rest = read_until(&mut io, "\r\n").await;
        assert_eq!([received, rest].concat(), answer.as_bytes());
    }
    assert_eq!(exchange(io, "0\r\n\r\n").await, b"0\r\n\r\n");
}

#[tokio::test]
async fn megabytes_pass_through_a_router_both_ways() {
    let router = Router::new()
        .route("/echo", post(async |body: Body| body))
        .layer(axum::extract::DefaultBodyLimit::disable());
    let mut config = crate::support::config();
    config.limits.content_bytes_max = None;
    let served = Served::by(wharf_http::Server::new(router).config(config)).await;
    let content: Vec<u8> = (0..8_000_000_u32).map(|n| (n / 7) as u8).collect();
    let head = format!(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        content.len()
    );
    let (mut reader, mut writer) = served.connect().await.into_split();
    let sender = {
        let content = content.clone();
        tokio::spawn(async move {
            writer.write_all(head.as_bytes()).await.unwrap();
            writer.write_all(&content).await.unwrap();
            writer
        })
    };
    let head = String::from_utf8(read_until(&mut reader, "\r\n\r\n").await).unwrap();
    assert!(head.contains("content-length: 8000000\r\n"), "{head}");
    let mut received = vec![0; content.len()];
    let read = tokio::io::AsyncReadExt::read_exact(&mut reader, &mut received);
    tokio::time::timeout(crate::support::GENEROUS, read)
        .await
        .unwrap()
        .unwrap();
    assert!(received == content, "other bytes came back");
    drop(sender.await.unwrap());
}

#[tokio::test]
async fn a_stream_that_fails_is_cut_and_never_looks_whole() {
    let failing = get(async || {
        let pieces = [Ok("half"), Err(std::io::Error::other("the rest is lost"))];
        Body::from_stream(stream::iter(pieces))
    });
    let served = Served::new(Router::new().route("/", failing)).await;
    let received = exchange(served.connect().await, format!("GET / {LAST}")).await;
    let text = String::from_utf8(received).unwrap();
    assert!(text.ends_with("\r\n\r\n4\r\nhalf\r\n"), "{text}");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_the_stream_it_was_sent() {
    let (tell, happened) = mpsc::channel::<Bytes>(1);
    let once = Arc::new(Mutex::new(Some(happened)));
    let endless = get(move || {
        let happened = once.lock().unwrap().take().unwrap();
        async { Body::from_stream(from_channel(happened)) }
    });
    let served = Served::new(Router::new().route("/", endless)).await;
    let mut io = served.connect().await;
    io.write_all(format!("GET / {LAST}").as_bytes())
        .await
        .unwrap();
    tell.send(Bytes::from_static(b"one")).await.unwrap();
    read_until(&mut io, "one\r\n").await;
    drop(io);
    // Nothing tells the server but that it cannot send: its stream is dropped, and the channel with it.
    let more = async { while tell.send(Bytes::from_static(b"more")).await.is_ok() {} };
    tokio::time::timeout(crate::support::GENEROUS, more)
        .await
        .expect("it is still sent");
}

#[tokio::test]
async fn a_body_that_a_handler_leaves_unread_is_passed_over() {
    let router = Router::new()
        .route("/ignore", post("ignored"))
        .route("/", get("next"));
    let served = Served::new(router).await;
    let requests = format!(
        "POST /ignore HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n{}GET / {LAST}",
        "x".repeat(20_000)
    );
    let replies = Reply::all(&exchange(served.connect().await, requests).await);
    let texts: Vec<_> = replies.iter().map(Reply::text).collect();
    assert_eq!(texts, ["ignored", "next"]);
}

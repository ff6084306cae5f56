//! What an operator sees and bounds.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Mutex;
use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Sender, channel};
use wharf_http::{
    CloseReason, Closed, HalfClose, Incoming, Observer, Refused, Server, ServerConfig, service_fn,
};
use wharf_net::{Bind, Drain, Endpoint, Listener};

use super::support::{GENEROUS, Peer, config, full, sample, statuses};

const GET: &str = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test]
async fn the_last_request_is_told_so() {
    let config = ServerConfig {
        requests_max: Some(2),
        ..config()
    };
    let (text, reason) = Peer::of(sample(), config).exchange(GET.repeat(3)).await;
    assert_eq!(statuses(&text), [200, 200]);
    assert_eq!(text.matches("connection: close\r\n").count(), 1);
    assert_eq!(reason, CloseReason::RequestsMax);
}

#[tokio::test]
async fn clients_are_told_how_long_they_may_be_idle() {
    let (text, _) = Peer::sample().exchange(GET).await;
    assert!(text.contains("\r\nconnection: keep-alive\r\nkeep-alive: timeout=15\r\n"));
    let config = ServerConfig {
        idle_timeout: Duration::from_millis(900),
        ..config()
    };
    let (text, _) = Peer::of(sample(), config).exchange(GET).await;
    assert!(!text.contains("keep-alive"), "{text}");
}

/// Tells that it was dropped.
struct Dropped(Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_half_closes_is_answered_or_its_handler_dropped() {
    for (half_close, expected) in [
        (HalfClose::Answer, CloseReason::ByPeer),
        (HalfClose::Cancel, CloseReason::Cancelled),
    ] {
        let (tell, mut told) = channel(64);
        let service = service_fn(move |_: Request<Incoming>| {
            let guard = Dropped(tell.clone());
            async move {
                tokio::time::sleep(Duration::from_secs(5)).await;
                drop(guard);
                Ok::<_, Infallible>(Response::new(full("late")))
            }
        });
        let config = ServerConfig {
            half_close,
            ..config()
        };
        let start = tokio::time::Instant::now();
        let (text, reason) = Peer::of(service, config).exchange(GET).await;
        told.try_recv().unwrap();
        assert_eq!(reason, expected);
        match half_close {
            HalfClose::Answer => assert_eq!(statuses(&text), [200]),
            _ => assert_eq!((text.as_str(), start.elapsed().as_secs()), ("", 0)),
        }
    }
}

#[tokio::test]
async fn a_client_that_is_gone_ends_its_handler() {
    let listener = listener().await;
    let address = listener.local_addr().to_string();
    let (tell, mut told) = channel(64);
    let (ended, mut has_ended) = channel(64);
    let service = service_fn(move |_: Request<Incoming>| {
        let (tell, ended) = (tell.clone(), ended.clone());
        async move {
            let _guard = Dropped(ended);
            tell.try_send(()).unwrap();
            pending::<()>().await;
            Ok::<_, Infallible>(Response::new(full("")))
        }
    });
    let (close, mut closes) = channel(64);
    let server = Server::new(service.clone()).observer(Reasons(close));
    drop(service);
    let drain = Drain::new();
    let serving = tokio::spawn(server.serve(listener, drain.clone()));
    let mut client = TcpStream::connect(&address).await.unwrap();
    client.write_all(GET.as_bytes()).await.unwrap();
    told.recv().await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    let reason = tokio::time::timeout(GENEROUS, closes.recv()).await.unwrap();
    assert!(matches!(reason, Some(CloseReason::Io(_))), "{reason:?}");
    has_ended.try_recv().unwrap();
    drain.begin(Duration::ZERO);
    serving.await.unwrap().unwrap();
}

struct Reasons(Sender<CloseReason>);

impl Observer for Reasons {
    fn closed(&self, closed: &Closed<'_>) {
        assert!(closed.connection.is_some());
        self.0.try_send(closed.reason.clone()).unwrap();
    }
}

async fn listener() -> Listener {
    let endpoint: Endpoint = "127.0.0.1:0".parse().unwrap();
    Listener::bind(&endpoint, &Bind::default()).await.unwrap()
}

#[derive(Default)]
struct Attacks(Mutex<Vec<(String, Vec<u8>)>>);

impl Observer for &'static Attacks {
    fn refused(&self, refused: &Refused<'_>) {
        let mut seen = self.0.lock().unwrap();
        seen.push((refused.error.to_string(), refused.bytes.to_vec()));
    }
}

#[tokio::test]
async fn whoever_wants_to_know_sees_what_was_refused() {
    let attacks: &'static Attacks = Box::leak(Box::default());
    for bytes in [
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\r\n\r\n",
        "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naXX",
        "POST /collect HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;=\r\nabc",
    ] {
        let (io, far) = tokio::io::duplex(1024);
        let server = Server::new(sample()).observer(attacks);
        let serving = tokio::spawn(async move {
            let drain = Drain::new();
            server
                .serve_connection(far, http::Extensions::new(), &drain)
                .await
        });
        let mut io = io;
        io.write_all(bytes.as_bytes()).await.unwrap();
        io.shutdown().await.unwrap();
        let mut answer = String::new();
        io.read_to_string(&mut answer).await.unwrap();
        assert_eq!(statuses(&answer), [400]);
        serving.await.unwrap();
    }
    let seen = attacks.0.lock().unwrap();
    let shown: Vec<_> = seen
        .iter()
        .map(|(error, bytes)| (error.as_str(), String::from_utf8_lossy(bytes)))
        .collect();
    assert_eq!(shown.len(), 5);
    assert_eq!(shown[0].0, "malformed field line");
    assert_eq!(shown[0].1, "GET / HTTP/1.1\r\nno colon\r\n\r\n");
    assert!(shown[1].1.starts_with("POST / HTTP/1.1\r\nHost: a\r\n"));
    assert!(shown[2].1.starts_with("GET / HTTP/1.1\n"));
    assert_eq!(
        (shown[3].0, &*shown[3].1),
        ("chunk data is not followed by CRLF", "XX")
    );
    assert_eq!(shown[4].1, "1;=");
}

#[tokio::test]
async fn the_oldest_idle_connection_makes_room_and_busy_ones_do_not() {
    let config = ServerConfig {
        connections_max: Some(2),
        ..config()
    };
    let (entered, mut entering) = channel(64);
    let service = service_fn(move |request: Request<Incoming>| {
        let entered = entered.clone();
        async move {
            if request.uri().path() == "/busy" {
                entered.try_send(()).unwrap();
                pending::<()>().await;
            }
            Ok::<_, Infallible>(Response::new(full("/one")))
        }
    });
    let listener = listener().await;
    let address = listener.local_addr().to_string();
    let server = Server::new(service).config(config);
    let (drain, stats) = (Drain::new(), server.stats());
    let serving = tokio::spawn(server.serve(listener, drain.clone()));
    let ask = async |path: &str| {
        let mut io = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        io.write_all(request.as_bytes()).await.unwrap();
        io
    };
    let answered = async |io: &mut TcpStream| {
        let mut answer = [0; 1024];
        let n = io.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..n]).into_owned()
    };
    let mut first = ask("/one").await;
    assert_eq!(statuses(&answered(&mut first).await), [200]);
    let _busy = ask("/busy").await;
    entering.recv().await.unwrap();
    // Full. The idle one goes.
    let _busy_too = ask("/busy").await;
    entering.recv().await.unwrap();
    assert_eq!(answered(&mut first).await, "");
    // Full of busy ones.
    let mut refused = ask("/one").await;
    assert!(matches!(refused.read(&mut [0; 10]).await, Ok(0) | Err(_)));
    let snapshot = stats.snapshot();
    assert_eq!((snapshot.accepted, snapshot.refused), (4, 1));
    assert_eq!((snapshot.open, snapshot.idle, snapshot.requests), (2, 0, 3));
    assert_eq!(snapshot.closed.get("evicted"), Some(&1));
    assert!(snapshot.sent_bytes > 0 && snapshot.received_bytes > 0);
    drain.begin(Duration::ZERO);
    let report = serving.await.unwrap().unwrap();
    assert_eq!((report.accepted, report.cut), (4, 2));
    assert_eq!(stats.snapshot().closed.get("cut"), Some(&2));
}

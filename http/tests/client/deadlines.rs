//! Each deadline once: what the error says, that the connection is gone, and that its place is free.

use std::error::Error as StdError;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;
use wharf_http::{Client, ClientConfig, Error, Phase, Timeouts};
use wharf_net::{Dialer, Resolve, Resolving};
use wharf_tls::{ClientTls, ClientTlsOptions};

use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// Soon over, in a test that waits for it.
const SHORT: Duration = Duration::from_millis(50);

/// Where a server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stalls {
    BehindTheRequestHead,
    InTheResponseHead,
    InTheContent,
}

/// A server that stalls on its first connection until the client closes it, and answers on others.
async fn stalling(scheme: Scheme, stalls: Stalls) -> Origin {
    raw(scheme, move |number, mut io| async move {
        read_head(&mut io).await;
        if number > 0 {
            return say(&mut io, OK).await;
        }
        match stalls {
            // Nothing more is read, so a client that sends much comes to a stop.
            Stalls::BehindTheRequestHead => pending().await,
            Stalls::InTheResponseHead => say(&mut io, "HTTP/1.1 200 OK\r\na: ").await,
            Stalls::InTheContent => {
                say(&mut io, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\no").await;
            }
        }
        assert_eq!(
            read_head(&mut io).await,
            "",
            "the connection was used again"
        );
    })
    .await
}

/// There is one place: if it were lost, nothing could be sent any more.
fn one_place(config: ClientConfig) -> ClientConfig {
    ClientConfig {
        open_per_origin_max: 1,
        ..config
    }
}

#[track_caller]
fn is_late(error: &Error, phase: Phase) {
    assert_eq!(error.phase(), Some(phase), "{error:?}");
    assert!(error.is_timeout(), "{error:?}");
    assert!(!error.is_truncated() && error.protocol().is_none());
    let before = [Phase::Resolve, Phase::Connect, Phase::Handshake].contains(&phase);
    assert_eq!(error.is_connect(), before, "{error:?}");
}

/// The first request is late, and the second is served.
async fn late_then_served<B>(origin: &Origin, config: ClientConfig, late: Request<B>, phase: Phase)
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let client = Client::new(one_place(config));
    is_late(&fetch(&client, late).await.unwrap_err(), phase);
    // Its own deadline is the short one, too; on a busy machine it may take more than one attempt.
    let served = async { while fetch(&client, origin.get("/")).await.is_err() {} };
    soon(served).await;
}

fn large(origin: &Origin) -> Request<Full<Bytes>> {
    origin.request("POST", "/", vec![b'x'; 64 << 20])
}

#[tokio::test]
async fn a_server_that_takes_no_more_of_a_request_is_late_in_writing() {
    for scheme in BOTH {
        let origin = stalling(scheme, Stalls::BehindTheRequestHead).await;
        let config = ClientConfig {
            write_timeout: SHORT,
            ..origin.config()
        };
        late_then_served(&origin, config, large(&origin), Phase::Write).await;
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_late_with_its_response() {
    for scheme in BOTH {
        for stalls in [Stalls::BehindTheRequestHead, Stalls::InTheResponseHead] {
            let origin = stalling(scheme, stalls).await;
            let config = ClientConfig {
                response_timeout: SHORT,
                ..origin.config()
            };
            late_then_served(&origin, config, origin.get("/"), Phase::Response).await;
        }
    }
}

#[tokio::test]
async fn a_server_that_pauses_in_the_content_is_late_with_the_body() {
    for scheme in BOTH {
        let origin = stalling(scheme, Stalls::InTheContent).await;
        let config = ClientConfig {
            read_timeout: SHORT,
            ..origin.config()
        };
        late_then_served(&origin, config, origin.get("/"), Phase::Body).await;
    }
}

/// The rest of the request is not wanted, and the server need not take it to say why.
#[tokio::test]
async fn behind_an_early_refusal_nothing_is_late_in_writing() {
    for scheme in BOTH {
        let origin = raw(scheme, |_, mut io| async move {
            read_head(&mut io).await;
            say(&mut io, "HTTP/1.1 413 Odd\r\ncontent-length: 2\r\n\r\n").await;
            pending().await
        })
        .await;
        let client = Client::new(ClientConfig {
            write_timeout: SHORT,
            read_timeout: 4 * SHORT,
            ..origin.config()
        });
        // On a busy machine the answer may itself be too late for the short deadline.
        let answered = async {
            loop {
                if let Ok(answer) = client.send(large(&origin)).await {
                    break answer;
                }
            }
        };
        let content = soon(answered).await.into_body();
        let error = soon(content.collect()).await.unwrap_err();
        is_late(&error, Phase::Body);
    }
}

#[tokio::test]
async fn content_that_nobody_asks_for_is_not_late() {
    for scheme in BOTH {
        let (origin, go_on) = waiting(scheme, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
        let client = Client::new(ClientConfig {
            read_timeout: SHORT,
            ..origin.config()
        });
        let response = client.send(origin.get("/")).await.unwrap();
        // What takes time here is the reader.
        tokio::time::sleep(SHORT * 2).await;
        go_on.notify_one();
        let content = soon(response.into_body().collect()).await.unwrap();
        assert_eq!(content.to_bytes(), "ok", "{scheme:?}");
    }
}

/// A server that says `first`, and `ok` when it is told to go on.
async fn waiting(scheme: Scheme, first: &'static str) -> (Origin, Arc<Notify>) {
    let go_on = Arc::<Notify>::default();
    let told = Arc::clone(&go_on);
    let origin = raw(scheme, move |_, mut io| {
        let told = Arc::clone(&told);
        async move {
            read_head(&mut io).await;
            say(&mut io, first).await;
            told.notified().await;
            say(&mut io, "ok").await;
        }
    })
    .await;
    (origin, go_on)
}

#[tokio::test]
async fn all_of_it_has_a_deadline_wherever_it_stalls() {
    for scheme in BOTH {
        for stalls in [
            Stalls::BehindTheRequestHead,
            Stalls::InTheResponseHead,
            Stalls::InTheContent,
        ] {
            for within in [false, true] {
                let origin = stalling(scheme, stalls).await;
                let mut config = origin.config();
                let mut request = origin.get("/");
                if within {
                    request.extensions_mut().insert(Timeouts::within(SHORT));
                } else {
                    config.total_timeout = SHORT;
                }
                late_then_served(&origin, config, request, Phase::Total).await;
            }
        }
        let origin = stalling(scheme, Stalls::BehindTheRequestHead).await;
        let mut request = large(&origin);
        request.extensions_mut().insert(Timeouts::within(SHORT));
        late_then_served(&origin, origin.config(), request, Phase::Total).await;
    }
}

#[tokio::test]
async fn what_a_request_says_of_its_time_comes_before_what_the_client_says() {
    for scheme in BOTH {
        for within in [Duration::MAX, Duration::from_secs(600)] {
            let (origin, go_on) =
                waiting(scheme, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n").await;
            let client = Client::new(ClientConfig {
                total_timeout: SHORT,
                ..origin.config()
            });
            let mut request = origin.get("/");
            request.extensions_mut().insert(Timeouts::within(within));
            let answer = fetch(&client, request);
            let later = async {
                tokio::time::sleep(SHORT * 2).await;
                go_on.notify_one();
            };
            let (answer, ()) = tokio::join!(answer, later);
            assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn each_deadline_of_a_request_comes_before_that_of_the_client() {
    let short = Some(SHORT);
    for scheme in BOTH {
        for (stalls, timeouts, phase) in [
            (
                Stalls::BehindTheRequestHead,
                Timeouts {
                    write: short,
                    ..Timeouts::default()
                },
                Phase::Write,
            ),
            (
                Stalls::InTheResponseHead,
                Timeouts {
                    response: short,
                    ..Timeouts::default()
                },
                Phase::Response,
            ),
            (
                Stalls::InTheContent,
                Timeouts {
                    read: short,
                    ..Timeouts::default()
                },
                Phase::Body,
            ),
        ] {
            let origin = stalling(scheme, stalls).await;
            let mut request = match phase {
                Phase::Write => large(&origin),
                _ => origin.get("/"),
            };
            request.extensions_mut().insert(timeouts);
            late_then_served(&origin, origin.config(), request, phase).await;
        }
    }
}

/// Events that come less often than the client would wait, as a request can say that it knows.
#[tokio::test]
async fn a_request_can_wait_longer_than_its_client() {
    for scheme in BOTH {
        for first in ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n", ""] {
            let (origin, go_on) = waiting(scheme, first).await;
            let client = Client::new(ClientConfig {
                response_timeout: SHORT,
                read_timeout: SHORT,
                ..origin.config()
            });
            let timeouts = Timeouts {
                response: Some(Duration::MAX),
                read: Some(Duration::from_secs(90)),
                ..Timeouts::default()
            };
            let request = client.get(&origin.uri("/")).timeouts(timeouts);
            // Neither takes the place of the other.
            let request = request.within(Duration::from_secs(600)).build().unwrap();
            let answer = fetch(&client, request.map(Full::new));
            let later = async {
                tokio::time::sleep(SHORT * 2).await;
                go_on.notify_one();
            };
            let (answer, ()) = tokio::join!(answer, later);
            if first.is_empty() {
                // `ok` is no response, but it was waited for.
                assert!(!answer.unwrap_err().is_timeout(), "{scheme:?}");
            } else {
                assert_eq!(answer.unwrap().content, "ok", "{scheme:?}");
            }
        }
    }
}

#[tokio::test]
async fn whoever_waits_too_long_for_a_connection_is_late_in_the_queue() {
    for scheme in BOTH {
        let origin = stalling(scheme, Stalls::InTheContent).await;
        let client = Client::new(ClientConfig {
            queue_timeout: SHORT,
            ..one_place(origin.config())
        });
        let first = soon(client.send(origin.get("/"))).await.unwrap();
        let error = fetch(&client, origin.get("/")).await.unwrap_err();
        is_late(&error, Phase::Queue);
        let mut request = origin.get("/");
        request
            .extensions_mut()
            .insert(Timeouts::within(Duration::from_millis(1)));
        is_late(&fetch(&client, request).await.unwrap_err(), Phase::Total);
        drop(first);
        assert_eq!(fetch(&client, origin.get("/")).await.unwrap().content, "ok");
    }
}

/// Never finds anything.
struct Silent;

impl Resolve for Silent {
    fn lookup<'a>(&'a self, _: &'a str, _: u16) -> Resolving<'a> {
        Box::pin(pending())
    }
}

fn get(uri: &str) -> Request<Empty<Bytes>> {
    Request::get(uri).body(Empty::new()).unwrap()
}

/// Twice, at a client with one place: the first must not keep it.
async fn late_twice(config: ClientConfig, uri: &str, phase: Phase) {
    let client = Client::new(ClientConfig {
        queue_timeout: Duration::MAX,
        ..one_place(config)
    });
    for _ in 0..2 {
        is_late(&fetch(&client, get(uri)).await.unwrap_err(), phase);
    }
    let mut request = get(uri);
    request
        .extensions_mut()
        .insert(Timeouts::within(Duration::from_millis(1)));
    is_late(&fetch(&client, request).await.unwrap_err(), Phase::Total);
}

fn dialing_within(deadline: Duration) -> ClientConfig {
    ClientConfig {
        dialer: Dialer {
            deadline,
            resolver: Arc::new(Silent),
            ..Dialer::default()
        },
        ..ClientConfig::default()
    }
}

#[tokio::test]
async fn a_name_that_is_not_resolved_is_late_in_resolving() {
    for uri in ["http://a.test/", "https://a.test/"] {
        late_twice(dialing_within(SHORT), uri, Phase::Resolve).await;
    }
}

/// A port that takes no connection: its queue is full, and the kernel drops what else comes.
async fn full() -> (TcpListener, Vec<TcpStream>) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(connected) = timeout(SHORT, TcpStream::connect(address)).await {
        waiting.push(connected.unwrap());
        assert!(waiting.len() < 100, "the queue never fills");
    }
    (listener, waiting)
}

#[tokio::test]
async fn a_server_that_takes_no_connection_is_late_in_connecting() {
    let (listener, _waiting) = full().await;
    let address = listener.local_addr().unwrap();
    for scheme in ["http", "https"] {
        let uri = format!("{scheme}://{address}/");
        late_twice(dialing_within(SHORT), &uri, Phase::Connect).await;
    }
}

#[tokio::test]
async fn a_server_that_says_nothing_to_a_handshake_is_late_in_it() {
    // Connections are made by the kernel; nobody accepts them.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let options = ClientTlsOptions {
        handshake_timeout: SHORT,
        ..ClientTlsOptions::default()
    };
    let config = ClientConfig {
        tls: Some(ClientTls::new(&options).unwrap()),
        ..ClientConfig::default()
    };
    late_twice(config, &format!("https://{address}/"), Phase::Handshake).await;
}

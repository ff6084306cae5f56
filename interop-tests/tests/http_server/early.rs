//! Clients that go on sending 20 MB while the answer is there: each reads it.

use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use wharf_http::ServerConfig;
use wharf_interop_tests::PATIENCE;

use crate::harbour::{Harbour, taking};

const CLIENTS: usize = 200;
/// How many at once: each sends as fast as it can.
const AT_ONCE: usize = 16;
const UPLOAD_BYTES: usize = 20_000_000;
const PIECE: &[u8] = &[b'x'; 64 * 1024];

/// Sends all of it, or as much as it can, without a look at what comes; only then it reads.
async fn upload(mut io: impl AsyncRead + AsyncWrite + Unpin, path: &str) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {UPLOAD_BYTES}\r\n\r\n"
    );
    let mut sent = io.write_all(head.as_bytes()).await;
    let mut left = UPLOAD_BYTES;
    while left > 0 && sent.is_ok() {
        let piece = &PIECE[..PIECE.len().min(left)];
        sent = io.write_all(piece).await;
        left -= piece.len();
    }
    let mut received = Vec::new();
    // The end may be a reset, behind what was received.
    let _ = io.read_to_end(&mut received).await;
    String::from_utf8(received).unwrap()
}

#[derive(Clone, Copy, Debug)]
enum Scheme {
    Http,
    Https,
}

/// A server with the defaults but for its limit of content.
fn harbour(content_bytes_max: Option<u64>) -> Harbour {
    Harbour::with(ServerConfig {
        limits: taking(content_bytes_max),
        ..ServerConfig::default()
    })
}

/// How many clients read a 413.
fn told(harbour: &Harbour, scheme: Scheme, path: &'static str) -> usize {
    harbour.runtime.block_on(async {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut clients = JoinSet::new();
        for _ in 0..CLIENTS {
            let permits = Arc::clone(&permits);
            let (http, https, tls) = (harbour.http, harbour.https, harbour.client.clone());
            clients.spawn(async move {
                let _permit = permits.acquire_owned().await.unwrap();
                let answer = async {
                    match scheme {
                        Scheme::Http => upload(TcpStream::connect(http).await.unwrap(), path).await,
                        Scheme::Https => {
                            let io = TcpStream::connect(https).await.unwrap();
                            upload(tls.connect("localhost", io).await.unwrap(), path).await
                        }
                    }
                };
                let answer = tokio::time::timeout(PATIENCE, answer).await;
                answer.expect("it hangs").starts_with("HTTP/1.1 413 ")
            });
        }
        clients
            .join_all()
            .await
            .into_iter()
            .filter(|told| *told)
            .count()
    })
}

#[test]
fn every_client_reads_the_413_of_a_service_that_did_not_read() {
    let harbour = harbour(None);
    for scheme in [Scheme::Http, Scheme::Https] {
        assert_eq!(told(&harbour, scheme, "/refuse"), CLIENTS, "{scheme:?}");
    }
}

#[test]
fn every_client_reads_the_413_of_a_server_whose_limit_it_exceeds() {
    let harbour = harbour(Some(1000));
    for scheme in [Scheme::Http, Scheme::Https] {
        assert_eq!(told(&harbour, scheme, "/digest"), CLIENTS, "{scheme:?}");
    }
}

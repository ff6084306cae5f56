//! Which trouble with a connection is taken for passing, and costs an attempt.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use wharf_http::{Client, ClientConfig, Proxy, Retries};
use wharf_net::{Resolve, Resolving};

use crate::harness::{BoxIo, OK, Origin, Pki, Scheme, fetch, raw, read_content, read_head, say};
use crate::proxies::{answering, through};

fn patient(config: ClientConfig) -> Client {
    Client::new(ClientConfig {
        retries: Some(Retries {
            pause: Duration::from_millis(1),
            ..Retries::default()
        }),
        ..config
    })
}

/// A server of TLS that closes its first connection before the handshake.
async fn shy(tls: wharf_tls::ServerTls) -> Origin {
    raw(Scheme::Http, move |number, io| {
        let tls = tls.clone();
        async move {
            if number > 0
                && let Ok(stream) = tls.accept(io).await
            {
                let mut io: BoxIo = Box::new(stream);
                read_head(&mut io).await;
                say(&mut io, OK).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_handshake_that_breaks_off_is_tried_again_and_one_that_is_refused_is_not() {
    let pki = Pki::new();
    let origin = shy(pki.server).await;
    let uri = format!("https://{}/", origin.address);
    let config = ClientConfig {
        tls: Some(pki.client),
        ..ClientConfig::default()
    };
    // A POST too: nothing of it has left.
    patient(config).post(&uri).send().await.unwrap();
    assert_eq!(origin.accepted(), 2);

    let pki = Pki::new();
    let at = shy(pki.server).await;
    let proxy: Proxy = format!("https://{}", at.address).parse().unwrap();
    let config = ClientConfig {
        proxy_tls: Some(pki.client),
        ..ClientConfig::default()
    };
    let client = patient(through(config, proxy));
    client.post("http://a.example/").send().await.unwrap();
    assert_eq!(at.accepted(), 2);

    let origin = raw(Scheme::Https, |_, _| async {}).await;
    let stranger = ClientConfig {
        tls: Some(Pki::new().client),
        ..ClientConfig::default()
    };
    let error = patient(stranger).send(origin.get("/")).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    assert_eq!(origin.accepted(), 1);
}

/// An HTTP proxy that answers like this as often as it is asked.
async fn attempts(answer: &'static str) -> usize {
    let (at, _) = answering(Scheme::Http, answer).await;
    let proxy: Proxy = at.address.to_string().parse().unwrap();
    let client = patient(through(at.config(), proxy));
    client.get("https://a.example/").send().await.unwrap_err();
    at.accepted()
}

#[tokio::test]
async fn a_proxy_that_cannot_reach_the_host_is_asked_again_and_one_that_refuses_is_not() {
    assert_eq!(attempts("HTTP/1.1 502 x\r\n\r\n").await, 3);
    assert_eq!(attempts("HTTP/1.1 503 x\r\n\r\n").await, 3);
    assert_eq!(attempts("HTTP/1.1 504 x\r\n\r\n").await, 3);
    for refusal in [
        "HTTP/1.1 400 x\r\n\r\n",
        "HTTP/1.1 403 x\r\n\r\n",
        "HTTP/1.1 407 x\r\n\r\n",
        "HTTP/1.1 500 x\r\n\r\n",
        "SSH-2.0\r\n",
    ] {
        assert_eq!(attempts(refusal).await, 1, "{refusal}");
    }
}

#[tokio::test]
async fn a_socks_proxy_that_cannot_reach_the_host_is_asked_again_and_one_that_refuses_is_not() {
    for (reply, expected) in [
        (1, 3),
        (2, 1),
        (3, 3),
        (4, 3),
        (5, 3),
        (6, 3),
        (7, 1),
        (8, 1),
    ] {
        let at = raw(Scheme::Http, move |_, mut io| async move {
            read_content(&mut io, 3).await;
            io.write_all(&[5, 0]).await.unwrap();
            read_content(&mut io, 4 + 1 + "a.example".len() + 2).await;
            let reply = [5, reply, 0, 1, 0, 0, 0, 0, 0, 0];
            io.write_all(&reply).await.unwrap();
        })
        .await;
        let proxy: Proxy = format!("socks5h://{}", at.address).parse().unwrap();
        let client = patient(through(at.config(), proxy));
        client.get("https://a.example/").send().await.unwrap_err();
        assert_eq!(at.accepted(), expected, "{reply}");
    }
}

/// Counts how often it is asked.
struct Inside(Arc<AtomicUsize>);

impl Resolve for Inside {
    fn lookup<'a>(&'a self, _: &'a str, port: u16) -> Resolving<'a> {
        self.0.fetch_add(1, SeqCst);
        Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, 2], port))]) })
    }
}

#[tokio::test]
async fn what_is_denied_is_not_tried_again() {
    let lookups = Arc::new(AtomicUsize::new(0));
    let mut config = ClientConfig::default();
    config.dialer.resolver = Arc::new(Inside(Arc::clone(&lookups)));
    config.dialer.deny = "127.0.0.0/8".parse().unwrap();
    let client = patient(config);
    let error = client.get("http://a.example/").send().await.unwrap_err();
    assert!(error.is_denied());
    assert_eq!(lookups.load(SeqCst), 1);
}

/// The only retry that there is. The first request is not answered, or with that.
async fn a_request_takes_no_retry(answer: &'static str) {
    let origin = raw(Scheme::Http, move |number, mut io| async move {
        let head = read_head(&mut io).await;
        match number {
            0 => {
                read_content(&mut io, 101).await;
                say(&mut io, answer).await;
            }
            1 => {}
            _ if head.is_empty() => pending().await,
            _ => say(&mut io, OK).await,
        }
    })
    .await;
    let client = Client::new(ClientConfig {
        replay_bytes_max: 100,
        retries: Some(Retries {
            pause: Duration::from_millis(1),
            budget_percent: 0,
            budget_reserve: 1,
            ..Retries::default()
        }),
        ..origin.config()
    });
    let put = origin.request("PUT", "/", vec![b'x'; 101]);
    let answered = fetch(&client, put).await;
    assert_eq!(answered.is_ok(), !answer.is_empty(), "{answered:?}");
    assert_eq!(origin.accepted(), 1);
    fetch(&client, origin.get("/")).await.unwrap();
    assert_eq!(origin.accepted(), 3);
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_again_takes_no_retry_from_others() {
    a_request_takes_no_retry("").await;
    let busy = "HTTP/1.1 503 Busy\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
    a_request_takes_no_retry(busy).await;
}

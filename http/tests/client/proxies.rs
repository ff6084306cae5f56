//! HTTP proxies that are sent the request itself, and what they are told of who we are.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::Empty;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use wharf_http::{Bypass, Client, ClientConfig, Proxies, Proxy, ReadContent, Route};

use crate::harness::{BOTH, OK, Origin, Scheme, fetch, raw, read_head, say, soon};

/// What a server was sent, head by head.
#[derive(Clone, Default)]
pub(crate) struct Heads(Arc<Mutex<Vec<String>>>);

impl Heads {
    pub(crate) fn push(&self, head: String) {
        self.0.lock().unwrap().push(head);
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// The only one.
    #[track_caller]
    pub(crate) fn one(&self) -> String {
        let [head] = self.all().try_into().unwrap();
        head
    }
}

/// Answers each request with `answer` and goes on; keeps the heads.
pub(crate) async fn answering(scheme: Scheme, answer: &'static str) -> (Origin, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let origin = raw(scheme, move |_, mut io| {
        let seen = seen.clone();
        async move {
            loop {
                let head = read_head(&mut io).await;
                if head.is_empty() {
                    return;
                }
                seen.push(head);
                say(&mut io, answer).await;
            }
        }
    })
    .await;
    (origin, heads)
}

/// Opens the tunnels that it is asked for.
pub(crate) async fn tunnelling(scheme: Scheme) -> (Origin, Heads) {
    let heads = Heads::default();
    let seen = heads.clone();
    let origin = raw(scheme, move |_, mut io| {
        let seen = seen.clone();
        async move {
            let head = read_head(&mut io).await;
            let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
            assert!(head.starts_with("CONNECT "), "{head}");
            seen.push(head);
            let mut server = TcpStream::connect(target).await.unwrap();
            say(&mut io, "HTTP/1.1 200 OK\r\n\r\n").await;
            let _ = copy_bidirectional(&mut io, &mut server).await;
        }
    })
    .await;
    (origin, heads)
}

pub(crate) fn proxy(at: &Origin, user: &str) -> Proxy {
    let scheme = if at.scheme == Scheme::Https {
        "https"
    } else {
        "http"
    };
    let text = format!("{scheme}://{user}:secret@{}", at.address);
    text.parse().unwrap()
}

pub(crate) fn through(config: ClientConfig, proxies: impl Into<Proxies>) -> ClientConfig {
    ClientConfig {
        route: Route::Proxies(Box::new(proxies.into())),
        ..config
    }
}

/// What `Proxy-Authorization` says in a head.
pub(crate) fn authorization(head: &str) -> Option<&str> {
    head.lines()
        .find_map(|line| line.strip_prefix("proxy-authorization: "))
}

const ALICE: &str = "Basic YWxpY2U6c2VjcmV0";
const BOB: &str = "Basic Ym9iOnNlY3JldA==";

pub(crate) fn connect(target: &str) -> Request<Empty<Bytes>> {
    let request = Request::builder().method(Method::CONNECT).uri(target);
    request.body(Empty::new()).unwrap()
}

#[tokio::test]
async fn a_request_for_http_is_sent_to_the_proxy_with_who_we_are() {
    for scheme in BOTH {
        let (at, heads) = answering(scheme, OK).await;
        let config = ClientConfig {
            proxy_tls: Some(at.tls.clone()),
            ..ClientConfig::default()
        };
        let client = Client::new(through(config, proxy(&at, "alice")));
        for _ in 0..2 {
            let response = client.get("http://a.example/x").send().await.unwrap();
            assert_eq!(response.bytes(10).await.unwrap(), "ok");
        }
        assert_eq!(at.accepted(), 1);
        for head in heads.all() {
            let line = "GET http://a.example/x HTTP/1.1\r\nhost: a.example\r\n";
            assert!(head.starts_with(line), "{head}");
            assert_eq!(authorization(&head), Some(ALICE), "{scheme:?}");
        }
    }
}

#[tokio::test]
async fn behind_a_redirect_past_the_proxy_nobody_is_told_who_we_are_to_it() {
    let (origin, heads) = answering(Scheme::Http, OK).await;
    let there = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        origin.uri("/")
    );
    let (at, asked) = answering(Scheme::Http, there.leak()).await;
    let client = Client::new(through(
        origin.config(),
        Proxies {
            bypass: Bypass::loopback(),
            ..proxy(&at, "alice").into()
        },
    ));
    let request = client.get("http://a.example/");
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(authorization(&asked.one()), Some(ALICE));
    assert_eq!(authorization(&heads.one()), None);
}

/// The proxy for tunnels does not open one, and its connection stays open.
#[tokio::test]
async fn a_connection_that_led_another_way_is_not_taken() {
    let refusal = "HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 2\r\n\r\nno";
    let (one, asked) = answering(Scheme::Http, OK).await;
    let (other, asked_for_tunnels) = answering(Scheme::Http, refusal).await;
    let client = Client::new(through(
        one.config(),
        Proxies {
            http: Some(proxy(&one, "alice")),
            https: Some(proxy(&other, "bob")),
            ..Proxies::default()
        },
    ));
    for _ in 0..2 {
        let refused = client.send(connect("a.example:80")).await.unwrap();
        assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.bytes(10).await.unwrap(), "no");
        let response = client.get("http://a.example/").send().await.unwrap();
        assert_eq!(response.bytes(10).await.unwrap(), "ok");
    }
    assert_eq!((one.accepted(), other.accepted()), (1, 1));
    for head in asked.all() {
        assert_eq!(authorization(&head), Some(ALICE), "{head}");
    }
    for head in asked_for_tunnels.all() {
        let line = "CONNECT a.example:80 HTTP/1.1\r\nhost: a.example:80\r\n";
        assert!(head.starts_with(line), "{head}");
        assert_eq!(authorization(&head), Some(BOB), "{head}");
    }
}

/// What a caller says of itself is for the proxy, whatever the settings say.
#[tokio::test]
async fn a_callers_own_proxy_authorization_reaches_the_proxy_and_nobody_else() {
    let own = ("proxy-authorization", "Bearer own");
    for scheme in BOTH {
        let (origin, heads) = answering(scheme, OK).await;
        let request = || client_request(&origin, own);

        fetch(&origin.client(), request()).await.unwrap();
        assert_eq!(authorization(&heads.one()), None, "{scheme:?} direct");

        let (at, asked) = match scheme {
            Scheme::Http => answering(Scheme::Http, OK).await,
            Scheme::Https => tunnelling(Scheme::Http).await,
        };
        let client = Client::new(through(origin.config(), proxy(&at, "alice")));
        fetch(&client, request()).await.unwrap();
        assert_eq!(authorization(&asked.one()), Some("Bearer own"));
        for head in heads.all() {
            assert_eq!(authorization(&head), None, "{scheme:?}");
        }
    }
}

fn client_request(origin: &Origin, field: (&str, &str)) -> Request<Empty<Bytes>> {
    let request = Request::builder().uri(origin.uri("/"));
    let request = request.header(field.0, field.1);
    request.body(Empty::new()).unwrap()
}

/// The second proxy is a stranger to who was named for the first one.
#[tokio::test]
async fn a_callers_own_proxy_authorization_stays_with_the_first_proxy_behind_a_redirect() {
    let (origin, heads) = answering(Scheme::Https, OK).await;
    let (second, asked_second) = tunnelling(Scheme::Http).await;
    let there = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n",
        origin.uri("/")
    );
    let (first, asked_first) = answering(Scheme::Http, there.leak()).await;
    let client = Client::new(through(
        origin.config(),
        Proxies {
            http: Some(proxy(&first, "alice")),
            https: Some(proxy(&second, "bob")),
            ..Proxies::default()
        },
    ));
    let request = client.get("http://a.example/");
    let request = request.field("proxy-authorization", "Bearer own");
    soon(request.send()).await.unwrap();
    assert_eq!(authorization(&asked_first.one()), Some("Bearer own"));
    assert_eq!(authorization(&asked_second.one()), Some(BOB));
    assert_eq!(authorization(&heads.one()), None);
}

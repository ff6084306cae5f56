//! Where connections lead, and where they may not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use wharf_http::{
    Client, ClientConfig, Phase, Proxy, ProxyError, ReadContent, Route, SendProxyHeader,
};
use wharf_net::{Dialer, Endpoint, PrefixSet, ProxyVersion, Resolve, Resolving, StaticResolver};

use crate::harness::{BoxIo, OK, Scheme, raw, read_head, say, soon};

#[tokio::test]
async fn a_unix_socket_is_asked_in_the_name_of_the_uri() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut io: BoxIo = Box::new(stream);
        let head = read_head(&mut io).await;
        say(&mut io, OK).await;
        head
    });
    let endpoint: Endpoint = format!("unix:{}", path.display()).parse().unwrap();
    let client = Client::new(ClientConfig {
        route: Route::Endpoint(endpoint),
        ..ClientConfig::default()
    });
    let response = client.get("http://docker/version").send().await.unwrap();
    assert_eq!(response.text(10).await.unwrap(), "ok");
    let head = server.await.unwrap();
    assert!(
        head.starts_with("GET /version HTTP/1.1\r\nhost: docker\r\n"),
        "{head}"
    );
}

#[tokio::test]
async fn the_proxy_header_comes_first() {
    let origin = raw(Scheme::Http, |_, mut io| async move {
        let head = read_head(&mut io).await;
        let (line, request) = head.split_once("\r\n").unwrap();
        let answer = if request.starts_with("GET") {
            line
        } else {
            "no header"
        };
        let length = answer.len();
        say(
            &mut io,
            &format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}"),
        )
        .await;
    })
    .await;
    let client = Client::new(ClientConfig {
        proxy_header: SendProxyHeader::Own(ProxyVersion::V1),
        ..origin.config()
    });
    let line = client
        .send(origin.get("/"))
        .await
        .unwrap()
        .text(200)
        .await
        .unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[..4], ["PROXY", "TCP4", "127.0.0.1", "127.0.0.1"]);
    assert_eq!(words[5], origin.address.port().to_string());
}

/// A name that means what is written down, and a client that may not reach this host.
fn guarded(config: ClientConfig, name: &str, address: SocketAddr) -> Client {
    let resolver = StaticResolver::new([(name, vec![address.ip()])]);
    Client::new(ClientConfig {
        dialer: Dialer {
            deny: PrefixSet::not_global(),
            resolver: Arc::new(resolver),
            ..Dialer::default()
        },
        ..config
    })
}

#[tokio::test]
async fn what_is_denied_is_not_reached_by_any_name() {
    let origin = raw(Scheme::Http, |_, _| async {}).await;
    let client = guarded(origin.config(), "inside.example", origin.address);
    let port = origin.address.port();
    for uri in [
        origin.uri("/"),
        format!("http://inside.example:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
    ] {
        let error = client.get(&uri).send().await.unwrap_err();
        assert!(error.is_denied(), "{uri}: {error}");
        assert_eq!(error.phase(), Some(Phase::Connect));
    }
    assert_eq!(origin.accepted(), 0);
}

/// Denies 127.0.0.2, where nobody listens.
fn denying_another_address(config: ClientConfig, resolver: impl Resolve + 'static) -> Client {
    Client::new(ClientConfig {
        dialer: Dialer {
            deny: "127.0.0.2".parse().unwrap(),
            resolver: Arc::new(resolver),
            ..Dialer::default()
        },
        ..config
    })
}

#[tokio::test]
async fn what_is_denied_is_not_reached_behind_a_redirect() {
    let origin = raw(Scheme::Http, |_, mut io| async move {
        read_head(&mut io).await;
        let inside =
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.2:1/\r\ncontent-length: 0\r\n\r\n";
        say(&mut io, inside).await;
    })
    .await;
    let client = denying_another_address(origin.config(), StaticResolver::default());
    let error = client.send(origin.get("/")).await.unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert!(error.to_string().contains("http://127.0.0.2:1"), "{error}");
}

/// A name that means this host when it is asked for the first time, and another one from then on.
struct Rebinding(AtomicUsize);

impl Resolve for Rebinding {
    fn lookup<'a>(&'a self, _: &'a str, port: u16) -> Resolving<'a> {
        let last = if self.0.fetch_add(1, SeqCst) == 0 {
            1
        } else {
            2
        };
        Box::pin(async move { Ok(vec![SocketAddr::from(([127, 0, 0, last], port))]) })
    }
}

#[tokio::test]
async fn what_is_denied_is_not_reached_by_a_name_that_changes_its_mind() {
    let origin = raw(Scheme::Http, |_, mut io| async move {
        read_head(&mut io).await;
        say(&mut io, OK).await;
    })
    .await;
    let client = denying_another_address(origin.config(), Rebinding(AtomicUsize::new(0)));
    let uri = format!("http://rebinding.example:{}/", origin.address.port());
    let response = client.get(&uri).field("connection", "close").send().await;
    assert_eq!(response.unwrap().text(10).await.unwrap(), "ok");
    assert!(client.get(&uri).send().await.unwrap_err().is_denied());
}

#[tokio::test]
async fn where_nobody_listens_the_error_tells_each_attempt() {
    let client = Client::default();
    let error = client.get("http://127.0.0.1:1/").send().await.unwrap_err();
    assert!(error.is_connect() && !error.is_timeout());
    assert_eq!(
        error.to_string(),
        "the request to http://127.0.0.1:1 failed"
    );
    assert_eq!(error.dial().unwrap().attempts().len(), 1);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(
        source.contains("127.0.0.1:1: Connection refused"),
        "{source}"
    );
}

/// Where names are resolved here, the proxy is asked for one address after the other; what it says is no less its word.
#[tokio::test]
async fn what_a_socks_proxy_refuses_is_told_whoever_resolves_names() {
    for scheme in ["socks5", "socks5h"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let proxy: Proxy = format!("{scheme}://{address}").parse().unwrap();
        let refusing = tokio::spawn(async move {
            let (mut io, _) = listener.accept().await.unwrap();
            // Nobody without a password.
            io.read_exact(&mut [0; 3]).await.unwrap();
            io.write_all(b"\x05\xff").await.unwrap();
        });
        let client = Client::new(ClientConfig {
            route: Route::Proxies(Box::new(proxy.into())),
            ..ClientConfig::default()
        });
        let error = soon(client.get("http://127.0.0.1:1/").send()).await;
        let error = error.unwrap_err();
        let is_told = matches!(error.proxy(), Some(ProxyError::CredentialsRequired));
        assert!(is_told, "{scheme}: {error:?}");
        assert_eq!(error.phase(), Some(Phase::Proxy), "{scheme}");
        refusing.await.unwrap();
    }
}

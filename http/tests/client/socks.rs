//! SOCKS proxies: what they are asked for, and what their failures are to the caller.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;
use wharf_http::{Client, ClientConfig, Phase, Proxy, ProxyError, SocksError};
use wharf_net::{Dialer, StaticResolver};

use crate::harness::{BOTH, BoxIo, OK, Origin, Scheme, fetch, raw};
use crate::proxies::{Heads, answering, through};

/// What a SOCKS proxy says, and to whom it then connects.
#[derive(Clone, Copy)]
struct Script {
    takes_password: Option<bool>,
    /// The reply for a target.
    reply: fn(&str) -> u8,
    to: SocketAddr,
}

/// A SOCKS proxy, what it was asked for, and the passwords that it was given.
async fn socks(script: Script) -> (Origin, Heads, Heads) {
    let (targets, passwords) = (Heads::default(), Heads::default());
    let (asked, given) = (targets.clone(), passwords.clone());
    let at = raw(Scheme::Http, move |_, io| {
        let (asked, given) = (asked.clone(), given.clone());
        // A client that has heard enough closes.
        async move { drop(serve(io, script, asked, given).await) }
    })
    .await;
    (at, targets, passwords)
}

async fn serve(mut io: BoxIo, script: Script, asked: Heads, given: Heads) -> std::io::Result<()> {
    assert_eq!(io.read_u8().await?, 5);
    text(&mut io).await?;
    match script.takes_password {
        None => io.write_all(&[5, 0]).await?,
        Some(is_right) => {
            io.write_all(&[5, 2]).await?;
            assert_eq!(io.read_u8().await?, 1);
            let (user, password) = (text(&mut io).await?, text(&mut io).await?);
            given.push(format!("{user}:{password}"));
            io.write_all(&[1, u8::from(!is_right)]).await?;
            if !is_right {
                return Ok(());
            }
        }
    }
    let mut head = [0; 4];
    io.read_exact(&mut head).await?;
    let host = match head[3] {
        1 => IpAddr::from(io.read_u32().await?.to_be_bytes()).to_string(),
        3 => text(&mut io).await?,
        kind => panic!("address of type {kind}"),
    };
    let target = format!("{host}:{}", io.read_u16().await?);
    let reply = (script.reply)(&host);
    asked.push(target);
    io.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    if reply == 0 {
        let mut server = TcpStream::connect(script.to).await?;
        let _ = copy_bidirectional(&mut io, &mut server).await;
    }
    Ok(())
}

/// As many bytes as the first one says.
async fn text(io: &mut BoxIo) -> std::io::Result<String> {
    let length = io.read_u8().await?;
    let mut bytes = vec![0; length.into()];
    io.read_exact(&mut bytes).await?;
    Ok(String::from_utf8(bytes).unwrap())
}

fn proxy(kind: &str, at: &Origin) -> Proxy {
    let text = format!("{kind}://alice:secret@{}", at.address);
    text.parse().unwrap()
}

/// A client to which `localhost` has these addresses.
fn resolving(config: ClientConfig, addresses: &[&str]) -> Client {
    let addresses = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    Client::new(ClientConfig {
        dialer: Dialer {
            resolver: Arc::new(StaticResolver::new([("localhost", addresses)])),
            ..Dialer::default()
        },
        ..config
    })
}

fn uri(origin: &Origin) -> String {
    origin.uri("/").replace("127.0.0.1", "localhost")
}

#[tokio::test]
async fn a_name_is_resolved_by_the_proxy_or_here() {
    for scheme in BOTH {
        for (kind, host) in [("socks5h", "localhost"), ("socks5", "192.0.2.1")] {
            let (origin, heads) = answering(scheme, OK).await;
            let (at, asked, given) = socks(Script {
                takes_password: Some(true),
                reply: |_| 0,
                to: origin.address,
            })
            .await;
            let config = through(origin.config(), proxy(kind, &at));
            let client = resolving(config, &["192.0.2.1"]);
            for _ in 0..2 {
                let mut request = origin.get("/");
                *request.uri_mut() = uri(&origin).parse().unwrap();
                let fetched = fetch(&client, request).await.unwrap();
                assert_eq!(fetched.content, "ok");
            }
            let port = origin.address.port();
            assert_eq!(asked.one(), format!("{host}:{port}"));
            assert_eq!(given.one(), "alice:secret");
            assert!(heads.all()[1].starts_with("GET / HTTP/1.1\r\n"));
        }
    }
}

/// However many addresses a name has: an account may be locked behind a few failures.
#[tokio::test]
async fn a_password_that_is_refused_is_said_once() {
    for kind in ["socks5", "socks5h"] {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let (at, asked, given) = socks(Script {
            takes_password: Some(false),
            reply: |_| 0,
            to: nowhere,
        })
        .await;
        let config = through(at.config(), proxy(kind, &at));
        let client = resolving(config, &["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let sent = client.get("http://localhost/").send().await;
        let error = sent.unwrap_err();
        let refused = matches!(error.proxy(), Some(ProxyError::CredentialsRefused));
        assert!(refused, "{kind}: {error:?}");
        assert_eq!(error.phase(), Some(Phase::Proxy));
        assert!(error.dial().is_none());
        assert_eq!(given.one(), "alice:secret");
        assert_eq!(asked.all(), [""; 0]);
    }
}

#[tokio::test]
async fn the_next_address_is_tried_where_the_proxy_does_not_reach_one() {
    let (origin, _) = answering(Scheme::Http, OK).await;
    let (at, asked, _) = socks(Script {
        takes_password: None,
        reply: |host| if host == "192.0.2.3" { 0 } else { 4 },
        to: origin.address,
    })
    .await;
    let config = through(origin.config(), proxy("socks5", &at));
    let client = resolving(config, &["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    client.get("http://localhost/").send().await.unwrap();
    let all = ["192.0.2.1:80", "192.0.2.2:80", "192.0.2.3:80"];
    assert_eq!(asked.all(), all);
}

#[tokio::test]
async fn a_proxy_that_reaches_no_address_says_why() {
    for (kind, asked_for) in [("socks5", 2), ("socks5h", 1)] {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
        let (at, asked, _) = socks(Script {
            takes_password: None,
            reply: |_| 4,
            to: nowhere,
        })
        .await;
        let config = through(at.config(), proxy(kind, &at));
        let client = resolving(config, &["192.0.2.1", "192.0.2.2"]);
        let error = client.get("http://localhost/").send().await;
        let error = error.unwrap_err();
        let unreachable = matches!(
            error.proxy(),
            Some(ProxyError::Socks(SocksError::HostUnreachable))
        );
        assert!(unreachable, "{kind}: {error:?}");
        assert_eq!(error.phase(), Some(Phase::Proxy));
        assert_eq!(asked.all().len(), asked_for);
    }
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_a_failed_dial_to_it() {
    for kind in ["socks5", "socks5h"] {
        let proxy: Proxy = format!("{kind}://127.0.0.1:1").parse().unwrap();
        let client = resolving(
            through(ClientConfig::default(), proxy),
            &["192.0.2.1", "192.0.2.2"],
        );
        let error = client.get("http://localhost/").send().await;
        let error = error.unwrap_err();
        assert_eq!(error.phase(), Some(Phase::Connect), "{kind}");
        let dialed = error.dial().unwrap().endpoint().to_string();
        assert_eq!(dialed, "127.0.0.1:1", "{kind}");
    }
}

#[tokio::test]
async fn a_socks_proxy_that_does_not_answer_is_late() {
    for kind in ["socks5", "socks5h"] {
        let at = raw(Scheme::Http, |_, mut io| async move {
            let _ = io.read_to_end(&mut Vec::new()).await;
        })
        .await;
        let mut config = through(at.config(), proxy(kind, &at));
        config.dialer.deadline = std::time::Duration::from_millis(50);
        config.dialer.resolver = Arc::new(StaticResolver::new([(
            "localhost",
            vec!["192.0.2.1".parse().unwrap()],
        )]));
        let client = Client::new(config);
        let error = client.get("http://localhost/").send().await;
        let error = error.unwrap_err();
        assert!(error.is_timeout(), "{kind}: {error:?}");
        assert_eq!(error.phase(), Some(Phase::Proxy), "{kind}: {error:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_denied_is_not_asked_of_a_socks_proxy() {
    let nowhere = SocketAddr::from(([127, 0, 0, 1], 1));
    let (at, asked, _) = socks(Script {
        takes_password: None,
        reply: |_| 0,
        to: nowhere,
    })
    .await;
    let mut config = through(at.config(), proxy("socks5", &at));
    config.dialer.resolver = Arc::new(StaticResolver::new([(
        "localhost",
        vec!["192.0.2.1".parse().unwrap()],
    )]));
    config.dialer.deny = "192.0.2.0/24".parse().unwrap();
    let client = Client::new(config.clone());
    let error = client.get("http://localhost/").send().await.unwrap_err();
    assert!(error.is_denied(), "{error:?}");
    // The proxy itself may be what is denied.
    config.dialer.deny = "127.0.0.0/8".parse().unwrap();
    let client = Client::new(config);
    let error = client.get("http://localhost/").send().await.unwrap_err();
    assert!(error.is_denied(), "{error:?}");
    assert_eq!(asked.all(), [""; 0]);
    assert_eq!(at.accepted(), 0);
}

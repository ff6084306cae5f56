//! Proxies that are spoken to over TLS: under settings of their own, whatever is at the other end.

use std::time::Duration;

use http::StatusCode;
use time::OffsetDateTime;
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use wharf_http::{Client, ClientConfig, Error, Phase, ProxyError};
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, Profile};
use wharf_tls::{
    ClientAuth, ClientTls, ClientTlsOptions, Identity, Roots, ServerTls, ServerTlsOptions, Trust,
};

use crate::errors::told;
use crate::harness::{BoxIo, OK, Origin, Scheme, fetch, raw, read_head, say, soon};
use crate::proxies::{Heads, proxy, through};

const DAY: Duration = Duration::from_secs(86_400);

struct Ca {
    root: Authority,
    now: OffsetDateTime,
}

impl Ca {
    fn new() -> Self {
        let now = OffsetDateTime::now_utc();
        let (key, subject) = (
            Key::generate(KeyType::P256).unwrap(),
            CaSubject::new("test root"),
        );
        let root = Authority::root(key, &subject, DAY, 1, now).unwrap();
        Self { root, now }
    }

    fn identity(&self, name: &str, profile: Profile) -> Identity {
        let wanted = EndEntity {
            names: vec![name.parse().unwrap()],
            profile,
            ..EndEntity::default()
        };
        let key = Key::generate(KeyType::P256).unwrap();
        let leaf = self.root.issue(&wanted, &key, self.now).unwrap();
        let chain = leaf.certificate.to_pem();
        Identity::from_pem(chain.as_bytes(), key.to_pem().as_bytes()).unwrap()
    }

    fn trust(&self) -> Trust {
        Trust::from_pem(self.root.certificate().to_pem().as_bytes()).unwrap()
    }

    /// A server that asks who the client is, and takes one that does not say.
    fn server(&self) -> ServerTls {
        self.server_with(ClientAuth::Optional(self.trust()))
    }

    fn server_with(&self, client_auth: ClientAuth) -> ServerTls {
        let options = ServerTlsOptions {
            client_auth,
            ..ServerTlsOptions::default()
        };
        ServerTls::new(self.identity("127.0.0.1", Profile::server()), &options).unwrap()
    }

    /// A client without a certificate.
    fn client(&self) -> ClientTls {
        ClientTls::new(&self.options()).unwrap()
    }

    fn options(&self) -> ClientTlsOptions {
        ClientTlsOptions {
            roots: Roots::Own(self.trust()),
            ..ClientTlsOptions::default()
        }
    }

    /// Who a client may be.
    fn named(&self, name: &str) -> Option<Identity> {
        Some(self.identity(name, Profile::client()))
    }

    fn client_named(&self, name: &str) -> ClientTls {
        let client = self.client();
        client.set_identity(self.named(name));
        client
    }
}

/// An origin that answers each request and, as a proxy, opens the tunnels that it is asked for; over TLS in any case. Keeps the
/// name in the client's certificate, connection by connection.
async fn asking(tls: ServerTls) -> (Origin, Heads) {
    let names = Heads::default();
    let seen = names.clone();
    let mut origin = raw(Scheme::Http, move |_, io| {
        let (tls, seen) = (tls.clone(), seen.clone());
        async move {
            let Ok(stream) = tls.accept(io).await else {
                return;
            };
            let peer = stream.info().peer();
            let name = peer.map(|peer| peer.dns_names().join(" "));
            seen.push(name.unwrap_or_else(|| "nobody".to_owned()));
            serve(Box::new(stream)).await;
        }
    })
    .await;
    origin.scheme = Scheme::Https;
    (origin, names)
}

async fn serve(mut io: BoxIo) {
    loop {
        let head = read_head(&mut io).await;
        if head.is_empty() {
            return;
        }
        let Some(rest) = head.strip_prefix("CONNECT ") else {
            say(&mut io, OK).await;
            continue;
        };
        let target = rest.split(' ').next().unwrap_or_default();
        let mut server = TcpStream::connect(target).await.unwrap();
        say(&mut io, "HTTP/1.1 200 OK\r\n\r\n").await;
        let _ = copy_bidirectional(&mut io, &mut server).await;
        return;
    }
}

fn client(at: &Origin, tls: ClientTls, proxy_tls: impl Into<Option<ClientTls>>) -> Client {
    let config = ClientConfig {
        tls: Some(tls),
        proxy_tls: proxy_tls.into(),
        ..ClientConfig::default()
    };
    Client::new(through(config, proxy(at, "alice")))
}

async fn get(client: &Client, uri: &str) -> Result<StatusCode, Error> {
    let request = http::Request::get(uri).body(String::new()).unwrap();
    fetch(client, request).await.map(|fetched| fetched.status)
}

/// What a proxy is sent as it is. For what is `https` it is asked for a tunnel.
const FORWARDED: &str = "http://a.example/";

#[tokio::test]
async fn a_proxy_is_trusted_under_its_own_settings_and_not_under_those_for_origins() {
    let ca = Ca::new();
    let (at, seen) = asking(ca.server()).await;
    let (origin, _) = asking(ca.server()).await;
    for uri in [FORWARDED, &origin.uri("/")] {
        let trusting = client(&at, ca.client(), ca.client());
        assert_eq!(get(&trusting, uri).await.unwrap(), StatusCode::OK);
        // With those of the operating system, which do not know this CA, and with those of another one.
        for stranger in [None, Some(Ca::new().client())] {
            let refusing = client(&at, ca.client(), stranger);
            let error = get(&refusing, uri).await.unwrap_err();
            assert!(
                matches!(error.proxy(), Some(ProxyError::Handshake(_))),
                "{error:?}"
            );
            assert_eq!(error.phase(), Some(Phase::Handshake));
            assert!(error.is_connect() && !error.is_timeout());
            let told = told(&error);
            let failed = format!(
                ": no connection through the proxy https://{}: the TLS handshake with the proxy failed: ",
                at.address
            );
            assert!(told.contains(&failed), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
    assert_eq!(seen.all(), ["nobody"; 2]);
}

#[tokio::test]
async fn an_origin_behind_a_proxy_is_not_trusted_under_the_settings_for_proxies() {
    let ca = Ca::new();
    let (at, _) = asking(ca.server()).await;
    let (origin, seen) = asking(ca.server()).await;
    let refusing = client(&at, Ca::new().client(), ca.client());
    let error = get(&refusing, &origin.uri("/")).await.unwrap_err();
    assert!(error.proxy().is_none(), "{error:?}");
    assert_eq!(error.phase(), Some(Phase::Handshake));
    let told = told(&error);
    assert!(told.contains(&origin.address.to_string()), "{told}");
    assert!(!told.contains("proxy"), "{told}");
    assert_eq!(seen.all(), [""; 0]);
}

#[tokio::test]
async fn a_certificate_for_origins_is_not_shown_to_a_proxy_nor_one_for_proxies_to_an_origin() {
    let ca = Ca::new();
    let nobody = || ca.client();
    let (alice, bob) = (ca.client_named("alice.test"), ca.client_named("bob.test"));
    for (tls, proxy_tls, to_origin, to_proxy) in [
        (alice.clone(), nobody(), "alice.test", "nobody"),
        (nobody(), bob.clone(), "nobody", "bob.test"),
        (alice, bob, "alice.test", "bob.test"),
    ] {
        let (at, seen_by_proxy) = asking(ca.server()).await;
        let (origin, seen) = asking(ca.server()).await;
        let client = client(&at, tls, proxy_tls);
        get(&client, FORWARDED).await.unwrap();
        get(&client, &origin.uri("/")).await.unwrap();
        assert_eq!(seen.all(), [to_origin]);
        assert_eq!(seen_by_proxy.all(), [to_proxy; 2]);
    }
}

#[tokio::test]
async fn another_identity_on_either_side_is_for_new_connections_and_no_request_uses_an_old_one() {
    let ca = Ca::new();
    let (at, seen_by_proxy) = asking(ca.server()).await;
    let (origin, seen) = asking(ca.server()).await;
    let (tls, proxy_tls) = (ca.client(), ca.client());
    let client = client(&at, tls.clone(), proxy_tls.clone());
    let twice = async |uri: &str| {
        get(&client, uri).await.unwrap();
        get(&client, uri).await.unwrap();
        (seen_by_proxy.all().join(" "), seen.all().join(" "))
    };
    let uri = origin.uri("/");
    let told = |by_proxy: &str, by_origin: &str| (by_proxy.to_owned(), by_origin.to_owned());
    assert_eq!(twice(&uri).await, told("nobody", "nobody"));

    proxy_tls.set_identity(ca.named("b.test"));
    let (by_proxy, by_origin) = ("nobody b.test", "nobody nobody");
    assert_eq!(twice(&uri).await, told(by_proxy, by_origin));

    tls.set_identity(ca.named("a.test"));
    let (by_proxy, by_origin) = ("nobody b.test b.test", "nobody nobody a.test");
    assert_eq!(twice(&uri).await, told(by_proxy, by_origin));

    // Trust is part of it.
    proxy_tls.reload(&ca.options()).unwrap();
    let (by_proxy, by_origin) = ("nobody b.test b.test nobody", "nobody nobody a.test a.test");
    assert_eq!(twice(&uri).await, told(by_proxy, by_origin));
}

#[tokio::test]
async fn a_connection_outlives_a_change_of_settings_that_had_no_part_in_it() {
    let ca = Ca::new();
    let (at, seen_by_proxy) = asking(ca.server()).await;
    let (origin, seen) = asking(ca.server()).await;
    let (tls, proxy_tls) = (ca.client(), ca.client());

    let forwarded = client(&at, tls.clone(), proxy_tls.clone());
    get(&forwarded, FORWARDED).await.unwrap();
    tls.set_identity(ca.named("a.test"));
    get(&forwarded, FORWARDED).await.unwrap();
    assert_eq!(seen_by_proxy.all(), ["nobody"]);

    let direct = Client::new(ClientConfig {
        tls: Some(tls),
        proxy_tls: Some(proxy_tls.clone()),
        ..ClientConfig::default()
    });
    get(&direct, &origin.uri("/")).await.unwrap();
    proxy_tls.set_identity(ca.named("b.test"));
    get(&direct, &origin.uri("/")).await.unwrap();
    assert_eq!(seen.all(), ["a.test"]);
}

/// Of one that is sent the request itself too, where the refusal comes in place of a response.
#[tokio::test]
async fn a_proxy_that_refuses_who_does_not_say_who_he_is_is_named() {
    let ca = Ca::new();
    let required = ClientAuth::Required(ca.trust());
    let (at, seen) = asking(ca.server_with(required)).await;
    let (origin, _) = asking(ca.server()).await;
    for uri in [FORWARDED, &origin.uri("/")] {
        let nobody = client(&at, ca.client_named("alice.test"), ca.client());
        let error = get(&nobody, uri).await.unwrap_err();
        assert!(
            matches!(error.proxy(), Some(ProxyError::Io(_))),
            "{error:?}"
        );
        assert_eq!(error.phase(), Some(Phase::Proxy), "{uri}");
        let told = told(&error);
        assert!(told.contains(&format!("https://{}", at.address)), "{told}");
        let somebody = client(&at, ca.client(), ca.client_named("bob.test"));
        assert_eq!(get(&somebody, uri).await.unwrap(), StatusCode::OK);
    }
    assert_eq!(seen.all(), ["bob.test"; 2]);
}

#[tokio::test]
async fn a_proxy_that_does_not_shake_hands_is_late() {
    let silent = raw(Scheme::Http, |_, mut io| async move {
        while !read_head(&mut io).await.is_empty() {}
    })
    .await;
    let mut at = silent;
    at.scheme = Scheme::Https;
    let ca = Ca::new();
    let proxy_tls = ClientTls::new(&ClientTlsOptions {
        handshake_timeout: Duration::from_millis(50),
        ..ca.options()
    });
    let client = client(&at, ca.client(), proxy_tls.unwrap());
    let sent = soon(client.get("https://a.example/").send()).await;
    let error = sent.unwrap_err();
    assert!(error.is_timeout() && error.is_connect(), "{error:?}");
    assert_eq!(error.phase(), Some(Phase::Handshake));
    assert!(matches!(error.proxy(), Some(ProxyError::Handshake(_))));
}

#[tokio::test]
async fn a_proxy_that_is_to_speak_another_protocol_is_told_apart_from_its_origin() {
    let ca = Ca::new();
    let (at, _) = asking(ca.server().with_alpn(&[b"h2"])).await;
    let proxy_tls = ClientTls::new(&ClientTlsOptions {
        alpn: vec![b"h2".to_vec()],
        ..ca.options()
    });
    let client = client(&at, ca.client(), proxy_tls.unwrap());
    let error = get(&client, "https://a.example/").await.unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Handshake));
    let Some(ProxyError::Alpn { protocol }) = error.proxy() else {
        panic!("{error:?}");
    };
    assert_eq!(protocol, "h2");
}

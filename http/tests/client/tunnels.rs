//! Tunnels through HTTP proxies: for https, and for whoever says CONNECT.

use std::time::Duration;

use http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower_service::Service;
use wharf_http::{Bypass, Client, ClientConfig, Phase, Proxies, Proxy, ReadContent, Route};
use wharf_net::{Conn, Dialer, PrefixSet};

use crate::harness::{OK, Scheme, fetch, raw, read_head, soon};
use crate::proxies::{answering, authorization, connect, proxy, through, tunnelling};

#[tokio::test]
async fn a_request_for_https_goes_through_a_tunnel_that_is_kept() {
    let (origin, heads) = answering(Scheme::Https, OK).await;
    let (at, asked) = tunnelling(Scheme::Http).await;
    let client = Client::new(through(origin.config(), proxy(&at, "alice")));
    for _ in 0..2 {
        let fetched = fetch(&client, origin.get("/")).await.unwrap();
        assert_eq!(fetched.content, "ok");
    }
    let head = asked.one();
    let (target, host) = (origin.address, origin.address);
    let line = format!("CONNECT {target} HTTP/1.1\r\nhost: {host}\r\n");
    assert!(head.starts_with(&line), "{head}");
    assert!(authorization(&head).is_some());
    for head in heads.all() {
        assert!(head.starts_with("GET / HTTP/1.1\r\n"), "{head}");
        assert_eq!(authorization(&head), None);
    }
}

#[tokio::test]
async fn a_tunnel_that_is_refused_is_an_error_with_the_answer_of_the_proxy() {
    let refusal = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
    let (at, _) = answering(Scheme::Http, refusal).await;
    let client = Client::new(through(at.config(), proxy(&at, "alice")));
    let error = client.get("https://a.example/").send().await.unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Proxy));
    assert_eq!(error.proxy().unwrap().status(), Some(StatusCode::FORBIDDEN));
}

#[tokio::test]
async fn a_proxy_that_does_not_answer_is_late() {
    let at = raw(Scheme::Http, |_, mut io| async move {
        read_head(&mut io).await;
        assert_eq!(read_head(&mut io).await, "");
    })
    .await;
    let mut config = through(at.config(), proxy(&at, "alice"));
    config.dialer.deadline = Duration::from_millis(50);
    let client = Client::new(config);
    let sent = soon(client.get("https://a.example/").send()).await;
    let error = sent.unwrap_err();
    assert_eq!(error.phase(), Some(Phase::Proxy));
    assert!(error.is_timeout() && error.is_connect());
}

#[tokio::test]
async fn connect_gives_the_stream_behind_the_proxy() {
    let (origin, heads) = answering(Scheme::Http, OK).await;
    let (at, asked) = tunnelling(Scheme::Http).await;
    let client = Client::new(through(at.config(), proxy(&at, "alice")));
    let response = client.send(connect(&origin.address.to_string())).await;
    let response = response.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(authorization(&asked.one()).is_some());
    let mut stream = response.into_body().into_switched().unwrap();
    let said = b"GET / HTTP/1.1\r\nhost: a.example\r\n\r\n";
    stream.write_all(said).await.unwrap();
    let mut answer = vec![0; OK.len()];
    soon(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, OK.as_bytes());
    assert_eq!(heads.one().as_bytes(), said);
}

/// To whom the answer is a redirect, that is no tunnel either.
#[tokio::test]
async fn the_answer_to_connect_is_handed_out_whatever_it_is() {
    for (status, answer) in [
        (
            302,
            "HTTP/1.1 302 Found\r\nlocation: http://b.example/\r\ncontent-length: 2\r\n\r\nno",
        ),
        (
            407,
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 2\r\n\r\nno",
        ),
        (
            503,
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno",
        ),
    ] {
        let (at, asked) = answering(Scheme::Http, answer).await;
        let client = Client::new(through(at.config(), proxy(&at, "alice")));
        let response = client.send(connect("a.example:443")).await.unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.bytes(10).await.unwrap(), "no");
        asked.one();
    }
}

#[tokio::test]
async fn connect_goes_to_the_server_of_an_endpoint() {
    let (at, asked) = answering(Scheme::Http, "HTTP/1.1 200 OK\r\n\r\n").await;
    let client = Client::new(ClientConfig {
        route: Route::Endpoint(at.address.into()),
        ..at.config()
    });
    let mut request = connect("a.example:443");
    let own = "Bearer own".parse().unwrap();
    request.headers_mut().insert("proxy-authorization", own);
    let response = client.send(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let head = asked.one();
    assert!(head.starts_with("CONNECT a.example:443 HTTP/1.1\r\n"));
    assert_eq!(authorization(&head), Some("Bearer own"));
    // There is nothing but the connection to it.
    let stream = response.into_body().into_switched().unwrap();
    stream.into_parts::<Conn>().unwrap();
}

#[tokio::test]
async fn connect_has_no_meaning_without_an_http_proxy_or_without_a_port() {
    let (at, asked) = answering(Scheme::Http, OK).await;
    let socks: Proxy = format!("socks5h://{}", at.address).parse().unwrap();
    let socks = Proxies::from(socks);
    let past = Proxies {
        bypass: Bypass::loopback(),
        ..proxy(&at, "alice").into()
    };
    let target = at.address.to_string();
    for proxies in [socks, past, Proxies::default()] {
        let client = Client::new(through(at.config(), proxies));
        let error = client.send(connect(&target)).await.unwrap_err();
        assert!(error.to_string().contains("HTTP proxy"), "{error}");
    }
    let client = Client::new(through(at.config(), proxy(&at, "alice")));
    for target in ["a.example", "http://a.example:80/", "http://a.example:80"] {
        client.send(connect(target)).await.unwrap_err();
    }
    // And nothing else has such a target.
    let request = client.get("a.example:80").send().await;
    request.unwrap_err();
    assert_eq!(asked.all(), [""; 0]);
    assert_eq!(at.accepted(), 0);
}

/// A name that a proxy would take for an address that is denied.
#[tokio::test]
async fn what_is_denied_is_not_asked_of_a_proxy_however_it_is_written() {
    let (at, asked) = answering(Scheme::Http, OK).await;
    // The proxy is not what is denied.
    let deny: PrefixSet = "127.0.0.2/32, 10.0.0.0/8".parse().unwrap();
    let socks = format!("socks5h://{}", at.address);
    let dialer = Dialer {
        deny,
        ..Dialer::default()
    };
    for proxies in [
        Proxies::from(proxy(&at, "alice")),
        socks.parse::<Proxy>().unwrap().into(),
    ] {
        let client = Client::new(ClientConfig {
            dialer: dialer.clone(),
            ..through(at.config(), proxies)
        });
        for scheme in ["http", "https"] {
            for host in [
                "127.0.0.2",
                "127.0.0.2.",
                "[::ffff:127.0.0.2]",
                "2130706434",
                "0x7f.2",
                "127.2",
                "127.0.2",
                "0177.0.0.2",
                "127.0.0.0x2",
                "127.0.0.0X2.",
                "1.2.3.4.5",
                "a.example.0x",
                "a.09",
            ] {
                let uri = format!("{scheme}://{host}/");
                let error = client.get(&uri).send().await.unwrap_err();
                assert!(error.is_denied(), "{uri}: {error:?}");
                assert_eq!(error.phase(), Some(Phase::Connect));
            }
        }
    }
    assert_eq!(at.accepted(), 0);
    // Names, and addresses that are not denied.
    let client = Client::new(ClientConfig {
        dialer,
        ..through(at.config(), proxy(&at, "alice"))
    });
    for host in [
        "a.example",
        "192.0.2.1",
        "[2001:db8::1]",
        "1.a",
        "0x7g",
        "7f",
        "192.0.2.1.",
    ] {
        let response = client.get(&format!("http://{host}/")).send().await;
        assert_eq!(response.unwrap().status(), StatusCode::OK, "{host}");
    }
    assert_eq!(asked.all().len(), 7);
}

#[tokio::test]
async fn without_a_deny_list_a_number_is_the_proxys_to_judge() {
    let (at, _) = answering(Scheme::Http, OK).await;
    let client = Client::new(through(at.config(), proxy(&at, "alice")));
    let response = client.get("http://2130706433/").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_client_is_a_tower_service() {
    let (origin, _) = answering(Scheme::Http, OK).await;
    let mut client = origin.client();
    let response = client.call(origin.get("/")).await.unwrap();
    assert_eq!(response.bytes(10).await.unwrap(), "ok");
    let mut request = origin.get("/");
    *request.uri_mut() = "/".parse().unwrap();
    client.call(request).await.unwrap_err();
}

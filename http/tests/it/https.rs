//! The server over TLS, against rustls's own client. Foreign clients are tested elsewhere.

use std::convert::Infallible;
use std::time::Duration;

use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wharf_http::{Incoming, ServeReport, Server, TlsInfo, service_fn};
use wharf_net::{Bind, Drain, Listener};
use wharf_tls::{Resumption, ServerTlsOptions};

use crate::pki::Pki;
use crate::support::{config, content_of, full, statuses};

/// A server on a port of its own, and a client that trusts it.
struct Https {
    address: std::net::SocketAddr,
    connector: TlsConnector,
    drain: Drain,
    server: tokio::task::JoinHandle<std::io::Result<ServeReport>>,
}

async fn https() -> Https {
    https_with(&ServerTlsOptions::default()).await
}

async fn https_with(options: &ServerTlsOptions) -> Https {
    let pki = Pki::naming(&["localhost", "*.quay.test"]);
    let service = service_fn(|request: Request<Incoming>| async move {
        let info = request.extensions().get::<TlsInfo>().unwrap();
        let alpn = String::from_utf8(info.alpn.clone().unwrap()).unwrap();
        Ok::<_, Infallible>(Response::new(full(match request.uri().path() {
            "/large" => "x".repeat(1_000_000),
            _ => format!("{} {alpn}", info.version_name()),
        })))
    });
    let tls = pki.server_with(options);
    let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap();
    let address = listener.local_addr().inet().unwrap();
    let drain = Drain::new();
    let server = Server::new(service).config(config()).tls(tls);
    let server = tokio::spawn(server.serve(listener, drain.clone()));

    Https {
        address,
        connector: pki.connector,
        drain,
        server,
    }
}

/// Sends a request and reads to the end, which has to be a `close_notify`.
async fn ask(https: &Https, request: &str) -> String {
    let io = TcpStream::connect(https.address).await.unwrap();
    let mut stream = https
        .connector
        .connect("localhost".try_into().unwrap(), io)
        .await
        .unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let mut text = String::new();
    stream
        .read_to_string(&mut text)
        .await
        .expect("an end without close_notify");
    text
}

#[tokio::test]
async fn requests_carry_what_tls_agreed_on_and_the_end_is_clean() {
    let https = https().await;
    let text = ask(
        &https,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(content_of(&text), "TLSv1.3 http/1.1");
}

#[tokio::test]
async fn in_early_data_only_what_is_safe_to_repeat_is_served() {
    let options = ServerTlsOptions {
        resumption: Resumption::sessions(),
        early_data_bytes_max: 4096,
        ..ServerTlsOptions::default()
    };
    let https = https_with(&options).await;
    let get = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let post =
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    // The first connection of a client has no session, and so no early data.
    assert_eq!(statuses(&ask(&https, post).await), [200]);
    assert_eq!(statuses(&ask(&https, get).await), [200]);
    assert_eq!(statuses(&ask(&https, post).await), [425]);
    assert_eq!(statuses(&ask(&https, get).await), [200]);
}

#[tokio::test]
async fn a_large_response_arrives_whole() {
    let https = https().await;
    let text = ask(
        &https,
        "GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(content_of(&text).len(), 1_000_000);
}

#[tokio::test]
async fn a_refusal_ends_cleanly_too() {
    let https = https().await;
    assert_eq!(statuses(&ask(&https, "GARBAGE\r\n\r\n").await), [400]);
}

#[tokio::test]
async fn plain_http_is_told_to_speak_https() {
    let https = https().await;
    let mut io = TcpStream::connect(https.address).await.unwrap();
    io.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    let mut text = String::new();
    io.read_to_string(&mut text).await.unwrap();
    assert_eq!(statuses(&text), [400]);
    let length = content_of(&text).len();
    assert!(
        text.contains(&format!("content-length: {length}\r\n")),
        "{text}"
    );
}

#[tokio::test]
async fn a_drain_ends_idle_connections_with_close_notify() {
    let https = https().await;
    let io = TcpStream::connect(https.address).await.unwrap();
    let mut stream = https
        .connector
        .connect("localhost".try_into().unwrap(), io)
        .await
        .unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    stream.flush().await.unwrap();
    let mut received = Vec::new();
    while !received.ends_with(b"http/1.1") {
        received.push(stream.read_u8().await.unwrap());
    }
    https.drain.begin(Duration::from_secs(20));
    assert_eq!(
        stream
            .read(&mut [0])
            .await
            .expect("an end without close_notify"),
        0
    );
    drop(stream);
    let report = https.server.await.unwrap().unwrap();
    assert_eq!((report.finished, report.cut), (1, 0));
}

#[tokio::test]
async fn a_connection_is_for_the_hosts_of_its_certificate() {
    let https = https().await;
    for (host, status) in [
        ("localhost", 200),
        ("LOCALHOST.:8443", 200),
        // Connections may be shared between the names of a certificate.
        ("east.quay.test", 200),
        ("quay.test", 421),
        ("a.east.quay.test", 421),
        ("elsewhere.test", 421),
        ("127.0.0.1", 421),
        ("[::1]:443", 421),
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(statuses(&ask(&https, &request).await), [status], "{host}");
    }
    // The target's own authority counts, whatever Host says.
    let request = "GET https://elsewhere.test/ HTTP/1.1\r\nHost: localhost\r\n\r\n";
    assert_eq!(statuses(&ask(&https, request).await), [421]);
}

#[tokio::test]
async fn a_gateway_may_take_requests_for_any_host() {
    let pki = Pki::new();
    for (check_host, expected) in [(true, 421), (false, 200)] {
        let config = wharf_http::ServerConfig {
            check_host,
            ..config()
        };
        let service = service_fn(|_: Request<Incoming>| async {
            Ok::<_, Infallible>(Response::new(full("")))
        });
        let (near, far) = tokio::io::duplex(64 * 1024);
        let server = Server::new(service).config(config).tls(pki.server());
        let serving = tokio::spawn(async move {
            let drain = Drain::new();
            server
                .serve_connection(far, http::Extensions::new(), &drain)
                .await
        });
        let mut stream = pki.connect(near).await;
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: public.test\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        assert_eq!(statuses(&text), [expected]);
        drop(stream);
        serving.await.unwrap();
    }
    // What a tunnel leads to is another host, always: here the service has none, and says so.
    let https = https().await;
    let request = "CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: elsewhere.test:443\r\n\r\n";
    assert_eq!(statuses(&ask(&https, request).await), [500]);
}

//! A router over TLS.

use std::time::Duration;

use axum::Router;
use axum::extract::Extension;
use axum::routing::{get, post};
use time::OffsetDateTime;
use wharf_http::{Server, TlsInfo};
use wharf_net::ConnInfo;
use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType};
use wharf_tls::{ClientTls, ClientTlsOptions, Identity, Roots, ServerTls, ServerTlsOptions, Trust};

use crate::reply::Reply;
use crate::served::{Served, exchange};
use crate::support::config;

const DAY: Duration = Duration::from_secs(86_400);

/// Both sides of TLS for `localhost`.
fn both_sides() -> (ServerTls, ClientTls) {
    let now = OffsetDateTime::now_utc();
    let key = || Key::generate(KeyType::P256).unwrap();
    let root = Authority::root(key(), &CaSubject::new("test root"), DAY, 0, now).unwrap();
    let request = EndEntity {
        names: vec!["localhost".parse().unwrap()],
        ..EndEntity::default()
    };
    let key = key();
    let leaf = root
        .issue(&request, &key, now)
        .unwrap()
        .certificate
        .to_pem();
    let identity = Identity::from_pem(leaf.as_bytes(), key.to_pem().as_bytes()).unwrap();
    let trust = Trust::from_pem(root.certificate().to_pem().as_bytes()).unwrap();
    let client = ClientTlsOptions {
        roots: Roots::Own(trust),
        alpn: vec![b"http/1.1".to_vec()],
        ..ClientTlsOptions::default()
    };
    (
        ServerTls::new(identity, &ServerTlsOptions::default()).unwrap(),
        ClientTls::new(&client).unwrap(),
    )
}

#[tokio::test]
async fn a_router_runs_over_tls_as_it_does_without() {
    let router = Router::new()
        .route(
            "/tls",
            get(
                async |Extension(tls): Extension<TlsInfo>, Extension(conn): Extension<ConnInfo>| {
                    format!("{} {}", tls.version_name(), conn.peer)
                },
            ),
        )
        .route("/echo", post(async |content: String| content));
    let (server, client) = both_sides();
    let served = Served::by(Server::new(router).config(config()).tls(server)).await;
    let io = served.connect().await;
    let local = io.local_addr().unwrap();
    let io = client.connect("localhost", io).await.unwrap();
    let content = "x".repeat(100_000);
    let requests = format!(
        "GET /tls HTTP/1.1\r\nHost: localhost\r\n\r\n\
         POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\nConnection: close\r\n\r\n{content}"
    );
    // Without close_notify, the end would be an error.
    let replies = Reply::all(&exchange(io, requests).await);
    let texts: Vec<_> = replies.iter().map(Reply::text).collect();
    assert_eq!(texts, [format!("TLSv1.3 {local}"), content]);
}

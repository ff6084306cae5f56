//! axum's own server on our listener.
#![cfg(feature = "axum")]

use axum::Router;
use axum::extract::ConnectInfo;
use axum::extract::connect_info::Connected;
use axum::routing::get;
use axum::serve::IncomingStream;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_net::{Addr, Admission, Bind, Listener, ProxyPolicy};

#[derive(Clone)]
struct Peer(Addr);

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self(stream.io().info().peer.clone())
    }
}

async fn answer(listener: Listener, before: &str) -> String {
    let address = listener.local_addr().inet().unwrap();
    let router = Router::new().route(
        "/",
        get(|ConnectInfo(Peer(peer)): ConnectInfo<Peer>| async move { peer.to_string() }),
    );
    let app = router.into_make_service_with_connect_info::<Peer>();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = format!("{before}GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_router_is_served_and_learns_the_client_behind_a_proxy() {
    let bind = async || {
        Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
            .await
            .unwrap()
    };
    assert!(answer(bind().await, "").await.starts_with("127.0.0.1:"));

    let loopback = "127.0.0.0/8".parse().unwrap();
    let listener = bind().await.admission(Admission {
        proxy: Some(ProxyPolicy::trusting(loopback)),
        ..Admission::default()
    });
    let header = "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n";
    assert_eq!(answer(listener, header).await, "192.0.2.7:50000");
}

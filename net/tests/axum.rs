//! axum's own server on our listener.
#![cfg(feature = "axum")]

use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use wharf_net::{Addr, Admission, Bind, ConnInfo, Drain, Listener, ProxyPolicy};

async fn bind() -> Listener {
    Listener::bind(&"127.0.0.1:0".parse().unwrap(), &Bind::default())
        .await
        .unwrap()
}

fn behind_a_proxy(listener: Listener) -> Listener {
    listener.admission(Admission {
        proxy: Some(ProxyPolicy::trusting("127.0.0.0/8".parse().unwrap())),
        ..Admission::default()
    })
}

const HEADER: &str = "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n";

fn addr(text: &str) -> Addr {
    Addr::Inet(text.parse().unwrap())
}

/// What a router answers to a request behind these bytes.
async fn answer(server: JoinHandle<()>, address: std::net::SocketAddr, before: &str) -> String {
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
    let ask = async |listener: Listener, before| {
        let address = listener.local_addr().inet().unwrap();
        let who = async |ConnectInfo(peer): ConnectInfo<Addr>| peer.to_string();
        let app = Router::new()
            .route("/", get(who))
            .into_make_service_with_connect_info::<Addr>();
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        answer(server, address, before).await
    };
    assert!(ask(bind().await, "").await.starts_with("127.0.0.1:"));
    let proxied = behind_a_proxy(bind().await);
    assert_eq!(ask(proxied, HEADER).await, "192.0.2.7:50000");
}

#[tokio::test]
async fn a_router_may_learn_all_that_is_known_of_a_connection() {
    let listener = behind_a_proxy(bind().await);
    let address = listener.local_addr().inet().unwrap();
    let who = async move |ConnectInfo(info): ConnectInfo<ConnInfo>| {
        assert_eq!(info.peer, addr("192.0.2.7:50000"));
        assert_eq!(info.local, addr("198.51.100.1:443"));
        assert_eq!(info.transport_local, Addr::from(address));
        assert!(info.proxy.is_some());
        info.transport_peer.to_string()
    };
    let app = Router::new()
        .route("/", get(who))
        .into_make_service_with_connect_info::<ConnInfo>();
    let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    let answer = answer(server, address, HEADER).await;
    assert!(answer.starts_with("127.0.0.1:"), "{answer}");
}

#[tokio::test]
async fn a_drain_ends_axums_server_and_its_deadline_the_wait_for_it() {
    let serve = |listener: Listener, drain: Drain| {
        let asked = drain.clone();
        // The drain begins while each request is under way.
        let quick = async move || asked.begin(Duration::from_secs(60));
        let asked = drain.clone();
        let stuck = async move || {
            asked.begin(Duration::from_millis(50));
            std::future::pending::<()>().await;
        };
        let app = Router::new()
            .route("/quick", get(quick))
            .route("/stuck", get(stuck));
        async move {
            let begun = drain.clone();
            let server = axum::serve(listener, app)
                .with_graceful_shutdown(async move { begun.begun().await })
                .into_future();
            tokio::select! {
                ended = server => ended.map(|()| "finished"),
                () = drain.expired() => Ok("expired"),
            }
        }
    };
    for (path, end) in [("/quick", "finished"), ("/stuck", "expired")] {
        let listener = bind().await;
        let address = listener.local_addr().inet().unwrap();
        let server = tokio::spawn(serve(listener, Drain::new()));
        let mut client = TcpStream::connect(address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        client.write_all(request.as_bytes()).await.unwrap();
        assert_eq!(server.await.unwrap().unwrap(), end, "{path}");
    }
}

//! Binding and accepting.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_net::{KeepAlive, ListenOptions, Listener, TcpOptions, V6Only};

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[tokio::test]
async fn an_accepted_connection_has_the_options_of_its_listener() {
    let keepalive = KeepAlive {
        idle: Duration::from_secs(33),
        interval: Duration::from_secs(7),
        count: 3,
    };
    let options = ListenOptions {
        tcp: TcpOptions {
            nodelay: true,
            keepalive: Some(keepalive),
        },
        ..ListenOptions::default()
    };
    let mut listener = Listener::bind(loopback(), &options).unwrap();
    let _client = TcpStream::connect(listener.local_addr()).await.unwrap();
    let stream = listener.accept().await.unwrap().into_stream();
    let socket = SockRef::from(&stream);
    assert!(socket.tcp_nodelay().unwrap());
    assert!(socket.keepalive().unwrap());
    assert_eq!(
        socket.tcp_keepalive_time().unwrap(),
        Duration::from_secs(33)
    );
    assert_eq!(
        socket.tcp_keepalive_interval().unwrap(),
        Duration::from_secs(7)
    );
    assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
}

#[tokio::test]
async fn options_that_are_off_stay_off() {
    let options = ListenOptions {
        tcp: TcpOptions {
            nodelay: false,
            keepalive: None,
        },
        ..ListenOptions::default()
    };
    let mut listener = Listener::bind(loopback(), &options).unwrap();
    let _client = TcpStream::connect(listener.local_addr()).await.unwrap();
    let stream = listener.accept().await.unwrap().into_stream();
    let socket = SockRef::from(&stream);
    assert!(!socket.tcp_nodelay().unwrap());
    assert!(!socket.keepalive().unwrap());
}

#[tokio::test]
async fn a_taken_port_is_reported_with_its_address() {
    let first = Listener::bind(loopback(), &ListenOptions::default()).unwrap();
    let error = Listener::bind(first.local_addr(), &ListenOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(error.address(), first.local_addr());
    assert_eq!(
        error.to_string(),
        format!("cannot listen on {}", first.local_addr())
    );
}

#[tokio::test]
async fn reuse_port_lets_two_listeners_share_a_port() {
    let options = ListenOptions {
        reuse_port: true,
        ..ListenOptions::default()
    };
    let first = Listener::bind(loopback(), &options).unwrap();
    Listener::bind(first.local_addr(), &options).unwrap();
}

#[tokio::test]
async fn a_dual_stack_listener_shows_v4_peers_as_v4() {
    let any: SocketAddr = "[::]:0".parse().unwrap();
    let mut listener = Listener::bind(any, &ListenOptions::default()).unwrap();
    let port = listener.local_addr().port();
    let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer, client.local_addr().unwrap());
    assert_eq!(conn.info().local, client.peer_addr().unwrap());
    assert_eq!(conn.info().transport_peer, conn.info().peer);
}

#[tokio::test]
async fn a_v6_only_listener_refuses_v4() {
    let options = ListenOptions {
        v6_only: V6Only::On,
        ..ListenOptions::default()
    };
    let listener = Listener::bind("[::]:0".parse().unwrap(), &options).unwrap();
    let port = listener.local_addr().port();
    let error = TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    TcpStream::connect(("::1", port)).await.unwrap();
}

#[tokio::test]
async fn connections_are_numbered_upwards() {
    let mut listener = Listener::bind(loopback(), &ListenOptions::default()).unwrap();
    let _a = TcpStream::connect(listener.local_addr()).await.unwrap();
    let _b = TcpStream::connect(listener.local_addr()).await.unwrap();
    let first = listener.accept().await.unwrap().info().id;
    let second = listener.accept().await.unwrap().info().id;
    assert!(first < second);
}

#[tokio::test]
async fn a_dropped_accept_loses_no_connection() {
    let mut listener = Listener::bind(loopback(), &ListenOptions::default()).unwrap();
    let mut client = TcpStream::connect(listener.local_addr()).await.unwrap();
    client.write_all(b"x").await.unwrap();
    for _ in 0..3 {
        // Polled once, then dropped; it may or may not see the connection.
        tokio::select! {
            biased;
            conn = listener.accept() => {
                assert_eq!(conn.unwrap().read_u8().await.unwrap(), b'x');
                return;
            }
            () = std::future::ready(()) => {}
        }
    }
    assert_eq!(
        listener.accept().await.unwrap().read_u8().await.unwrap(),
        b'x'
    );
}

#[tokio::test]
async fn a_reset_is_seen_as_a_reset() {
    let mut listener = Listener::bind(loopback(), &ListenOptions::default()).unwrap();
    let mut client = TcpStream::connect(listener.local_addr()).await.unwrap();
    listener.accept().await.unwrap().reset().unwrap();
    let error = client.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

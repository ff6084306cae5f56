//! Binding and accepting.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_net::{Bind, Endpoint, Listener, V6Only};

use crate::support::{address, connect, endpoint, listen, loopback};

#[tokio::test]
async fn a_taken_port_is_reported_with_its_endpoint() {
    let first = listen(&Bind::default()).await;
    let taken = Endpoint::from(address(&first));
    let error = Listener::bind(&taken, &Bind::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(error.endpoint(), &taken);
    assert_eq!(error.to_string(), format!("cannot listen on {taken}"));
}

#[tokio::test]
async fn an_address_of_no_interface_is_not_available() {
    // TEST-NET-1, RFC 5737.
    let error = Listener::bind(&endpoint("192.0.2.1:0"), &Bind::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
}

#[tokio::test]
async fn a_name_without_address_is_an_error() {
    Listener::bind(&endpoint("no-such-name.invalid:0"), &Bind::default())
        .await
        .unwrap_err();
}

#[tokio::test]
async fn reuse_port_lets_two_listeners_share_a_port() {
    let options = Bind {
        reuse_port: true,
        ..Bind::default()
    };
    let first = listen(&options).await;
    Listener::bind(&address(&first).into(), &options)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_dual_stack_listener_shows_v4_peers_as_v4() {
    let mut listener = Listener::bind(&endpoint("[::]:0"), &Bind::default())
        .await
        .unwrap();
    let port = address(&listener).port();
    let client = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.inet(), client.local_addr().ok());
    assert_eq!(conn.info().local.inet(), client.peer_addr().ok());
    assert_eq!(conn.info().transport_peer, conn.info().peer);
    assert_eq!(conn.info().transport_local, conn.info().local);
}

#[tokio::test]
async fn a_v6_only_listener_refuses_v4() {
    let options = Bind {
        v6_only: V6Only::On,
        ..Bind::default()
    };
    let listener = Listener::bind(&endpoint("[::]:0"), &options).await.unwrap();
    let port = address(&listener).port();
    let error = TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    TcpStream::connect(("::1", port)).await.unwrap();
}

#[tokio::test]
async fn a_name_is_listened_on_at_all_its_addresses_with_one_port() {
    let mut known: Vec<_> = tokio::net::lookup_host("localhost:0")
        .await
        .unwrap()
        .map(|address| address.ip())
        .collect();
    known.sort();
    known.dedup();
    let mut listener = Listener::bind(&endpoint("localhost:0"), &Bind::default())
        .await
        .unwrap();
    let bound: Vec<_> = listener.local_addrs().cloned().collect();
    let port = address(&listener).port();
    assert!(bound.iter().all(|local| local.port() == Some(port)));
    let mut ips: Vec<_> = bound.iter().map(|local| local.ip().unwrap()).collect();
    ips.sort();
    assert_eq!(ips, known);
    for local in bound {
        let client = TcpStream::connect(local.inet().unwrap()).await.unwrap();
        let conn = listener.accept().await.unwrap();
        assert_eq!(conn.info().local, local);
        assert_eq!(conn.info().peer.inet(), client.local_addr().ok());
    }
}

#[tokio::test]
async fn a_busy_address_does_not_starve_the_other() {
    let mut listener = Listener::bind(&endpoint("localhost:0"), &Bind::default())
        .await
        .unwrap();
    let locals: Vec<_> = listener.local_addrs().cloned().collect();
    let Some(other) = locals.get(1).and_then(|local| local.inet()) else {
        return; // this host has one address for localhost: there is no other to starve
    };
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(TcpStream::connect(address(&listener)).await.unwrap());
    }
    let _lonely = TcpStream::connect(other).await.unwrap();
    let mut turns = 1;
    while listener.accept().await.unwrap().info().local.inet() != Some(other) {
        turns += 1;
    }
    assert!(turns <= 3, "served after {turns} others");
}

#[tokio::test]
async fn connections_are_numbered_upwards() {
    let mut listener = listen(&Bind::default()).await;
    let _a = connect(&listener).await;
    let _b = connect(&listener).await;
    let first = listener.accept().await.unwrap().info().id;
    let second = listener.accept().await.unwrap().info().id;
    assert!(first < second);
}

#[tokio::test]
async fn a_dropped_accept_loses_no_connection() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
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
    let mut conn = listener.accept().await.unwrap();
    assert_eq!(conn.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn a_listener_that_is_handed_over_keeps_its_queue() {
    let listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    client.write_all(b"x").await.unwrap();
    let descriptor = listener.into_fds().unwrap().remove(0);
    // As a service manager might hand it over.
    rustix::io::ioctl_fionbio(&descriptor, false).unwrap();

    let mut heir = Listener::from_fd(descriptor, &Bind::default()).unwrap();
    let mut conn = heir.accept().await.unwrap();
    assert_eq!(conn.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn only_a_listening_stream_socket_can_be_taken_over() {
    let refused = |descriptor: OwnedFd| {
        let error = Listener::from_fd(descriptor, &Bind::default()).unwrap_err();
        (error.kind(), error.to_string())
    };
    let connected = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    assert_eq!(
        refused(connected.into()),
        (
            ErrorKind::InvalidInput,
            "the descriptor is no stream socket".to_owned()
        )
    );
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let client = std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();
    assert_eq!(
        refused(client.into()),
        (
            ErrorKind::InvalidInput,
            "the socket does not listen".to_owned()
        )
    );
    Listener::from_fd(server.into(), &Bind::default()).unwrap();
}

#[tokio::test]
async fn an_endpoint_of_an_inherited_socket_that_is_not_there_is_not_found() {
    let error = Listener::bind(&endpoint("fd:http"), &Bind::default())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_reset_is_seen_as_a_reset() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    listener.accept().await.unwrap().reset().unwrap();
    let error = client.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn figures_outlive_the_listener() {
    let mut listener = Listener::bind(&loopback(), &Bind::default()).await.unwrap();
    let stats = listener.stats();
    let _client = connect(&listener).await;
    let conn = listener.accept().await.unwrap();
    drop(listener);
    assert_eq!((stats.snapshot().accepted, stats.snapshot().open), (1, 1));
    drop(conn);
    assert_eq!((stats.snapshot().accepted, stats.snapshot().open), (1, 0));
}

//! Unconnected sockets on loopback: v4, v6, both; empty datagrams; what the options do.

#![forbid(unsafe_code)]

use std::io;
use std::net::SocketAddr;

use wharf_dgram::{DgramOptions, Udp, V6Only};

fn bind(address: &str) -> Udp {
    bind_with(address, &DgramOptions::default()).unwrap()
}

fn bind_with(address: &str, options: &DgramOptions) -> io::Result<Udp> {
    Udp::bind(address.parse().unwrap(), options)
}

fn at(ip: &str, socket: &Udp) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), socket.local_addr().port())
}

async fn arrives(from: &Udp, to: SocketAddr, at: &Udp) -> wharf_dgram::Recv {
    from.send_to(b"ahoy", to).await.unwrap();
    let mut buffer = [0; 64];
    let received = at.recv(&mut buffer).await.unwrap();
    assert_eq!(&buffer[..received.len], b"ahoy");
    assert!(!received.truncated);
    received
}

#[tokio::test]
async fn a_datagram_arrives_with_its_sender_over_v4_and_v6() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let (here, there) = (bind(address), bind(address));
        assert_eq!(
            arrives(&here, there.local_addr(), &there).await.from,
            here.local_addr()
        );
    }
}

#[tokio::test]
async fn each_call_takes_one_datagram() {
    let (here, there) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    for bytes in [&b"one"[..], b"", b"three"] {
        here.send_to(bytes, there.local_addr()).await.unwrap();
    }
    let mut buffer = [0; 64];
    for bytes in [&b"one"[..], b"", b"three"] {
        let received = there.recv(&mut buffer).await.unwrap();
        assert_eq!(&buffer[..received.len], bytes);
        assert_eq!(
            (received.from, received.truncated),
            (here.local_addr(), false)
        );
    }
}

#[tokio::test]
async fn a_v6_socket_takes_v4_peers_and_can_answer_them() {
    let server = bind("[::]:0");
    let client = bind("127.0.0.1:0");
    let received = arrives(&client, at("127.0.0.1", &server), &server).await;
    assert_eq!(
        received.from,
        client.local_addr(),
        "a v4 peer has a v4 address"
    );
    assert_eq!(
        arrives(&server, received.from, &client).await.from,
        at("127.0.0.1", &server)
    );
}

#[tokio::test]
async fn a_v6_only_socket_leaves_the_v4_port_free() {
    let six = bind_with(
        "[::]:0",
        &DgramOptions {
            v6_only: V6Only::On,
            ..DgramOptions::default()
        },
    )
    .unwrap();
    let port = six.local_addr().port();
    let four = bind(&format!("0.0.0.0:{port}"));
    assert_eq!(four.local_addr().port(), port);

    let both = bind("[::]:0");
    let taken = bind_with(
        &format!("0.0.0.0:{}", both.local_addr().port()),
        &DgramOptions::default(),
    );
    assert_eq!(taken.unwrap_err().kind(), io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn an_address_is_shared_only_where_both_sockets_say_so() {
    let reuse_port = DgramOptions {
        reuse_port: true,
        ..DgramOptions::default()
    };
    let reuse_addr = DgramOptions {
        reuse_addr: true,
        ..DgramOptions::default()
    };
    for shared in [reuse_port, reuse_addr] {
        let first = bind_with("127.0.0.1:0", &shared).unwrap();
        let address = first.local_addr().to_string();
        assert!(bind_with(&address, &shared).is_ok());
        let refused = bind_with(&address, &DgramOptions::default());
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}

#[tokio::test]
async fn the_granted_buffer_is_in_the_unit_of_the_request() {
    let options = DgramOptions {
        recv_buffer_bytes: Some(64 * 1024),
        send_buffer_bytes: Some(32 * 1024),
        ..DgramOptions::default()
    };
    let granted = bind_with("127.0.0.1:0", &options)
        .unwrap()
        .buffer_bytes()
        .unwrap();
    assert_eq!((granted.recv, granted.send), (64 * 1024, 32 * 1024));
}

#[tokio::test]
async fn a_buffer_past_the_hosts_limit_is_seen_to_be_cut() {
    let limit: usize = std::fs::read_to_string("/proc/sys/net/core/rmem_max")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    let asked = limit.saturating_mul(2).min(i32::MAX as usize);
    let options = DgramOptions {
        recv_buffer_bytes: Some(asked),
        ..DgramOptions::default()
    };
    let granted = bind_with("127.0.0.1:0", &options)
        .unwrap()
        .buffer_bytes()
        .unwrap();
    assert_eq!(granted.recv, limit);
}

#[tokio::test]
async fn a_datagram_too_long_for_udp_is_refused_and_the_longest_is_not() {
    let (here, there) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let bytes = vec![7; 65_508];
    let refused = here.send_to(&bytes, there.local_addr()).await.unwrap_err();
    assert_eq!(
        rustix::io::Errno::from_io_error(&refused),
        Some(rustix::io::Errno::MSGSIZE)
    );

    here.send_to(&bytes[..65_507], there.local_addr())
        .await
        .unwrap();
    let mut buffer = vec![0; 65_535];
    let received = there.recv(&mut buffer).await.unwrap();
    assert_eq!((received.len, received.truncated), (65_507, false));
}

#[tokio::test]
async fn a_dropped_receive_loses_nothing() {
    let (here, there) = (bind("127.0.0.1:0"), bind("127.0.0.1:0"));
    let mut buffer = [0; 64];
    {
        let mut receive = Box::pin(there.recv(&mut buffer));
        let polled =
            std::future::poll_fn(|cx| std::task::Poll::Ready(receive.as_mut().poll(cx))).await;
        assert!(polled.is_pending());
    }
    arrives(&here, there.local_addr(), &there).await;
}

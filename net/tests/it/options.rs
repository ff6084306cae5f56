//! Socket options, read back from the kernel.

use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::net::sockopt;
use socket2::SockRef;
use wharf_net::{Bind, Conn, KeepAlive, Listener, RawHook, TcpOptions};

use crate::support::{connect, endpoint, listen};

/// A connection that was accepted under these options; the other end is kept open.
async fn accepted(tcp: TcpOptions) -> (Conn, tokio::net::TcpStream) {
    let options = Bind {
        tcp,
        ..Bind::default()
    };
    let mut listener = listen(&options).await;
    let client = connect(&listener).await;
    (listener.accept().await.unwrap(), client)
}

#[tokio::test]
async fn an_accepted_connection_has_the_options_of_its_listener() {
    let (conn, _client) = accepted(TcpOptions {
        nodelay: true,
        keepalive: Some(KeepAlive {
            idle: Duration::from_secs(33),
            interval: Duration::from_secs(7),
            count: 3,
        }),
        user_timeout: Some(Duration::from_millis(12_345)),
        send_buffer_bytes: Some(70_000),
        receive_buffer_bytes: Some(50_000),
        notsent_lowat_bytes: Some(131_072),
        tos: Some(0x28),
        congestion: Some("reno".into()),
        ..TcpOptions::default()
    })
    .await;
    let socket = SockRef::from(&conn);
    assert!(socket.tcp_nodelay().unwrap());
    assert!(socket.keepalive().unwrap());
    let seconds = Duration::from_secs;
    assert_eq!(socket.tcp_keepalive_time().unwrap(), seconds(33));
    assert_eq!(socket.tcp_keepalive_interval().unwrap(), seconds(7));
    assert_eq!(socket.tcp_keepalive_retries().unwrap(), 3);
    let timeout = socket.tcp_user_timeout().unwrap();
    assert_eq!(timeout, Some(Duration::from_millis(12_345)));
    // Linux doubles both for its own use.
    assert_eq!(socket.send_buffer_size().unwrap(), 140_000);
    assert_eq!(socket.recv_buffer_size().unwrap(), 100_000);
    assert_eq!(socket.tcp_notsent_lowat().unwrap(), 131_072);
    assert_eq!(socket.tos_v4().unwrap(), 0x28);
    assert_eq!(sockopt::tcp_congestion(conn.as_fd()).unwrap(), "reno");
}

#[tokio::test]
async fn options_that_are_off_stay_off() {
    let (conn, _client) = accepted(TcpOptions {
        nodelay: false,
        keepalive: None,
        ..TcpOptions::default()
    })
    .await;
    let socket = SockRef::from(&conn);
    assert!(!socket.tcp_nodelay().unwrap());
    assert!(!socket.keepalive().unwrap());
    assert_eq!(socket.tcp_user_timeout().unwrap(), None);
    assert_eq!(socket.tos_v4().unwrap(), 0);
}

#[tokio::test]
async fn both_families_of_a_dual_stack_listener_carry_the_traffic_class() {
    let options = Bind {
        tcp: TcpOptions {
            tos: Some(0x48),
            ..TcpOptions::default()
        },
        ..Bind::default()
    };
    let listener = Listener::bind(&endpoint("[::]:0"), &options).await.unwrap();
    let descriptor = listener.into_fds().unwrap().remove(0);
    let socket = SockRef::from(&descriptor);
    assert_eq!(socket.tclass_v6().unwrap(), 0x48);
    assert_eq!(socket.tos_v4().unwrap(), 0x48);
}

#[tokio::test]
async fn an_unknown_congestion_control_is_an_error() {
    let options = Bind {
        tcp: TcpOptions {
            congestion: Some("no-such".into()),
            ..TcpOptions::default()
        },
        ..Bind::default()
    };
    let error = Listener::bind(&endpoint("127.0.0.1:0"), &options)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

#[tokio::test]
async fn fast_open_and_defer_accept_reach_the_kernel() {
    use nix::sys::socket::{GetSockOpt, sockopt::GetStruct};
    #[derive(Clone, Copy)]
    struct FastOpen;
    nix::getsockopt_impl!(
        FastOpen,
        libc::IPPROTO_TCP,
        libc::TCP_FASTOPEN,
        i32,
        GetStruct<i32>
    );
    #[derive(Clone, Copy)]
    struct Defer;
    nix::getsockopt_impl!(
        Defer,
        libc::IPPROTO_TCP,
        libc::TCP_DEFER_ACCEPT,
        i32,
        GetStruct<i32>
    );

    let read = async |options: &Bind| {
        let descriptor = listen(options).await.into_fds().unwrap().remove(0);
        (
            FastOpen.get(&descriptor).unwrap(),
            Defer.get(&descriptor).unwrap(),
        )
    };
    assert_eq!(read(&Bind::default()).await, (0, 0));
    let options = Bind {
        fast_open: Some(64),
        defer_accept: Some(Duration::from_secs(3)),
        ..Bind::default()
    };
    let (queue, seconds) = read(&options).await;
    assert_eq!(queue, 64);
    // In steps of retransmissions: 1, 3, 7 s.
    assert_eq!(seconds, 3);
}

#[tokio::test]
async fn a_deferred_connection_is_accepted_with_its_first_data() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let options = Bind {
        defer_accept: Some(Duration::from_secs(60)),
        ..Bind::default()
    };
    let mut listener = listen(&options).await;
    let _silent = connect(&listener).await;
    let mut talking = connect(&listener).await;
    talking.write_all(b"x").await.unwrap();
    let mut conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.inet(), talking.local_addr().ok());
    assert_eq!(conn.read_u8().await.unwrap(), b'x');
}

#[tokio::test]
async fn multipath_is_used_where_the_kernel_has_it() {
    let options = Bind {
        tcp: TcpOptions {
            mptcp: true,
            ..TcpOptions::default()
        },
        ..Bind::default()
    };
    let mut listener = listen(&options).await;
    let _client = connect(&listener).await;
    // A plain client gets plain TCP in either case.
    let conn = listener.accept().await.unwrap();
    assert!(conn.tcp_info().is_ok());
    let descriptor = listener.into_fds().unwrap().remove(0);
    let protocol = SockRef::from(&descriptor).protocol().unwrap();
    let kernel_has_it = socket2::Socket::new(
        socket2::Domain::IPV4,
        socket2::Type::STREAM,
        Some(socket2::Protocol::MPTCP),
    )
    .is_ok();
    let expected = if kernel_has_it {
        socket2::Protocol::MPTCP
    } else {
        socket2::Protocol::TCP
    };
    assert_eq!(protocol, Some(expected));
}

#[tokio::test]
async fn the_hook_sees_the_socket_before_it_is_bound() {
    let calls = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&calls);
    let (conn, _client) = accepted(TcpOptions {
        raw: Some(RawHook::new(move |socket| {
            seen.fetch_add(1, Ordering::Relaxed);
            let socket = SockRef::from(&socket);
            assert_eq!(socket.local_addr()?.as_socket().unwrap().port(), 0);
            socket
                .set_mark(0)
                .or_else(|_unprivileged| socket.set_freebind_v4(true))
        })),
        ..TcpOptions::default()
    })
    .await;
    drop(conn);
    assert_eq!(calls.load(Ordering::Relaxed), 1, "once for the listener");
}

#[tokio::test]
async fn an_error_of_the_hook_is_the_error_of_bind() {
    let options = Bind {
        tcp: TcpOptions {
            raw: Some(RawHook::new(|_| Err(std::io::Error::other("no")))),
            ..TcpOptions::default()
        },
        ..Bind::default()
    };
    let error = Listener::bind(&endpoint("127.0.0.1:0"), &options)
        .await
        .unwrap_err();
    assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "no");
}

#[tokio::test]
async fn an_option_that_multipath_does_not_take_makes_it_ordinary_tcp() {
    let options = Bind {
        tcp: TcpOptions {
            mptcp: true,
            user_timeout: Some(Duration::from_secs(9)),
            ..TcpOptions::default()
        },
        ..Bind::default()
    };
    let descriptor = listen(&options).await.into_fds().unwrap().remove(0);
    let socket = SockRef::from(&descriptor);
    assert_eq!(
        socket.tcp_user_timeout().unwrap(),
        Some(Duration::from_secs(9))
    );
}

#[tokio::test]
async fn a_local_address_has_all_its_ports_for_each_destination() {
    use nix::sys::socket::{GetSockOpt, sockopt::GetStruct};
    #[derive(Clone, Copy)]
    struct NoPort;
    nix::getsockopt_impl!(
        NoPort,
        libc::IPPROTO_IP,
        libc::IP_BIND_ADDRESS_NO_PORT,
        i32,
        GetStruct<i32>
    );
    let listener = listen(&Bind::default()).await;
    let dialer = wharf_net::Dialer {
        local_v4: Some("127.0.0.1:0".parse().unwrap()),
        ..wharf_net::Dialer::default()
    };
    let to = crate::support::address(&listener);
    let conn = dialer.dial(&to.into()).await.unwrap();
    assert_eq!(NoPort.get(&conn).unwrap(), 1);
}

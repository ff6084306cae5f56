//! Dialing: real sockets where addresses matter, another way to connect on paused time where time does.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{Instant, sleep};
use wharf_net::{
    Addr, AttemptEnd, Bind, DialPhase, Dialer, Endpoint, Listener, PrefixSet, RaceOptions, Resolve,
    Resolving, StaticResolver, TcpOptions,
};

use crate::support::{address, endpoint, listen};

/// A dialer for which `example.test` has these addresses.
fn knowing(addresses: &[&str]) -> Dialer {
    let addresses: Vec<IpAddr> = addresses.iter().map(|ip| ip.parse().unwrap()).collect();
    Dialer {
        resolver: Arc::new(StaticResolver::new([("example.test", addresses)])),
        ..Dialer::default()
    }
}

fn host(port: u16) -> Endpoint {
    endpoint(&format!("example.test:{port}"))
}

/// A port of loopback on which nobody listens, as long as the socket is kept.
fn closed_port() -> (TcpSocket, u16) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

#[tokio::test]
async fn a_name_is_dialed_and_the_connection_knows_both_ends() {
    let mut listener = listen(&Bind::default()).await;
    let to = address(&listener);
    let mut conn = knowing(&["127.0.0.1"])
        .dial(&host(to.port()))
        .await
        .unwrap();
    let mut accepted = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer, Addr::Inet(to));
    assert_eq!(conn.info().local, accepted.info().peer);
    conn.write_all(b"x").await.unwrap();
    assert_eq!(accepted.read_u8().await.unwrap(), b'x');
    assert_eq!(conn.counters().written_bytes(), 1);
}

#[tokio::test]
async fn a_family_that_refuses_is_passed_over_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Nobody listens on ::1 there. A dialer that waited its delay for it would not get to IPv4 in time.
    let dialer = Dialer {
        race: RaceOptions {
            attempt_delay: Duration::from_secs(2),
            ..RaceOptions::default()
        },
        deadline: Duration::from_millis(1900),
        ..knowing(&["::1", "127.0.0.1"])
    };
    let conn = dialer.dial(&host(port)).await.unwrap();
    assert_eq!(conn.info().peer.ip(), Some(Ipv4Addr::LOCALHOST.into()));
}

#[tokio::test]
async fn every_attempt_is_in_the_error() {
    let (_closed, port) = closed_port();
    let error = knowing(&["::1", "127.0.0.1"])
        .dial(&host(port))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let tried: Vec<_> = error
        .attempts()
        .iter()
        .map(|a| a.address.to_string())
        .collect();
    assert_eq!(
        tried,
        [format!("[::1]:{port}"), format!("127.0.0.1:{port}")]
    );
    let text = error.to_string();
    assert!(
        text.starts_with(&format!(
            "cannot connect to example.test:{port}: [::1]:{port}: Connection refused"
        )),
        "{text}"
    );
    assert!(
        text.contains(&format!("; 127.0.0.1:{port}: Connection refused")),
        "{text}"
    );
    assert_eq!(io::Error::from(error).kind(), ErrorKind::ConnectionRefused);
}

/// Pretends to connect: each address answers after a time, or never.
async fn answer(address: SocketAddr, after: &[(&str, Option<u64>)]) -> io::Result<&'static str> {
    let ip = address.ip().to_string();
    let (_, after) = after.iter().find(|(known, _)| *known == ip).unwrap();
    match after {
        Some(millis) => sleep(Duration::from_millis(*millis)).await,
        None => std::future::pending().await,
    }
    Ok("connected")
}

#[tokio::test(start_paused = true)]
async fn a_distant_v6_beside_a_black_hole_in_v4_connects() {
    let start = Instant::now();
    let network = [("2001:db8::1", Some(600)), ("192.0.2.1", None)];
    let won = knowing(&["2001:db8::1", "192.0.2.1"])
        .dial_with(&host(443), |address| answer(address, &network))
        .await
        .unwrap();
    assert_eq!(won.address.to_string(), "[2001:db8::1]:443");
    assert_eq!(start.elapsed().as_millis(), 600);
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_all_and_the_error_still_lists_what_was_tried() {
    let dialer = Dialer {
        deadline: Duration::from_secs(3),
        ..knowing(&["2001:db8::1", "192.0.2.1"])
    };
    let network = [("2001:db8::1", None), ("192.0.2.1", None)];
    let error = dialer
        .dial_with(&host(443), |address| answer(address, &network))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(error.timed_out_in(), Some(DialPhase::Connect));
    assert_eq!(
        error.to_string(),
        "no connection to example.test:443 within 3s: \
         [2001:db8::1]:443: no answer after 3.0s; 192.0.2.1:443: no answer after 2.8s"
    );
    assert!(matches!(error.attempts()[0].end, AttemptEnd::Unanswered));
}

/// Takes a minute for every name.
struct Slow;

impl Resolve for Slow {
    fn lookup<'a>(&'a self, _name: &'a str, _port: u16) -> Resolving<'a> {
        Box::pin(async {
            sleep(Duration::from_secs(60)).await;
            Ok(Vec::new())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn resolving_is_under_the_same_deadline() {
    let start = Instant::now();
    let slow = |deadline| Dialer {
        resolver: Arc::new(Slow),
        deadline: Duration::from_secs(deadline),
        ..Dialer::default()
    };
    let error = slow(10).dial(&host(1)).await.unwrap_err();
    assert_eq!(error.timed_out_in(), Some(DialPhase::Resolve));
    assert_eq!(
        error.to_string(),
        "example.test:1 was not resolved within 10s"
    );
    assert_eq!(start.elapsed().as_secs(), 10);

    let error = slow(100).dial(&host(1)).await.unwrap_err();
    assert!(error.is_resolve());
    assert_eq!(error.kind(), ErrorKind::NotFound, "no address at all");
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_an_error_of_resolving() {
    let error = knowing(&[])
        .dial(&endpoint("other.test:1"))
        .await
        .unwrap_err();
    assert!(error.is_resolve(), "{error:?}");
    assert!(error.attempts().is_empty());
}

#[tokio::test]
async fn denied_addresses_are_never_dialed_however_they_are_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let dialer = Dialer {
        deny: PrefixSet::not_global(),
        ..knowing(&["127.0.0.1", "::ffff:127.0.0.1"])
    };
    for named in [
        host(port),
        endpoint(&format!("127.0.0.1:{port}")),
        endpoint(&format!("[::ffff:127.0.0.1]:{port}")),
        endpoint(&format!("0.0.0.0:{port}")),
    ] {
        let error = dialer.dial(&named).await.unwrap_err();
        assert!(error.is_denied(), "{error}");
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }
    // Of several addresses, those that are permitted are dialed.
    let dialer = Dialer {
        deny: "127.0.0.2".parse().unwrap(),
        ..knowing(&["127.0.0.2", "127.0.0.1"])
    };
    let conn = dialer.dial(&host(port)).await.unwrap();
    assert_eq!(conn.info().peer.ip(), Some(Ipv4Addr::LOCALHOST.into()));
}

#[tokio::test]
async fn the_local_address_is_used_and_the_other_family_left_alone() {
    let mut listener = listen(&Bind::default()).await;
    let port = address(&listener).port();
    let dialer = Dialer {
        local_v4: Some(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 9), 0)),
        ..knowing(&["::1", "127.0.0.1"])
    };
    let conn = dialer.dial(&host(port)).await.unwrap();
    let accepted = listener.accept().await.unwrap();
    assert_eq!(conn.info().local.ip().unwrap().to_string(), "127.0.0.9");
    assert_eq!(accepted.info().peer, conn.info().local);

    let error = dialer.dial(&endpoint("[::1]:1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
}

#[tokio::test]
async fn options_are_set_on_what_is_dialed() {
    let listener = listen(&Bind::default()).await;
    let dialer = Dialer {
        tcp: TcpOptions {
            nodelay: false,
            user_timeout: Some(Duration::from_secs(7)),
            ..TcpOptions::default()
        },
        ..Dialer::default()
    };
    let conn = dialer.dial(&address(&listener).into()).await.unwrap();
    let socket = socket2::SockRef::from(&conn);
    assert!(!socket.tcp_nodelay().unwrap());
    assert_eq!(
        socket.tcp_user_timeout().unwrap(),
        Some(Duration::from_secs(7))
    );
    assert!(socket.keepalive().unwrap());
}

#[tokio::test]
async fn a_socket_that_connects_to_itself_is_a_refusal() {
    let (closed, port) = closed_port();
    drop(closed);
    // With this source port, TCP would connect the socket to itself.
    let dialer = Dialer {
        local_v4: Some(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port)),
        ..Dialer::default()
    };
    let target = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let error = dialer.dial(&target.into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn unix_sockets_are_dialed_by_path_and_by_abstract_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("a.sock").display());
    let name = format!("unix:@wharf-dial-{}", std::process::id());
    for text in [path, name] {
        let endpoint = endpoint(&text);
        let mut listener = Listener::bind(&endpoint, &Bind::default()).await.unwrap();
        let mut conn = Dialer::default().dial(&endpoint).await.unwrap();
        let mut accepted = listener.accept().await.unwrap();
        assert_eq!(conn.info().peer.to_string(), text);
        let credentials = conn.info().credentials.unwrap();
        assert_eq!(credentials.pid, Some(std::process::id().cast_signed()));
        accepted.write_all(b"x").await.unwrap();
        assert_eq!(conn.read_u8().await.unwrap(), b'x');
    }
    let missing = endpoint("unix:/no/such/socket");
    let error = Dialer::default().dial(&missing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "cannot connect to unix:/no/such/socket");
}

#[tokio::test]
async fn a_unix_socket_whose_queue_is_full_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let endpoint = endpoint(&format!("unix:{}", dir.path().join("a.sock").display()));
    let options = Bind {
        backlog: 0,
        ..Bind::default()
    };
    let mut listener = Listener::bind(&endpoint, &options).await.unwrap();
    let impatient = Dialer {
        deadline: Duration::from_millis(50),
        ..Dialer::default()
    };
    let mut waiting = Vec::new();
    let error = loop {
        match impatient.dial(&endpoint).await {
            Ok(conn) => waiting.push(conn),
            Err(error) => break error,
        }
        assert!(waiting.len() < 100, "the queue never fills");
    };
    assert_eq!(error.timed_out_in(), Some(DialPhase::Connect));
    let patient = Dialer::default();
    let (dialed, accepted) = tokio::join!(patient.dial(&endpoint), listener.accept());
    dialed.unwrap();
    accepted.unwrap();
}

#[tokio::test]
async fn an_inherited_descriptor_is_nothing_to_dial() {
    let error = Dialer::default()
        .dial(&endpoint("fd:http"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn the_unspecified_address_is_loopback_for_the_deny_list_and_for_the_peer() {
    let mut listener = listen(&Bind::default()).await;
    let port = address(&listener).port();
    let unspecified = endpoint(&format!("0.0.0.0:{port}"));
    let conn = Dialer::default().dial(&unspecified).await.unwrap();
    assert_eq!(conn.info().peer, listener.local_addr());
    listener.accept().await.unwrap();
    let dialer = Dialer {
        deny: PrefixSet::loopback(),
        ..Dialer::default()
    };
    for named in [unspecified, endpoint(&format!("[::]:{port}"))] {
        assert!(
            dialer.dial(&named).await.unwrap_err().is_denied(),
            "{named}"
        );
    }
}

#[tokio::test]
async fn another_way_to_connect_knows_no_local_address() {
    let dialer = Dialer {
        local_v4: Some(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)),
        ..Dialer::default()
    };
    let won = dialer
        .dial_with(&endpoint("[2001:db8::1]:80"), |_| async { Ok(()) })
        .await
        .unwrap();
    assert_eq!(won.address.to_string(), "[2001:db8::1]:80");
}

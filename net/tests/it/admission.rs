//! Who may connect, and how many at once.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use wharf_net::{Admission, Bind, Listener, PerAddress, PrefixSet, WhenFull};

use crate::support::{address, connect, endpoint, listen};

async fn admitting(admission: Admission) -> Listener {
    listen(&Bind::default()).await.admission(admission)
}

fn prefixes(text: &str) -> PrefixSet {
    text.parse().unwrap()
}

/// A connection from another address of loopback.
async fn connect_from(ip: &str, listener: &Listener) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket
        .bind(std::net::SocketAddr::new(ip.parse().unwrap(), 0))
        .unwrap();
    socket.connect(address(listener)).await.unwrap()
}

/// Whether the listener has nothing to hand out now. One poll is enough only once the kernel has told the runtime, so it
/// is asked beside something that takes a round trip through it.
async fn accepts_nothing(listener: &mut Listener) {
    let other = listen(&Bind::default()).await;
    let round_trip = async {
        for _ in 0..3 {
            connect(&other).await;
        }
    };
    tokio::select! {
        biased;
        conn = listener.accept() => panic!("accepted {:?}", conn.unwrap().info()),
        () = round_trip => {}
    }
}

#[tokio::test]
async fn beyond_the_limit_a_connection_waits_until_another_ends() {
    let mut listener = admitting(Admission {
        connections_max: Some(1),
        ..Admission::default()
    })
    .await;
    let _first = connect(&listener).await;
    let mut second = connect(&listener).await;
    let conn = listener.accept().await.unwrap();
    accepts_nothing(&mut listener).await;
    assert_eq!(listener.stats().snapshot().open, 1);

    // The accept that is under way is woken by the place that becomes free.
    let (accepted, ()) = tokio::join!(listener.accept(), async { drop(conn) });
    let mut conn = accepted.unwrap();
    conn.write_u8(7).await.unwrap();
    assert_eq!(second.read_u8().await.unwrap(), 7);
    assert_eq!(listener.stats().snapshot().refused_full, 0);
}

#[tokio::test]
async fn beyond_the_limit_a_connection_is_closed_or_reset_as_told() {
    for (when_full, ending) in [
        (WhenFull::Close, ErrorKind::UnexpectedEof),
        (WhenFull::Reset, ErrorKind::ConnectionReset),
    ] {
        let mut listener = admitting(Admission {
            connections_max: Some(1),
            when_full,
            ..Admission::default()
        })
        .await;
        let stats = listener.stats();
        let _first = connect(&listener).await;
        let conn = listener.accept().await.unwrap();
        let mut refused = connect(&listener).await;
        let error = tokio::select! {
            conn = listener.accept() => panic!("accepted {conn:?}"),
            read = refused.read_u8() => read.unwrap_err(),
        };
        assert_eq!(error.kind(), ending);
        assert_eq!(stats.snapshot().refused_full, 1);

        // A place that became free is given to the next one.
        drop(conn);
        let _third = connect(&listener).await;
        listener.accept().await.unwrap();
    }
}

#[tokio::test]
async fn the_place_is_kept_as_long_as_the_permit() {
    let mut listener = admitting(Admission {
        connections_max: Some(1),
        ..Admission::default()
    })
    .await;
    let _first = connect(&listener).await;
    let _second = connect(&listener).await;
    let conn = listener.accept().await.unwrap();
    // Wrapped in another stream, and taken apart: it is still the same connection.
    let (stream, info, permit) = conn.map(tokio::io::BufStream::new).into_parts();
    drop((stream, info));
    accepts_nothing(&mut listener).await;
    drop(permit);
    listener.accept().await.unwrap();
}

#[tokio::test]
async fn an_address_has_its_share_and_no_more() {
    let mut listener = admitting(Admission {
        per_address: Some(PerAddress {
            connections_max: 2,
            ..PerAddress::default()
        }),
        ..Admission::default()
    })
    .await;
    let stats = listener.stats();
    let mut kept = Vec::new();
    for _ in 0..2 {
        let client = connect(&listener).await;
        kept.push((client, listener.accept().await.unwrap()));
    }
    let mut third = connect(&listener).await;
    let _other = connect_from("127.0.0.2", &listener).await;
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.ip().unwrap().to_string(), "127.0.0.2");
    let error = third.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(stats.snapshot().refused_per_address, 1);

    kept.pop();
    let again = connect(&listener).await;
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.inet(), again.local_addr().ok());
}

#[tokio::test]
async fn lists_let_in_and_keep_out_also_v4_that_comes_as_v6() {
    for local in ["127.0.0.1:0", "[::]:0"] {
        let mut listener = Listener::bind(&endpoint(local), &Bind::default())
            .await
            .unwrap()
            .admission(Admission {
                allow: Some(prefixes("127.0.0.0/30")),
                deny: prefixes("127.0.0.2"),
                ..Admission::default()
            });
        let stats = listener.stats();
        let port = address(&listener).port();
        let from = async |ip: &str| {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(format!("{ip}:0").parse().unwrap()).unwrap();
            let to = std::net::SocketAddr::from(([127, 0, 0, 1], port));
            socket.connect(to).await.unwrap()
        };
        let mut denied = from("127.0.0.2").await;
        let mut stranger = from("127.0.0.5").await;
        let welcome = from("127.0.0.3").await;
        let conn = listener.accept().await.unwrap();
        assert_eq!(conn.info().peer.inet(), welcome.local_addr().ok());
        for out in [&mut denied, &mut stranger] {
            let error = out.read_u8().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        }
        assert_eq!(stats.snapshot().denied, 2);
    }
}

#[tokio::test]
async fn unix_peers_have_no_address_and_are_not_concerned_by_lists() {
    let name = format!("unix:@wharf-admission-{}", std::process::id());
    let mut listener = Listener::bind(&endpoint(&name), &Bind::default())
        .await
        .unwrap()
        .admission(Admission {
            allow: Some(PrefixSet::default()),
            ..Admission::default()
        });
    use std::os::linux::net::SocketAddrExt;
    let name = std::os::unix::net::SocketAddr::from_abstract_name(&name[6..]).unwrap();
    let _client = std::os::unix::net::UnixStream::connect_addr(&name).unwrap();
    listener.accept().await.unwrap();
}

#[tokio::test]
async fn figures_taken_before_the_rules_are_those_of_the_listener() {
    let listener = listen(&Bind::default()).await;
    let stats = listener.stats();
    let mut listener = listener.admission(Admission {
        connections_max: Some(10),
        ..Admission::default()
    });
    let _client = connect(&listener).await;
    let _conn = listener.accept().await.unwrap();
    assert_eq!((stats.snapshot().accepted, stats.snapshot().open), (1, 1));
}

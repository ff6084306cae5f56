//! Connections whose proxy tells whom it speaks for.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wharf_net::{
    Admission, Bind, Dialer, Drain, Listener, PerAddress, PrefixSet, ProxyPolicy, TrustUnix,
    Untrusted, serve,
};

use crate::support::{address, connect, listen};

const V1: &[u8] = b"PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n";

fn prefixes(text: &str) -> PrefixSet {
    text.parse().unwrap()
}

fn trusting_loopback() -> ProxyPolicy {
    ProxyPolicy::trusting(prefixes("127.0.0.0/8"))
}

async fn behind(policy: ProxyPolicy) -> Listener {
    let admission = Admission {
        proxy: Some(policy),
        ..Admission::default()
    };
    listen(&Bind::default()).await.admission(admission)
}

#[tokio::test]
async fn the_client_and_the_proxy_are_both_kept_and_no_byte_of_the_protocol_is_lost() {
    let mut listener = behind(trusting_loopback()).await;
    let mut proxy = connect(&listener).await;
    proxy.write_all(&[V1, b"GET /"].concat()).await.unwrap();
    let mut conn = listener.accept().await.unwrap();
    let info = conn.info();
    assert_eq!(info.peer.to_string(), "192.0.2.7:50000");
    assert_eq!(info.local.to_string(), "198.51.100.1:443");
    assert_eq!(info.transport_peer.inet(), proxy.local_addr().ok());
    assert_eq!(info.transport_local.inet(), proxy.peer_addr().ok());
    assert!(info.proxy.is_some());
    let mut first = [0; 5];
    conn.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"GET /");
}

#[tokio::test]
async fn a_header_may_come_byte_by_byte() {
    let mut listener = behind(trusting_loopback()).await;
    let mut proxy = connect(&listener).await;
    proxy.set_nodelay(true).unwrap();
    let sending = async {
        for byte in V1 {
            proxy.write_all(&[*byte]).await.unwrap();
            tokio::task::yield_now().await;
        }
        proxy.write_all(b"!").await.unwrap();
    };
    let (conn, ()) = tokio::join!(listener.accept(), sending);
    let mut conn = conn.unwrap();
    assert_eq!(conn.info().peer.to_string(), "192.0.2.7:50000");
    assert_eq!(conn.read_u8().await.unwrap(), b'!');
}

#[tokio::test]
async fn a_slow_proxy_delays_nobody_else() {
    let mut listener = behind(trusting_loopback()).await;
    let mut slow = connect(&listener).await;
    slow.write_all(&V1[..10]).await.unwrap();
    let mut quick = connect(&listener).await;
    quick.write_all(V1).await.unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().transport_peer.inet(), quick.local_addr().ok());
    // A dropped accept loses no header that is under way.
    slow.write_all(&V1[10..]).await.unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().transport_peer.inet(), slow.local_addr().ok());
}

#[tokio::test]
async fn without_a_right_header_in_time_a_trusted_peer_is_reset() {
    let mut listener = behind(ProxyPolicy {
        deadline: Duration::from_millis(50),
        ..trusting_loopback()
    })
    .await;
    let stats = listener.stats();
    let to = address(&listener);
    let accepting = tokio::spawn(async move { listener.accept().await });
    let mut failed = 0;
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &V1[..20], b""] {
        let mut proxy = TcpStream::connect(to).await.unwrap();
        proxy.write_all(bytes).await.unwrap();
        let error = proxy.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{bytes:?}");
        failed += 1;
        assert_eq!(stats.snapshot().proxy_failed, failed);
    }
    assert_eq!(stats.snapshot().open, 0);
    accepting.abort();
}

#[tokio::test]
async fn a_stranger_is_reset_or_taken_for_a_client_as_told() {
    let strangers = ProxyPolicy::trusting(prefixes("203.0.113.0/24"));
    let mut listener = behind(strangers.clone()).await;
    let stats = listener.stats();
    let mut stranger = connect(&listener).await;
    let error = tokio::select! {
        conn = listener.accept() => panic!("accepted {conn:?}"),
        read = stranger.read_u8() => read.unwrap_err(),
    };
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(stats.snapshot().denied, 1);

    let mut listener = behind(ProxyPolicy {
        untrusted: Untrusted::Direct,
        ..strangers
    })
    .await;
    let mut stranger = connect(&listener).await;
    stranger.write_all(V1).await.unwrap();
    let mut conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.inet(), stranger.local_addr().ok());
    let mut forged = vec![0; V1.len()];
    conn.read_exact(&mut forged).await.unwrap();
    assert_eq!(forged, V1, "not believed, and not swallowed");
}

#[tokio::test]
async fn limits_and_lists_are_about_the_client() {
    let mut listener = listen(&Bind::default()).await.admission(Admission {
        proxy: Some(trusting_loopback()),
        deny: prefixes("192.0.2.66"),
        per_address: Some(PerAddress {
            connections_max: 1,
            ..PerAddress::default()
        }),
        ..Admission::default()
    });
    let stats = listener.stats();
    let to = address(&listener);
    let client = async |ip: &str| {
        let mut proxy = TcpStream::connect(to).await.unwrap();
        let header = format!("PROXY TCP4 {ip} 198.51.100.1 1 2\r\n");
        proxy.write_all(header.as_bytes()).await.unwrap();
        proxy
    };
    let mut denied = client("192.0.2.66").await;
    let _first = client("192.0.2.1").await;
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.to_string(), "192.0.2.1:1");
    let mut second = client("192.0.2.1").await;
    // All come from one proxy; the next client is another one.
    let _other = client("192.0.2.2").await;
    let conn_of_other = listener.accept().await.unwrap();
    assert_eq!(conn_of_other.info().peer.to_string(), "192.0.2.2:1");
    for out in [&mut denied, &mut second] {
        let error = out.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    }
    let figures = stats.snapshot();
    assert_eq!((figures.denied, figures.refused_per_address), (1, 1));
}

#[tokio::test]
async fn a_proxys_own_connection_keeps_its_own_address() {
    let mut listener = behind(trusting_loopback()).await;
    let mut proxy = connect(&listener).await;
    proxy.write_all(b"PROXY UNKNOWN\r\n").await.unwrap();
    let conn = listener.accept().await.unwrap();
    assert_eq!(conn.info().peer.inet(), proxy.local_addr().ok());
    assert!(conn.info().proxy.is_some());
}

#[tokio::test]
async fn headers_under_way_are_bounded() {
    let mut listener = behind(ProxyPolicy {
        pending_max: 2,
        ..trusting_loopback()
    })
    .await;
    let stats = listener.stats();
    let mut waiting = Vec::new();
    for _ in 0..4 {
        waiting.push(connect(&listener).await);
    }
    // The last one to connect sends its header first, and stays in the kernel's queue until there is room.
    waiting[3].write_all(V1).await.unwrap();
    waiting[0].write_all(V1).await.unwrap();
    let first = listener.accept().await.unwrap();
    assert_eq!(
        first.info().transport_peer.inet(),
        waiting[0].local_addr().ok()
    );
    assert!(stats.snapshot().open <= 1 + 2);
    waiting[1].write_all(V1).await.unwrap();
    waiting[2].write_all(V1).await.unwrap();
    for _ in 0..3 {
        listener.accept().await.unwrap();
    }
}

#[tokio::test]
async fn a_drain_still_serves_a_proxy_that_was_about_to_introduce_its_client() {
    let listener = behind(trusting_loopback()).await;
    let mut proxy = connect(&listener).await;
    proxy.write_all(&V1[..10]).await.unwrap();
    let drain = Drain::new();
    drain.begin(Duration::from_secs(30));
    let serving = serve(listener, drain, |mut conn| async move {
        conn.write_u8(1).await.unwrap();
    });
    let client = async {
        proxy.write_all(&V1[10..]).await.unwrap();
        proxy.read_u8().await.unwrap()
    };
    let (report, answer) = tokio::join!(serving, client);
    assert_eq!((report.unwrap().finished, answer), (1, 1));
}

#[tokio::test]
async fn a_unix_peer_is_believed_if_reaching_the_socket_took_permission() {
    let dir = tempfile::tempdir().unwrap();
    let path = format!("unix:{}", dir.path().join("a.sock").display());
    let name = format!("unix:@wharf-proxied-{}", std::process::id());
    for (endpoint, trust_unix, is_believed) in [
        (&path, TrustUnix::Path, true),
        (&name, TrustUnix::Path, false),
        (&name, TrustUnix::All, true),
        (&path, TrustUnix::No, false),
    ] {
        let endpoint = endpoint.parse().unwrap();
        let mut listener = Listener::bind(&endpoint, &Bind::default())
            .await
            .unwrap()
            .admission(Admission {
                proxy: Some(ProxyPolicy {
                    trust_unix,
                    untrusted: Untrusted::Direct,
                    ..trusting_loopback()
                }),
                ..Admission::default()
            });
        let mut proxy = Dialer::default().dial(&endpoint).await.unwrap();
        proxy.write_all(V1).await.unwrap();
        let conn = listener.accept().await.unwrap();
        let believed = conn.info().peer.to_string() == "192.0.2.7:50000";
        assert_eq!(believed, is_believed, "{endpoint} {trust_unix:?}");
    }
}

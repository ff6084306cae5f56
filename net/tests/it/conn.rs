//! A connection: counters, closing, half-close, the kernel's view.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use wharf_net::{Addr, Bind, Conn, ConnInfo, Linger, close};

use crate::support::{connect, listen};

#[tokio::test]
async fn bytes_are_counted_both_ways_and_the_figures_stay() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    let counters = conn.counters().clone();
    client.write_all(b"12345").await.unwrap();
    let mut five = [0; 5];
    conn.read_exact(&mut five).await.unwrap();
    assert_eq!((counters.read_bytes(), counters.written_bytes()), (5, 0));

    let slices = [std::io::IoSlice::new(b"ab"), std::io::IoSlice::new(b"c")];
    assert!(tokio::io::AsyncWrite::is_write_vectored(&conn));
    assert_eq!(conn.write_vectored(&slices).await.unwrap(), 3);
    conn.write_all(b"de").await.unwrap();
    drop(conn);
    assert_eq!((counters.read_bytes(), counters.written_bytes()), (5, 5));
}

#[tokio::test]
async fn each_direction_can_be_closed_by_itself() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    // Ours first: the peer sees the end and can still send.
    conn.shutdown().await.unwrap();
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    client.write_all(b"still here").await.unwrap();
    client.shutdown().await.unwrap();
    let mut text = String::new();
    conn.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "still here");
}

#[tokio::test]
async fn close_waits_for_the_peers_end_and_tells_what_was_thrown_away() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    conn.write_all(b"bye").await.unwrap();
    let closing = tokio::spawn(async move { conn.close(&Linger::default()).await });
    let mut text = String::new();
    client.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "bye");
    client.write_all(b"and thanks").await.unwrap();
    drop(client);
    assert_eq!(closing.await.unwrap().unwrap(), 10);
}

#[tokio::test]
async fn close_tells_a_reset_from_an_end() {
    let mut listener = listen(&Bind::default()).await;
    let client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    conn.write_all(b"lost?").await.unwrap();
    client.set_zero_linger().unwrap();
    drop(client);
    let error = conn.close(&Linger::default()).await.unwrap_err();
    assert!(
        matches!(
            error.kind(),
            ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::NotConnected
        ),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn close_gives_a_peer_up_that_neither_ends_nor_stops() {
    let (mut near, _far) = duplex(64);
    let error = close(&mut near, &Linger::default()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);

    let (mut near, mut far) = duplex(64);
    let flood = tokio::spawn(async move { while far.write_all(&[0; 64]).await.is_ok() {} });
    let linger = Linger {
        bytes_max: 1000,
        time_max: Duration::from_secs(60),
    };
    let error = close(&mut near, &linger).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    drop(near);
    flood.await.unwrap();
}

#[tokio::test]
async fn the_kernel_tells_what_it_knows() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    conn.write_all(&[7; 1000]).await.unwrap();
    client.read_exact(&mut [0; 1000]).await.unwrap();
    client.write_all(&[8; 500]).await.unwrap();
    conn.read_exact(&mut [0; 500]).await.unwrap();
    let info = conn.tcp_info().unwrap();
    assert_eq!(info.received_bytes, 500);
    // The answer of the peer carried the acknowledgement of what it had read.
    assert_eq!(info.acknowledged_bytes, 1000);
    assert!(info.rtt > Duration::ZERO, "{info:?}");
    assert!(
        info.mss_bytes > 500 && info.congestion_window > 0,
        "{info:?}"
    );
    assert_eq!(
        (info.lost, info.retransmitted, info.unsent_bytes),
        (0, 0, 0)
    );
}

#[tokio::test]
async fn a_connection_over_any_stream_is_a_connection() {
    let info = || ConnInfo::new(Addr::Unnamed, Addr::Unnamed);
    let (near, far) = duplex(64);
    let (mut near, mut far) = (Conn::new(near, info()), Conn::new(far, info()));
    assert_ne!(near.info().id, far.info().id);
    near.write_all(b"x").await.unwrap();
    assert_eq!(far.read_u8().await.unwrap(), b'x');
    assert_eq!(far.counters().read_bytes(), 1);
    assert!(near.into_parts().2.is_none(), "nobody admitted it");
}

/// The task that asks is not one that the runtime runs again only behind a look at its sockets.
#[tokio::test]
async fn what_has_arrived_is_known_before_the_runtime_has_looked() {
    let mut listener = listen(&Bind::default()).await;
    let mut client = connect(&listener).await;
    let mut conn = listener.accept().await.unwrap();
    let asking = tokio::spawn(async move {
        assert!(!conn.has_arrived());
        client.write_all(b"a").await.unwrap();
        assert!(conn.has_arrived());
        conn.read_u8().await.unwrap();
        assert!(!conn.has_arrived());
        drop(client);
        assert!(conn.has_arrived(), "the end has");
    });
    asking.await.unwrap();
}

//! What is written arrives, whatever the sizes.

use std::io::{ErrorKind, IoSlice};
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::peers::{Peers, TLS12, TLS13, content};

#[tokio::test]
async fn records_of_every_size_arrive_in_both_directions() {
    for version in [TLS13, TLS12] {
        let (mut server, mut client) = Peers::new(version).connected(1 << 20).await;
        for size in [1, 2, 1000, 16_384, 16_385, 65_536, 65_537, 300_000] {
            let sent = content(size);
            let mut received = vec![0; size];
            let (written, read) = tokio::join!(
                async {
                    server.write_all(&sent).await?;
                    server.flush().await
                },
                client.read_exact(&mut received)
            );
            written.unwrap();
            read.unwrap();
            assert!(received == sent, "{size} bytes down");
            let mut received = vec![0; size];
            let (written, read) = tokio::join!(
                async {
                    client.write_all(&sent).await?;
                    client.flush().await
                },
                server.read_exact(&mut received)
            );
            written.unwrap();
            read.unwrap();
            assert!(received == sent, "{size} bytes up");
        }
    }
}

#[tokio::test]
async fn one_read_takes_all_records_that_have_come() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    server.flush().await.unwrap();
    for n in 0..20 {
        client.write_all(&[n; 100]).await.unwrap();
        client.flush().await.unwrap();
    }
    let mut received = vec![0; 64 * 1024];
    assert_eq!(server.read(&mut received).await.unwrap(), 2000);
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn a_small_read_leaves_the_rest_of_a_record_for_the_next() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    let sent = content(50_000);
    client.write_all(&sent).await.unwrap();
    client.flush().await.unwrap();
    // Writing while there is more to read must not get at what nobody has asked for yet.
    server.write_all(b"between").await.unwrap();
    let mut received = Vec::new();
    while received.len() < sent.len() {
        let mut piece = [0; 777];
        let n = server.read(&mut piece).await.unwrap();
        received.extend_from_slice(&piece[..n]);
        server.write_all(b"between").await.unwrap();
    }
    assert!(received == sent);
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn an_idle_stream_holds_no_buffer() {
    for version in [TLS13, TLS12] {
        let (mut server, mut client) = Peers::new(version).connected(1 << 20).await;
        assert!(server.buffered_bytes() < 2048, "more than tickets");
        poll_read_once(&mut server, &mut [0; 10]).await;
        assert_eq!(server.buffered_bytes(), 0, "after the handshake");
        for size in [10, 16_384, 200_000] {
            client.write_all(&content(size)).await.unwrap();
            client.flush().await.unwrap();
            let mut received = vec![0; size];
            server.read_exact(&mut received).await.unwrap();
            server.write_all(&received).await.unwrap();
            server.flush().await.unwrap();
            client.read_exact(&mut received).await.unwrap();
            poll_read_once(&mut server, &mut [0; 10]).await;
            assert_eq!(server.buffered_bytes(), 0, "after {size} bytes");
        }
    }
}

#[tokio::test]
async fn a_part_of_a_record_is_held_in_memory_of_its_own_size() {
    use wharf_faults::{Plan, Script, Step};
    let peers = Peers::new(TLS13);
    let handshake = peers.handshake_bytes().await;
    let plan = Plan::a_to_b(Script::after(handshake + 1000, Step::Stall));
    let (mut server, mut client) = peers.connected_through(plan).await;
    client.write_all(&content(5000)).await.unwrap();
    client.flush().await.unwrap();
    // As often as it takes for the part to come through.
    for _ in 0..100 {
        poll_read_once(&mut server, &mut [0; 10]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(server.buffered_bytes(), 1000);
}

#[tokio::test]
async fn what_the_transport_does_not_take_is_bounded() {
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    let sent = content(1_000_000);
    // Nobody reads: the first write is taken and parked, the second waits.
    assert_eq!(server.write(&sent).await.unwrap(), 64 * 1024);
    let waits = std::future::poll_fn(|cx| {
        Poll::Ready(Pin::new(&mut server).poll_write(cx, &sent).is_pending())
    });
    assert!(waits.await);
    assert!(server.buffered_bytes() < 100 * 1024);
    let mut received = vec![0; 64 * 1024];
    let (flushed, read) = tokio::join!(server.flush(), client.read_exact(&mut received));
    flushed.unwrap();
    read.unwrap();
    assert!(received == sent[..64 * 1024]);
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn a_dropped_stream_loses_what_was_parked_and_the_peer_is_told() {
    // What the documentation of `TlsStream` says about dropping, in figures.
    let (mut server, mut client) = Peers::new(TLS13).connected(4096).await;
    let sent = content(60_000);
    server.write_all(&sent).await.unwrap();
    drop(server);
    let mut received = Vec::new();
    let error = client.read_to_end(&mut received).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    // The pipe took 4096 bytes, less than the first record.
    assert_eq!(received.len(), 0);

    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    server.write_all(&sent).await.unwrap();
    drop(server);
    let error = client.read_to_end(&mut received).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert!(received == sent, "a transport with room loses nothing");
}

#[tokio::test]
async fn both_directions_flow_at_once_through_a_tiny_pipe() {
    let (server, client) = Peers::new(TLS13).connected(64).await;
    let (mut from_client, mut to_client) = tokio::io::split(server);
    let (mut from_server, mut to_server) = tokio::io::split(client);
    let sent = content(100_000);
    let (mut up, mut down) = (vec![0; sent.len()], vec![0; sent.len()]);
    let (a, b, c, d) = tokio::join!(
        async {
            to_client.write_all(&sent).await?;
            to_client.flush().await
        },
        async {
            to_server.write_all(&sent).await?;
            to_server.flush().await
        },
        from_client.read_exact(&mut up),
        from_server.read_exact(&mut down)
    );
    a.unwrap();
    b.unwrap();
    c.unwrap();
    d.unwrap();
    assert!(up == sent && down == sent);
}

#[tokio::test]
async fn slices_are_gathered_in_order() {
    let cases: [&[usize]; 7] = [
        &[200, 1000],
        &[0, 5, 0, 7],
        &[200, 60_000],
        &[16_384, 16_384],
        &[16_000, 40_000, 3],
        &[100_000, 100],
        &[1; 300],
    ];
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    for sizes in cases {
        let all = content(sizes.iter().sum());
        let mut rest = &all[..];
        let mut slices = Vec::new();
        for &size in sizes {
            let (slice, more) = rest.split_at(size);
            slices.push(IoSlice::new(slice));
            rest = more;
        }
        let taken = server.write_vectored(&slices).await.unwrap();
        assert_eq!(taken, all.len().min(64 * 1024), "{sizes:?}");
        let mut received = vec![0; taken];
        client.read_exact(&mut received).await.unwrap();
        assert!(received == all[..taken], "{sizes:?}");
    }
}

#[tokio::test]
async fn a_head_and_its_body_share_a_record() {
    let (mut server, mut client) = Peers::new(TLS13).connected(1 << 20).await;
    let slices = [IoSlice::new(&[b'h'; 200]), IoSlice::new(&[b'b'; 1000])];
    assert!(server.is_write_vectored());
    assert_eq!(server.write_vectored(&slices).await.unwrap(), 1200);
    // A read of the other library ends with a record if the next one has not come.
    let mut received = [0; 4000];
    assert_eq!(client.read(&mut received).await.unwrap(), 1200);
    assert_eq!(server.write_vectored(&[]).await.unwrap(), 0);
}

/// Polls a read once. Its result is of no interest.
pub(crate) async fn poll_read_once<S: AsyncRead + Unpin>(stream: &mut S, into: &mut [u8]) {
    std::future::poll_fn(|cx| {
        let _ = Pin::new(&mut *stream).poll_read(cx, &mut ReadBuf::new(into));
        Poll::Ready(())
    })
    .await;
}

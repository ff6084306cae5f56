//! Two halves in two tasks.

use std::future::Future;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use crate::peers::{Peers, TLS13, content};

/// A waker that is lost would be a test that hangs.
async fn in_time<F: Future>(future: F) -> F::Output {
    let waited = timeout(Duration::from_secs(20), future).await;
    waited.expect("a task was not woken")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_tasks_read_and_write_at_once() {
    for pipe in [64, 4096, 1 << 20] {
        let (server, client) = Peers::new(TLS13).connected(pipe).await;
        let (mut from_client, mut to_client) = server.split();
        let (mut from_server, mut to_server) = tokio::io::split(client);
        let send_up = tokio::spawn(async move {
            to_server.write_all(&content(300_000)).await.unwrap();
            to_server.shutdown().await.unwrap();
        });
        let send_down = tokio::spawn(async move {
            to_client.write_all(&content(300_000)).await.unwrap();
            to_client.shutdown().await.unwrap();
            to_client
        });
        let receive_up = tokio::spawn(async move {
            let mut received = Vec::new();
            from_client.read_to_end(&mut received).await.unwrap();
            assert!(received == content(300_000));
            from_client
        });
        let mut received = Vec::new();
        in_time(from_server.read_to_end(&mut received))
            .await
            .unwrap();
        assert!(received == content(300_000));
        in_time(send_up).await.unwrap();
        let stream = in_time(receive_up)
            .await
            .unwrap()
            .reunite(in_time(send_down).await.unwrap())
            .unwrap();
        assert_eq!(stream.buffered_bytes(), 0);
    }
}

#[tokio::test]
async fn a_reader_that_pushes_does_not_take_the_writers_place() {
    // The writer waits for the pipe; the reader, polled after it, pushes the same records and waits for content. When the peer
    // reads, it is the writer that has to go on.
    let (server, mut client) = Peers::new(TLS13).connected(4096).await;
    let (mut from_client, mut to_client) = server.split();
    let writer = tokio::spawn(async move {
        to_client.write_all(&content(200_000)).await.unwrap();
        to_client.flush().await.unwrap();
        to_client
    });
    tokio::task::yield_now().await;
    let reader = tokio::spawn(async move {
        let read = from_client.read_u8().await;
        (from_client, read)
    });
    tokio::task::yield_now().await;
    let mut received = vec![0; 200_000];
    in_time(client.read_exact(&mut received)).await.unwrap();
    assert!(received == content(200_000));
    let to_client = in_time(writer).await.unwrap();
    client.write_all(b"x").await.unwrap();
    client.flush().await.unwrap();
    let (from_client, read) = in_time(reader).await.unwrap();
    assert_eq!(read.unwrap(), b'x');
    from_client.reunite(to_client).unwrap();
}

#[tokio::test]
async fn halves_of_two_streams_do_not_fit() {
    let peers = Peers::new(TLS13);
    let (one, _client) = peers.connected(4096).await;
    let (other, _client) = peers.connected(4096).await;
    let ((reader, _writer), (_reader, writer)) = (one.split(), other.split());
    assert_eq!(reader.info().to_string(), writer.info().to_string());
    reader.reunite(writer).unwrap_err();
}

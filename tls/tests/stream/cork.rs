//! What shares a send.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use wharf_tls::TlsStream;

use crate::peers::{Client, Peers, TLS13};
use crate::transfer::poll_read_once;

/// A pipe that remembers how much each write gave it.
#[derive(Debug)]
struct Sends {
    io: DuplexStream,
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl AsyncRead for Sends {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl AsyncWrite for Sends {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.sizes.lock().unwrap().push(buf.len());
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}

/// A connection, and how much each send of the server held since the beginning of the handshake.
async fn counted() -> (TlsStream<Sends>, Client, Arc<Mutex<Vec<usize>>>) {
    let (far, near) = duplex(1 << 20);
    let sizes = Arc::default();
    let far = Sends {
        io: far,
        sizes: Arc::clone(&sizes),
    };
    let (server, client) = Peers::new(TLS13).handshake(near, far).await;
    (server, client, sizes)
}

#[tokio::test]
async fn tickets_the_answer_and_its_end_share_a_send() {
    let (mut server, mut client, sizes) = counted().await;
    client.write_all(b"question").await.unwrap();
    client.flush().await.unwrap();
    let mut question = [0; 8];
    server.read_exact(&mut question).await.unwrap();
    assert_eq!(
        sizes.lock().unwrap().len(),
        1,
        "the flight of the handshake"
    );
    server.cork();
    server.write_all(b"answer").await.unwrap();
    assert_eq!(sizes.lock().unwrap().len(), 1);
    server.shutdown().await.unwrap();
    assert_eq!(sizes.lock().unwrap().len(), 2);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "answer");
}

#[tokio::test]
async fn tickets_do_not_wait_for_a_client_that_waits() {
    let (mut server, _client, sizes) = counted().await;
    poll_read_once(&mut server, &mut [0; 10]).await;
    assert_eq!(sizes.lock().unwrap().len(), 2);
    assert_eq!(server.buffered_bytes(), 0);
}

#[tokio::test]
async fn what_a_cork_holds_back_goes_with_the_flush_or_the_read_behind_it() {
    let (mut server, mut client, sizes) = counted().await;
    server.flush().await.unwrap();
    for flushes in [true, false] {
        let before = sizes.lock().unwrap().len();
        server.cork();
        server.write_all(b"held").await.unwrap();
        assert_eq!(sizes.lock().unwrap().len(), before);
        if flushes {
            server.flush().await.unwrap();
        } else {
            poll_read_once(&mut server, &mut [0; 10]).await;
        }
        assert_eq!(sizes.lock().unwrap().len(), before + 1);
        let mut received = [0; 4];
        client.read_exact(&mut received).await.unwrap();
    }
    // However often it is asked for, no more is held back than a write.
    for _ in 0..10 {
        server.cork();
        server.write_all(&[b'x'; 64 * 1024]).await.unwrap();
        assert!(server.buffered_bytes() < 200_000);
    }
    server.flush().await.unwrap();
    let mut received = vec![0; 10 * 64 * 1024];
    client.read_exact(&mut received).await.unwrap();
}

#[tokio::test]
async fn a_whole_record_and_its_end_share_a_send() {
    let (mut server, mut client, sizes) = counted().await;
    server.flush().await.unwrap();
    let before = sizes.lock().unwrap().len();
    server.cork();
    server.write_all(&[b'x'; 16 * 1024]).await.unwrap();
    server.shutdown().await.unwrap();
    assert_eq!(sizes.lock().unwrap().len(), before + 1);
    let mut received = Vec::new();
    client.read_to_end(&mut received).await.unwrap();
    assert_eq!(received.len(), 16 * 1024);
}

#[tokio::test]
async fn a_cork_without_a_write_is_undone_by_a_flush_and_by_a_split() {
    let (mut server, mut client, _) = counted().await;
    server.cork();
    server.flush().await.unwrap();
    // Without a flush or a read behind them.
    server.write_all(b"sent").await.unwrap();
    let mut received = [0; 4];
    client.read_exact(&mut received).await.unwrap();
    server.cork();
    let (_reader, mut writer) = server.split();
    writer.write_all(b"sent").await.unwrap();
    client.read_exact(&mut received).await.unwrap();
}

#[tokio::test]
async fn a_client_that_has_said_all_gets_its_tickets() {
    let (mut server, mut client, sizes) = counted().await;
    client.write_all(b"all").await.unwrap();
    client.shutdown().await.unwrap();
    let mut received = Vec::new();
    server.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, b"all");
    assert_eq!(sizes.lock().unwrap().len(), 2);
}

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

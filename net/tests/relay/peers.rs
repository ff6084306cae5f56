//! Streams to relay between, and what their peers do.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// A stream of which both ends can be had.
pub(crate) trait Pair: AsyncRead + AsyncWrite + Unpin + Send + Sized + 'static {
    async fn pair() -> (Self, Self);
}

impl Pair for TcpStream {
    async fn pair() -> (Self, Self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = Self::connect(listener.local_addr().unwrap()).await.unwrap();
        (near, listener.accept().await.unwrap().0)
    }
}

impl Pair for UnixStream {
    async fn pair() -> (Self, Self) {
        Self::pair().unwrap()
    }
}

impl Pair for DuplexStream {
    async fn pair() -> (Self, Self) {
        duplex(16 * 1024)
    }
}

/// The period of [`pattern`]: a prime, so that no buffer, page or pipe fits into it a whole number of times.
const PERIOD: usize = 1_048_583;

/// Bytes that look random, and are others for each seed.
fn pattern(seed: u64) -> Vec<u8> {
    let mut state = seed;
    (0..PERIOD)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .collect()
}

/// Sends `bytes` of a pattern and the end of the stream.
pub(crate) async fn send_pattern<W: AsyncWrite + Unpin>(writer: &mut W, seed: u64, bytes: usize) {
    let pattern = pattern(seed);
    let mut left = bytes;
    while left > 0 {
        let part = left.min(PERIOD);
        writer.write_all(&pattern[..part]).await.unwrap();
        left -= part;
    }
    writer.shutdown().await.unwrap();
}

/// Reads to the end, which must come after `bytes` of a pattern.
pub(crate) async fn expect_pattern<R: AsyncRead + Unpin>(reader: &mut R, seed: u64, bytes: usize) {
    let pattern = pattern(seed);
    let mut read = vec![0; 256 * 1024];
    let mut arrived = 0;
    loop {
        let count = reader.read(&mut read).await.unwrap();
        if count == 0 {
            break;
        }
        let mut rest = &read[..count];
        while !rest.is_empty() {
            let expected = &pattern[arrived % PERIOD..];
            let part = rest.len().min(expected.len());
            assert!(rest[..part] == expected[..part], "changed after {arrived}");
            arrived += part;
            rest = &rest[part..];
        }
    }
    assert_eq!(arrived, bytes);
}

/// Everything up to the end of the stream.
pub(crate) async fn read_all<R: AsyncRead + Unpin>(reader: &mut R) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// A stream that does what it is told: reads one chunk after the other and then `end`, takes so many bytes and then
/// fails.
pub(crate) struct Scripted {
    pub(crate) reads: VecDeque<Vec<u8>>,
    /// After the reads: an end, an error, or nothing ever.
    pub(crate) end: ReadEnd,
    pub(crate) writes_max: usize,
    pub(crate) write_error: io::ErrorKind,
    pub(crate) log: Arc<Log>,
}

#[derive(Clone, Copy)]
pub(crate) enum ReadEnd {
    Eof,
    Error(io::ErrorKind),
    Silence,
    /// The same zeros for ever, always ready.
    Endless,
}

/// What was done to a [`Scripted`].
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) written: AtomicU64,
    pub(crate) flushes: AtomicU64,
    pub(crate) shutdowns: AtomicU64,
}

impl Log {
    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(crate) fn flushes(&self) -> u64 {
        self.flushes.load(Ordering::Relaxed)
    }

    pub(crate) fn shutdowns(&self) -> u64 {
        self.shutdowns.load(Ordering::Relaxed)
    }
}

impl Scripted {
    pub(crate) fn new(reads: &[&str], end: ReadEnd) -> Self {
        Self {
            reads: reads.iter().map(|read| read.as_bytes().to_vec()).collect(),
            end,
            writes_max: usize::MAX,
            write_error: io::ErrorKind::ConnectionReset,
            log: Arc::default(),
        }
    }
}

impl AsyncRead for Scripted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut read) = self.reads.pop_front() {
            let part = read.len().min(buf.remaining());
            buf.put_slice(&read[..part]);
            if part < read.len() {
                self.reads.push_front(read.split_off(part));
            }
            return Poll::Ready(Ok(()));
        }
        match self.end {
            ReadEnd::Eof => Poll::Ready(Ok(())),
            ReadEnd::Error(kind) => Poll::Ready(Err(kind.into())),
            ReadEnd::Silence => Poll::Pending,
            ReadEnd::Endless => {
                buf.put_slice(&[0; 100]);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let part = buf.len().min(self.writes_max);
        if part == 0 {
            return Poll::Ready(Err(self.write_error.into()));
        }
        self.writes_max -= part;
        self.log.written.fetch_add(part as u64, Ordering::Relaxed);
        Poll::Ready(Ok(part))
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.log.flushes.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.log.shutdowns.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

//! Connections by the thousand: opened and answered one after the other, or held.

use std::future::Future;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;

use crate::server::{ANSWER, CLOSE};

const ASK: &str = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n";
/// How many clients connect, ask, read the answer to its end, and begin anew.
const CLIENTS: usize = 32;
/// A server that loses a connection must not hang the bench.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// What one run of [`accept`] counted.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// Connections that were accepted, answered and closed by the server.
    pub connections: u64,
    /// How long it took.
    pub wall: Duration,
}

/// Raises this process's limit on descriptors to what it may be.
pub fn raise_descriptor_limit() -> anyhow::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, raised).context("setrlimit")
}

/// Opens connections for a while, each for one answer.
pub fn accept(server: SocketAddr, time: Duration) -> anyhow::Result<Counted> {
    block_on(async {
        let began = Instant::now();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| tokio::spawn(ask_until(server, began + time)))
            .collect();
        let mut connections = 0;
        for client in clients {
            connections += client.await??;
        }
        let wall = began.elapsed();
        ensure!(connections > 0, "no connection was answered");
        Ok(Counted { connections, wall })
    })
}

async fn ask_until(server: SocketAddr, end: Instant) -> anyhow::Result<u64> {
    let ask = ASK.replace("\r\n\r\n", &format!("\r\n{CLOSE}\r\n\r\n"));
    let mut connections = 0;
    let mut answer = Vec::with_capacity(1024);
    while Instant::now() < end {
        let mut stream = TcpStream::connect(server).await?;
        // The server closes first; a reset afterwards spares the machine a TIME-WAIT for each connection.
        stream.set_zero_linger()?;
        stream.write_all(ask.as_bytes()).await?;
        answer.clear();
        tokio::time::timeout(ANSWER_MAX, stream.read_to_end(&mut answer))
            .await
            .context("no answer")??;
        ensure!(
            is_answer(&answer),
            "the answer is {}",
            answer.escape_ascii()
        );
        connections += 1;
    }
    Ok(connections)
}

/// Connections that have been answered once and are kept open.
#[derive(Debug)]
pub struct Held {
    is_answer: fn(&[u8]) -> bool,
    streams: Vec<std::net::TcpStream>,
}

impl Held {
    /// None yet. What a server answers is complete when `is_answer` says so.
    pub fn new(is_answer: fn(&[u8]) -> bool) -> Self {
        Self {
            is_answer,
            streams: Vec::new(),
        }
    }

    /// Opens more until there are `count`, and fails if one has been closed meanwhile.
    pub fn grow(&mut self, server: SocketAddr, count: usize) -> anyhow::Result<()> {
        let opened = block_on(async {
            let mut opened = Vec::new();
            for at in self.streams.len()..count {
                let socket = TcpSocket::new_v4()?;
                // From several addresses, lest one run out of ports.
                let from = Ipv4Addr::new(127, 0, 1, (at % 4) as u8 + 1);
                socket.bind(SocketAddr::from((from, 0)))?;
                let mut stream = socket.connect(server).await?;
                stream.write_all(ASK.as_bytes()).await?;
                let mut answer = Vec::with_capacity(512);
                while !(self.is_answer)(&answer) {
                    let read = tokio::time::timeout(ANSWER_MAX, stream.read_buf(&mut answer));
                    ensure!(read.await.context("no answer")?? > 0, "the stream ended");
                }
                opened.push(stream.into_std()?);
            }
            Ok(opened)
        })?;
        self.streams.extend(opened);
        self.streams.iter().try_for_each(is_open)
    }
}

/// Fails if the server has closed it.
pub fn is_open(socket: &std::net::TcpStream) -> anyhow::Result<()> {
    match socket.peek(&mut [0]) {
        Ok(0) => bail!("the server closed a connection that was to be held"),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Whether this is the whole of [`ANSWER`], or nginx's equal to it.
pub fn is_answer(bytes: &[u8]) -> bool {
    let status = &ANSWER[..b"HTTP/1.1 204".len()];
    bytes.starts_with(status) && bytes.ends_with(b"\r\n\r\n")
}

/// Runs a load on one thread, with a runtime of its own.
pub fn block_on<T>(load: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    runtime()?.block_on(load)
}

/// A runtime on this thread.
pub fn runtime() -> anyhow::Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

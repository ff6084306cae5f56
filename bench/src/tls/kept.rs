//! Connections that are kept: asked again and again, or held idle.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustls::HandshakeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use tokio_rustls::client::TlsStream;

use super::client::Client;
use super::visits::within;
use crate::connections::{Counted, block_on, is_open, runtime};
use crate::process::check_answer;
use crate::server::BODY;

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Handshakes under way when connections are opened to be held.
const OPENING_MAX: usize = 32;

/// Open connections, each asked for one thing at a time.
#[derive(Debug)]
pub struct Kept {
    runtime: Runtime,
    connections: Vec<Connection>,
}

impl Kept {
    /// Opens them; each has been answered once.
    pub fn open(server: SocketAddr, client: &Client, count: usize) -> anyhow::Result<Self> {
        let runtime = runtime()?;
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..count {
                connections.push(Connection::open(client, server).await?);
            }
            anyhow::Ok(connections)
        })?;
        Ok(Self {
            runtime,
            connections,
        })
    }

    /// Asks on all of them for a while; what is counted are answers.
    pub fn ask(&mut self, time: Duration) -> anyhow::Result<Counted> {
        let connections = std::mem::take(&mut self.connections);
        self.runtime.block_on(async {
            let began = Instant::now();
            let tasks: Vec<_> = connections
                .into_iter()
                .map(|mut connection| {
                    tokio::spawn(async move {
                        let mut answers = 0;
                        while began.elapsed() < time {
                            connection.ask().await?;
                            answers += 1;
                        }
                        anyhow::Ok((connection, answers))
                    })
                })
                .collect();
            let mut answers = 0;
            for task in tasks {
                let (connection, more) = task.await??;
                self.connections.push(connection);
                answers += more;
            }
            let wall = began.elapsed();
            Ok(Counted {
                connections: answers,
                wall,
            })
        })
    }
}

#[derive(Debug)]
struct Connection {
    stream: TlsStream<TcpStream>,
    /// As long as the first, which was read with care: a date has always the same length.
    answer: Vec<u8>,
}

impl Connection {
    async fn open(client: &Client, server: SocketAddr) -> anyhow::Result<Self> {
        within(ANSWER_MAX, async {
            let mut stream = client.connect(server, HandshakeKind::Full).await?;
            stream.write_all(ASK).await?;
            let mut answer = Vec::with_capacity(512);
            while !answer.ends_with(BODY) {
                let read = stream.read_buf(&mut answer).await?;
                ensure!(read > 0, "the stream ended");
            }
            let text = std::str::from_utf8(&answer)?;
            check_answer(text).with_context(|| format!("the answer is {text:?}"))?;
            Ok(Self { stream, answer })
        })
        .await
    }

    /// The runtime's timer stays out of it: a server that does not answer shows as no progress at all.
    async fn ask(&mut self) -> anyhow::Result<()> {
        self.stream.write_all(ASK).await?;
        self.stream.read_exact(&mut self.answer).await?;
        ensure!(
            self.answer.starts_with(b"HTTP/1.1 200 ") && self.answer.ends_with(BODY),
            "the answer is {}",
            self.answer.escape_ascii()
        );
        Ok(())
    }
}

/// Connections that have been answered once and are held open: only their sockets, since nothing more will be said.
#[derive(Debug, Default)]
pub struct Held {
    sockets: Vec<std::net::TcpStream>,
}

impl Held {
    /// Opens more until there are `count`, and fails if one has been closed meanwhile.
    pub fn grow(
        &mut self,
        server: SocketAddr,
        client: &Client,
        count: usize,
    ) -> anyhow::Result<()> {
        let missing = count - self.sockets.len();
        let opened = block_on(async {
            let opening = Arc::new(Semaphore::new(OPENING_MAX));
            let mut tasks = Vec::new();
            for _ in 0..missing {
                let permit = Arc::clone(&opening).acquire_owned().await?;
                let client = client.clone();
                tasks.push(tokio::spawn(async move {
                    let connection = Connection::open(&client, server).await?;
                    drop(permit);
                    let (socket, _session) = connection.stream.into_inner();
                    anyhow::Ok(socket.into_std()?)
                }));
            }
            let mut opened = Vec::new();
            for task in tasks {
                opened.push(task.await??);
            }
            Ok(opened)
        })?;
        self.sockets.extend(opened);
        self.sockets.iter().try_for_each(is_open)
    }
}

//! Handshake, one answer, close: in full or resumed.

use std::future::Future;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustls::HandshakeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::client::Client;
use crate::connections::{Counted, block_on};
use crate::process::check_answer;

/// How many come one after the other, beside each other: enough that the server has always one to go on with.
const VISITORS: usize = 16;
/// A server that loses a connection must not hang the bench.
const VISIT_MAX: Duration = Duration::from_secs(10);

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Clients of one server, each with sessions of its own where they resume.
#[derive(Debug)]
pub struct Visitors {
    server: SocketAddr,
    kind: HandshakeKind,
    clients: Vec<Client>,
}

impl Visitors {
    /// Those who resume have each been there once in full when this returns, which is not measured.
    pub fn of(server: SocketAddr, client: &Client, kind: HandshakeKind) -> anyhow::Result<Self> {
        let clients: Vec<_> = (0..VISITORS)
            .map(|_| match kind {
                HandshakeKind::Resumed => client.with_sessions(),
                _ => client.clone(),
            })
            .collect();
        block_on(async {
            for client in &clients {
                visit(client, server, HandshakeKind::Full).await?;
            }
            Ok(())
        })?;
        Ok(Self {
            server,
            kind,
            clients,
        })
    }

    /// Visits the server for a while.
    pub fn visit(&self, time: Duration) -> anyhow::Result<Counted> {
        let (server, kind) = (self.server, self.kind);
        block_on(async {
            let began = Instant::now();
            let tasks: Vec<_> = self
                .clients
                .iter()
                .cloned()
                .map(|client| {
                    tokio::spawn(async move {
                        let mut connections = 0;
                        while began.elapsed() < time {
                            visit(&client, server, kind).await?;
                            connections += 1;
                        }
                        anyhow::Ok(connections)
                    })
                })
                .collect();
            let mut connections = 0;
            for task in tasks {
                connections += task.await??;
            }
            let wall = began.elapsed();
            Ok(Counted { connections, wall })
        })
    }
}

async fn visit(client: &Client, server: SocketAddr, kind: HandshakeKind) -> anyhow::Result<()> {
    within(VISIT_MAX, async {
        let mut stream = client.connect(server, kind).await?;
        // The server closes first; a reset afterwards spares the machine a TIME-WAIT for each connection.
        stream.get_ref().0.set_zero_linger()?;
        stream.write_all(ASK).await?;
        let mut answer = Vec::with_capacity(512);
        // To the server's close_notify: without it, this is an error.
        stream.read_to_end(&mut answer).await?;
        let answer = std::str::from_utf8(&answer)?;
        check_answer(answer).with_context(|| format!("the answer is {answer:?}"))
    })
    .await
}

/// An answer that does not come is an error too.
pub(super) async fn within<T>(
    time: Duration,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let done = tokio::time::timeout(time, work).await;
    ensure!(done.is_ok(), "no answer for {} s", time.as_secs());
    done?
}

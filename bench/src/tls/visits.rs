//! Handshake, one answer, close: in full or resumed.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use rustls::HandshakeKind;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::client::Client;
use super::tickets::{TICKETS_MAX, Tickets, Use};
use crate::connections::{Counted, block_on};
use crate::process::check_answer;

/// How many come one after the other, beside each other: enough that the server has always one to go on with.
const VISITORS: usize = 16;
/// A server that loses a connection must not hang the bench.
const VISIT_MAX: Duration = Duration::from_secs(10);

const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Clients of one server.
#[derive(Debug)]
pub struct Visitors {
    server: SocketAddr,
    kind: HandshakeKind,
    visitors: Vec<Visitor>,
}

impl Visitors {
    /// Those whose handshakes are to be resumed have tickets of their own each.
    pub fn of(server: SocketAddr, client: &Client, kind: HandshakeKind) -> Self {
        let visitor = || match kind {
            HandshakeKind::Resumed => Visitor::with_tickets(client),
            _ => Visitor::without_tickets(client),
        };
        Self {
            server,
            kind,
            visitors: (0..VISITORS).map(|_| visitor()).collect(),
        }
    }

    /// Visits the server until the time is over, or the tickets are.
    pub fn visit(&self, time: Duration) -> anyhow::Result<Counted> {
        let (server, kind) = (self.server, self.kind);
        block_on(async {
            let began = Instant::now();
            let tasks: Vec<_> = self
                .visitors
                .iter()
                .cloned()
                .map(|visitor| {
                    tokio::spawn(async move {
                        let mut connections = 0;
                        while began.elapsed() < time && visitor.can_visit() {
                            visit(&visitor.client, server, kind).await?;
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
            ensure!(connections > 0, "no connection was answered");
            Ok(Counted { connections, wall })
        })
    }

    /// Gets tickets for those who resume, by full handshakes: one visit's worth from a server that renews them, as many as
    /// can be kept from one that gives none to a client that resumes, as Node.
    pub fn get_tickets(&self) -> anyhow::Result<()> {
        block_on(async {
            for visitor in &self.visitors {
                visitor.get_tickets(self.server).await?;
            }
            Ok(())
        })
    }
}

#[derive(Clone, Debug)]
struct Visitor {
    client: Client,
    resuming: Option<Resuming>,
}

#[derive(Clone, Debug)]
struct Resuming {
    tickets: Arc<Tickets>,
    /// Gets tickets and spends none.
    collector: Client,
}

impl Visitor {
    fn without_tickets(client: &Client) -> Self {
        Self {
            client: client.clone(),
            resuming: None,
        }
    }

    fn with_tickets(client: &Client) -> Self {
        let tickets = Arc::default();
        Self {
            client: client.with_tickets(&tickets, Use::Spend),
            resuming: Some(Resuming {
                collector: client.with_tickets(&tickets, Use::Collect),
                tickets,
            }),
        }
    }

    fn can_visit(&self) -> bool {
        self.resuming
            .as_ref()
            .is_none_or(|resuming| resuming.tickets.count() > 0)
    }

    async fn get_tickets(&self, server: SocketAddr) -> anyhow::Result<()> {
        let Some(Resuming { tickets, collector }) = &self.resuming else {
            return Ok(());
        };
        visit(collector, server, HandshakeKind::Full).await?;
        let before = tickets.count();
        ensure!(before > 0, "a full handshake gave no ticket");
        visit(&self.client, server, HandshakeKind::Resumed).await?;
        let is_renewed = tickets.count() >= before;
        while !is_renewed && tickets.count() < TICKETS_MAX {
            visit(collector, server, HandshakeKind::Full).await?;
        }
        Ok(())
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

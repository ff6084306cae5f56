use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

use crate::run::reset_when_dropped;
use crate::{Plan, Report, run_tcp};

/// What happens to an accepted connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is connected to the server, and the plan is played. The client is `a`, the server is `b`.
    Forward(Plan),
    /// It is reset at once. The client may see that as a refusal or as a reset.
    Refuse,
    /// It is held open. Nothing is read from it, nothing is written, and the server never hears of it.
    Hold,
}

impl From<Plan> for Fate {
    fn from(plan: Plan) -> Self {
        Self::Forward(plan)
    }
}

/// What became of an accepted connection. One that is held has no outcome, nor has one with a direction that stalls or is
/// swallowed, unless the other direction ends them both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was connected to the server.
    Forwarded(Report),
    /// It was to be refused, and was.
    Refused,
    /// The server could not be reached, and the client was reset.
    Unreachable(io::ErrorKind),
}

/// Outcomes that nobody has asked for yet. A connection that is over waits for room; its sockets are closed by then.
const OUTCOMES_MAX: usize = 1024;

/// A port on loopback in front of a server. Dropped, it closes the port and all its connections.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    outcomes: mpsc::Receiver<(usize, Outcome)>,
    accepting: JoinHandle<()>,
}

impl FaultProxy {
    /// Binds a port that the kernel chooses and forwards to `server`. `fate` decides about each connection by its
    /// number, 0 for the first.
    ///
    /// # Errors
    ///
    /// When no port can be bound.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub async fn start<F>(
        server: SocketAddr,
        mut fate: impl FnMut(usize) -> F + Send + 'static,
    ) -> io::Result<Self>
    where
        F: Into<Fate>,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (tell, outcomes) = mpsc::channel(OUTCOMES_MAX);
        let accepting = tokio::spawn(async move {
            // Aborted with this task.
            let mut connections = JoinSet::new();
            let mut index = 0;
            loop {
                let client = tokio::select! {
                    Some(ended) = connections.join_next() => {
                        if let Err(error) = ended
                            && error.is_panic()
                        {
                            std::panic::resume_unwind(error.into_panic());
                        }
                        continue;
                    }
                    accepted = listener.accept() => match accepted {
                        Ok((client, _)) => client,
                        Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                        // Out of descriptors, most likely: a test has no use for a proxy that goes on.
                        Err(error) => panic!("accept: {error}"),
                    },
                };
                let (number, fate, tell) = (index, fate(index).into(), tell.clone());
                index += 1;
                connections.spawn(async move {
                    let outcome = meet(client, server, fate).await;
                    // The proxy may have been dropped meanwhile.
                    let _ = tell.send((number, outcome)).await;
                });
            }
        });
        Ok(Self {
            address,
            outcomes,
            accepting,
        })
    }

    /// Where the clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until one more connection is over, in whatever order they end: its number, and what became of it.
    ///
    /// # Panics
    ///
    /// When the proxy has panicked: in `fate`, over a block that is too long, or because it could not accept.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no outcome.
    pub async fn outcome(&mut self) -> (usize, Outcome) {
        let outcome = self.outcomes.recv().await;
        outcome.expect("the accepting task ends only by a panic")
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn meet(client: TcpStream, server: SocketAddr, fate: Fate) -> Outcome {
    match fate {
        Fate::Forward(plan) => match TcpStream::connect(server).await {
            Ok(upstream) => Outcome::Forwarded(run_tcp(client, upstream, plan).await),
            Err(error) => {
                reset_when_dropped(&client);
                Outcome::Unreachable(error.kind())
            }
        },
        Fate::Refuse => {
            reset_when_dropped(&client);
            Outcome::Refused
        }
        Fate::Hold => pending().await,
    }
}

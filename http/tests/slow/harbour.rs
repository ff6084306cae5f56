use std::net::SocketAddr;
use std::sync::mpsc as acknowledged;
use std::time::Duration;

use tokio::sync::mpsc;
use wharf_http::{ServeReport, Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener, TcpOptions};

use crate::service::{Seen, service};

/// What the kernel holds for a client that does not read, on the server's side. It doubles what it is told.
const SEND_BUFFER_BYTES: usize = 8 * 1024;

/// A server whose clock stands still, as its clients see it.
pub(crate) struct Harbour {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Seen,
    moves: mpsc::Sender<(Duration, acknowledged::Sender<()>)>,
}

impl Harbour {
    /// Moves the server's clock.
    pub(crate) fn let_pass(&self, time: Duration) {
        let (done, wait) = acknowledged::channel();
        self.moves.blocking_send((time, done)).unwrap();
        wait.recv().unwrap();
    }
}

/// Runs a server in this thread and its clients in another, drains it when they are done, and says what became of their
/// connections.
pub(crate) fn run(
    config: ServerConfig,
    clients: impl FnOnce(&Harbour) + Send + 'static,
) -> ServeReport {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = Bind {
            backlog: 4096,
            tcp: TcpOptions {
                send_buffer_bytes: Some(SEND_BUFFER_BYTES),
                ..TcpOptions::default()
            },
            ..Bind::default()
        };
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap(), &options)
            .await
            .unwrap();
        let (moves, mut asked) = mpsc::channel::<(Duration, acknowledged::Sender<()>)>(1);
        let harbour = Harbour {
            address: listener.local_addr().inet().unwrap(),
            seen: Seen::default(),
            moves,
        };
        let drain = Drain::new();
        let server = Server::new(service(harbour.seen.clone())).config(config);
        let server = tokio::spawn(server.serve(listener, drain.clone()));
        // A paused clock moves by itself when a runtime has nothing to do, but not while such a task runs.
        let clients = tokio::task::spawn_blocking(move || clients(&harbour));
        while let Some((time, done)) = asked.recv().await {
            tokio::time::advance(time).await;
            // Nobody waits for it only if the clients have failed, which is seen below.
            let _ = done.send(());
        }
        clients.await.unwrap();
        drain.begin(Duration::from_secs(3600));
        server.await.unwrap().unwrap()
    })
}

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use wharf_net::{Addr, Bind, Conn, Drain, Linger, Listener, ServeReport, serve};

use crate::PATIENCE;

/// An echo server of `wharf-net` in this process: it sends back what it receives as it comes, and its end too.
#[derive(Debug)]
pub struct Echo {
    /// Where it listens.
    pub address: Addr,
    drain: Drain,
    server: JoinHandle<std::io::Result<ServeReport>>,
}

impl Echo {
    /// Listens on an endpoint. It runs in the current runtime, which needs a second thread if this one is to wait for
    /// processes meanwhile.
    ///
    /// # Panics
    ///
    /// When it cannot listen there.
    pub async fn start(endpoint: &str) -> Self {
        let endpoint = endpoint.parse().expect("an endpoint");
        let listener = Listener::bind(&endpoint, &Bind::default())
            .await
            .unwrap_or_else(|error| panic!("{error}: {:?}", error.kind()));
        let address = listener.local_addr();
        let drain = Drain::new();
        let server = tokio::spawn(serve(listener, drain.clone(), echo));
        Self {
            address,
            drain,
            server,
        }
    }

    /// Stops it and says what became of its connections.
    ///
    /// # Panics
    ///
    /// When it has failed.
    pub async fn stop(self) -> ServeReport {
        self.drain.begin(PATIENCE);
        let report = self.server.await.expect("it does not panic");
        report.expect("a listener that works")
    }
}

async fn echo(mut conn: Conn) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match conn.read(&mut buffer).await {
            Ok(0) => break,
            Ok(n) if conn.write_all(&buffer[..n]).await.is_ok() => {}
            _ => return,
        }
    }
    let linger = Linger {
        time_max: Duration::from_secs(10),
        ..Linger::default()
    };
    // A peer that ends otherwise is what some tests are about; they look at its side.
    let _ = conn.close(&linger).await;
}

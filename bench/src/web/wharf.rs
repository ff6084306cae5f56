//! Wharf, every option at its default but these: idle connections and request heads have an hour, content no bound.

use std::num::NonZeroUsize;
use std::time::Duration;

use wharf_http::h1::Limits;
use wharf_http::{HttpService, LocalService, PerCore, Server, ServerConfig};
use wharf_net::{Bind, Drain, Listener};

use crate::connections::raise_descriptor_limit;
use crate::server::{announce, run};

/// As the others are told: on a busy machine it takes long to open all connections that are to be held, and longer to
/// send a head byte by byte. The deadlines run, they only do not pass.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Runs the server on one thread.
pub fn serve(app: impl HttpService) -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    run(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind(&address.into(), &Bind::default()).await?;
        announce(listener.local_addr());
        Server::new(app)
            .config(config())
            .serve(listener, Drain::new())
            .await?;
        Ok(())
    })
}

/// Runs it with a thread for each core, of which there is one.
pub fn serve_per_core<S: LocalService>(app: impl Fn() -> S + Sync) -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let per_core = runtime.block_on(async {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
        PerCore::bind(&address.into(), &Bind::default(), NonZeroUsize::MIN).await
    })?;
    announce(per_core.local_addr());
    per_core.serve(&Server::new(app).config(config()), &Drain::new())?;
    Ok(())
}

/// What the servers of this bench and of `tls` are configured to.
pub fn config() -> ServerConfig {
    ServerConfig {
        limits: Limits {
            // As nginx is told: a GiB is uploaded.
            content_bytes_max: None,
            ..Limits::default()
        },
        head_timeout: PATIENCE,
        idle_timeout: PATIENCE,
        ..ServerConfig::default()
    }
}

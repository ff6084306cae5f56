//! The same router on `axum::serve`, one thread.

#![forbid(unsafe_code)]

use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::server::{announce, run};
use wharf_bench::web::router::router;

fn main() -> anyhow::Result<()> {
    raise_descriptor_limit()?;
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        announce(listener.local_addr()?);
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        Ok(axum::serve(listener, router()).await?)
    })
}

use std::io;

use super::{Listener, Source};
use crate::{Addr, Conn};

/// For those who stay on axum's own server: `axum::serve(listener, router)`. The address that axum's `ConnectInfo` is
/// made from is the peer's, behind a trusted proxy the client's.
///
/// axum's server knows no error of a listener and tries for ever; one that can accept nothing any more waits for ever.
impl<S> axum::serve::Listener for Listener<S>
where
    S: Source,
{
    type Io = Conn<S::Io>;
    type Addr = Addr;

    async fn accept(&mut self) -> (Conn<S::Io>, Addr) {
        match Self::accept(self).await {
            Ok(conn) => {
                let peer = conn.info().peer.clone();
                (conn, peer)
            }
            Err(error) => {
                tracing::error!(%error, "the listener failed");
                std::future::pending().await
            }
        }
    }

    fn local_addr(&self) -> io::Result<Addr> {
        Ok(Self::local_addr(self))
    }
}

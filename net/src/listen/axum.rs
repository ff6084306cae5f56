use std::io;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;

use super::{Listener, Source};
use crate::{Addr, Conn, ConnInfo};

/// For those who stay on axum's own server: `axum::serve(listener, router)`. Handlers learn who asks through axum's
/// `ConnectInfo`: of an [`Addr`] it is the peer, behind a trusted proxy the client; of a [`ConnInfo`] all that is known.
///
/// axum's server knows no error of a listener and tries for ever; one that can accept nothing any more waits for ever.
///
/// Its graceful shutdown has no deadline, and leaves the kernel's queue of connections to be reset. A [`Drain`] gives it
/// the deadline. axum's tasks are not cut then, but left to end with the runtime:
///
/// ```no_run
/// use std::time::Duration;
///
/// use axum::{Router, extract::ConnectInfo, routing::get};
/// use wharf_net::{Addr, Bind, Drain, Listener, ShutdownSignal};
///
/// #[tokio::main]
/// async fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let who = |ConnectInfo(peer): ConnectInfo<Addr>| async move { format!("you are {peer}\n") };
///     let app = Router::new().route("/", get(who));
///     let listener = Listener::bind(&"127.0.0.1:8080".parse()?, &Bind::default()).await?;
///
///     let drain = Drain::new();
///     let mut signal = ShutdownSignal::new()?;
///     let stop = async {
///         signal.recv().await;
///         drain.begin(Duration::from_secs(30));
///         signal.recv().await; // the second one is impatient
///         drain.begin(Duration::ZERO);
///         std::future::pending::<()>().await;
///     };
///     let begun = drain.clone();
///     let server = axum::serve(listener, app.into_make_service_with_connect_info::<Addr>())
///         .with_graceful_shutdown(async move { begun.begun().await })
///         .into_future();
///     tokio::select! {
///         ended = server => ended?,                 // every connection finished
///         () = drain.expired() => eprintln!("not every connection finished in time"),
///         () = stop => {}
///     }
///     Ok(())
/// }
/// ```
///
/// [`Drain`]: crate::Drain
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

/// The peer; behind a trusted proxy, the client.
impl<S> Connected<IncomingStream<'_, Listener<S>>> for Addr
where
    S: Source,
{
    fn connect_info(stream: IncomingStream<'_, Listener<S>>) -> Self {
        stream.remote_addr().clone()
    }
}

/// All that is known of the connection.
impl<S> Connected<IncomingStream<'_, Listener<S>>> for ConnInfo
where
    S: Source,
{
    fn connect_info(stream: IncomingStream<'_, Listener<S>>) -> Self {
        stream.io().info().clone()
    }
}

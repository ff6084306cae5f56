use std::io;
use std::sync::Arc;

use http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite};
use wharf_net::{Conn, Drain, Listener, ServeReport};
use wharf_tls::{ServerTls, TlsStream};

use super::ServerConfig;
use super::conn::{Connection, Ending};
use crate::{CloseReason, HttpService, https};

/// An HTTP/1.1 server for a service.
///
/// ```no_run
/// # async fn example(listener: wharf_net::Listener, tls: wharf_tls::ServerTls) -> std::io::Result<()> {
/// # let app = wharf_http::service_fn(|_| async { Ok::<_, std::convert::Infallible>(http::Response::new(String::new())) });
/// use wharf_http::{Server, ServerConfig};
/// use wharf_net::Drain;
///
/// let drain = Drain::new();
/// let server = Server::new(app).config(ServerConfig::default()).tls(tls);
/// let report = server.serve(listener, drain).await?; // returns when drained
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Server<S> {
    service: S,
    config: Arc<ServerConfig>,
    tls: Option<ServerTls>,
}

impl<S: HttpService> Server<S> {
    /// A server with the defaults of [`ServerConfig`], without TLS.
    pub fn new(service: S) -> Self {
        Self {
            service,
            config: Arc::default(),
            tls: None,
        }
    }

    /// Sets the bounds and deadlines.
    #[must_use]
    pub fn config(self, config: ServerConfig) -> Self {
        Self {
            config: Arc::new(config),
            ..self
        }
    }

    /// Speaks HTTPS. ALPN is set to `http/1.1` and `http/1.0` if `tls` offers nothing.
    #[must_use]
    pub fn tls(self, tls: ServerTls) -> Self {
        Self {
            tls: Some(https::with_http_alpn(tls)),
            ..self
        }
    }

    /// Serves every connection of `listener` until `drain` begins and is over.
    ///
    /// Each connection has a task of its own; the TLS handshake happens there too, so a slow one delays nobody. A request
    /// finds `wharf_net::ConnInfo`, and over TLS [`TlsInfo`](crate::TlsInfo), in its extensions; and
    /// [`PeerIdentity`](crate::PeerIdentity), if the client showed a certificate. A request that came as early data, where
    /// `tls` allows that, reaches the service only if its method is safe; others are answered with 425.
    ///
    /// When the drain begins, each connection still gets the response it is waiting for, with `Connection: close`; one
    /// that has just been accepted may send its first request; idle ones are closed.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops all connections.
    pub async fn serve(self, listener: Listener, drain: Drain) -> io::Result<ServeReport> {
        let handler_drain = drain.clone();
        wharf_net::serve(listener, drain, move |conn| {
            let server = self.clone();
            let drain = handler_drain.clone();
            async move {
                let mut extensions = Extensions::new();
                extensions.insert(conn.info().clone());
                server
                    .drive(
                        conn,
                        extensions,
                        &drain,
                        Ending {
                            abort: Conn::reset_when_dropped,
                            cork: |_| {},
                        },
                    )
                    .await;
            }
        })
        .await
    }

    /// Serves one connection over any stream. A response that fails and can only be cut short by a reset, as one to HTTP/1.0
    /// may, ends here with the end of the stream.
    ///
    /// The result is why it was closed; `None` if the TLS handshake failed. Each request starts with a copy of
    /// `extensions`.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the connection.
    pub async fn serve_connection<IO>(
        self,
        io: IO,
        extensions: Extensions,
        drain: &Drain,
    ) -> Option<CloseReason>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        // What stands behind a stream that is not ours, and how to cut it, is not for us to know.
        self.drive(
            io,
            extensions,
            drain,
            Ending {
                abort: |_| {},
                cork: |_| {},
            },
        )
        .await
    }

    async fn drive<IO>(
        self,
        io: IO,
        mut extensions: Extensions,
        drain: &Drain,
        ending: Ending<IO>,
    ) -> Option<CloseReason>
    where
        IO: AsyncRead + AsyncWrite + Unpin,
    {
        let Self {
            mut service,
            config,
            tls,
        } = self;
        let Some(tls) = tls else {
            let mut connection = Connection::new(io, extensions, config, drain, ending);
            return Some(connection.run(&mut service).await);
        };
        let grace = config.first_request_grace;
        let stream = tokio::select! {
            biased;
            stream = Box::pin(https::accept(&tls, io, &config.linger)) => stream?,
            // A client that has not even said hello has nothing to lose.
            () = async { drain.begun().await; tokio::time::sleep(grace).await } => return None,
        };
        let early_data = stream.info().early_data.clone();
        if let Some(peer) = &stream.info().peer {
            extensions.insert(peer.clone());
        }
        extensions.insert(stream.info().clone());
        // Nothing to do before a cut: without close_notify, no end of TLS looks orderly.
        let ending = Ending {
            abort: |_| {},
            cork: TlsStream::cork,
        };
        let mut connection =
            Connection::new(stream, extensions, config, drain, ending).wary_of(early_data);
        Some(connection.run(&mut service).await)
    }
}

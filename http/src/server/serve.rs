use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use futures_util::FutureExt;
use futures_util::future::{Either, OptionFuture, try_join, try_join_all};
use http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite};
use wharf_net::{Conn, ConnInfo, Drain, Listener};
use wharf_tls::{ServerTls, TlsStream};

use super::conn::{Connection, Ending, Setup};
use super::observer::Observed;
use super::origin::Origin;
use super::registry::{Place, Registry};
use super::report::DrainCounts;
use super::settings::Settings;
use super::{Observer, ServeReport, ServerConfig, ServerStats};
use crate::{CloseReason, HttpService, LocalService, https};

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
    pub(super) service: S,
    config: Arc<Settings>,
    tls: Option<ServerTls>,
    pub(super) registry: Arc<Registry>,
}

/// A listener of a [`Server`], and what is spoken there.
#[derive(Debug)]
pub struct Entrance {
    listener: Listener,
    tls: Option<ServerTls>,
}

impl Entrance {
    /// HTTP without TLS.
    pub fn http(listener: Listener) -> Self {
        Self {
            listener,
            tls: None,
        }
    }

    /// HTTP over TLS. ALPN as for [`Server::tls`].
    pub fn https(listener: Listener, tls: ServerTls) -> Self {
        Self {
            listener,
            tls: Some(https::with_http_alpn(tls)),
        }
    }
}

impl<S> Server<S> {
    /// A server with the defaults of [`ServerConfig`], without TLS.
    pub fn new(service: S) -> Self {
        Self {
            service,
            config: Arc::default(),
            tls: None,
            registry: Arc::default(),
        }
    }

    /// Sets the bounds and deadlines.
    #[must_use]
    pub fn config(self, config: ServerConfig) -> Self {
        Self {
            config: Arc::new(Settings::new(config, self.config.observed.clone())),
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

    /// Has `observer` told of broken rules and closed connections.
    #[must_use]
    pub fn observer(self, observer: impl Observer) -> Self {
        Self {
            config: Arc::new(self.config.observed_by(Observed(Some(Arc::new(observer))))),
            ..self
        }
    }

    /// A handle that tells what goes on here, over all clones of this server.
    pub fn stats(&self) -> ServerStats {
        ServerStats {
            registry: Arc::clone(&self.registry),
        }
    }

    /// The same server with another service.
    pub(super) fn with_service<T>(&self, service: T) -> Server<T> {
        Server {
            service,
            config: Arc::clone(&self.config),
            tls: self.tls.clone(),
            registry: Arc::clone(&self.registry),
        }
    }
}

impl<S: LocalService> Server<S> {
    /// Serves every connection of `listener` until `drain` begins and is over.
    ///
    /// Each connection has a task of its own; the TLS handshake happens there too, so a slow one delays nobody. A
    /// request finds `wharf_net::ConnInfo` and [`Interim`](crate::Interim) in its extensions, over TLS
    /// [`TlsInfo`](crate::TlsInfo) too, and [`PeerIdentity`](crate::PeerIdentity) if the client showed a certificate. A request that came as early
    /// data, where `tls` allows that, reaches the service only if its method is safe; others are answered with 425. One
    /// for another host than the connection was made to is answered with 421, unless the same certificate is for both;
    /// see
    /// [`ServerConfig::check_host`].
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
    pub async fn serve(self, listener: Listener, drain: Drain) -> io::Result<ServeReport>
    where
        S: HttpService,
    {
        let tls = self.tls.clone();
        self.serve_all([Entrance { listener, tls }], drain).await
    }

    /// The same for several listeners: ports, addresses and Unix sockets, with TLS and without. What [`Self::tls`] said
    /// is of no account here.
    ///
    /// # Errors
    ///
    /// When one of the listeners fails. The others are given up then, and all connections dropped.
    ///
    /// # Cancel safety
    ///
    /// As for [`Self::serve`].
    pub async fn serve_all(
        self,
        entrances: impl IntoIterator<Item = Entrance>,
        drain: Drain,
    ) -> io::Result<ServeReport>
    where
        S: HttpService,
    {
        let drained = Arc::<DrainCounts>::default();
        let serving = entrances.into_iter().map(|Entrance { listener, tls }| {
            let server = Self {
                tls,
                ..self.clone()
            };
            let (its_drain, drained) = (drain.clone(), Arc::clone(&drained));
            wharf_net::serve(listener, drain.clone(), move |conn| {
                let (drain, drained) = (its_drain.clone(), Arc::clone(&drained));
                server.clone().accepted(conn, drain, drained)
            })
        });
        let announced = self.registry.announce(&drain).map(Ok);
        let (reports, ()) = try_join(try_join_all(serving), announced).await?;
        Ok(ServeReport::new(&reports, &drained))
    }

    /// Serves a connection that a listener has accepted. No async function by itself: each one around another keeps what it
    /// was given for as long as it runs, and most connections run for long and do nothing.
    pub(super) fn accepted(
        self,
        conn: Conn,
        drain: Drain,
        drained: Arc<DrainCounts>,
    ) -> impl Future<Output = ()> + use<S> {
        let place = self.registry.enter(self.config.connections_max);
        let started = place.map(|place| {
            let info = conn.info().clone();
            let ending = const {
                &Ending {
                    arm: Conn::reset_when_dropped,
                    disarm: Conn::close_when_dropped,
                    cork: |_| {},
                }
            };
            let setup = self.setup(place, Some(info), Extensions::new(), drain, drained);
            self.start(conn, setup, ending)
        });
        OptionFuture::from(started).map(drop)
    }

    /// Serves one connection over any stream. A response that fails and can only be cut short by a reset, as one to
    /// HTTP/1.0 may, ends here with the end of the stream.
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
        mut extensions: Extensions,
        drain: &Drain,
    ) -> Option<CloseReason>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let place = self.registry.enter(None)?;
        // What stands behind a stream that is not ours, and how to cut it, is not for us to know.
        let ending = const {
            &Ending {
                arm: |_| {},
                disarm: |_| {},
                cork: |_| {},
            }
        };
        let info = extensions.remove::<ConnInfo>();
        let mut setup = self.setup(place, info, extensions, drain.clone(), Arc::default());
        let drain = drain.clone();
        setup.drain_begins = Some(Box::pin(async move { drain.begun().await }));
        self.start(io, setup, ending).await
    }

    fn setup(
        &self,
        place: Place,
        info: Option<ConnInfo>,
        extensions: Extensions,
        drain: Drain,
        drained: Arc<DrainCounts>,
    ) -> Setup {
        Setup {
            config: Arc::clone(&self.config),
            info,
            extensions,
            place,
            drain,
            drain_begins: None,
            drained,
            origin: None,
        }
    }

    fn start<IO>(
        self,
        io: IO,
        setup: Setup,
        ending: &'static Ending<IO>,
    ) -> impl Future<Output = Option<CloseReason>> + use<S, IO>
    where
        IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self { service, tls, .. } = self;
        match tls {
            None => {
                let connection = Box::new(Connection::new(io, setup, ending));
                Either::Left(connection.run(service).map(Some))
            }
            // In a box of its own: who does not speak TLS need not have the room for it.
            Some(tls) => Either::Right(Box::pin(secured(io, tls, setup, service))),
        }
    }
}

/// Performs the handshake, then serves what comes out of it.
async fn secured<IO, S>(io: IO, tls: ServerTls, mut setup: Setup, service: S) -> Option<CloseReason>
where
    IO: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: LocalService,
{
    let grace = setup.config.first_request_grace;
    let (drain, linger) = (&setup.drain, &setup.config.linger);
    let accepted = tokio::select! {
        biased;
        stream = Box::pin(https::accept(&tls, io, linger)) => stream.ok_or(CloseReason::Handshake),
        // A client that has not even said hello has nothing to lose.
        () = async { drain.begun().await; tokio::time::sleep(grace).await } => {
            setup.drained.unused.fetch_add(1, Relaxed);
            Err(CloseReason::Drain)
        }
    };
    let connection = match accepted {
        Ok(stream) => {
            let info = stream.info();
            let server_name = info.server_name.clone();
            let server_name = server_name.filter(|_| setup.config.check_host);
            let origin = Origin::of_tls(info.early_data.clone(), server_name, &tls);
            setup.origin = Some(Box::new(origin));
            if let Some(peer) = info.peer() {
                setup.extensions.insert(peer.clone());
            }
            setup.extensions.insert(info.clone());
            // Nothing to do before a cut: without close_notify, no end of TLS looks orderly.
            let ending = const {
                &Ending {
                    arm: |_| {},
                    disarm: |_| {},
                    cork: TlsStream::cork,
                }
            };
            Box::new(Connection::new(stream, setup, ending))
        }
        Err(why) => {
            setup.place.ends(why);
            return None;
        }
    };
    drop(tls);
    Some(Box::pin(connection.run(service)).await)
}

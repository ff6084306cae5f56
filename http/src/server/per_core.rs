use std::fmt;
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{try_join, try_join_all};
use tokio::task::LocalSet;
use wharf_net::{Addr, Bind, BindError, Drain, Endpoint, Listener};

use super::report::DrainCounts;
use super::{ServeReport, Server};
use crate::LocalService;

/// A server with a thread for each core, each with a runtime, a listening socket and a service of its own
/// (`SO_REUSEPORT`).
///
/// A connection stays on the thread that accepted it. Threads share only the configuration and the list of open
/// connections, which one enters and leaves once; so services may hold what cannot be shared: an `Rc`, a `RefCell`. In
/// return, nobody helps a thread that got the busier connections, and a handler that computes for long delays the
/// others of its thread. Where that matters, [`Server::serve`] on a runtime with several threads does better.
///
/// ```no_run
/// use std::cell::Cell;
/// use std::convert::Infallible;
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// use wharf_http::{Incoming, PerCore, Server, service_fn};
/// use wharf_net::{Bind, Drain};
///
/// # fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let cores = std::thread::available_parallelism()?;
/// let runtime = tokio::runtime::Runtime::new()?; // for the signal; the threads have their own
/// let endpoint = "127.0.0.1:8080".parse()?;
/// let per_core = runtime.block_on(PerCore::bind(&endpoint, &Bind::default(), cores))?;
/// let drain = Drain::new();
/// let on_signal = drain.clone();
/// runtime.spawn(async move {
///     let _ = wharf_net::shutdown_signal().await;
///     on_signal.begin(Duration::from_secs(30));
/// });
/// // One service for each thread.
/// let server = Server::new(|| {
///     let count = Rc::new(Cell::new(0));
///     service_fn(move |_: http::Request<Incoming>| {
///         count.set(count.get() + 1);
///         let answer = format!("{} on this thread\n", count.get());
///         async { Ok::<_, Infallible>(http::Response::new(answer)) }
///     })
/// });
/// let report = per_core.serve(&server, &drain)?; // blocks until it is drained
/// # Ok(())
/// # }
/// ```
pub struct PerCore {
    /// The sockets of each thread: a name may have several addresses.
    sockets: Vec<Vec<OwnedFd>>,
    bind: Bind,
    local: Addr,
}

impl PerCore {
    /// Opens the sockets for so many threads. `reuse_port` is set whatever `options` say. The queue of a Unix socket is
    /// one, and shared by all threads.
    ///
    /// # Errors
    ///
    /// As for [`Listener::bind`].
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time enabled.
    pub async fn bind(
        endpoint: &Endpoint,
        options: &Bind,
        threads: NonZeroUsize,
    ) -> Result<Self, BindError> {
        let bind = Bind {
            reuse_port: true,
            ..options.clone()
        };
        let failed = |source| BindError::new(endpoint.clone(), source);
        let first = Listener::bind(endpoint, &bind).await?;
        let local = first.local_addr();
        let addresses: Vec<Addr> = first.local_addrs().cloned().collect();
        let mut sockets = vec![first.into_fds().map_err(failed)?];
        for _ in 1..threads.get() {
            let mut of_thread = Vec::new();
            for (address, socket) in addresses.iter().zip(&sockets[0]) {
                let Addr::Inet(address) = address else {
                    of_thread.push(socket.try_clone().map_err(failed)?);
                    continue;
                };
                let listener = Listener::bind(&Endpoint::from(*address), &bind).await?;
                of_thread.extend(listener.into_fds().map_err(failed)?);
            }
            sockets.push(of_thread);
        }
        Ok(Self {
            sockets,
            bind,
            local,
        })
    }

    /// The address that was bound, with the port the kernel chose; the first, if there are several.
    pub fn local_addr(&self) -> &Addr {
        &self.local
    }

    /// Starts the threads, and blocks until `drain` has begun and is over on all of them. The service of `server` is a
    /// function that makes one for each thread; all else is as for [`Server::serve`].
    ///
    /// # Errors
    ///
    /// When a thread cannot be started, or one of the listeners fails. `drain` is begun and over then, so that the
    /// connections of all threads are cut.
    ///
    /// # Panics
    ///
    /// When the function that makes the services does; for the others, that is an error as above.
    pub fn serve<M, S>(self, server: &Server<M>, drain: &Drain) -> io::Result<ServeReport>
    where
        M: Fn() -> S + Sync,
        S: LocalService,
        Server<M>: Sync,
    {
        let drained = Arc::<DrainCounts>::default();
        let (bind, drained) = (&self.bind, &drained);
        let reports = thread::scope(|scope| {
            let mut threads = Vec::new();
            for (number, sockets) in self.sockets.into_iter().enumerate() {
                let name = format!("wharf-http-{number}");
                let started = thread::Builder::new()
                    .name(name)
                    .spawn_scoped(scope, move || {
                        let mut others = EndWithMe(Some(drain));
                        let served = serve_here(server, sockets, bind, drain, drained);
                        if served.is_ok() {
                            others.0 = None;
                        }
                        served
                    });
                match started {
                    Ok(thread) => threads.push(thread),
                    Err(error) => {
                        drain.begin(Duration::ZERO);
                        return Err(error);
                    }
                }
            }
            let mut reports = Vec::new();
            for thread in threads {
                match thread.join() {
                    Ok(served) => reports.extend(served?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(reports)
        })?;
        Ok(ServeReport::new(&reports, drained))
    }
}

/// The other threads must not go on alone, unnoticed, when one has failed or panicked.
struct EndWithMe<'a>(Option<&'a Drain>);

impl Drop for EndWithMe<'_> {
    fn drop(&mut self) {
        if let Some(drain) = self.0 {
            drain.begin(Duration::ZERO);
        }
    }
}

/// What each thread does.
fn serve_here<M, S>(
    server: &Server<M>,
    sockets: Vec<OwnedFd>,
    bind: &Bind,
    drain: &Drain,
    drained: &Arc<DrainCounts>,
) -> io::Result<Vec<wharf_net::ServeReport>>
where
    M: Fn() -> S,
    S: LocalService,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let server = server.with_service((server.service)());
    LocalSet::new().block_on(&runtime, async {
        let mut listeners = Vec::new();
        for socket in sockets {
            listeners.push(Listener::from_fd(socket, bind)?);
        }
        let serving = listeners.into_iter().map(|listener| {
            wharf_net::serve_local(listener, drain.clone(), |conn| {
                let (drain, drained) = (drain.clone(), Arc::clone(drained));
                server.clone().accepted(conn, drain, drained)
            })
        });
        let announced = server.registry.announce(drain).map(Ok);
        let (reports, ()) = try_join(try_join_all(serving), announced).await?;
        Ok(reports)
    })
}

impl fmt::Debug for PerCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PerCore")
            .field("local", &self.local)
            .field("threads", &self.sockets.len())
            .finish_non_exhaustive()
    }
}

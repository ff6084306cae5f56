use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use super::exhaustion::{AcceptFailure, Exhaustion};
use super::reception::Reception;
use super::{Admission, Bind, Sockets, Source, StatsHandle};
use crate::{Addr, BindError, Conn, Endpoint};

/// Accepts connections: from one endpoint, under the rules of an [`Admission`].
pub struct Listener<S: Source = Sockets> {
    source: S,
    reception: Reception<S>,
    exhaustion: Exhaustion,
}

impl Listener {
    /// Listens on an endpoint. Port 0 lets the kernel choose; [`Listener::local_addr`] tells which.
    ///
    /// A host name is listened on at all its addresses, with one port: `localhost:80` is 127.0.0.1 and ::1.
    ///
    /// # Errors
    ///
    /// A [`BindError`] that names the endpoint.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O and time enabled.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes what it has opened.
    pub async fn bind(endpoint: &Endpoint, options: &Bind) -> Result<Self, BindError> {
        match options.open(endpoint).await {
            Ok(sockets) => Ok(Self::new(sockets)),
            Err(source) => Err(BindError::new(endpoint.clone(), source)),
        }
    }

    /// Takes over a socket that listens already, TCP or Unix. Options that can only be set before `bind` are not
    /// applied; a Unix socket's file is left alone.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when it is no listening stream socket; otherwise those of the socket.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime with I/O enabled.
    pub fn from_fd(descriptor: OwnedFd, options: &Bind) -> io::Result<Self> {
        let socket = options.adopt(descriptor)?;
        Ok(Self::new(Sockets::new(vec![socket])))
    }

    /// Gives the sockets away, to another process for instance: connections that wait in their queues go with them. A
    /// Unix socket's file stays where it is.
    ///
    /// # Errors
    ///
    /// When a socket cannot be taken out of the runtime.
    pub fn into_fds(self) -> io::Result<Vec<OwnedFd>> {
        self.source.into_fds()
    }

    /// Every address that is listened on: one, or for a name, each that it has.
    pub fn local_addrs(&self) -> impl Iterator<Item = &Addr> {
        self.source.local_addrs()
    }
}

impl<S: Source> Listener<S> {
    /// A listener on any source, which admits everybody.
    pub fn new(source: S) -> Self {
        Self {
            source,
            reception: Reception::default(),
            exhaustion: Exhaustion::new(),
        }
    }

    /// Sets who may connect, and how many at once. Connections that are open already count, and stay.
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.reception.set_admission(admission);
        self
    }

    /// The address that was bound, with the port the kernel chose; the first, if there are several.
    pub fn local_addr(&self) -> Addr {
        self.source.local_addr()
    }

    /// A handle on the listener's figures.
    pub fn stats(&self) -> StatsHandle {
        self.reception.stats()
    }

    /// Waits for the next connection that is admitted.
    ///
    /// Connections that died before they were accepted, that are not admitted, or whose PROXY header is wrong are passed
    /// over and counted. PROXY headers are read beside each other, so a slow proxy delays nobody else.
    ///
    /// When the process is out of descriptors, a reserve is given up to refuse one connection; then, when memory is out, and
    /// at any error that may not pass, the call waits (10 ms, doubling to 1 s) and tries again, instead of failing millions
    /// of times a second.
    ///
    /// # Errors
    ///
    /// Only what makes the listener itself useless, such as a descriptor that is not a listening socket.
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no connection: it stays in the kernel's queue, or its header goes on being read by the next
    /// call. Between calls nothing is read, and the deadline of a header goes on.
    pub async fn accept(&mut self) -> io::Result<Conn<S::Io>> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Conn<S::Io>>> {
        loop {
            if let Poll::Ready(Some(conn)) = self.reception.poll_introduced(cx) {
                return Poll::Ready(Ok(conn));
            }
            ready!(self.exhaustion.poll_over(cx));
            ready!(self.reception.poll_room(cx));
            match ready!(self.source.poll_accept(cx)) {
                Ok((io, info)) => {
                    self.exhaustion.recovered();
                    if let Some(conn) = self.reception.admit(io, info) {
                        return Poll::Ready(Ok(conn));
                    }
                }
                Err(error) => self.failed(error)?,
            }
        }
    }

    /// What to do about an accept that failed.
    fn failed(&mut self, error: io::Error) -> io::Result<()> {
        match self.exhaustion.failed(&error, self.reception.counts()) {
            AcceptFailure::Fatal => return Err(error),
            AcceptFailure::Descriptors => self.exhaustion.with_reserve(|| self.source.shed()),
            AcceptFailure::Connection | AcceptFailure::Other => {}
        }
        Ok(())
    }

    /// Accepts what is complete already, and nothing more.
    pub(crate) fn close(self) -> Remaining<S> {
        Remaining {
            queued_max: self.source.queue_max(),
            source: Some(self.source),
            reception: self.reception,
            exhaustion: self.exhaustion,
        }
    }
}

impl<S: Source> fmt::Debug for Listener<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener")
            .field("local_addr", &self.local_addr())
            .field("stats", &self.stats().snapshot())
            .finish_non_exhaustive()
    }
}

/// The last connections of a listener.
pub(crate) struct Remaining<S: Source> {
    /// Closed once its queue was empty.
    source: Option<S>,
    queued_max: usize,
    reception: Reception<S>,
    exhaustion: Exhaustion,
}

impl<S: Source> Remaining<S> {
    /// First those that wait in the queue, also if there has to be a descriptor for them first, then those whose PROXY
    /// header arrives in time. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<Conn<S::Io>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Conn<S::Io>>> {
        while let Some(source) = &mut self.source {
            ready!(self.exhaustion.poll_over(cx));
            let queued = match self.queued_max {
                0 => None,
                _ => source.accept_queued(),
            };
            match queued {
                None => self.source = None,
                Some(Ok((io, info))) => {
                    self.queued_max -= 1;
                    self.exhaustion.recovered();
                    if let Some(conn) = self.reception.admit(io, info) {
                        return Poll::Ready(Some(conn));
                    }
                }
                Some(Err(error)) => match self.exhaustion.failed(&error, self.reception.counts()) {
                    AcceptFailure::Connection => self.queued_max -= 1,
                    AcceptFailure::Descriptors | AcceptFailure::Other => {}
                    AcceptFailure::Fatal => self.source = None,
                },
            }
        }
        self.reception.poll_introduced(cx)
    }
}

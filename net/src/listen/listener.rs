use std::fmt;
use std::future::poll_fn;
use std::io;
use std::os::fd::OwnedFd;
use std::task::{Context, Poll, ready};

use super::exhaustion::{AcceptFailure, Exhaustion};
use super::reception::Reception;
use super::stats::count;
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
        Ok(Self::new(Sockets::new(vec![socket], options.backlog)))
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
            reception: Reception::new(Admission::default()),
            exhaustion: Exhaustion::new(),
        }
    }

    /// Sets who may connect, and how many at once. It is for a listener that has accepted nothing yet: the figures begin
    /// anew.
    #[must_use]
    pub fn admission(self, admission: Admission) -> Self {
        Self {
            reception: Reception::new(admission),
            ..self
        }
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
    /// When the process is out of descriptors, a reserve is given up to refuse one connection; then, and when memory is out,
    /// the call waits (10 ms, doubling to 1 s) and tries again, instead of failing millions of times a second.
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
        let counts = self.reception.counts();
        let failure = AcceptFailure::of(&error);
        match failure {
            AcceptFailure::Connection => count(&counts.died_in_queue),
            AcceptFailure::Descriptors | AcceptFailure::Memory => {
                count(&counts.exhausted);
                if failure == AcceptFailure::Descriptors {
                    self.exhaustion.with_reserve(|| self.source.shed());
                }
                let pause = self.exhaustion.pause();
                tracing::warn!(%error, ?pause, "cannot accept connections");
            }
            AcceptFailure::Fatal => return Err(error),
        }
        Ok(())
    }

    /// Closes the source; what it had accepted or completed is still handed out.
    pub(crate) fn close(self) -> Remaining<S> {
        let Self {
            mut source,
            reception,
            ..
        } = self;
        let queued = source.take_queued().into_iter();
        let admitted: Vec<_> = queued
            .filter_map(|(io, info)| reception.admit(io, info))
            .collect();
        Remaining {
            admitted: admitted.into_iter(),
            reception,
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

/// The connections of a listener that is closed.
pub(crate) struct Remaining<S: Source> {
    admitted: std::vec::IntoIter<Conn<S::Io>>,
    reception: Reception<S>,
}

impl<S: Source> Remaining<S> {
    /// First those that waited in the queue, then those whose PROXY header arrives in time. Cancel safe.
    pub(crate) async fn next(&mut self) -> Option<Conn<S::Io>> {
        match self.admitted.next() {
            Some(conn) => Some(conn),
            None => poll_fn(|cx| self.reception.poll_introduced(cx)).await,
        }
    }
}

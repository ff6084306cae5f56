use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::io::AsyncWrite as _;
use tokio::time::Instant;

use super::origin::Origin;
use super::pool::Place;
use super::stream::ClientStream;
use crate::driver::Transport;
use crate::h1::{ClientConn, Limits, Peer};

/// How long a connection may have been idle to be used again without asking the kernel whether something has arrived. What
/// the runtime knows may be older than that: a 408 or the end of the stream, and then it answers the next request or costs it.
/// Within this time it may as well be on its way still, and nobody can know.
const UNASKED: Duration = Duration::from_millis(1);

/// A connection to a server, in use or idle.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) codec: ClientConn,
    pub(super) transport: Transport<ClientStream>,
    pub(super) origin: Origin,
    /// Its place among those that are open. `None` for one that the pool does not count.
    pub(super) place: Option<Place>,
    pub(super) tls_generations: TlsGenerations,
    /// It has been idle: its server may close it at any time.
    pub(super) is_kept: bool,
    /// How long it may be idle, as the server says.
    pub(super) idle_max: Option<Duration>,
    /// Since when it has been idle, and until when it may be used again.
    pub(super) idle_since: Option<Instant>,
    pub(super) idle_until: Option<Instant>,
}

/// Which of the client's TLS settings a connection was made under. `None` where they had no part in it, or cannot change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TlsGenerations {
    pub(super) origin: Option<u64>,
    pub(super) proxy: Option<u64>,
}

impl Connection {
    pub(super) fn new(
        origin: Origin,
        io: ClientStream,
        peer: Peer,
        limits: Limits,
        read_max: usize,
    ) -> Self {
        Self {
            origin,
            codec: ClientConn::new(peer, limits),
            transport: Transport::new(io, read_max),
            place: None,
            tls_generations: TlsGenerations::default(),
            is_kept: false,
            idle_max: None,
            idle_since: None,
            idle_until: None,
        }
    }

    /// Whether the server has neither closed the connection nor said anything since the last response. Nothing is sent to
    /// find out.
    pub(super) fn is_quiet(&mut self, cx: &mut Context<'_>) -> bool {
        self.transport.received.is_empty() && self.transport.poll_read_more(cx).is_pending()
    }

    /// [`is_quiet`](Self::is_quiet), for one that has not been idle for too long, without waiting to be woken.
    pub(super) fn is_fresh(&mut self) -> bool {
        let now = Instant::now();
        let is_late = self.idle_until.is_some_and(|until| until <= now);
        if is_late || !self.is_quiet(&mut Context::from_waker(Waker::noop())) {
            return false;
        }
        let idle = self.idle_since.map_or(Duration::MAX, |since| now - since);
        idle < UNASKED || !self.transport.io.has_arrived()
    }

    /// What is left of it when HTTP is over. It counts no longer.
    pub(super) fn into_transport(self: Box<Self>) -> Transport<ClientStream> {
        self.transport
    }

    /// Gets ready for the next request; `false` if there cannot be one.
    pub(super) fn rest(&mut self) -> bool {
        let is_ready = self.transport.received.is_empty()
            && !self.transport.owes_output()
            && self.codec.next_exchange();
        if is_ready {
            self.transport.expect_little();
            self.transport.out.rest();
        }
        is_ready
    }

    /// Says goodbye, as far as that does not have to be waited for: over TLS the alert has to come before the end
    /// ([RFC 9112 §9.8]).
    ///
    /// [RFC 9112 §9.8]: https://www.rfc-editor.org/rfc/rfc9112#section-9.8
    pub(super) fn close(mut self: Box<Self>) {
        let mut cx = Context::from_waker(Waker::noop());
        let _: Poll<io::Result<()>> = Pin::new(&mut self.transport.io).poll_shutdown(&mut cx);
    }
}

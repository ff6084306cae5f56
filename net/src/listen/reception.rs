use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::gate::{Gate, Permit};
use super::header::{self, HeaderError};
use super::stats::{Counts, count};
use super::{Admission, ProxyPolicy, Refusal, Source, StatsHandle, Untrusted, WhenFull};
use crate::{Addr, Conn, ConnInfo, ProxyAddresses, ProxyHeader};

/// Decides about each connection that was accepted, and keeps those whose PROXY header is still to come.
pub(super) struct Reception<S: Source> {
    admission: Admission,
    gate: Gate,
    counts: Arc<Counts>,
    pending: FuturesUnordered<Pending<S::Io>>,
}

/// A connection whose PROXY header is being read.
type Pending<IO> = Pin<Box<dyn Future<Output = Awaited<IO>> + Send>>;

struct Awaited<IO> {
    io: IO,
    info: ConnInfo,
    permit: Permit,
    header: Result<ProxyHeader, HeaderError>,
}

impl<S: Source> Default for Reception<S> {
    /// Everybody is admitted.
    fn default() -> Self {
        Self {
            admission: Admission::default(),
            gate: Gate::default(),
            counts: Arc::default(),
            pending: FuturesUnordered::new(),
        }
    }
}

impl<S: Source> Reception<S> {
    pub(super) fn set_admission(&mut self, admission: Admission) {
        self.admission = admission;
    }

    pub(super) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(super) fn stats(&self) -> StatsHandle {
        StatsHandle {
            counts: Arc::clone(&self.counts),
            gate: self.gate.clone(),
        }
    }

    /// Ready when one more connection may be accepted.
    pub(super) fn poll_room(&self, cx: &Context<'_>) -> Poll<()> {
        if let Some(policy) = &self.admission.proxy
            && self.pending.len() >= policy.pending_max.max(1)
        {
            // The next header that arrives wakes us.
            return Poll::Pending;
        }
        match self.admission.when_full {
            WhenFull::Queue => self.gate.poll_place(self.admission.connections_max(), cx),
            WhenFull::Close | WhenFull::Reset => Poll::Ready(()),
        }
    }

    /// The next connection whose PROXY header has arrived; `None` if none is awaited.
    pub(super) fn poll_introduced(&mut self, cx: &mut Context<'_>) -> Poll<Option<Conn<S::Io>>> {
        while let Some(awaited) = ready!(self.pending.poll_next_unpin(cx)) {
            if let Some(conn) = self.introduce(awaited) {
                return Poll::Ready(Some(conn));
            }
        }
        Poll::Ready(None)
    }

    /// A connection that may be handed out at once; `None` if it was refused, or if its header comes first.
    pub(super) fn admit(&self, io: S::Io, info: ConnInfo) -> Option<Conn<S::Io>> {
        let peer = info.transport_peer.ip();
        if peer.is_some_and(|peer| !self.admission.allows(peer)) {
            count(&self.counts.denied);
            S::refuse(io, Refusal::Reset);
            return None;
        }
        let Some(permit) = self.gate.enter(self.admission.connections_max()) else {
            count(&self.counts.refused_full);
            S::refuse(io, self.refusal());
            return None;
        };
        let Some(policy) = &self.admission.proxy else {
            return self.hand_out(io, info, permit, peer);
        };
        let is_trusted = match peer {
            Some(peer) => policy.trusted.contains(peer),
            None => policy.trust_unix.trusts(&info.transport_local),
        };
        match (is_trusted, policy.untrusted) {
            (true, _) => {
                self.await_header(io, info, permit, policy);
                None
            }
            (false, Untrusted::Direct) => self.hand_out(io, info, permit, peer),
            (false, Untrusted::Reset) => {
                count(&self.counts.denied);
                S::refuse(io, Refusal::Reset);
                None
            }
        }
    }

    /// The last check, by the client's address.
    fn hand_out(
        &self,
        io: S::Io,
        info: ConnInfo,
        mut permit: Permit,
        client: Option<IpAddr>,
    ) -> Option<Conn<S::Io>> {
        if let (Some(limit), Some(client)) = (self.admission.per_address, client)
            && !permit.count_address(client, limit)
        {
            count(&self.counts.refused_per_address);
            S::refuse(io, self.refusal());
            return None;
        }
        count(&self.counts.accepted);
        Some(Conn::admitted(io, info, permit))
    }

    /// How a connection beyond a limit ends once it has been accepted.
    fn refusal(&self) -> Refusal {
        match self.admission.when_full {
            WhenFull::Close => Refusal::Close,
            WhenFull::Queue | WhenFull::Reset => Refusal::Reset,
        }
    }

    fn await_header(&self, mut io: S::Io, info: ConnInfo, permit: Permit, policy: &ProxyPolicy) {
        let (limits, deadline) = (policy.limits, policy.deadline);
        self.pending.push(Box::pin(async move {
            let header = header::read(&mut io, &limits, deadline).await;
            Awaited {
                io,
                info,
                permit,
                header,
            }
        }));
    }

    /// Believes the header, and checks the client that it names.
    fn introduce(&self, awaited: Awaited<S::Io>) -> Option<Conn<S::Io>> {
        let Awaited {
            io,
            mut info,
            permit,
            header,
        } = awaited;
        let header = match header {
            Ok(header) => header,
            Err(error) => {
                count(&self.counts.proxy_failed);
                tracing::debug!(proxy = %info.transport_peer, ?error, "no PROXY header");
                S::refuse(io, Refusal::Reset);
                return None;
            }
        };
        // Without addresses it is the proxy's own connection, such as a health check: it counts as nobody's.
        let client = header.addresses.as_ref().and_then(|addresses| {
            let (peer, local) = ends(addresses);
            let client = peer.ip();
            let facts = info.facts_mut();
            facts.peer = peer;
            facts.local = local;
            client
        });
        info.facts_mut().proxy = Some(Arc::new(header));
        if client.is_some_and(|client| !self.admission.allows(client)) {
            count(&self.counts.denied);
            S::refuse(io, Refusal::Reset);
            return None;
        }
        self.hand_out(io, info, permit, client)
    }
}

fn ends(addresses: &ProxyAddresses) -> (Addr, Addr) {
    match addresses {
        ProxyAddresses::Inet {
            source,
            destination,
        } => (Addr::from(*source), Addr::from(*destination)),
        ProxyAddresses::Unix {
            source,
            destination,
        } => (
            Addr::from_unix_bytes(source),
            Addr::from_unix_bytes(destination),
        ),
    }
}

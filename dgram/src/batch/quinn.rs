//! quinn-udp comes twice here: the version that this crate is made with, and the one of quinn's interface. Their types are
//! the same in all but the version, so they are translated field by field.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use quinn::udp::{EcnCodepoint, RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};
use quinn_udp::BATCH_SIZE;
use tokio::io::Interest;

use super::{BatchUdp, Segments};
use crate::{Ecn, means_lost};

/// For `quinn::Endpoint::new_with_abstract_socket`.
///
/// A connection of QUIC does not end because of what happens to single datagrams: those that cannot be sent are lost, as on
/// quinn's own socket.
impl AsyncUdpSocket for BatchUdp {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Poller {
            socket: self,
            waiting: None,
        })
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let mut left = Segments {
            to: transmit.destination,
            bytes: transmit.contents,
            segment_bytes: transmit.segment_size.unwrap_or_default(),
            ecn: transmit
                .ecn
                .map_or(Ecn::NotEct, |ecn| Ecn::of_tos(ecn as u8)),
            from: transmit.src_ip,
        };
        if left.check().is_err() {
            return Ok(());
        }
        loop {
            let send = || self.send_now(&left);
            let sent = match self.inner.try_io(Interest::WRITABLE, send) {
                Ok(sent) => sent,
                // quinn would send all of them again. What was left out is lost, like anything on a full network.
                Err(error) if is_full(&error) && left.bytes.len() < transmit.contents.len() => {
                    return Ok(());
                }
                Err(error) if is_of_the_datagram(&error) => left.segment(),
                Err(error) => return Err(error),
            };
            left.bytes = left.bytes.get(sent..).unwrap_or_default();
            if left.bytes.is_empty() {
                return Ok(());
            }
        }
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut ours = [quinn_udp::RecvMeta::default(); BATCH_SIZE];
        let count = metas.len().min(buffers.len()).min(BATCH_SIZE);
        let (ours, buffers) = (&mut ours[..count], &mut buffers[..count]);
        loop {
            ready!(self.inner.poll_recv_ready(cx))?;
            let receive = || self.recv_now(buffers, ours);
            let filled = match self.inner.try_io(Interest::READABLE, receive) {
                Ok(filled) => filled,
                Err(error) if is_full(&error) => continue,
                Err(error) => return Poll::Ready(Err(error)),
            };
            for (theirs, ours) in metas.iter_mut().zip(ours.iter().take(filled)) {
                theirs.addr = ours.addr;
                theirs.len = ours.len;
                theirs.stride = ours.stride;
                theirs.ecn = ours.ecn.and_then(|ecn| EcnCodepoint::from_bits(ecn as u8));
                theirs.dst_ip = ours.dst_ip;
            }
            return Poll::Ready(Ok(filled));
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(Self::local_addr(self))
    }

    fn max_transmit_segments(&self) -> usize {
        self.segments_sent_max()
    }

    fn max_receive_segments(&self) -> usize {
        self.capabilities().segments_received_max
    }

    fn may_fragment(&self) -> bool {
        self.capabilities().may_fragment
    }
}

fn is_full(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

fn is_of_the_datagram(error: &io::Error) -> bool {
    means_lost(error) || error.kind() == io::ErrorKind::InvalidInput
}

/// One task that waits until something can be sent.
struct Poller {
    socket: Arc<BatchUdp>,
    waiting: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync>>>,
}

impl UdpPoller for Poller {
    fn poll_writable(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let waiting = this.waiting.get_or_insert_with(|| {
            let socket = Arc::clone(&this.socket);
            Box::pin(async move { socket.inner.writable().await })
        });
        let ready = ready!(waiting.as_mut().poll(cx));
        this.waiting = None;
        Poll::Ready(ready)
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Poller").finish_non_exhaustive()
    }
}

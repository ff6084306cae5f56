use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use socket2::SockRef;
use tokio::net::UdpSocket;

use super::offload::Offload;
use super::refusals::Refusals;
use super::{BatchOptions, Capabilities, Datagrams, Slots};
use crate::datagram::canonical;
use crate::error_queue::ErrorQueue;
use crate::options::Families;
use crate::{BufferBytes, Group, Udp, Undelivered};

/// A UDP socket for many datagrams at a time. It is made of a plain one, by [`Udp::into_batch`].
///
/// All methods take `&self`: some tasks may send while others receive.
///
/// What is not read in time is lost, and at this pace a receive buffer of the usual 208 KiB is full in 20 µs: ask for several
/// megabytes with [`DgramOptions::recv_buffer_bytes`](crate::DgramOptions::recv_buffer_bytes), look at what was granted, and
/// do not send faster than the peer reads.
#[derive(Debug)]
pub struct BatchUdp {
    pub(super) inner: UdpSocket,
    local: SocketAddr,
    pub(super) error_queue: ErrorQueue,
    pub(super) offload: Offload,
    pub(super) segmentation: bool,
    pub(super) refusals: Refusals,
    /// The last call filled all slots, so there is probably more, and others have not had a turn.
    greedy: AtomicBool,
}

impl BatchUdp {
    pub(crate) fn new(socket: Udp, options: &BatchOptions) -> io::Result<Self> {
        let Udp {
            inner,
            local,
            error_queue,
            ..
        } = socket;
        let families = Families::of(&SockRef::from(&inner), local.is_ipv6())?;
        Ok(Self {
            offload: Offload::new(&inner, families, options.path_mtu)?,
            segmentation: options.segmentation,
            refusals: Refusals::default(),
            greedy: AtomicBool::new(false),
            inner,
            local,
            error_queue,
        })
    }

    /// The address that was bound, with the port the kernel chose.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// The peer of a connected socket, which was connected before it came here.
    ///
    /// # Errors
    ///
    /// `NotConnected`.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr().map(canonical)
    }

    /// The buffer sizes that the kernel granted.
    ///
    /// # Errors
    ///
    /// What the kernel answers when asked.
    pub fn buffer_bytes(&self) -> io::Result<BufferBytes> {
        BufferBytes::of(&SockRef::from(&self.inner))
    }

    /// What it can do on this host. That GSO is refused to some destination does not change it.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities {
            segments_sent_max: self.segments_sent_max(),
            segments_received_max: self.offload.segments_received_max,
            may_fragment: self.offload.may_fragment(),
        }
    }

    pub(super) fn segments_sent_max(&self) -> usize {
        if self.segmentation {
            self.offload.segments_sent_max
        } else {
            1
        }
    }

    /// Hears a group, too: see [`Udp::join`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn join(&self, group: &Group) -> io::Result<()> {
        group.join(&self.inner)
    }

    /// Hears it no longer: see [`Udp::leave`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn leave(&self, group: &Group) -> io::Result<()> {
        group.leave(&self.inner)
    }

    /// Receives what is there, as far as the slots go, in one system call; if there is nothing, it waits for the first datagram.
    ///
    /// After a call that filled all slots the next one lets the runtime's other tasks have a turn first: a socket that is never
    /// empty must not starve the others.
    ///
    /// # Errors
    ///
    /// As for [`Udp::recv`].
    ///
    /// # Cancel safety
    ///
    /// A dropped call loses no datagram: they stay in the kernel's queue.
    pub async fn recv<'s>(&self, slots: &'s mut Slots) -> io::Result<Datagrams<'s>> {
        if self.greedy.swap(false, Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
        let interest = self.error_queue.interest_of_recv();
        let receive = || slots.fill(|buffers, metas| self.recv_now(buffers, metas));
        let filled = self.inner.async_io(interest, receive).await?;
        if filled == slots.count() {
            self.greedy.store(true, Ordering::Relaxed);
        }
        Ok(slots.datagrams(filled))
    }

    pub(super) fn recv_now(
        &self,
        buffers: &mut [io::IoSliceMut<'_>],
        metas: &mut [quinn_udp::RecvMeta],
    ) -> io::Result<usize> {
        self.error_queue
            .past(|| self.offload.recv(&self.inner, buffers, metas))
    }

    /// Waits for the network's next answer to a datagram that it did not deliver: see [`Udp::recv_error`].
    ///
    /// # Errors
    ///
    /// As there.
    ///
    /// # Cancel safety
    ///
    /// As there.
    pub async fn recv_error(&self) -> io::Result<Undelivered> {
        self.error_queue.recv(&self.inner).await
    }
}

impl AsFd for BatchUdp {
    /// For socket options that this crate does not have. Whoever reads from it by other means gets several datagrams as one.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

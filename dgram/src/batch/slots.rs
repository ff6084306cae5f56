use std::fmt;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use quinn_udp::{BATCH_SIZE, RecvMeta};

use crate::Ecn;
use crate::datagram::canonical;

/// The most slots that one call fills.
pub const SLOTS_MAX: usize = BATCH_SIZE;

/// What the longest datagram needs, and so do several that the kernel hands out as one: a slot is never too short.
const SLOT_BYTES: usize = 65_535;

/// The memory that [`BatchUdp::recv`](crate::BatchUdp::recv) receives into. Each slot takes one datagram, or up to 64 of one
/// peer that came together.
///
/// It belongs to the caller, and not to a socket: a task that serves several sockets in turn needs it only once. A slot is
/// 65,535 bytes, of which the host provides what has been written to.
pub struct Slots {
    bytes: Vec<u8>,
    metas: Vec<RecvMeta>,
}

impl Slots {
    /// So many slots, at least 1 and at most [`SLOTS_MAX`]. 8, which is half a megabyte, are enough for most: with GRO one slot
    /// already takes 54 datagrams of 1,200 bytes. Peers that send one datagram each need one slot each.
    pub fn new(count: usize) -> Self {
        let count = count.clamp(1, SLOTS_MAX);
        Self {
            bytes: vec![0; count * SLOT_BYTES],
            metas: vec![RecvMeta::default(); count],
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.metas.len()
    }

    /// Has them filled by a call that says how many it filled.
    pub(super) fn fill(
        &mut self,
        call: impl FnOnce(&mut [IoSliceMut<'_>], &mut [RecvMeta]) -> io::Result<usize>,
    ) -> io::Result<usize> {
        let count = self.metas.len();
        let mut chunks = self.bytes.chunks_exact_mut(SLOT_BYTES);
        let mut buffers: [IoSliceMut<'_>; SLOTS_MAX] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        let buffers = buffers.get_mut(..count).unwrap_or_default();
        Ok(call(buffers, &mut self.metas)?.min(count))
    }

    /// The datagrams in the first `filled` slots.
    pub(super) fn datagrams(&self, filled: usize) -> Datagrams<'_> {
        let mut slots = Datagrams {
            slots: self
                .bytes
                .chunks_exact(SLOT_BYTES)
                .zip(&self.metas[..filled]),
            rest: None,
        };
        slots.rest = slots.next_slot();
        slots
    }
}

impl fmt::Debug for Slots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slots")
            .field("count", &self.count())
            .finish_non_exhaustive()
    }
}

impl Default for Slots {
    /// 8 slots.
    fn default() -> Self {
        Self::new(8)
    }
}

/// The datagrams that one call received, in the order in which they came from each peer.
#[derive(Clone, Debug)]
pub struct Datagrams<'a> {
    slots: std::iter::Zip<std::slice::ChunksExact<'a, u8>, std::slice::Iter<'a, RecvMeta>>,
    /// What is left of the slot that comes next.
    rest: Option<Rest<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct Rest<'a> {
    bytes: &'a [u8],
    stride: usize,
    meta: &'a RecvMeta,
}

/// One datagram of many. It is whole: slots are never too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Datagram<'a> {
    /// What it carries, which may be nothing.
    pub bytes: &'a [u8],
    /// Who sent it, as far as a source address can be believed. An IPv4 sender is an IPv4 address, also on an IPv6 socket.
    pub from: SocketAddr,
    /// The address it was sent to.
    pub to: Option<IpAddr>,
    /// The index of the interface it came in at.
    pub interface: Option<u32>,
    /// Its ECN field.
    pub ecn: Ecn,
}

impl<'a> Datagrams<'a> {
    fn next_slot(&mut self) -> Option<Rest<'a>> {
        let (slot, meta) = self.slots.next()?;
        let bytes = slot.get(..meta.len).unwrap_or(slot);
        Some(Rest {
            bytes,
            stride: meta.stride,
            meta,
        })
    }
}

impl<'a> Iterator for Datagrams<'a> {
    type Item = Datagram<'a>;

    fn next(&mut self) -> Option<Datagram<'a>> {
        let Rest {
            bytes,
            stride,
            meta,
        } = self.rest?;
        let (bytes, rest) = match bytes.split_at_checked(stride) {
            Some((first, rest)) if stride > 0 && !rest.is_empty() => (first, Some(rest)),
            _ => (bytes, None),
        };
        self.rest = match rest {
            Some(bytes) => Some(Rest {
                bytes,
                stride,
                meta,
            }),
            None => self.next_slot(),
        };
        Some(Datagram {
            bytes,
            from: canonical(meta.addr),
            to: meta.dst_ip.map(|ip| ip.to_canonical()),
            interface: meta.interface_index,
            ecn: meta.ecn.map_or(Ecn::NotEct, |ecn| Ecn::of_tos(ecn as u8)),
        })
    }
}

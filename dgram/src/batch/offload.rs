use std::io;
use std::sync::{PoisonError, RwLock};

use nix::sys::socket::sockopt::{Ipv6DontFrag, ReceiveTimestampns};
use nix::sys::socket::{GetSockOpt as _, SetSockOpt as _};
use quinn_udp::{RecvMeta, Transmit, UdpSocketState};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, ip_mtu_discover, ipv6_mtu_discover,
    set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::SockRef;
use tokio::net::UdpSocket;

use crate::options::Families;
use crate::{PathMtu, Tell};

/// quinn-udp's state of a socket.
///
/// It remembers the kernel's refusals (`EINVAL`, `EIO`) and then sends without GSO and without ECN for the rest of its life,
/// although one bad destination is enough to be refused. There is no way to tell it otherwise but to make a new one. That sets
/// socket options anew, one of which segments everything for a moment; so nobody may send meanwhile.
#[derive(Debug)]
pub(super) struct Offload {
    state: RwLock<UdpSocketState>,
    path_mtu: PathMtu,
    families: Families,
    pub(super) segments_sent_max: usize,
    pub(super) segments_received_max: usize,
}

impl Offload {
    pub(super) fn new(
        socket: &UdpSocket,
        families: Families,
        path_mtu: PathMtu,
    ) -> io::Result<Self> {
        // Nor may there be room taken by what a plain socket was asked to tell.
        Tell::NOTHING.apply(&SockRef::from(socket), families)?;
        let state = make(socket, families, path_mtu)?;
        Ok(Self {
            segments_sent_max: state.max_gso_segments(),
            segments_received_max: state.gro_segments(),
            state: RwLock::new(state),
            path_mtu,
            families,
        })
    }

    pub(super) fn may_fragment(&self) -> bool {
        matches!(self.path_mtu, PathMtu::Os | PathMtu::Fragment)
            || self.read(UdpSocketState::may_fragment)
    }

    pub(super) fn try_send(&self, socket: &UdpSocket, transmit: &Transmit<'_>) -> io::Result<()> {
        let (sent, segments_sent_max) = self.read(|state| {
            let sent = state.try_send(socket.into(), transmit);
            (sent, state.max_gso_segments())
        });
        // It may have tried again without ECN, and succeeded.
        let gave_up = segments_sent_max < self.segments_sent_max;
        if gave_up || sent.as_ref().is_err_and(is_refusal) {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            *state = make(socket, self.families, self.path_mtu)?;
        }
        sent
    }

    pub(super) fn recv(
        &self,
        socket: &UdpSocket,
        buffers: &mut [io::IoSliceMut<'_>],
        metas: &mut [RecvMeta],
    ) -> io::Result<usize> {
        self.read(|state| state.recv(socket.into(), buffers, metas))
    }

    fn read<T>(&self, call: impl FnOnce(&UdpSocketState) -> T) -> T {
        call(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What quinn-udp takes for a sign that GSO does not work.
fn is_refusal(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EINVAL | libc::EIO))
}

/// quinn-udp always switches to `PathMtu::Probe`.
fn make(socket: &UdpSocket, families: Families, path_mtu: PathMtu) -> io::Result<UdpSocketState> {
    let before = Fragmentation::of(socket, families)?;
    let state = UdpSocketState::new(socket.into())?;
    // It asks for the time of each datagram as well. Together with GRO, destination and ECN that is more than the 88 bytes
    // into which it has control messages written, so the kernel cuts off the last of them: ECN, over IPv6 the destination.
    ReceiveTimestampns.set(socket, &false)?;
    match path_mtu {
        PathMtu::Os => before.restore(socket)?,
        other => other.apply(socket, families)?,
    }
    Ok(state)
}

/// The options behind [`PathMtu`], as they are.
struct Fragmentation {
    v4: Option<Ipv4PathMtuDiscovery>,
    v6: Option<(Ipv6PathMtuDiscovery, bool)>,
}

impl Fragmentation {
    fn of(socket: &UdpSocket, families: Families) -> io::Result<Self> {
        let v4 = families.v4.then(|| ip_mtu_discover(socket)).transpose()?;
        let v6 = match families.v6 {
            true => Some((ipv6_mtu_discover(socket)?, Ipv6DontFrag.get(socket)?)),
            false => None,
        };
        Ok(Self { v4, v6 })
    }

    fn restore(self, socket: &UdpSocket) -> io::Result<()> {
        if let Some(mode) = self.v4 {
            set_ip_mtu_discover(socket, mode)?;
        }
        if let Some((mode, dont_fragment)) = self.v6 {
            set_ipv6_mtu_discover(socket, mode)?;
            Ipv6DontFrag.set(socket, &dont_fragment)?;
        }
        Ok(())
    }
}

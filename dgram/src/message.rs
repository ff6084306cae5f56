//! `sendmsg` and `recvmsg` with control messages, through nix: rustix decodes none of those that UDP has, socket2 leaves the
//! decoding to `unsafe` code, and quinn-udp switches GRO on.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned as Control, MsgFlags, SockaddrStorage, recvmsg, sendmsg,
};
use nix::sys::time::TimeSpec;
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};

use crate::datagram::canonical;
use crate::{Recv, SendMeta, Tell, Undelivered};

/// Room for all that can come with a datagram or an error: less than 200 bytes are needed. The kernel wants it aligned.
#[repr(align(8))]
struct Space([u8; 512]);

/// How much of a lost datagram the kernel gives back: as much as a router has to quote over IPv6, and a whole DNS query.
const QUOTED_BYTES_MAX: usize = 1232;

/// Takes one datagram from the queue.
pub(crate) fn recv(socket: &impl AsRawFd, buffer: &mut [u8], tell: Tell) -> io::Result<Recv> {
    let fd = socket.as_raw_fd();
    let mut slices = [IoSliceMut::new(buffer)];
    if tell == Tell::NOTHING {
        let message = recvmsg::<SockaddrStorage>(fd, &mut slices, None, MsgFlags::empty())?;
        let from = address(message.address).ok_or_else(without_sender)?;
        let truncated = message.flags.contains(MsgFlags::MSG_TRUNC);
        return Ok(Recv::new(message.bytes, from, truncated));
    }
    let mut space = Space([0; 512]);
    let control = Some(&mut space.0[..]);
    let message = recvmsg::<SockaddrStorage>(fd, &mut slices, control, MsgFlags::empty())?;
    let from = address(message.address).ok_or_else(without_sender)?;
    let truncated = message.flags.contains(MsgFlags::MSG_TRUNC);
    let mut received = Recv::new(message.bytes, from, truncated);
    // The kernel says nothing until one was lost.
    received.dropped = tell.drops.then_some(0);
    for control in message.cmsgs()? {
        note(&mut received, control);
    }
    Ok(received)
}

fn note(received: &mut Recv, control: Control) {
    match control {
        Control::Ipv4PacketInfo(info) => {
            received.to = Some(v4(info.ipi_addr).into());
            received.interface = u32::try_from(info.ipi_ifindex).ok();
        }
        Control::Ipv6PacketInfo(info) => {
            received.to = Some(v6(info.ipi6_addr).to_canonical());
            received.interface = Some(info.ipi6_ifindex);
        }
        Control::Ipv4Ttl(ttl) | Control::Ipv6HopLimit(ttl) => {
            received.ttl = u8::try_from(ttl).ok();
        }
        Control::Ipv4Tos(tos) => received.tos = Some(tos),
        Control::Ipv6TClass(class) => received.tos = u8::try_from(class).ok(),
        Control::ScmTimestampns(time) => received.at = system_time(time),
        Control::RxqOvfl(dropped) => received.dropped = Some(dropped),
        _ => {}
    }
}

fn system_time(time: TimeSpec) -> Option<SystemTime> {
    let seconds = u64::try_from(time.tv_sec()).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanoseconds))
}

fn without_sender() -> io::Error {
    io::Error::other("a datagram without a sender")
}

fn address(storage: Option<SockaddrStorage>) -> Option<SocketAddr> {
    let storage = storage?;
    match (storage.as_sockaddr_in(), storage.as_sockaddr_in6()) {
        (Some(address), _) => Some((*address).into()),
        (_, Some(address)) => Some((*address).into()),
        _ => None,
    }
}

fn v4(address: libc::in_addr) -> Ipv4Addr {
    Ipv4Addr::from(address.s_addr.to_ne_bytes())
}

fn v6(address: libc::in6_addr) -> Ipv6Addr {
    Ipv6Addr::from(address.s6_addr)
}

/// Takes one report from the error queue.
pub(crate) fn recv_error(socket: &impl AsRawFd) -> io::Result<Undelivered> {
    let mut quoted = [0; QUOTED_BYTES_MAX];
    let mut slices = [IoSliceMut::new(&mut quoted)];
    let mut space = Space([0; 512]);
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut slices,
        Some(&mut space.0),
        MsgFlags::MSG_ERRQUEUE,
    )?;
    let to = address(message.address).map(canonical);
    let quoted_bytes = message.bytes;
    let report = message.cmsgs()?.find_map(|control| match control {
        Control::Ipv4RecvErr(report, offender) => Some((
            report,
            offender.map(|offender| v4(offender.sin_addr).into()),
        )),
        Control::Ipv6RecvErr(report, offender) => Some((
            report,
            offender.map(|offender| v6(offender.sin6_addr).to_canonical()),
        )),
        _ => None,
    });
    let (report, offender) = report.ok_or_else(|| io::Error::other("an error without a report"))?;
    let quoted = quoted.get(..quoted_bytes).unwrap_or_default();
    Ok(Undelivered::new(to, &report, offender, quoted))
}

/// Hands over one datagram, gathered from its pieces. `family_of` is any address of the family it goes by.
pub(crate) fn send(
    socket: &impl AsRawFd,
    pieces: &[IoSlice<'_>],
    meta: &SendMeta,
    family_of: IpAddr,
) -> io::Result<usize> {
    let to = meta.to.map(SockaddrStorage::from);
    let ttl = meta.ttl.map(i32::from);
    let class = meta.tos.map(i32::from);
    let send = |controls: &[ControlMessage<'_>]| {
        let fd = socket.as_raw_fd();
        Ok(sendmsg(
            fd,
            pieces,
            controls,
            MsgFlags::empty(),
            to.as_ref(),
        )?)
    };
    match family_of.to_canonical() {
        IpAddr::V4(_) => {
            let info = packet_info_v4(meta)?;
            let controls = [
                info.as_ref().map(ControlMessage::Ipv4PacketInfo),
                ttl.as_ref().map(ControlMessage::Ipv4Ttl),
                meta.tos.as_ref().map(ControlMessage::Ipv4Tos),
            ];
            send(&Vec::from_iter(controls.into_iter().flatten()))
        }
        IpAddr::V6(_) => {
            let info = packet_info_v6(meta)?;
            let controls = [
                info.as_ref().map(ControlMessage::Ipv6PacketInfo),
                ttl.as_ref().map(ControlMessage::Ipv6HopLimit),
                class.as_ref().map(ControlMessage::Ipv6TClass),
            ];
            send(&Vec::from_iter(controls.into_iter().flatten()))
        }
    }
}

fn packet_info_v4(meta: &SendMeta) -> io::Result<Option<libc::in_pktinfo>> {
    if meta.from.is_none() && meta.interface.is_none() {
        return Ok(None);
    }
    let from = match meta.from.map(|from| from.to_canonical()) {
        None => Ipv4Addr::UNSPECIFIED,
        Some(IpAddr::V4(from)) => from,
        Some(IpAddr::V6(from)) => return Err(other_family(from.into())),
    };
    let index = meta.interface.unwrap_or_default();
    Ok(Some(libc::in_pktinfo {
        ipi_ifindex: i32::try_from(index).map_err(|_| io::Error::from(Errno::ENODEV))?,
        ipi_spec_dst: libc::in_addr {
            s_addr: u32::from_ne_bytes(from.octets()),
        },
        ipi_addr: libc::in_addr { s_addr: 0 },
    }))
}

fn packet_info_v6(meta: &SendMeta) -> io::Result<Option<libc::in6_pktinfo>> {
    if meta.from.is_none() && meta.interface.is_none() {
        return Ok(None);
    }
    let from = match meta.from.map(|from| from.to_canonical()) {
        None => Ipv6Addr::UNSPECIFIED,
        Some(IpAddr::V6(from)) => from,
        Some(IpAddr::V4(from)) => return Err(other_family(from.into())),
    };
    Ok(Some(libc::in6_pktinfo {
        ipi6_addr: libc::in6_addr {
            s6_addr: from.octets(),
        },
        ipi6_ifindex: meta.interface.unwrap_or_default(),
    }))
}

fn other_family(from: IpAddr) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("the source address {from} is of another family than the destination"),
    )
}

/// Hands over as many datagrams as the kernel takes in one call, and says how many. rustix counts them; nix only has an
/// iterator over addresses that `sendmmsg` does not fill.
pub(crate) fn send_many(
    socket: &impl AsFd,
    datagrams: &[(SocketAddr, &[u8])],
) -> io::Result<usize> {
    let slices: Vec<_> = datagrams
        .iter()
        .map(|(_, bytes)| [IoSlice::new(bytes)])
        .collect();
    let peers: Vec<_> = datagrams
        .iter()
        .map(|(peer, _)| SocketAddrAny::from(*peer))
        .collect();
    let mut no_controls: Vec<_> = datagrams
        .iter()
        .map(|_| SendAncillaryBuffer::default())
        .collect();
    let mut headers: Vec<_> = peers
        .iter()
        .zip(&slices)
        .zip(&mut no_controls)
        .map(|((peer, slice), control)| MMsgHdr::new_with_addr(peer, slice, control))
        .collect();
    Ok(sendmmsg(socket, &mut headers, SendFlags::empty())?)
}

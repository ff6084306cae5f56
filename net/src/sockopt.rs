//! The socket options that neither socket2 nor rustix has, defined with the macros that nix makes its own of.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::sys::socket::sockopt::{GetStruct, SetStruct};
use nix::sys::socket::{GetSockOpt as _, SetSockOpt as _};
use nix::{getsockopt_impl, setsockopt_impl};

use crate::tcp_info::RawTcpInfo;

const TCP: i32 = libc::IPPROTO_TCP;

#[derive(Clone, Copy)]
struct FastOpen;
setsockopt_impl!(FastOpen, TCP, libc::TCP_FASTOPEN, i32, SetStruct<'_, i32>);

#[derive(Clone, Copy)]
struct DeferAccept;
setsockopt_impl!(
    DeferAccept,
    TCP,
    libc::TCP_DEFER_ACCEPT,
    i32,
    SetStruct<'_, i32>
);

#[derive(Clone, Copy)]
struct BindAddressNoPort;
setsockopt_impl!(
    BindAddressNoPort,
    libc::IPPROTO_IP,
    libc::IP_BIND_ADDRESS_NO_PORT,
    i32,
    SetStruct<'_, i32>
);

#[derive(Clone, Copy)]
struct Info;
// Any bytes make a `RawTcpInfo`, and nix checks that the kernel filled it to its end.
getsockopt_impl!(Info, TCP, libc::TCP_INFO, RawTcpInfo, GetStruct<RawTcpInfo>);

/// How many connections may be waiting with data in their SYN ([RFC 7413]).
///
/// [RFC 7413]: https://www.rfc-editor.org/rfc/rfc7413
pub(crate) fn set_fast_open(socket: BorrowedFd<'_>, queue: u16) -> io::Result<()> {
    Ok(FastOpen.set(&socket, &queue.into())?)
}

/// How long a connection without data stays in the kernel; in whole seconds, which the kernel rounds up to retransmissions.
pub(crate) fn set_defer_accept(socket: BorrowedFd<'_>, time: Duration) -> io::Result<()> {
    let seconds = i32::try_from(time.as_secs()).unwrap_or(i32::MAX).max(1);
    Ok(DeferAccept.set(&socket, &seconds)?)
}

/// Leaves the choice of a port to `connect`, which knows the other end: one source address then has all its ports for each
/// destination, and not once for all.
pub(crate) fn set_bind_address_no_port(socket: BorrowedFd<'_>) -> io::Result<()> {
    Ok(BindAddressNoPort.set(&socket, &1)?)
}

pub(crate) fn tcp_info(socket: BorrowedFd<'_>) -> io::Result<RawTcpInfo> {
    Ok(Info.get(&socket)?)
}

//! The socket options that none of socket2, rustix and nix has, defined with the macro that nix makes its own with.

use std::io;
use std::os::fd::AsFd;

use nix::setsockopt_impl;
use nix::sys::socket::SetSockOpt;
use nix::sys::socket::sockopt::SetStruct;

use crate::multicast::{GroupRequest, SourceRequest};

const V4: i32 = libc::IPPROTO_IP;
const V6: i32 = libc::IPPROTO_IPV6;

macro_rules! settable {
    ($($name:ident = $level:expr, $flag:path, $value:ty;)*) => {$(
        #[derive(Clone, Copy)]
        pub(crate) struct $name;
        setsockopt_impl!($name, $level, $flag, $value, SetStruct<'_, $value>);
    )*};
}

settable! {
    MulticastInterfaceV4 = V4, libc::IP_MULTICAST_IF, libc::ip_mreqn;
    // RFC 3678 §5: one form for both families, and the interface by index.
    JoinV4 = V4, libc::MCAST_JOIN_GROUP, GroupRequest;
    JoinV6 = V6, libc::MCAST_JOIN_GROUP, GroupRequest;
    LeaveV4 = V4, libc::MCAST_LEAVE_GROUP, GroupRequest;
    LeaveV6 = V6, libc::MCAST_LEAVE_GROUP, GroupRequest;
    JoinSourceV4 = V4, libc::MCAST_JOIN_SOURCE_GROUP, SourceRequest;
    JoinSourceV6 = V6, libc::MCAST_JOIN_SOURCE_GROUP, SourceRequest;
    LeaveSourceV4 = V4, libc::MCAST_LEAVE_SOURCE_GROUP, SourceRequest;
    LeaveSourceV6 = V6, libc::MCAST_LEAVE_SOURCE_GROUP, SourceRequest;
}

pub(crate) fn set<O: SetSockOpt<Val: Sized>>(
    socket: &impl AsFd,
    option: O,
    value: O::Val,
) -> io::Result<()> {
    Ok(option.set(socket, &value)?)
}

use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;

use nix::net::if_::if_nametoindex;
use socket2::Socket;

use crate::options::Families;
use crate::sockopt::{self, set};

/// A multicast group, from any source or from one, on one interface ([RFC 3678]).
///
/// [RFC 3678]: https://www.rfc-editor.org/rfc/rfc3678
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Group {
    /// 224.0.0.0/4 or ff00::/8.
    pub address: IpAddr,
    /// The only sender that is heard (source-specific multicast, [RFC 4607]); `None` hears any. One group may be joined
    /// once for each of several sources. What the routers deliver without being asked for it comes from the ranges
    /// 232.0.0.0/8 and ff3x::/32.
    ///
    /// [RFC 4607]: https://www.rfc-editor.org/rfc/rfc4607
    pub source: Option<IpAddr>,
    /// Where it is heard. [`Interface::Any`] is the one that the route to the group takes, and not all of them.
    pub interface: Interface,
}

impl Group {
    /// Any source, on the interface that the kernel chooses.
    pub fn any_source(address: impl Into<IpAddr>) -> Self {
        Self {
            address: address.into(),
            source: None,
            interface: Interface::Any,
        }
    }

    /// One source, on the interface that the kernel chooses.
    pub fn of_source(address: impl Into<IpAddr>, source: impl Into<IpAddr>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::any_source(address)
        }
    }

    /// The same on this interface.
    #[must_use]
    pub fn on(self, interface: Interface) -> Self {
        Self { interface, ..self }
    }

    pub(crate) fn join(&self, socket: &impl AsFd) -> io::Result<()> {
        use sockopt::{JoinSourceV4, JoinSourceV6, JoinV4, JoinV6};
        match self.request()? {
            Request::Any(IpAddr::V4(_), request) => set(socket, JoinV4, request),
            Request::Any(IpAddr::V6(_), request) => set(socket, JoinV6, request),
            Request::One(IpAddr::V4(_), request) => set(socket, JoinSourceV4, request),
            Request::One(IpAddr::V6(_), request) => set(socket, JoinSourceV6, request),
        }
    }

    pub(crate) fn leave(&self, socket: &impl AsFd) -> io::Result<()> {
        use sockopt::{LeaveSourceV4, LeaveSourceV6, LeaveV4, LeaveV6};
        match self.request()? {
            Request::Any(IpAddr::V4(_), request) => set(socket, LeaveV4, request),
            Request::Any(IpAddr::V6(_), request) => set(socket, LeaveV6, request),
            Request::One(IpAddr::V4(_), request) => set(socket, LeaveSourceV4, request),
            Request::One(IpAddr::V6(_), request) => set(socket, LeaveSourceV6, request),
        }
    }

    fn request(&self) -> io::Result<Request> {
        if !self.address.is_multicast() {
            return Err(invalid(format!("{} is no multicast group", self.address)));
        }
        let interface = self.interface.index()?;
        let group = Storage::of(self.address);
        match self.source {
            None => Ok(Request::Any(
                self.address,
                GroupRequest { interface, group },
            )),
            Some(source) if source.is_ipv4() == self.address.is_ipv4() => Ok(Request::One(
                self.address,
                SourceRequest {
                    interface,
                    group,
                    source: Storage::of(source),
                },
            )),
            Some(source) => Err(invalid(format!(
                "the source {source} is of another family than the group {}",
                self.address
            ))),
        }
    }
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// A network interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Interface {
    /// The one that the kernel chooses by its routes.
    #[default]
    Any,
    /// By index, as in [`Recv::interface`](crate::Recv::interface). It stays the same while the interface lives.
    Index(u32),
    /// By name, such as `eth0`. It is looked up when it is used.
    Name(String),
}

impl Interface {
    /// The index; 0 stands for any.
    ///
    /// # Errors
    ///
    /// `ENODEV` when no interface has the name.
    pub fn index(&self) -> io::Result<u32> {
        match self {
            Self::Any => Ok(0),
            Self::Index(index) => Ok(*index),
            Self::Name(name) => Ok(if_nametoindex(name.as_str())?),
        }
    }
}

/// How a socket sends to groups, and which groups it hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MulticastOptions {
    /// TTL or hop limit of what is sent to a group. `None` is the kernel's 1: it does not leave the network segment. The
    /// default is `None`.
    pub ttl: Option<u8>,
    /// Whether what this socket sends to a group is heard on this host too, by sockets that joined. The default is `true`,
    /// as everywhere.
    pub loopback: bool,
    /// Where it leaves, if the destination does not say so with a zone. The default is [`Interface::Any`].
    pub interface: Interface,
    /// Whether a socket on a wildcard address also hears groups that only others on this host have joined, which is what
    /// Linux does unless told otherwise (`IP_MULTICAST_ALL`). The default is `false`: what is heard was joined here.
    pub all_groups: bool,
}

impl Default for MulticastOptions {
    fn default() -> Self {
        Self {
            ttl: None,
            loopback: true,
            interface: Interface::Any,
            all_groups: false,
        }
    }
}

impl MulticastOptions {
    pub(crate) fn apply(&self, socket: &Socket, families: Families) -> io::Result<()> {
        let interface = self.interface.index()?;
        if families.v4 {
            socket.set_multicast_all_v4(self.all_groups)?;
            socket.set_multicast_loop_v4(self.loopback)?;
            if let Some(ttl) = self.ttl {
                socket.set_multicast_ttl_v4(ttl.into())?;
            }
            if interface != 0 {
                let any = libc::in_addr { s_addr: 0 };
                let by_index = libc::ip_mreqn {
                    imr_multiaddr: any,
                    imr_address: any,
                    imr_ifindex: i32::try_from(interface).map_err(|_| no_interface())?,
                };
                set(socket, sockopt::MulticastInterfaceV4, by_index)?;
            }
        }
        if families.v6 {
            socket.set_multicast_all_v6(self.all_groups)?;
            socket.set_multicast_loop_v6(self.loopback)?;
            if let Some(ttl) = self.ttl {
                socket.set_multicast_hops_v6(ttl.into())?;
            }
            if interface != 0 {
                socket.set_multicast_if_v6(interface)?;
            }
        }
        Ok(())
    }
}

fn no_interface() -> io::Error {
    io::Error::from(rustix::io::Errno::NODEV)
}

enum Request {
    Any(IpAddr, GroupRequest),
    One(IpAddr, SourceRequest),
}

/// `struct group_req`. The kernel's struct has a `sockaddr_storage` inside, which libc's cannot be filled without `unsafe`.
#[repr(C)]
pub(crate) struct GroupRequest {
    interface: u32,
    group: Storage,
}

/// `struct group_source_req`.
#[repr(C)]
pub(crate) struct SourceRequest {
    interface: u32,
    group: Storage,
    source: Storage,
}

/// `struct sockaddr_storage`: 128 bytes, aligned like a pointer.
#[repr(C)]
struct Storage([usize; STORAGE_WORDS]);

const WORD_BYTES: usize = size_of::<usize>();
const STORAGE_WORDS: usize = 128 / WORD_BYTES;

impl Storage {
    /// An address without a port.
    fn of(ip: IpAddr) -> Self {
        let family = if ip.is_ipv4() {
            libc::AF_INET
        } else {
            libc::AF_INET6
        };
        let family = u16::try_from(family).unwrap_or_default();
        let mut bytes = [0; 128];
        bytes[..2].copy_from_slice(&family.to_ne_bytes());
        // Behind the family comes the port, and in `sockaddr_in6` the flow label as well.
        match ip {
            IpAddr::V4(ip) => bytes[4..8].copy_from_slice(&ip.octets()),
            IpAddr::V6(ip) => bytes[8..24].copy_from_slice(&ip.octets()),
        }
        let mut words = bytes.chunks_exact(WORD_BYTES).map(|word| {
            let mut bytes = [0; WORD_BYTES];
            bytes.copy_from_slice(word);
            usize::from_ne_bytes(bytes)
        });
        Self(std::array::from_fn(|_| words.next().unwrap_or_default()))
    }
}

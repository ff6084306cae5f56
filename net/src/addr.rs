use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net;
use std::path::Path;
use std::sync::Arc;

/// One end of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Addr {
    /// An IP address and a port. IPv4 is always IPv4, never `::ffff:192.0.2.1`.
    Inet(SocketAddr),
    /// A Unix socket with a name.
    Unix(UnixName),
    /// A Unix socket without a name, as clients usually are.
    Unnamed,
}

impl Addr {
    /// The IP address, where there is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.inet().map(|address| address.ip())
    }

    /// The port, where there is one.
    pub fn port(&self) -> Option<u16> {
        self.inet().map(|address| address.port())
    }

    /// The form of `sun_path`: a path, a name behind a NUL, or nothing.
    pub(crate) fn from_unix_bytes(bytes: &[u8]) -> Self {
        match bytes {
            [] => Self::Unnamed,
            [0, name @ ..] => Self::Unix(UnixName::Abstract(name.into())),
            path => Self::Unix(UnixName::Path(
                Path::new(std::ffi::OsStr::from_bytes(path)).into(),
            )),
        }
    }

    /// The IP address and port, where this is no Unix socket.
    pub fn inet(&self) -> Option<SocketAddr> {
        match self {
            Self::Inet(address) => Some(*address),
            Self::Unix(_) | Self::Unnamed => None,
        }
    }
}

/// `::ffff:192.0.2.1` becomes 192.0.2.1; an IPv6 address keeps its zone.
impl From<SocketAddr> for Addr {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(match address.ip().to_canonical() {
            ip if ip == address.ip() => address,
            ip => SocketAddr::new(ip, address.port()),
        })
    }
}

impl From<net::SocketAddr> for Addr {
    fn from(address: net::SocketAddr) -> Self {
        if let Some(path) = address.as_pathname() {
            return Self::Unix(UnixName::Path(path.into()));
        }
        match address.as_abstract_name() {
            Some(name) => Self::Unix(UnixName::Abstract(name.into())),
            None => Self::Unnamed,
        }
    }
}

impl From<tokio::net::unix::SocketAddr> for Addr {
    fn from(address: tokio::net::unix::SocketAddr) -> Self {
        net::SocketAddr::from(address).into()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Unix(name) => name.fmt(f),
            Self::Unnamed => f.write_str("unix:"),
        }
    }
}

/// The name of a Unix socket. Cheap to clone.
///
/// `Display` writes `unix:/path` or `unix:@name`; bytes that are not UTF-8 are replaced there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnixName {
    /// A path, as it was given to `bind`: a relative one belongs to the folder the server ran in.
    Path(Arc<Path>),
    /// A name in the abstract namespace of Linux, without the NUL before it. No file stands for it, and no permission
    /// guards it: whoever shares the network namespace may connect.
    Abstract(Arc<[u8]>),
}

impl UnixName {
    pub(crate) fn to_socket_address(&self) -> io::Result<socket2::SockAddr> {
        match self {
            Self::Path(path) => socket2::SockAddr::unix(path),
            Self::Abstract(name) => {
                let with_nul = [&[0], &name[..]].concat();
                socket2::SockAddr::unix(std::ffi::OsStr::from_bytes(&with_nul))
            }
        }
    }
}

impl fmt::Display for UnixName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // So that it is read back as the path that it is.
            Self::Path(path) if path.as_os_str().as_bytes().starts_with(b"@") => {
                write!(f, "unix:./{}", path.display())
            }
            Self::Path(path) => write!(f, "unix:{}", path.display()),
            Self::Abstract(name) => write!(f, "unix:@{}", String::from_utf8_lossy(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_v4_mapped_address_becomes_v4_and_a_zone_is_kept() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:80".parse().unwrap();
        assert_eq!(
            Addr::from(mapped),
            Addr::Inet("192.0.2.1:80".parse().unwrap())
        );
        let zoned: SocketAddr = "[fe80::1%3]:80".parse().unwrap();
        assert_eq!(Addr::from(zoned), Addr::Inet(zoned));
    }
}

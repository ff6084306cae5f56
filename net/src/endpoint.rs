use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use crate::{Addr, UnixName};

/// Where to listen or whom to dial, in one syntax for both.
///
/// | text | meaning |
/// |---|---|
/// | `0.0.0.0:80`, `[::]:80`, `[fe80::1%2]:80` | an IP address and a port; the zone is an interface's number |
/// | `localhost:80` | a host name and a port; all its addresses are meant |
/// | `unix:/run/app.sock` | a Unix socket in the file system |
/// | `unix:@app` | a Unix socket in Linux's abstract namespace |
/// | `fd:http`, `fd:3` | a socket that was handed over by a service manager (`LISTEN_FDS`), by its name or its number |
///
/// `Display` writes what `FromStr` reads.
///
/// ```
/// use wharf_net::Endpoint;
///
/// let endpoint: Endpoint = "[::1]:8443".parse()?;
/// assert_eq!(endpoint, Endpoint::Inet("[::1]:8443".parse().unwrap()));
/// assert_eq!("::1:8443".parse::<Endpoint>().unwrap_err().to_string(),
///     "the IPv6 address in \"::1:8443\" needs brackets: [ADDRESS]:PORT");
/// # Ok::<(), wharf_net::EndpointError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// An IP address and a port.
    Inet(SocketAddr),
    /// A host name, at most 253 bytes, and a port.
    Host {
        /// The name: letters, digits, `-`, `_` and `.`.
        name: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(UnixName),
    /// A socket that this process was started with: its name in `LISTEN_FDNAMES`, or its number.
    Inherited(String),
}

impl Endpoint {
    /// The port, where there is one.
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Inet(address) => Some(address.port()),
            Self::Host { port, .. } => Some(*port),
            Self::Unix(_) | Self::Inherited(_) => None,
        }
    }
}

/// A text that is no [`Endpoint`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// Neither `HOST:PORT` nor one of the forms with a prefix.
    #[error(
        "{0:?} is no endpoint: it is HOST:PORT, [IPV6]:PORT, unix:/PATH, unix:@NAME or fd:NAME"
    )]
    Form(String),
    /// An IPv6 address without brackets: where it ends and the port begins cannot be told.
    #[error("the IPv6 address in {0:?} needs brackets: [ADDRESS]:PORT")]
    Brackets(String),
    /// Something else than an IPv6 address in brackets.
    #[error("{0:?} is no IPv6 address; a zone is the number of an interface, as in [fe80::1%2]:80")]
    Ipv6(String),
    /// Four numbers and dots that are no IPv4 address, such as 1.2.3.256.
    #[error("{0:?} is no IPv4 address")]
    Ipv4(String),
    /// Not a number from 0 to 65535 in plain digits.
    #[error("{0:?} is no port: it is a number from 0 to 65535")]
    Port(String),
    /// A name that is empty, longer than 253 bytes, or has other characters than letters, digits, `-`, `_` and `.`.
    #[error("{0:?} is no host name")]
    HostName(String),
    /// A Unix socket's name that is empty, longer than 107 bytes, or has a NUL in it.
    #[error(
        "{0:?} is no name of a Unix socket: it has 1 to {UNIX_NAME_BYTES_MAX} bytes and no NUL"
    )]
    UnixName(String),
    /// An empty name of an inherited descriptor, or one with a colon or a control character.
    #[error("{0:?} is no name of an inherited descriptor")]
    InheritedName(String),
}

/// `sun_path` has 108 bytes: a path has its NUL behind it, an abstract name has one before it.
const UNIX_NAME_BYTES_MAX: usize = 107;
/// [RFC 1035 §2.3.4]: 255 bytes on the wire are 253 characters of text.
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
const HOST_NAME_BYTES_MAX: usize = 253;

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        if let Some(name) = text.strip_prefix("unix:") {
            return unix(name);
        }
        if let Some(name) = text.strip_prefix("fd:") {
            return inherited(name);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let (address, port) = rest
                .rsplit_once("]:")
                .ok_or_else(|| EndpointError::Form(text.to_owned()))?;
            let port = parse_port(port)?;
            // The parser of the standard library knows zones only together with a port.
            return format!("[{address}]:{port}")
                .parse()
                .map(Self::Inet)
                .map_err(|_| EndpointError::Ipv6(address.to_owned()));
        }
        let (host, port) = text
            .rsplit_once(':')
            .ok_or_else(|| EndpointError::Form(text.to_owned()))?;
        if host.contains(':') {
            let is_ipv6 = host.parse::<std::net::Ipv6Addr>().is_ok();
            return Err(if is_ipv6 || text.parse::<std::net::Ipv6Addr>().is_ok() {
                EndpointError::Brackets(text.to_owned())
            } else {
                EndpointError::Form(text.to_owned())
            });
        }
        if host.is_empty() {
            return Err(EndpointError::Form(text.to_owned()));
        }
        let port = parse_port(port)?;
        if let Ok(address) = host.parse() {
            return Ok(Self::Inet(SocketAddr::new(address, port)));
        }
        // No top-level domain is all digits, so this was meant to be an address. getaddrinfo would take 127.1 for one.
        if host
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        {
            return Err(EndpointError::Ipv4(host.to_owned()));
        }
        if !is_host_name(host) {
            return Err(EndpointError::HostName(host.to_owned()));
        }
        Ok(Self::Host {
            name: host.to_owned(),
            port,
        })
    }
}

fn unix(name: &str) -> Result<Endpoint, EndpointError> {
    let bytes = name.strip_prefix('@').unwrap_or(name);
    if bytes.is_empty() || bytes.len() > UNIX_NAME_BYTES_MAX || bytes.contains('\0') {
        return Err(EndpointError::UnixName(name.to_owned()));
    }
    Ok(Endpoint::Unix(if name.starts_with('@') {
        UnixName::Abstract(bytes.as_bytes().into())
    } else {
        UnixName::Path(std::path::Path::new(bytes).into())
    }))
}

fn inherited(name: &str) -> Result<Endpoint, EndpointError> {
    if name.is_empty() || name.contains(|c: char| c == ':' || c.is_control()) {
        return Err(EndpointError::InheritedName(name.to_owned()));
    }
    Ok(Endpoint::Inherited(name.to_owned()))
}

/// Digits only: `"+80".parse::<u16>()` would succeed.
fn parse_port(text: &str) -> Result<u16, EndpointError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits
        .then(|| text.parse().ok())
        .flatten()
        .ok_or_else(|| EndpointError::Port(text.to_owned()))
}

/// The underscore is in no host name of [RFC 1123 §2.1], but in many names of containers and service records.
///
/// [RFC 1123 §2.1]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
fn is_host_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    name.len() <= HOST_NAME_BYTES_MAX
        && name.bytes().all(is_allowed)
        && !name.starts_with('.')
        && !name.contains("..")
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inet(address) => address.fmt(f),
            Self::Host { name, port } => write!(f, "{name}:{port}"),
            Self::Unix(name) => name.fmt(f),
            Self::Inherited(name) => write!(f, "fd:{name}"),
        }
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self::Inet(address)
    }
}

impl From<UnixName> for Endpoint {
    fn from(name: UnixName) -> Self {
        Self::Unix(name)
    }
}

/// Fails with the address itself where it has no name: the address of a Unix client.
impl TryFrom<Addr> for Endpoint {
    type Error = Addr;

    fn try_from(address: Addr) -> Result<Self, Addr> {
        match address {
            Addr::Inet(address) => Ok(Self::Inet(address)),
            Addr::Unix(name) => Ok(Self::Unix(name)),
            unnamed @ Addr::Unnamed => Err(unnamed),
        }
    }
}

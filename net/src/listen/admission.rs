use std::net::IpAddr;
use std::time::Duration;

use crate::{Addr, PrefixSet, ProxyLimits, UnixName};

/// Who may connect, and how many at once.
///
/// ```
/// use wharf_net::{Admission, PerAddress, WhenFull};
///
/// let admission = Admission {
///     connections_max: Some(10_000),
///     when_full: WhenFull::Reset,
///     per_address: Some(PerAddress { connections_max: 100, ..PerAddress::default() }),
///     deny: "192.0.2.0/24, 2001:db8::/32".parse()?,
///     ..Admission::default()
/// };
/// # Ok::<(), wharf_net::PrefixError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// How many connections may be open. Others: nginx 768 (Debian), Node and Go none. The default is `None`: as many as
    /// the process has descriptors for, at which point the listener backs off.
    pub connections_max: Option<usize>,
    /// What happens to one more. The default is [`WhenFull::Queue`].
    pub when_full: WhenFull,
    /// How many of them one address may have. One more is closed as `when_full` says, or reset where that says
    /// [`WhenFull::Queue`]: who is there is known only once it has been accepted. The default is `None`.
    pub per_address: Option<PerAddress>,
    /// Only these addresses may connect; others are reset. IPv4 prefixes count for IPv4 in IPv6 too. Unix peers have no
    /// address and are not concerned. The default is `None`: everybody.
    pub allow: Option<PrefixSet>,
    /// These addresses may not connect, allowed or not; they are reset. The default is empty.
    pub deny: PrefixSet,
    /// Whether proxies tell whom they speak for, by the PROXY protocol. Limits by address and both lists are then applied
    /// to the client they name; the lists to the proxy as well. The default is `None`.
    pub proxy: Option<ProxyPolicy>,
}

impl Admission {
    pub(super) fn connections_max(&self) -> usize {
        self.connections_max.unwrap_or(usize::MAX)
    }

    /// Whether the lists let an address in.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        self.allow
            .as_ref()
            .is_none_or(|allow| allow.contains(address))
            && !self.deny.contains(address)
    }
}

/// What happens to a connection beyond the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenFull {
    /// It waits in the kernel's queue until another one ends. Its peer believes to be connected meanwhile.
    #[default]
    Queue,
    /// It is accepted and closed: the peer sees the end of the stream.
    Close,
    /// It is accepted and reset: the peer sees an error at once.
    Reset,
}

/// How many connections one address may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerAddress {
    /// How many. Browsers open 6 per host, and many users can sit behind one address. The default is 256.
    pub connections_max: usize,
    /// How many leading bits of an IPv6 address make one peer. The default is 64: a host has at least such a network to
    /// itself.
    pub v6_prefix: u8,
}

impl Default for PerAddress {
    fn default() -> Self {
        Self {
            connections_max: 256,
            v6_prefix: 64,
        }
    }
}

/// Which peers begin with a PROXY header. Such a peer must: whether there is one is not guessed from the bytes, as a
/// client could send them too.
#[derive(Clone, Debug)]
pub struct ProxyPolicy {
    /// The proxies: they are believed. There is no default, since whoever is in it can be anybody.
    pub trusted: PrefixSet,
    /// Which peers on a Unix socket are proxies. The default is [`TrustUnix::Path`].
    pub trust_unix: TrustUnix,
    /// What happens to everybody else. The default is [`Untrusted::Reset`].
    pub untrusted: Untrusted,
    /// How long the header may take; a connection that takes longer is reset. The default is 5 s; a proxy sends it at once.
    pub deadline: Duration,
    /// How many headers are awaited at once; further connections stay in the kernel's queue. 0 counts as 1.
    /// The default is 1024.
    pub pending_max: usize,
    /// The bounds of a header.
    pub limits: ProxyLimits,
}

impl ProxyPolicy {
    /// The defaults, and these proxies.
    pub fn trusting(proxies: PrefixSet) -> Self {
        Self {
            trusted: proxies,
            trust_unix: TrustUnix::Path,
            untrusted: Untrusted::Reset,
            deadline: Duration::from_secs(5),
            pending_max: 1024,
            limits: ProxyLimits::default(),
        }
    }
}

/// Which peers without an IP address are proxies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustUnix {
    /// Those on a socket in the file system: reaching it took permission.
    #[default]
    Path,
    /// Those on an abstract name too, which whoever shares the network namespace may connect to.
    All,
    /// None.
    No,
}

impl TrustUnix {
    pub(super) fn trusts(self, local: &Addr) -> bool {
        match self {
            Self::Path => matches!(local, Addr::Unix(UnixName::Path(_))),
            Self::All => true,
            Self::No => false,
        }
    }
}

/// What happens to a peer that is no trusted proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Untrusted {
    /// It is reset: the port is for proxies only.
    #[default]
    Reset,
    /// It is a client that came without a proxy. What it sends is not looked at, so a PROXY header from it reaches the
    /// protocol above as the garbage it is.
    Direct,
}

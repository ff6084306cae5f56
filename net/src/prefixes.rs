use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net, Ipv6Subnets};

/// A set of addresses, written as prefixes: an allow list or a deny list.
///
/// A look-up is a binary search in the sorted set, so a long list costs about as much as a short one. An IPv4-mapped
/// address (`::ffff:192.0.2.1`) is the IPv4 address it stands for, in the set and in the question: `::ffff:10.0.0.0/104`
/// and `10.0.0.0/8` are the same prefix. A shorter IPv6 prefix holds IPv6 addresses only: `::/0` is all of IPv6 and
/// nothing of IPv4.
///
/// ```
/// use wharf_net::PrefixSet;
/// let office: PrefixSet = "192.0.2.0/24, 2001:db8::/32, 198.51.100.7".parse()?;
/// assert!(office.contains("192.0.2.200".parse()?));
/// assert!(office.contains("::ffff:198.51.100.7".parse()?));
/// assert!(!office.contains("198.51.100.8".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixSet {
    /// Sorted, disjoint and as few as can be.
    prefixes: Vec<IpNet>,
}

/// Loopback ([RFC 1122 §3.2.1.3], [RFC 4291 §2.5.3]).
///
/// [RFC 1122 §3.2.1.3]: https://www.rfc-editor.org/rfc/rfc1122#section-3.2.1.3
/// [RFC 4291 §2.5.3]: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.3
const LOOPBACK: &[&str] = &["127.0.0.0/8", "::1/128"];

/// What the IANA registry of special-purpose IPv4 addresses ([RFC 6890 §2.2.2], kept up to date at IANA) does not call
/// globally reachable, and multicast.
///
/// [RFC 6890 §2.2.2]: https://www.rfc-editor.org/rfc/rfc6890#section-2.2.2
const NOT_GLOBAL_V4: &[(Ipv4Addr, u8)] = &[
    // "This network"; Linux connects 0.0.0.0 to loopback.
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    // Private use, RFC 1918.
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    // Shared by carriers and used inside clouds, RFC 6598.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local, RFC 3927: the metadata services of clouds are at 169.254.169.254.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    // IETF protocol assignments. The two anycast addresses in it that are global are services of the local network.
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    // Documentation, RFC 5737.
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // The anycast address of 6to4 relays, withdrawn by RFC 7526.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    // Benchmarks between devices, RFC 2544.
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    // Multicast, then reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// What is not global inside 2000::/3, the only block from which global unicast addresses are assigned.
const NOT_GLOBAL_V6: &[&str] = &[
    // IETF protocol assignments: Teredo (2001::/32, an IPv4 address inside), benchmarks, ORCHID.
    "2001::/23",
    // Documentation, RFC 3849 and RFC 9637.
    "2001:db8::/32",
    "3fff::/20",
    // 6to4: an IPv4 address inside. RFC 7526 has withdrawn its relays, so nothing is lost.
    "2002::/16",
];

/// NAT64's well-known prefix ([RFC 6052 §2.1]); the last 32 bits are an IPv4 address.
///
/// [RFC 6052 §2.1]: https://www.rfc-editor.org/rfc/rfc6052#section-2.1
const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);

impl PrefixSet {
    /// `127.0.0.0/8` and `::1`.
    pub fn loopback() -> Self {
        LOOPBACK.iter().map(|text| constant(text)).collect()
    }

    /// Every address that is not globally reachable unicast: the deny list of a client that connects where strangers
    /// tell it to (server-side request forgery).
    ///
    /// Check the addresses that a name resolved to, each of them and right before connecting: a name that was checked
    /// earlier, or by text, may resolve to something else by now.
    ///
    /// In IPv4: this network, private use, carriers' shared space, loopback, link-local (metadata services),
    /// protocol assignments, documentation, benchmarks, multicast, reserved and broadcast. In IPv6 the rule is turned
    /// around, since only `2000::/3` has been handed out: all else is in the set (unspecified, loopback,
    /// IPv4-compatible and IPv4-translated addresses, unique local, link-local, multicast, what may be assigned one
    /// day), and inside it protocol assignments and documentation.
    ///
    /// Forms of IPv6 that carry an IPv4 address, which could smuggle in one that is denied:
    ///
    /// - IPv4-mapped: asked as the IPv4 address.
    /// - NAT64, `64:ff9b::/96`: in the set exactly where the IPv4 address is. To deny it whole would cut a host on an
    ///   IPv6-only network with DNS64 off from all of IPv4.
    /// - NAT64 for local use, `64:ff9b:1::/48` ([RFC 8215 §4]): whole. Where its IPv4 address is depends on the network.
    /// - 6to4 and Teredo: whole. The first has been withdrawn, the second reaches no server.
    ///
    /// A network that runs NAT64 under a prefix of its own global space looks like any other host; add that prefix.
    ///
    /// [RFC 8215 §4]: https://www.rfc-editor.org/rfc/rfc8215#section-4
    pub fn not_global() -> Self {
        let v4 = NOT_GLOBAL_V4.iter().map(|(network, len)| {
            Ipv4Net::new(*network, *len).expect("each length in the table is at most 32")
        });
        let translated = v4.clone().map(|net| {
            let network = NAT64.to_bits() | u128::from(net.network().to_bits());
            Ipv6Net::new(Ipv6Addr::from_bits(network), 96 + net.prefix_len())
                .expect("a length of IPv4 is at most 32")
        });
        // All of IPv6 but 2000::/3 and NAT64's prefix.
        let nat64_end = NAT64.to_bits() | u128::from(u32::MAX);
        let unassigned = [
            (0, NAT64.to_bits() - 1),
            (nat64_end + 1, (0x2000 << 112) - 1),
            (0x4000 << 112, u128::MAX),
        ]
        .into_iter()
        .flat_map(|(first, last)| Ipv6Subnets::new(first.into(), last.into(), 0));

        v4.map(IpNet::V4)
            .chain(translated.map(IpNet::V6))
            .chain(unassigned.map(IpNet::V6))
            .chain(NOT_GLOBAL_V6.iter().map(|text| constant(text)))
            .collect()
    }

    /// Whether the address is in one of the prefixes. The scope of a link-local address does not matter.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        // IPv4 sorts before IPv6. Only the last prefix that begins at or before the address can hold it.
        let after = self
            .prefixes
            .partition_point(|prefix| prefix.network() <= address);
        self.prefixes[..after]
            .last()
            .is_some_and(|prefix| prefix.contains(&address))
    }

    /// Whether there is no prefix: such a set holds no address.
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// The prefixes in their order, IPv4 first. Neighbours have been joined and prefixes inside others left out, so they
    /// may differ from the ones that were put in.
    pub fn iter(&self) -> impl Iterator<Item = IpNet> + '_ {
        self.prefixes.iter().copied()
    }
}

/// Host bits are ignored: `10.1.2.3/8` is `10.0.0.0/8`.
impl FromIterator<IpNet> for PrefixSet {
    fn from_iter<I: IntoIterator<Item = IpNet>>(prefixes: I) -> Self {
        let prefixes = prefixes.into_iter().map(unmapped).collect();
        Self {
            prefixes: IpNet::aggregate(&prefixes),
        }
    }
}

/// Sorts the whole set again: extend it once with many, not often with one.
impl Extend<IpNet> for PrefixSet {
    fn extend<I: IntoIterator<Item = IpNet>>(&mut self, prefixes: I) {
        *self = self.iter().chain(prefixes).collect();
    }
}

/// One prefix, or several with commas or white space between them. An address without a length is the prefix of only
/// that address.
///
/// A prefix whose address has bits outside its length, such as `10.1.2.3/8`, is refused: it is read as the whole of
/// `10.0.0.0/8` by some and as the one address by others. An empty list is refused too: it is a blank in a
/// configuration more often than it is meant, and a deny list without entries denies nothing.
impl FromStr for PrefixSet {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        text.split(',')
            .flat_map(|part| match part.trim() {
                "" => vec![""],
                part => part.split_whitespace().collect(),
            })
            .map(parse)
            .collect()
    }
}

/// The standard library reads the address: `ipnet` takes `010.0.0.0/8` for 10.0.0.0/8, where C's `inet_aton` sees
/// 8.0.0.0.
fn parse(text: &str) -> Result<IpNet, PrefixError> {
    let prefix = match text.split_once('/') {
        None => text.parse().ok().map(|address: IpAddr| address.into()),
        Some((address, len)) if len.bytes().all(|byte| byte.is_ascii_digit()) => {
            let parts = address.parse().ok().zip(len.parse().ok());
            parts.and_then(|(address, len)| IpNet::new(address, len).ok())
        }
        Some(_) => None,
    };
    let prefix = prefix.ok_or_else(|| PrefixError::syntax(text))?;
    if prefix.addr() != prefix.network() {
        return Err(PrefixError::HostBits { prefix });
    }
    Ok(prefix)
}

fn constant(text: &str) -> IpNet {
    parse(text).expect("each prefix in the tables of this file is one")
}

/// A prefix within `::ffff:0:0/96` as the IPv4 prefix it stands for ([RFC 4291 §2.5.5.2]).
///
/// [RFC 4291 §2.5.5.2]: https://www.rfc-editor.org/rfc/rfc4291#section-2.5.5.2
fn unmapped(prefix: IpNet) -> IpNet {
    let IpNet::V6(v6) = prefix else {
        return prefix;
    };
    let v4 = v6.network().to_ipv4_mapped();
    let len = v6.prefix_len().checked_sub(96);
    v4.zip(len)
        .and_then(|(v4, len)| Ipv4Net::new(v4, len).ok())
        .map_or(prefix, IpNet::V4)
}

/// A text is not a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrefixError {
    /// Neither an address nor an address, `/` and a length.
    Syntax {
        /// The text, escaped and cut.
        text: String,
    },
    /// The address has bits set outside the length.
    HostBits {
        /// What was given.
        prefix: IpNet,
    },
}

/// Longer than any prefix, and short enough for a line of a log.
const TEXT_CHARS_MAX: usize = 50;

impl PrefixError {
    fn syntax(text: &str) -> Self {
        let text = text.escape_debug().take(TEXT_CHARS_MAX).collect();
        Self::Syntax { text }
    }
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax { text } => {
                write!(f, "'{text}' is not an address prefix such as 10.0.0.0/8")
            }
            Self::HostBits { prefix } => write!(
                f,
                "{prefix} has bits outside its length: {} is the prefix, {} the address",
                prefix.trunc(),
                prefix.addr()
            ),
        }
    }
}

impl std::error::Error for PrefixError {}

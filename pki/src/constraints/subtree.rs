//! A set of names of one kind, as text.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::name::{NameFault, SubjectAltName, dns, email};
use crate::text::printable;

/// A set of names: a GeneralSubtree of [RFC 5280 §4.2.1.10], without minimum and maximum.
///
/// It is read from text: `corp.test` (that name and all below it), `10.0.0.0/8`, `10.1.2.3`, `me@corp.test`,
/// `email:corp.test` (all addresses on that host), `email:.corp.test` (on the hosts below it), `uri:corp.test` (URIs with
/// that host), `uri:.corp.test` (with a host below it). `dns:` and `ip:` may stand before the others. `dns:*` is every
/// DNS name.
///
/// ```
/// use wharf_pki::constraints::Subtree;
/// assert_eq!("Corp.test".parse::<Subtree>()?.to_string(), "dns:corp.test");
/// assert_eq!("10.1.2.3".parse::<Subtree>()?.to_string(), "ip:10.1.2.3/32");
/// assert!("*.corp.test".parse::<Subtree>().is_err());
/// # Ok::<(), wharf_pki::Error>(())
/// ```
///
/// [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Subtree {
    /// A DNS name with all below it; empty for every DNS name. In certificates of others a leading dot leaves out the
    /// name itself.
    Dns(String),
    /// A range of IP addresses.
    Ip(IpNet),
    /// An e-mail address, the host of some, or with a leading dot the domain of their hosts.
    Email(String),
    /// The host of URIs, or with a leading dot the domain of their hosts.
    Uri(String),
    /// Found in a certificate, and not evaluated: names of this kind are refused.
    Unread {
        /// What it is about.
        kind: ConstraintKind,
    },
}

/// Which names a constraint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// DNS names, wildcards among them.
    Dns,
    /// IP addresses.
    Ip,
    /// E-mail addresses.
    Email,
    /// URIs, SPIFFE IDs among them.
    Uri,
    /// The subject.
    DirectoryName,
    /// A kind that this crate never writes: otherName, x400Address, ediPartyName, registeredID.
    Other,
}

impl ConstraintKind {
    pub(super) fn of(name: &SubjectAltName) -> Self {
        match name {
            SubjectAltName::Dns(_) => Self::Dns,
            SubjectAltName::Ip(_) => Self::Ip,
            SubjectAltName::Email(_) => Self::Email,
            SubjectAltName::Uri(_) => Self::Uri,
        }
    }
}

impl fmt::Display for ConstraintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dns => "DNS names",
            Self::Ip => "IP addresses",
            Self::Email => "e-mail addresses",
            Self::Uri => "URIs",
            Self::DirectoryName => "directory names",
            Self::Other => "names of other kinds",
        })
    }
}

impl Subtree {
    /// Which names it is about.
    pub fn kind(&self) -> ConstraintKind {
        match self {
            Self::Dns(_) => ConstraintKind::Dns,
            Self::Ip(_) => ConstraintKind::Ip,
            Self::Email(_) => ConstraintKind::Email,
            Self::Uri(_) => ConstraintKind::Uri,
            Self::Unread { kind } => *kind,
        }
    }

    /// The same subtree, in the form in which it is written.
    pub(super) fn checked(&self) -> Result<Self, Error> {
        self.written()
            .map_err(|fault| refused(&self.to_string(), fault))
    }

    fn written(&self) -> Result<Self, SubtreeFault> {
        match self {
            Self::Dns(base) if base.is_empty() => Ok(self.clone()),
            Self::Dns(base) if base.starts_with('.') => Err(SubtreeFault::LeadingDot),
            Self::Dns(base) => host(base).map(Self::Dns),
            Self::Ip(net) => Ok(Self::Ip(net.trunc())),
            Self::Email(base) if base.contains('@') => email::parse(base)
                .map(Self::Email)
                .map_err(SubtreeFault::Name),
            Self::Email(base) => host_or_domain(base).map(Self::Email),
            Self::Uri(base) => host_or_domain(base).map(Self::Uri),
            Self::Unread { .. } => Err(SubtreeFault::Unread),
        }
    }

    /// As found in a certificate of others, where DNS names may have a leading dot.
    pub(super) fn or_unread(self) -> Self {
        let kind = self.kind();
        let checked = match &self {
            Self::Dns(base) => match base.strip_prefix('.') {
                Some(rest) => host(rest).map(|host| Self::Dns(format!(".{host}"))).ok(),
                None => self.written().ok(),
            },
            _ => self.written().ok(),
        };
        checked.unwrap_or(Self::Unread { kind })
    }
}

fn host(text: &str) -> Result<String, SubtreeFault> {
    dns::host(text).map_err(SubtreeFault::Name)
}

fn host_or_domain(text: &str) -> Result<String, SubtreeFault> {
    match text.strip_prefix('.') {
        Some(domain) => host(domain).map(|domain| format!(".{domain}")),
        None => host(text),
    }
}

impl FromStr for Subtree {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text)
            .and_then(|subtree| subtree.written())
            .map_err(|fault| refused(text, fault))
    }
}

fn refused(text: &str, fault: SubtreeFault) -> Error {
    Error::Subtree {
        subtree: printable(text),
        fault,
    }
}

fn parse(text: &str) -> Result<Subtree, SubtreeFault> {
    // First, because IPv6 addresses are full of colons.
    if let Ok(net) = range(text) {
        return Ok(Subtree::Ip(net));
    }
    let (kind, value) = text.split_once(':').unwrap_or(("", text));
    match kind.to_ascii_lowercase().as_str() {
        "dns" if value == "*" => Ok(Subtree::Dns(String::new())),
        // Empty for every name is the form of the certificate; from a person it is more likely a mistake.
        "dns" | "" if value.is_empty() => Err(SubtreeFault::Name(NameFault::Empty)),
        "dns" => Ok(Subtree::Dns(value.into())),
        "ip" => range(value).map(Subtree::Ip),
        "email" => Ok(Subtree::Email(value.into())),
        "uri" => Ok(Subtree::Uri(value.into())),
        "" if value.contains('/') => Err(SubtreeFault::Range),
        "" if value.contains('@') => Ok(Subtree::Email(value.into())),
        "" => Ok(Subtree::Dns(value.into())),
        _ => Err(SubtreeFault::Kind),
    }
}

fn range(text: &str) -> Result<IpNet, SubtreeFault> {
    let address = || text.parse::<IpAddr>().map(IpNet::from);
    text.parse::<IpNet>()
        .or_else(|_| address())
        .map_err(|_| SubtreeFault::Range)
}

/// The form that is read.
impl fmt::Display for Subtree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(base) if base.is_empty() => f.write_str("dns:*"),
            Self::Dns(base) => write!(f, "dns:{base}"),
            Self::Ip(net) => write!(f, "ip:{net}"),
            Self::Email(base) => write!(f, "email:{base}"),
            Self::Uri(base) => write!(f, "uri:{base}"),
            Self::Unread { kind } => write!(f, "some {kind}"),
        }
    }
}

impl TryFrom<String> for Subtree {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Subtree> for String {
    fn from(subtree: Subtree) -> Self {
        subtree.to_string()
    }
}

/// Why something is no subtree.
///
/// The text reads on from the subtree: "subtree `.a.test` begins with a dot".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubtreeFault {
    /// A host or an e-mail address is none.
    Name(NameFault),
    /// A DNS subtree that begins with a dot. OpenSSL and others take it, [RFC 5280 §4.2.1.10] does not know it.
    ///
    /// [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
    LeadingDot,
    /// No range of IP addresses.
    Range,
    /// A kind that is none of `dns`, `ip`, `email`, `uri`.
    Kind,
    /// A subtree that was found in a certificate and is not written here.
    Unread,
}

impl SubtreeFault {
    /// What to write instead, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Name(NameFault::WildcardPlace) | Self::LeadingDot => {
                Some("give the domain alone, as in corp.test: it has all names below it")
            }
            Self::Range => Some("write an address and a prefix length, as in 10.0.0.0/8"),
            Self::Kind => Some("the kinds are dns, ip, email and uri"),
            _ => None,
        }
    }
}

impl fmt::Display for SubtreeFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(fault) => fault.fmt(f),
            Self::LeadingDot => f.write_str("begins with a dot"),
            Self::Range => f.write_str("is no range of IP addresses"),
            Self::Kind => f.write_str("has an unknown kind"),
            Self::Unread => f.write_str("cannot be written"),
        }
    }
}

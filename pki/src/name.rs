//! The names that may stand in a certificate's subjectAltName ([RFC 5280 §4.2.1.6]), and why others may not.
//!
//! A name that no client would ever match is refused here, with the reason, rather than signed. Two decisions of ours:
//!
//! - An underscore is let through. It is no host name of [RFC 1123 §2.1], but resolvers, browsers, OpenSSL and webpki
//!   take it, and container tools make such names.
//! - A wildcard needs two labels to its right. `*.localhost` is what one would like to write for development, but
//!   OpenSSL, webpki and browsers never match it.
//!
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
//! [RFC 1123 §2.1]: https://www.rfc-editor.org/rfc/rfc1123#section-2.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::error::Error;
use crate::text;

/// The longest DNS name in text form, in characters ([RFC 1035 §2.3.4]: 255 octets on the wire).
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
pub const DNS_NAME_CHARS_MAX: usize = 253;

/// The longest label of a DNS name, in characters ([RFC 1035 §2.3.4]).
///
/// [RFC 1035 §2.3.4]: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4
pub const LABEL_CHARS_MAX: usize = 63;

/// One name of a certificate.
///
/// It is read from text as a user writes it: `localhost`, `*.a.test`, `127.0.0.1`, `::1`, `[::1]`. DNS names become
/// lower case. A value built by hand is checked when a certificate is issued for it.
///
/// ```
/// use wharf_pki::SubjectAltName;
/// assert_eq!("LocalHost".parse(), Ok(SubjectAltName::Dns("localhost".into())));
/// assert_eq!("[::1]".parse::<SubjectAltName>().unwrap().to_string(), "::1");
/// assert!("localhost:8443".parse::<SubjectAltName>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubjectAltName {
    /// A DNS name, perhaps with `*` as its leftmost label.
    Dns(String),
    /// An IP address.
    Ip(IpAddr),
}

impl SubjectAltName {
    /// The same name, checked, DNS names in lower case.
    pub(crate) fn checked(&self) -> Result<Self, Error> {
        match self {
            Self::Dns(name) => dns_name(name).map_err(|fault| refused(name, fault)),
            Self::Ip(_) => Ok(self.clone()),
        }
    }
}

impl fmt::Display for SubjectAltName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

impl From<IpAddr> for SubjectAltName {
    fn from(address: IpAddr) -> Self {
        Self::Ip(address)
    }
}

impl FromStr for SubjectAltName {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        parse(name).map_err(|fault| refused(name, fault))
    }
}

fn refused(name: &str, fault: NameFault) -> Error {
    Error::Name {
        name: text::printable(name),
        fault,
    }
}

fn parse(name: &str) -> Result<SubjectAltName, NameFault> {
    if let Ok(address) = name.parse() {
        return Ok(SubjectAltName::Ip(address));
    }
    if let Some(bracketed) = name.strip_prefix('[') {
        return match bracketed.split_once(']') {
            Some((address, "")) => address
                .parse::<Ipv6Addr>()
                .map(|address| SubjectAltName::Ip(address.into())),
            Some((_, rest)) if rest.starts_with(':') => return Err(NameFault::Port),
            _ => return Err(NameFault::Address),
        }
        .map_err(|_| address_fault(name));
    }
    if name.contains("://") {
        return Err(NameFault::Scheme);
    }
    if name.contains('/') {
        return Err(NameFault::Slash);
    }
    if name.contains('@') {
        return Err(NameFault::Email);
    }
    match name.split_once(':') {
        Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => return Err(NameFault::Port),
        Some(_) => return Err(address_fault(name)),
        None => {}
    }
    dns_name(name)
}

fn address_fault(name: &str) -> NameFault {
    if name.contains('%') {
        NameFault::Zone
    } else {
        NameFault::Address
    }
}

/// ```text
/// name     = [ "*." ] label *( "." label )       two labels at least after "*."
/// label    = ld [ *61( ld / "-" ) ld ]           the last label not of digits only
/// ld       = ALPHA / DIGIT / "_"
/// ```
fn dns_name(name: &str) -> Result<SubjectAltName, NameFault> {
    if name.is_empty() {
        return Err(NameFault::Empty);
    }
    if !name.is_ascii() {
        return Err(NameFault::NotAscii);
    }
    if name.len() > DNS_NAME_CHARS_MAX {
        return Err(NameFault::TooLong);
    }
    if name.ends_with('.') {
        return Err(NameFault::TrailingDot);
    }
    if name == "*" {
        return Err(NameFault::WildcardTooWide);
    }
    let host = match name.strip_prefix("*.") {
        Some(rest) if !rest.contains('.') && !rest.contains('*') => {
            return Err(NameFault::WildcardTooWide);
        }
        Some(rest) => rest,
        None => name,
    };
    if host.contains('*') {
        return Err(NameFault::WildcardPlace);
    }
    host.split('.').try_for_each(label)?;
    // An address that lacks a part, such as 127.1. No top-level domain is numeric, and resolvers may take it for IPv4.
    if host
        .rsplit('.')
        .next()
        .is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()))
    {
        return Err(NameFault::NumericEnd);
    }
    Ok(SubjectAltName::Dns(name.to_ascii_lowercase()))
}

fn label(label: &str) -> Result<(), NameFault> {
    if label.is_empty() {
        return Err(NameFault::EmptyLabel);
    }
    if label.len() > LABEL_CHARS_MAX {
        return Err(NameFault::LabelTooLong);
    }
    match label
        .chars()
        .find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_'))
    {
        Some(' ' | '\t' | '\r' | '\n') => return Err(NameFault::Space),
        Some(found) => return Err(NameFault::Character { found }),
        None => {}
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err(NameFault::Hyphen);
    }
    Ok(())
}

/// Why a name may not stand in a certificate.
///
/// The text reads on from the name: "name `localhost:80` has a port".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameFault {
    /// Nothing at all.
    Empty,
    /// More than [`DNS_NAME_CHARS_MAX`] characters.
    TooLong,
    /// Two dots in a row, or one at the beginning.
    EmptyLabel,
    /// A label of more than [`LABEL_CHARS_MAX`] characters.
    LabelTooLong,
    /// A label that begins or ends with a hyphen.
    Hyphen,
    /// A character that no DNS name has.
    Character {
        /// The first such character.
        found: char,
    },
    /// White space.
    Space,
    /// A character outside ASCII.
    NotAscii,
    /// A dot at the end. It belongs to DNS; certificates have names without it ([RFC 6125 §2.2]).
    ///
    /// [RFC 6125 §2.2]: https://www.rfc-editor.org/rfc/rfc6125#section-2.2
    TrailingDot,
    /// A last label of digits only.
    NumericEnd,
    /// A `*` that is not the whole leftmost label.
    WildcardPlace,
    /// A `*` with fewer than two labels to its right.
    WildcardTooWide,
    /// `host:port`.
    Port,
    /// `scheme://host`.
    Scheme,
    /// A path, or a prefix length.
    Slash,
    /// An e-mail address.
    Email,
    /// Colons, but no IPv6 address.
    Address,
    /// An IPv6 address with a zone, which means nothing to another machine.
    Zone,
}

impl NameFault {
    /// What to write instead, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotAscii => Some("write the A-label form, which begins with xn--"),
            Self::WildcardTooWide => {
                Some("add a level, such as *.dev.localhost, or name each host")
            }
            Self::Port | Self::Scheme | Self::Slash => {
                Some("give the host alone: a certificate covers all its ports")
            }
            Self::TrailingDot => Some("leave the last dot away"),
            _ => None,
        }
    }
}

impl fmt::Display for NameFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("is empty"),
            Self::TooLong => write!(f, "is longer than {DNS_NAME_CHARS_MAX} characters"),
            Self::EmptyLabel => f.write_str("has an empty label"),
            Self::LabelTooLong => write!(f, "has a label longer than {LABEL_CHARS_MAX} characters"),
            Self::Hyphen => f.write_str("has a label that begins or ends with a hyphen"),
            Self::Character { found } => write!(f, "has the character {found:?}"),
            Self::Space => f.write_str("has white space"),
            Self::NotAscii => f.write_str("is not ASCII"),
            Self::TrailingDot => f.write_str("ends with a dot"),
            Self::NumericEnd => f.write_str("ends like an IP address, but is none"),
            Self::WildcardPlace => {
                f.write_str("has a wildcard that is not its whole leftmost label")
            }
            Self::WildcardTooWide => f.write_str("has a wildcard that no client would match"),
            Self::Port => f.write_str("has a port"),
            Self::Scheme => f.write_str("has a scheme"),
            Self::Slash => f.write_str("has a slash"),
            Self::Email => f.write_str("is an e-mail address"),
            Self::Address => f.write_str("has a colon, but is no IPv6 address"),
            Self::Zone => f.write_str("is an IPv6 address with a zone"),
        }
    }
}

//! Which kind of name a text is, as a user writes it.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::net::{IpAddr, Ipv6Addr};

use super::{NameFault, SubjectAltName, dns, email, uri};

/// ```text
/// name   = kind ":" value / IPv4address / IPv6address / "[" IPv6address "]" / URI / mailbox / dns-name
/// kind   = "dns" / "ip" / "email" / "uri"          in any case, as openssl prints them
/// ```
pub(super) fn parse(text: &str) -> Result<SubjectAltName, NameFault> {
    // First, because IPv6 addresses are full of colons.
    if let Ok(address) = text.parse() {
        return Ok(SubjectAltName::Ip(address));
    }
    if let Some((kind, value)) = text.split_once(':') {
        match kind.to_ascii_lowercase().as_str() {
            "dns" => return host(value).map(SubjectAltName::Dns),
            "ip" => return address(value),
            "email" => return email::parse(value).map(SubjectAltName::Email),
            "uri" => return uri::parse(value).map(SubjectAltName::Uri),
            "urn" => return uri::parse(text).map(SubjectAltName::Uri),
            _ => {}
        }
    }
    if text.starts_with('[') {
        return address(text);
    }
    if text.contains("://") {
        return uri::parse(text).map(SubjectAltName::Uri);
    }
    if text.contains('@') {
        return email::parse(text).map(SubjectAltName::Email);
    }
    host(text).map(SubjectAltName::Dns)
}

fn address(text: &str) -> Result<SubjectAltName, NameFault> {
    if let Some(bracketed) = text.strip_prefix('[') {
        return match bracketed.split_once(']') {
            Some((address, "")) => address
                .parse::<Ipv6Addr>()
                .map(|address| SubjectAltName::Ip(address.into()))
                .map_err(|_| address_fault(text)),
            Some((_, rest)) if rest.starts_with(':') => Err(NameFault::Port),
            _ => Err(NameFault::Address),
        };
    }
    if text.contains('/') {
        return Err(NameFault::Slash);
    }
    text.parse::<IpAddr>()
        .map(SubjectAltName::Ip)
        .map_err(|_| address_fault(text))
}

fn address_fault(text: &str) -> NameFault {
    if text.contains('%') {
        NameFault::Zone
    } else {
        NameFault::Address
    }
}

/// A DNS name, or what someone took for one: the faults tell what else it looks like.
fn host(text: &str) -> Result<String, NameFault> {
    if text.contains('/') {
        return Err(NameFault::Slash);
    }
    match text.split_once(':') {
        Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => Err(NameFault::Port),
        Some(_) => Err(address_fault(text)),
        None => dns::parse(text),
    }
}

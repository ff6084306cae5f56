//! URIs in a certificate: with a scheme, in ASCII, and with a host that is one ([RFC 5280 §4.2.1.6]).
//!
//! [RFC 5280 §4.2.1.6]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.6
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::net::{Ipv4Addr, Ipv6Addr};

use iri_string::types::UriStr;

use super::{NameFault, dns, spiffe};

/// The longest URI, in bytes: what the SPIFFE ID standard asks implementations to take, and no more.
pub const URI_BYTES_MAX: usize = 2048;

/// The URI as it is, if it may stand in a certificate.
pub(crate) fn parse(text: &str) -> Result<String, NameFault> {
    if text.is_empty() {
        return Err(NameFault::Empty);
    }
    if text.len() > URI_BYTES_MAX {
        return Err(NameFault::UriTooLong);
    }
    if !text.is_ascii() {
        return Err(NameFault::UriNotAscii);
    }
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        return Err(NameFault::Space);
    }
    if spiffe::has_scheme(text) {
        return spiffe::parse(text).map(str::to_owned);
    }
    let uri = UriStr::new(text).map_err(|_| NameFault::Uri)?;
    if let Some(authority) = uri.authority_components() {
        if authority.userinfo().is_some() {
            return Err(NameFault::UserInformation);
        }
        check_host(authority.host())?;
    }
    Ok(text.to_owned())
}

/// The host that a URI names, a DNS name in lower case; `None` for an IP address or a URI without an authority.
///
/// Constraints are about this ([RFC 5280 §4.2.1.10]).
///
/// [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
pub(crate) fn host_name(uri: &str) -> Option<String> {
    let authority = UriStr::new(uri).ok()?.authority_components()?;
    dns::host(authority.host()).ok()
}

fn check_host(host: &str) -> Result<(), NameFault> {
    let v6 = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match v6 {
        Some(address) => address
            .parse::<Ipv6Addr>()
            .map(drop)
            .map_err(|_| NameFault::Address),
        None if host.parse::<Ipv4Addr>().is_ok() => Ok(()),
        None => dns::host(host).map(drop),
    }
}

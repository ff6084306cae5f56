//! The line of text (§2.1 of the specification).
//!
//! ```text
//! line     = "PROXY" SP ( tcp4 / tcp6 / unknown ) CRLF                   at most 107 bytes
//! tcp4     = "TCP4" SP ipv4 SP ipv4 SP port SP port                      source before destination
//! tcp6     = "TCP6" SP ipv6 SP ipv6 SP port SP port
//! unknown  = "UNKNOWN" [ SP *( any octet but CR and LF ) ]               the rest means nothing
//! ipv4     = octet "." octet "." octet "." octet                         octet: 0 to 255, no leading zero
//! ipv6     = RFC 4291 §2.2, without a zone
//! port     = "0" / ( %x31-39 *4DIGIT )                                   at most 65535
//! ```
//!
//! The specification's words on `ipv6` name hexadecimal groups only. The form that ends in an IPv4 address is accepted
//! all the same: `inet_ntop` writes mapped addresses that way, and proxies print with it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::{self, FromStr};

use super::error::escaped;
use super::{
    ProxyAddresses, ProxyCommand, ProxyEmitError, ProxyError, ProxyField, ProxyHeader,
    ProxyProgress, ProxyTlvs, ProxyVersion,
};

/// What every line begins with.
pub(super) const SIGNATURE: &[u8] = b"PROXY ";

/// `PROXY UNKNOWN` and CRLF.
pub(super) const BYTES_MIN: usize = 15;

/// `PROXY UNKNOWN`, two IPv6 addresses of eight full groups, two ports of five digits and CRLF.
pub(super) const BYTES_MAX: usize = 107;

const CRLF: &[u8] = b"\r\n";

/// Where the LF of the longest line stands.
const LAST: usize = BYTES_MAX - 1;

/// Parses bytes that begin with [`SIGNATURE`].
pub(super) fn parse(bytes: &[u8]) -> Result<ProxyProgress, ProxyError> {
    let seen = bytes.get(..BYTES_MAX).unwrap_or(bytes);
    let line = match seen.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
        // A CR as the very last byte has no room for its LF, and neither has anything after it.
        None | Some(LAST..) if seen.len() >= LAST => return Err(ProxyError::V1TooLong),
        None => {
            return Ok(ProxyProgress::Incomplete {
                at_least: missing(seen).min(BYTES_MAX - seen.len()),
            });
        }
        Some(end) => match seen.get(end..) {
            Some([b'\r']) => return Ok(ProxyProgress::Incomplete { at_least: 1 }),
            Some([b'\r', b'\n', ..]) => seen.get(..end).unwrap_or_default(),
            Some([b'\r', ..]) => return Err(ProxyError::V1BareCr { at: end }),
            _ => return Err(ProxyError::V1BareLf { at: end }),
        },
    };
    Ok(ProxyProgress::Complete {
        bytes: line.len() + CRLF.len(),
        header: ProxyHeader::new(ProxyVersion::V1, addresses(line)?),
    })
}

/// Decodes a line without its CRLF.
fn addresses(line: &[u8]) -> Result<Option<ProxyAddresses>, ProxyError> {
    let mut fields = line.split(|byte| *byte == b' ').skip(1);
    match fields.next().unwrap_or_default() {
        b"TCP4" => inet::<Ipv4Addr>(fields).map(Some),
        b"TCP6" => inet::<Ipv6Addr>(fields).map(Some),
        b"UNKNOWN" => Ok(None),
        found => Err(ProxyError::V1Protocol {
            found: escaped(found),
        }),
    }
}

/// Decodes the four fields behind the protocol. One space separates two fields, so two in a row make an empty one.
fn inet<'a, A>(mut fields: impl Iterator<Item = &'a [u8]>) -> Result<ProxyAddresses, ProxyError>
where
    A: FromStr + Into<IpAddr>,
{
    let mut next = |field| fields.next().ok_or(ProxyError::V1Missing { field });
    let source = address::<A>(ProxyField::SourceAddress, next(ProxyField::SourceAddress)?)?;
    let destination = address::<A>(
        ProxyField::DestinationAddress,
        next(ProxyField::DestinationAddress)?,
    )?;
    let source_port = port(ProxyField::SourcePort, next(ProxyField::SourcePort)?)?;
    let destination_port = port(
        ProxyField::DestinationPort,
        next(ProxyField::DestinationPort)?,
    )?;
    if let Some(extra) = fields.next() {
        return Err(ProxyError::V1Extra {
            found: escaped(extra),
        });
    }
    Ok(ProxyAddresses::Inet {
        source: SocketAddr::new(source, source_port),
        destination: SocketAddr::new(destination, destination_port),
    })
}

fn address<A>(field: ProxyField, found: &[u8]) -> Result<IpAddr, ProxyError>
where
    A: FromStr + Into<IpAddr>,
{
    let invalid = || ProxyError::V1Address {
        field,
        found: escaped(found),
    };
    let text = str::from_utf8(found).map_err(|_| invalid())?;
    match text.parse::<A>() {
        Ok(address) => Ok(address.into()),
        Err(_) => Err(match text.parse() {
            Ok(address) => ProxyError::V1AddressFamily { field, address },
            Err(_) => invalid(),
        }),
    }
}

fn port(field: ProxyField, found: &[u8]) -> Result<u16, ProxyError> {
    // Rust's parser takes a sign and leading zeros.
    let canonical = match found {
        [b'0'] => true,
        [first, ..] => *first != b'0' && found.iter().all(u8::is_ascii_digit),
        [] => false,
    };
    canonical
        .then(|| str::from_utf8(found).ok()?.parse().ok())
        .flatten()
        .ok_or_else(|| ProxyError::V1Port {
            field,
            found: escaped(found),
        })
}

/// How many bytes a line without CR or LF so far still needs at least, CRLF included.
///
/// Each field has a shortest form; what is there of the open one counts against it. A line that is not legal may end
/// sooner, and is refused whenever it does.
fn missing(line: &[u8]) -> usize {
    let mut fields = line.split(|byte| *byte == b' ').skip(1);
    let protocol = fields.next().unwrap_or_default();
    let address = match protocol {
        b"TCP4" => missing_of_ipv4,
        b"TCP6" => missing_of_ipv6,
        _ => return missing_of_protocol(protocol) + CRLF.len(),
    };
    let missing_of: [fn(&[u8]) -> usize; 4] = [address, address, missing_of_port, missing_of_port];
    let missing = missing_of.iter().map(|missing_of| match fields.next() {
        Some(field) => missing_of(field),
        // With the space before it.
        None => 1 + missing_of(b""),
    });
    missing.sum::<usize>() + CRLF.len()
}

/// What a dotted address still needs: a dot and a digit for each octet to come, a digit if the open octet has none.
fn missing_of_ipv4(field: &[u8]) -> usize {
    let octets = field.split(|byte| *byte == b'.');
    let open = octets.clone().next_back().unwrap_or_default();
    4_usize.saturating_sub(octets.count()) * 2 + usize::from(open.is_empty())
}

/// The shortest address is `::`. What a longer beginning needs depends on where its `::` is, so nothing is said of it.
fn missing_of_ipv6(field: &[u8]) -> usize {
    2_usize.saturating_sub(field.len())
}

fn missing_of_port(field: &[u8]) -> usize {
    usize::from(field.is_empty())
}

/// What a line still needs before its CRLF if its protocol is unfinished, or `UNKNOWN`, or nonsense.
fn missing_of_protocol(protocol: &[u8]) -> usize {
    if b"UNKNOWN".starts_with(protocol) {
        "UNKNOWN".len() - protocol.len()
    } else if b"TCP6".starts_with(protocol) {
        // TCP4 needs more.
        "TCP6 :: :: 0 0".len() - protocol.len()
    } else {
        0
    }
}

/// Writes a line.
pub(super) fn emit(header: &ProxyHeader) -> Result<Vec<u8>, ProxyEmitError> {
    if header.command == ProxyCommand::Local {
        return Err(ProxyEmitError::V1Cannot {
            what: "a LOCAL command",
        });
    }
    if header.tlvs != ProxyTlvs::default() {
        return Err(ProxyEmitError::V1Cannot { what: "TLVs" });
    }
    let mut line = SIGNATURE.to_vec();
    match &header.addresses {
        None => line.extend_from_slice(b"UNKNOWN"),
        Some(ProxyAddresses::Unix { .. }) => {
            return Err(ProxyEmitError::V1Cannot {
                what: "Unix addresses",
            });
        }
        Some(ProxyAddresses::Inet {
            source,
            destination,
        }) => {
            let protocol = match (source, destination) {
                (SocketAddr::V4(_), SocketAddr::V4(_)) => "TCP4",
                (SocketAddr::V6(_), SocketAddr::V6(_)) => "TCP6",
                _ => return Err(ProxyEmitError::MixedFamilies),
            };
            let (from, to) = (source.ip(), destination.ip());
            let ports = (source.port(), destination.port());
            line.extend_from_slice(
                format!("{protocol} {from} {to} {} {}", ports.0, ports.1).as_bytes(),
            );
        }
    }
    line.extend_from_slice(CRLF);
    Ok(line)
}

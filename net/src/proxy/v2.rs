//! The binary form (§2.2 of the specification). Numbers are in network byte order.
//!
//! ```text
//! byte  0        12                13                   14      16
//!      ┌────────┬─────────┬───────┬────────┬───────────┬────────┬───────────┬──────┐
//!      │ signa- │ version │ com-  │ family │ transport │ length │ addresses │ TLVs │
//!      │ ture   │ 4 bits  │ mand  │ 4 bits │ 4 bits    │        │           │      │
//!      └────────┴─────────┴───────┴────────┴───────────┴────────┴───────────┴──────┘
//!                 2         0 LOCAL  0 UNSPEC 0 UNSPEC            └──── length ────┘
//!                           1 PROXY  1 INET   1 STREAM    INET    12: two addresses of  4, two ports
//!                                    2 INET6  2 DGRAM     INET6   36: two addresses of 16, two ports
//!                                    3 UNIX               UNIX   216: two addresses of 108, padded with NUL
//! ```
//!
//! Behind LOCAL everything is ignored, whatever it is: the specification asks for it, so that no health check fails.
//! Behind UNSPEC there is no address and the TLVs come at once, as HAProxy sends it; the specification allows a recipient
//! to refuse such a header, so one whose block is not TLVs is refused.
//!
//! A recipient may treat a transport protocol that it does not support as UNSPEC, and it may refuse UNSPEC. A stream
//! whose client came over datagrams is refused: its addresses are no ends of a connection that could be this one.

use std::net::{IpAddr, SocketAddr};

use super::tlv;
use super::{
    ProxyAddresses, ProxyCommand, ProxyEmitError, ProxyError, ProxyHeader, ProxyLimits,
    ProxyProgress, ProxyTlvs, ProxyVersion,
};

/// Chosen so that servers of other protocols refuse it.
pub(super) const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Signature, version and command, family and transport, length.
pub(super) const FIXED_BYTES: usize = 16;

/// The longest path of a Unix socket, and the room for one.
const UNIX_BYTES: usize = 108;

/// What lies behind the fixed part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Block {
    Ignored,
    Unspecified,
    Inet,
    Inet6,
    Unix,
}

/// Parses bytes that begin with [`SIGNATURE`].
pub(super) fn parse(bytes: &[u8], limits: &ProxyLimits) -> Result<ProxyProgress, ProxyError> {
    let block = block(bytes)?;
    let (Some(block), Some([high, low])) = (block, bytes.get(14..FIXED_BYTES)) else {
        return Ok(ProxyProgress::Incomplete {
            at_least: FIXED_BYTES - bytes.len(),
        });
    };
    let total = FIXED_BYTES + usize::from(u16::from_be_bytes([*high, *low]));
    if total > limits.v2_bytes_max {
        return Err(ProxyError::V2TooLong {
            bytes: total,
            limit: limits.v2_bytes_max,
        });
    }
    let Some(whole) = bytes.get(..total) else {
        return Ok(ProxyProgress::Incomplete {
            at_least: total - bytes.len(),
        });
    };
    Ok(ProxyProgress::Complete {
        header: header(block, whole)?,
        bytes: total,
    })
}

/// What the 13th and 14th byte announce, each judged as soon as it is there.
fn block(bytes: &[u8]) -> Result<Option<Block>, ProxyError> {
    let Some(version_command) = bytes.get(12) else {
        return Ok(None);
    };
    let command = match halves(*version_command) {
        (2, 0) => ProxyCommand::Local,
        (2, 1) => ProxyCommand::Proxy,
        (2, command) => return Err(ProxyError::V2Command { command }),
        (version, _) => return Err(ProxyError::V2Version { version }),
    };
    let Some(family_transport) = bytes.get(13) else {
        return Ok(None);
    };
    if command == ProxyCommand::Local {
        return Ok(Some(Block::Ignored));
    }
    match halves(*family_transport) {
        (0, 0) => Ok(Some(Block::Unspecified)),
        (1, 1) => Ok(Some(Block::Inet)),
        (2, 1) => Ok(Some(Block::Inet6)),
        (3, 1) => Ok(Some(Block::Unix)),
        (1..=3, 2) => Err(ProxyError::V2Datagram),
        (family @ 4.., _) => Err(ProxyError::V2Family { family }),
        (_, transport @ 3..) => Err(ProxyError::V2Transport { transport }),
        (family, transport) => Err(ProxyError::V2HalfSpecified { family, transport }),
    }
}

fn halves(byte: u8) -> (u8, u8) {
    (byte >> 4, byte & 0x0f)
}

/// Decodes a whole header.
fn header(block: Block, whole: &[u8]) -> Result<ProxyHeader, ProxyError> {
    if block == Block::Ignored {
        return Ok(ProxyHeader::local());
    }
    let behind = whole.get(FIXED_BYTES..).unwrap_or_default();
    let split = match block {
        Block::Ignored | Block::Unspecified => Some((None, behind)),
        Block::Inet => inet::<4>(behind),
        Block::Inet6 => inet::<16>(behind),
        Block::Unix => unix(behind),
    };
    let (addresses, tlvs) = split.ok_or_else(|| ProxyError::V2TooShort {
        bytes: behind.len(),
        needed: block.address_bytes(),
    })?;
    Ok(ProxyHeader {
        version: ProxyVersion::V2,
        command: ProxyCommand::Proxy,
        addresses,
        tlvs: tlv::parse(whole, whole.len() - tlvs.len())?,
    })
}

impl Block {
    fn address_bytes(self) -> usize {
        match self {
            Self::Ignored | Self::Unspecified => 0,
            Self::Inet => 2 * (4 + 2),
            Self::Inet6 => 2 * (16 + 2),
            Self::Unix => 2 * UNIX_BYTES,
        }
    }
}

/// Addresses off the front of a block, and the TLVs behind them; `None` if the block is too short.
type Split<'a> = Option<(Option<ProxyAddresses>, &'a [u8])>;

fn inet<const N: usize>(block: &[u8]) -> Split<'_>
where
    IpAddr: From<[u8; N]>,
{
    let (source, rest) = block.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let (source_port, rest) = rest.split_first_chunk::<2>()?;
    let (destination_port, rest) = rest.split_first_chunk::<2>()?;
    let end = |address, port| SocketAddr::new(IpAddr::from(address), u16::from_be_bytes(port));
    let addresses = ProxyAddresses::Inet {
        source: end(*source, *source_port),
        destination: end(*destination, *destination_port),
    };
    Some((Some(addresses), rest))
}

fn unix(block: &[u8]) -> Split<'_> {
    let (source, rest) = block.split_first_chunk::<UNIX_BYTES>()?;
    let (destination, rest) = rest.split_first_chunk::<UNIX_BYTES>()?;
    let addresses = ProxyAddresses::Unix {
        source: unpadded(source),
        destination: unpadded(destination),
    };
    Some((Some(addresses), rest))
}

/// A Unix address without its padding. A path ends at its first NUL, because what a sender in C leaves behind that is
/// whatever was in its memory. An abstract name begins with NUL and may contain more.
fn unpadded(field: &[u8; UNIX_BYTES]) -> Vec<u8> {
    let is_abstract = field.first() == Some(&0);
    let end = if is_abstract {
        field
            .iter()
            .rposition(|byte| *byte != 0)
            .map_or(0, |last| last + 1)
    } else {
        field
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(UNIX_BYTES)
    };
    field.get(..end).unwrap_or_default().to_vec()
}

/// Writes a header.
pub(super) fn emit(header: &ProxyHeader) -> Result<Vec<u8>, ProxyEmitError> {
    let is_bare = header.addresses.is_none() && header.tlvs == ProxyTlvs::default();
    if header.command == ProxyCommand::Local && !is_bare {
        return Err(ProxyEmitError::LocalIsBare);
    }
    let (family_transport, addresses) = match &header.addresses {
        None => (0x00, Vec::new()),
        Some(addresses) => address_block(addresses)?,
    };
    let version_command = match header.command {
        ProxyCommand::Local => 0x20,
        ProxyCommand::Proxy => 0x21,
    };
    let tlvs = tlv::emit(&header.tlvs)?;
    let length = addresses.len() + tlvs.len();
    let length = u16::try_from(length).map_err(|_| ProxyEmitError::TooLong { bytes: length })?;

    let mut bytes = SIGNATURE.to_vec();
    bytes.extend_from_slice(&[version_command, family_transport]);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&addresses);
    Ok(tlvs.behind(bytes))
}

/// The 14th byte and the block of addresses.
fn address_block(addresses: &ProxyAddresses) -> Result<(u8, Vec<u8>), ProxyEmitError> {
    match addresses {
        ProxyAddresses::Inet {
            source,
            destination,
        } => {
            let (family_transport, mut block) = match (source.ip(), destination.ip()) {
                (IpAddr::V4(from), IpAddr::V4(to)) => (0x11, [from.octets(), to.octets()].concat()),
                (IpAddr::V6(from), IpAddr::V6(to)) => (0x21, [from.octets(), to.octets()].concat()),
                _ => return Err(ProxyEmitError::MixedFamilies),
            };
            block.extend_from_slice(&source.port().to_be_bytes());
            block.extend_from_slice(&destination.port().to_be_bytes());
            Ok((family_transport, block))
        }
        ProxyAddresses::Unix {
            source,
            destination,
        } => Ok((0x31, [padded(source)?, padded(destination)?].concat())),
    }
}

/// A Unix address with its padding, if [`unpadded`] will find it again.
fn padded(address: &[u8]) -> Result<[u8; UNIX_BYTES], ProxyEmitError> {
    let mut field = [0; UNIX_BYTES];
    let room = field.get_mut(..address.len());
    room.ok_or(ProxyEmitError::UnixAddress)?
        .copy_from_slice(address);
    if unpadded(&field) != address {
        return Err(ProxyEmitError::UnixAddress);
    }
    Ok(field)
}

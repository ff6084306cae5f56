use std::fmt;
use std::net::IpAddr;

use super::v1::BYTES_MAX;

/// A rule of the PROXY protocol that received bytes broke, or a limit that they exceeded.
///
/// Peer bytes in an error are escaped and cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// The bytes are no header of either version: the peer speaks the relayed protocol at once, and is no proxy or one
    /// that is not told to send a header.
    #[error("not a PROXY header: it begins with \"{start}\"")]
    NotProxy {
        /// The bytes up to the first that no header has there, at most 12, escaped.
        start: String,
    },

    /// No CRLF within the 107 bytes that a line may be long.
    #[error("PROXY line is longer than {} bytes", BYTES_MAX)]
    V1TooLong,
    /// A LF without CR in a line.
    #[error("bare LF in a PROXY line, at byte {at}")]
    V1BareLf {
        /// Where, counted from 0.
        at: usize,
    },
    /// A CR without LF in a line.
    #[error("bare CR in a PROXY line, at byte {at}")]
    V1BareCr {
        /// Where, counted from 0.
        at: usize,
    },
    /// The protocol is none of `TCP4`, `TCP6` and `UNKNOWN`.
    #[error("unknown protocol \"{found}\" in a PROXY line")]
    V1Protocol {
        /// What stands there, escaped and cut.
        found: String,
    },
    /// The line ends too early.
    #[error("PROXY line without {field}")]
    V1Missing {
        /// The first field that is missing.
        field: ProxyField,
    },
    /// An address is none. An empty one means two spaces in a row.
    #[error("invalid {field} \"{found}\" in a PROXY line")]
    V1Address {
        /// Which field.
        field: ProxyField,
        /// What stands there, escaped and cut.
        found: String,
    },
    /// An IPv6 address behind `TCP4`, or an IPv4 address behind `TCP6`.
    #[error("{field} {address} in a PROXY line is not of the announced family")]
    V1AddressFamily {
        /// Which field.
        field: ProxyField,
        /// The address.
        address: IpAddr,
    },
    /// A port is not a decimal number from 0 to 65535, or has a sign or a leading zero.
    #[error("invalid {field} \"{found}\" in a PROXY line")]
    V1Port {
        /// Which field.
        field: ProxyField,
        /// What stands there, escaped and cut.
        found: String,
    },
    /// Something between the destination port and CRLF.
    #[error("\"{found}\" behind the destination port of a PROXY line")]
    V1Extra {
        /// What stands there, escaped and cut.
        found: String,
    },

    /// The version behind the signature of version 2 is another.
    #[error("version {version} of the PROXY protocol in the binary form")]
    V2Version {
        /// The four bits.
        version: u8,
    },
    /// The command is neither `LOCAL` nor `PROXY`.
    #[error("unknown command {command} in a PROXY header")]
    V2Command {
        /// The four bits.
        command: u8,
    },
    /// The address family is none of `AF_UNSPEC`, `AF_INET`, `AF_INET6` and `AF_UNIX`.
    #[error("unknown address family {family} in a PROXY header")]
    V2Family {
        /// The four bits.
        family: u8,
    },
    /// The transport protocol is none of `UNSPEC`, `STREAM` and `DGRAM`.
    #[error("unknown transport protocol {transport} in a PROXY header")]
    V2Transport {
        /// The four bits.
        transport: u8,
    },
    /// One of address family and transport protocol is specified and the other is not.
    #[error("address family {family} with transport protocol {transport} in a PROXY header")]
    V2HalfSpecified {
        /// The four bits of the address family.
        family: u8,
        /// The four bits of the transport protocol.
        transport: u8,
    },
    /// A datagram protocol, although this is a stream.
    #[error("PROXY header for a datagram protocol on a stream")]
    V2Datagram,
    /// The header is longer than [`ProxyLimits::v2_bytes_max`](super::ProxyLimits::v2_bytes_max).
    #[error("PROXY header of {bytes} bytes is longer than {limit}")]
    V2TooLong {
        /// How long it says it is, fixed part included.
        bytes: usize,
        /// The limit that was exceeded.
        limit: usize,
    },
    /// The header ends before its addresses do.
    #[error("PROXY header has {bytes} bytes for addresses that take {needed}")]
    V2TooShort {
        /// How many bytes follow the fixed part.
        bytes: usize,
        /// How many the addresses of this family take.
        needed: usize,
    },

    /// A TLV, or what is left where one would begin, runs past the end of what holds it.
    #[error("truncated TLV at byte {at} of a PROXY header")]
    TlvTruncated {
        /// Where the TLV begins, counted from 0.
        at: usize,
    },
    /// A TLV that has one meaning is there twice.
    #[error("TLV {kind:#04x} is repeated in a PROXY header")]
    TlvRepeated {
        /// The type of the TLV.
        kind: u8,
    },
    /// A TLV of fixed form has another length.
    #[error("TLV {kind:#04x} of a PROXY header cannot be {bytes} bytes long")]
    TlvLength {
        /// The type of the TLV.
        kind: u8,
        /// The length of its value.
        bytes: usize,
    },
    /// A TLV that is text is not UTF-8: the authority, a name in the client's certificate, a name of an algorithm.
    #[error("TLV {kind:#04x} of a PROXY header is not UTF-8")]
    TlvNotUtf8 {
        /// The type of the TLV.
        kind: u8,
    },
    /// The unique id is longer than 128 bytes.
    #[error("unique id of {bytes} bytes in a PROXY header, at most 128")]
    UniqueIdTooLong {
        /// How long it is.
        bytes: usize,
    },
    /// The checksum does not match.
    #[error("PROXY header has checksum {computed:#010x}, but says {sent:#010x}")]
    Checksum {
        /// What the header says.
        sent: u32,
        /// What its bytes add up to.
        computed: u32,
    },
}

impl ProxyError {
    pub(super) fn not_proxy(seen: &[u8]) -> Self {
        Self::NotProxy {
            start: escaped(seen),
        }
    }
}

/// A field of version 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyField {
    /// The address of the client.
    SourceAddress,
    /// The address that the client dialed.
    DestinationAddress,
    /// The port of the client.
    SourcePort,
    /// The port that the client dialed.
    DestinationPort,
}

impl fmt::Display for ProxyField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SourceAddress => "source address",
            Self::DestinationAddress => "destination address",
            Self::SourcePort => "source port",
            Self::DestinationPort => "destination port",
        })
    }
}

/// A part of a [`ProxyHeader`](super::ProxyHeader) that its version has no form for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyEmitError {
    /// Version 1 has no `LOCAL` command, no Unix sockets and no TLVs.
    #[error("version 1 of the PROXY protocol cannot carry {what}")]
    V1Cannot {
        /// What it cannot carry.
        what: &'static str,
    },
    /// A `LOCAL` header with addresses or TLVs: a recipient is told to ignore them.
    #[error("a LOCAL header carries neither addresses nor TLVs")]
    LocalIsBare,
    /// One address is IPv4, the other IPv6.
    #[error("addresses of two families in one PROXY header")]
    MixedFamilies,
    /// A Unix address is longer than 108 bytes, or a NUL stands where the wire would lose it.
    #[error("Unix address does not fit a PROXY header")]
    UnixAddress,
    /// The value of a TLV is longer than its length field can say, or than the unique id may be.
    #[error("TLV {kind:#04x} of {bytes} bytes is too long")]
    TlvTooLong {
        /// The type of the TLV.
        kind: u8,
        /// The length of its value.
        bytes: usize,
    },
    /// A TLV among the others whose type has a field of its own.
    #[error("TLV {kind:#04x} has a field of its own")]
    TlvHasField {
        /// The type of the TLV.
        kind: u8,
    },
    /// Addresses and TLVs are longer than the length field can say.
    #[error("PROXY header with {bytes} bytes behind its fixed part is too long")]
    TooLong {
        /// How many bytes follow the fixed part.
        bytes: usize,
    },
}

/// How many peer bytes an error shows. The longest address has 45.
const SHOWN_BYTES_MAX: usize = 48;

/// Peer bytes for an error: escaped, and cut with an ellipsis.
pub(super) fn escaped(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN_BYTES_MAX) {
        Some(start) if start.len() < bytes.len() => format!("{}…", start.escape_ascii()),
        _ => bytes.escape_ascii().to_string(),
    }
}

//! TLVs (§2.2 of the specification, from "bytes beyond the address information" on, and its subsections).
//!
//! ```text
//! tlv = type (1 byte) length (2 bytes, of the value) value
//!
//! 0x01 ALPN       bytes                             0x05 UNIQUE_ID  at most 128 bytes
//! 0x02 AUTHORITY  UTF-8                             0x20 SSL        see ssl.rs
//! 0x03 CRC32C     4 bytes, see checksum.rs          0x30 NETNS      text
//! 0x04 NOOP       any bytes, which mean nothing     0xE0 to 0xEF    free for applications
//! ```
//!
//! The specification does not say what a type means that comes twice, and readers differ: first or last. Refused, for
//! the types that have a meaning here.

use super::{ProxyEmitError, ProxyError, ProxySsl, checksum, ssl};

const ALPN: u8 = 0x01;
const AUTHORITY: u8 = 0x02;
const NOOP: u8 = 0x04;
const UNIQUE_ID: u8 = 0x05;
const SSL: u8 = 0x20;
const NETNS: u8 = 0x30;

const UNIQUE_ID_BYTES_MAX: usize = 128;

/// What a header of version 2 says beyond addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxyTlvs {
    /// The ALPN protocol that the client and the proxy agreed on, such as `h2`.
    pub alpn: Option<Vec<u8>>,
    /// The host name that the client asked for: the server name (SNI) if it came over TLS. It is whatever the client
    /// sent, and need not be a valid host name.
    pub authority: Option<String>,
    /// Whether the header carries a checksum.
    pub checksum: ProxyChecksum,
    /// The proxy's name for this connection, to find it in the logs of each hop. At most 128 bytes.
    pub unique_id: Option<Vec<u8>>,
    /// The client's TLS connection to the proxy.
    pub ssl: Option<Box<ProxySsl>>,
    /// The name of the network namespace that the client's connection was accepted in.
    pub netns: Option<String>,
    /// Every other TLV, in the order of the wire. A cloud's own data is here, such as the id of the VPC endpoint that
    /// AWS sends as type 0xEA. Those of type NOOP are padding and are left out.
    pub others: Vec<ProxyTlv>,
}

/// Whether a header carries a checksum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProxyChecksum {
    /// It does not.
    #[default]
    Absent,
    /// CRC-32C. When parsed, it was there and matched; when emitted, it is computed.
    Crc32c,
}

/// A TLV that has no field of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ProxyTlv {
    /// Its type.
    pub kind: u8,
    /// Its value, at most 65 535 bytes.
    pub value: Vec<u8>,
}

/// Parses the TLVs of a whole header that begin at `at`.
pub(super) fn parse(header: &[u8], at: usize) -> Result<ProxyTlvs, ProxyError> {
    let mut tlvs = ProxyTlvs::default();
    let mut sum = None;
    // The checksum first: when bytes went bad, what they now say is not worth an error of its own.
    for tlv in Scan::new(header.get(at..).unwrap_or_default(), at) {
        let tlv = tlv?;
        if tlv.kind == checksum::KIND {
            once(&mut sum, tlv.kind, tlv)?;
        }
    }
    if let Some(sum) = sum {
        checksum::verify(header, &sum)?;
        tlvs.checksum = ProxyChecksum::Crc32c;
    }
    for tlv in Scan::new(header.get(at..).unwrap_or_default(), at) {
        let tlv = tlv?;
        let (kind, value) = (tlv.kind, tlv.value);
        match kind {
            ALPN => once(&mut tlvs.alpn, kind, value.to_vec())?,
            AUTHORITY => once(&mut tlvs.authority, kind, text(kind, value)?)?,
            checksum::KIND | NOOP => {}
            UNIQUE_ID => once(&mut tlvs.unique_id, kind, unique_id(value)?)?,
            SSL => once(&mut tlvs.ssl, kind, Box::new(ssl::parse(&tlv)?))?,
            NETNS => once(&mut tlvs.netns, kind, text(kind, value)?)?,
            _ => tlvs.others.push(ProxyTlv {
                kind,
                value: value.to_vec(),
            }),
        }
    }
    Ok(tlvs)
}

/// Fills a field that must still be empty.
pub(super) fn once<T>(field: &mut Option<T>, kind: u8, value: T) -> Result<(), ProxyError> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(ProxyError::TlvRepeated { kind }),
    }
}

pub(super) fn text(kind: u8, value: &[u8]) -> Result<String, ProxyError> {
    String::from_utf8(value.to_vec()).map_err(|_| ProxyError::TlvNotUtf8 { kind })
}

fn unique_id(value: &[u8]) -> Result<Vec<u8>, ProxyError> {
    if value.len() > UNIQUE_ID_BYTES_MAX {
        return Err(ProxyError::UniqueIdTooLong { bytes: value.len() });
    }
    Ok(value.to_vec())
}

/// A TLV where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tlv<'a> {
    pub(super) kind: u8,
    pub(super) value: &'a [u8],
    /// Where the value begins in the header.
    pub(super) at: usize,
}

/// Goes through TLVs, and ends after the first error.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    /// The TLVs in `bytes`, which begin at `at` of the header.
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { rest: bytes, at }
    }

    fn split(&self) -> Option<(Tlv<'a>, &'a [u8])> {
        let ([kind, high, low], rest) = self.rest.split_first_chunk::<3>()?;
        let length = u16::from_be_bytes([*high, *low]).into();
        let (value, rest) = rest.split_at_checked(length)?;
        let tlv = Tlv {
            kind: *kind,
            value,
            at: self.at + 3,
        };
        Some((tlv, rest))
    }
}

impl<'a> Iterator for Scan<'a> {
    type Item = Result<Tlv<'a>, ProxyError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((tlv, rest)) = self.split() else {
            self.rest = &[];
            return Some(Err(ProxyError::TlvTruncated { at: self.at }));
        };
        self.at = tlv.at + tlv.value.len();
        self.rest = rest;
        Some(Ok(tlv))
    }
}

/// TLVs ready to be written. The checksum, if there is one, covers what stands before it and so comes last.
#[derive(Debug)]
pub(super) struct Emitted {
    checksum: ProxyChecksum,
    rest: Vec<u8>,
}

pub(super) fn emit(tlvs: &ProxyTlvs) -> Result<Emitted, ProxyEmitError> {
    let mut rest = Vec::new();
    let fields = [
        (ALPN, tlvs.alpn.as_deref()),
        (AUTHORITY, tlvs.authority.as_deref().map(str::as_bytes)),
        (UNIQUE_ID, tlvs.unique_id.as_deref()),
        (NETNS, tlvs.netns.as_deref().map(str::as_bytes)),
    ];
    for (kind, value) in fields {
        if let Some(value) = value {
            if kind == UNIQUE_ID && value.len() > UNIQUE_ID_BYTES_MAX {
                let bytes = value.len();
                return Err(ProxyEmitError::TlvTooLong { kind, bytes });
            }
            push(&mut rest, kind, value)?;
        }
    }
    if let Some(ssl) = &tlvs.ssl {
        push(&mut rest, SSL, &ssl::emit(ssl)?)?;
    }
    for ProxyTlv { kind, value } in &tlvs.others {
        match *kind {
            ALPN | AUTHORITY | checksum::KIND | NOOP | UNIQUE_ID | SSL | NETNS => {
                return Err(ProxyEmitError::TlvHasField { kind: *kind });
            }
            kind => push(&mut rest, kind, value)?,
        }
    }
    Ok(Emitted {
        checksum: tlvs.checksum,
        rest,
    })
}

pub(super) fn push(out: &mut Vec<u8>, kind: u8, value: &[u8]) -> Result<(), ProxyEmitError> {
    let bytes = value.len();
    let length = u16::try_from(bytes).map_err(|_| ProxyEmitError::TlvTooLong { kind, bytes })?;
    out.push(kind);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
    Ok(())
}

impl Emitted {
    pub(super) fn len(&self) -> usize {
        match self.checksum {
            ProxyChecksum::Absent => self.rest.len(),
            ProxyChecksum::Crc32c => 3 + 4 + self.rest.len(),
        }
    }

    /// The whole header: `bytes`, which are all before the TLVs, and these.
    pub(super) fn behind(self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.checksum == ProxyChecksum::Crc32c {
            bytes.extend_from_slice(&[checksum::KIND, 0, 4]);
            let sum = checksum::of(&bytes, &self.rest);
            bytes.extend_from_slice(&sum.to_be_bytes());
        }
        bytes.extend_from_slice(&self.rest);
        bytes
    }
}

//! The extension, written and read ([RFC 5280 §4.2.1.10]).
//!
//! ```text
//! NameConstraints ::= SEQUENCE {
//!      permittedSubtrees       [0]     SEQUENCE SIZE (1..MAX) OF GeneralSubtree OPTIONAL,
//!      excludedSubtrees        [1]     SEQUENCE SIZE (1..MAX) OF GeneralSubtree OPTIONAL }
//!
//! GeneralSubtree ::= SEQUENCE {
//!      base                    GeneralName,
//!      minimum         [0]     BaseDistance DEFAULT 0,        never written
//!      maximum         [1]     BaseDistance OPTIONAL }        must be absent
//! ```
//!
//! rcgen could write it, except for URIs; x509-parser could read it, but takes excluded subtrees that it cannot parse for
//! none at all, and so would let through what they exclude.
//!
//! [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use yasna::{ASN1Error, ASN1ErrorKind, BERReaderSeq, DERWriterSeq, Tag, TagClass};

use super::{ConstraintKind, NameConstraints, SUBTREES_MAX, Subtree};
use crate::error::Error;

/// `id-ce-nameConstraints`.
pub(crate) const OID: &[u64] = &[2, 5, 29, 30];

const PERMITTED: u64 = 0;
const EXCLUDED: u64 = 1;

// The tags of GeneralName.
const RFC822_NAME: u64 = 1;
const DNS_NAME: u64 = 2;
const DIRECTORY_NAME: u64 = 4;
const URI: u64 = 6;
const IP_ADDRESS: u64 = 7;

/// The value of the extension. The constraints are checked, and at least one.
pub(crate) fn write(constraints: &NameConstraints) -> Vec<u8> {
    yasna::construct_der(|writer| {
        writer.write_sequence(|writer| {
            write_subtrees(writer, PERMITTED, &constraints.permitted);
            write_subtrees(writer, EXCLUDED, &constraints.excluded);
        });
    })
}

fn write_subtrees(writer: &mut DERWriterSeq<'_>, tag: u64, subtrees: &[Subtree]) {
    if subtrees.is_empty() {
        return;
    }
    writer
        .next()
        .write_tagged_implicit(Tag::context(tag), |writer| {
            writer.write_sequence(|writer| {
                for subtree in subtrees {
                    writer
                        .next()
                        .write_sequence(|writer| write_base(writer, subtree));
                }
            });
        });
}

fn write_base(writer: &mut DERWriterSeq<'_>, subtree: &Subtree) {
    let (tag, value) = match subtree {
        Subtree::Email(base) => (RFC822_NAME, base.as_bytes().to_vec()),
        Subtree::Dns(base) => (DNS_NAME, base.as_bytes().to_vec()),
        Subtree::Uri(base) => (URI, base.as_bytes().to_vec()),
        Subtree::Ip(net) => (
            IP_ADDRESS,
            [octets(net.network()), octets(net.netmask())].concat(),
        ),
        // `Subtree::checked` has refused it.
        Subtree::Unread { .. } => return,
    };
    writer
        .next()
        .write_tagged_implicit(Tag::context(tag), |writer| writer.write_bytes(&value));
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// Reads the value of the extension.
pub(crate) fn read(der: &[u8]) -> Result<NameConstraints, Error> {
    let constraints = yasna::parse_der(der, |reader| {
        reader.read_sequence(|reader| {
            Ok(NameConstraints {
                permitted: read_subtrees(reader, PERMITTED)?,
                excluded: read_subtrees(reader, EXCLUDED)?,
            })
        })
    })
    .map_err(|_| Error::MalformedCertificate)?;
    let count = constraints.permitted.len() + constraints.excluded.len();
    if count > SUBTREES_MAX {
        return Err(Error::TooManySubtrees {
            limit: SUBTREES_MAX,
        });
    }
    Ok(constraints)
}

fn read_subtrees(reader: &mut BERReaderSeq<'_, '_>, tag: u64) -> Result<Vec<Subtree>, ASN1Error> {
    let subtrees = reader.read_optional(|reader| {
        reader.read_tagged_implicit(Tag::context(tag), |reader| {
            reader.collect_sequence_of(|reader| {
                // A minimum or a maximum would be left over, and that is an error.
                reader.read_sequence(|reader| {
                    let base = reader.next().read_tagged_der()?;
                    if base.tag().tag_class != TagClass::ContextSpecific {
                        return Err(ASN1Error::new(ASN1ErrorKind::Invalid));
                    }
                    subtree(base.tag().tag_number, base.value())
                })
            })
        })
    })?;
    match subtrees {
        Some(subtrees) if subtrees.is_empty() => Err(ASN1Error::new(ASN1ErrorKind::Invalid)),
        subtrees => Ok(subtrees.unwrap_or_default()),
    }
}

fn subtree(tag: u64, value: &[u8]) -> Result<Subtree, ASN1Error> {
    // A base that is no text of its kind stays as one that is not evaluated.
    let text = |kind, subtree: fn(String) -> Subtree| {
        String::from_utf8(value.to_vec())
            .map_or(Subtree::Unread { kind }, |base| subtree(base).or_unread())
    };
    match tag {
        RFC822_NAME => Ok(text(ConstraintKind::Email, Subtree::Email)),
        DNS_NAME => Ok(text(ConstraintKind::Dns, Subtree::Dns)),
        URI => Ok(text(ConstraintKind::Uri, Subtree::Uri)),
        IP_ADDRESS => Ok(range(value).map_or(
            Subtree::Unread {
                kind: ConstraintKind::Ip,
            },
            Subtree::Ip,
        )),
        DIRECTORY_NAME => Ok(Subtree::Unread {
            kind: ConstraintKind::DirectoryName,
        }),
        // otherName, x400Address, ediPartyName, registeredID.
        0 | 3 | 5 | 8 => Ok(Subtree::Unread {
            kind: ConstraintKind::Other,
        }),
        _ => Err(ASN1Error::new(ASN1ErrorKind::Invalid)),
    }
}

/// An address and a mask of the same length; a mask with holes is none.
fn range(value: &[u8]) -> Option<IpNet> {
    let (address, mask) = value.split_at_checked(value.len() / 2)?;
    let (address, mask) = (ip_address(address)?, ip_address(mask)?);
    IpNet::with_netmask(address, mask)
        .ok()
        .map(|net| net.trunc())
}

fn ip_address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
    let v6 = <[u8; 16]>::try_from(octets).map(|octets| IpAddr::from(Ipv6Addr::from(octets)));
    v4.or(v6).ok()
}

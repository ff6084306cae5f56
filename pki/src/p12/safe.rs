//! SafeContents: the bags of one part of a file ([RFC 7292 §4.2]).
//!
//! [RFC 7292 §4.2]: https://www.rfc-editor.org/rfc/rfc7292#section-4.2

use der::asn1::{Any, AnyRef, ObjectIdentifier, OctetString};
use der::{Encode, EncodingRules, FixedTag, Tag, Tagged};
use zeroize::Zeroizing;

use super::asn1::{Attribute, CertBag, EncryptedPrivateKeyInfo, SafeBag, decode};
use super::fault::Pkcs12Fault;
use super::oid;
use super::scheme::Scheme;

/// The most bags of one file: keys, certificates and whatever else.
///
/// Java's truststore of all public roots holds about 150. A file with more is refused. The limit is 1024.
pub const BAGS_MAX: usize = 1024;

/// How deep bags may be in bags. Nobody is known to nest them at all.
const DEPTH_MAX: usize = 4;

/// A bag with its two attributes that matter.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) bag: Bag,
    pub(crate) friendly_name: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
}

pub(crate) enum Bag {
    /// A PrivateKeyInfo in plain, and how it was encrypted.
    Key {
        pkcs8: Zeroizing<Vec<u8>>,
        scheme: Option<Scheme>,
    },
    EncryptedKey(EncryptedPrivateKeyInfo),
    /// A certificate, in DER if it is one.
    Certificate(Vec<u8>),
    /// Something that is not read.
    Other(ObjectIdentifier),
}

/// A key in plain is not shown.
impl std::fmt::Debug for Bag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Key { .. } => "Key([redacted])",
            Self::EncryptedKey(_) => "EncryptedKey",
            Self::Certificate(_) => "Certificate",
            Self::Other(_) => "Other",
        })
    }
}

/// Reads the bags of a part, nested ones in their place. `room` is how many more there may be.
pub(super) fn read(octets: &[u8], room: &mut usize) -> Result<Vec<Entry>, Pkcs12Fault> {
    let bags: Vec<SafeBag<'_>> = decode(octets)?;
    let mut entries = Vec::new();
    flatten(bags, room, DEPTH_MAX, &mut entries)?;
    Ok(entries)
}

fn flatten(
    bags: Vec<SafeBag<'_>>,
    room: &mut usize,
    depth: usize,
    entries: &mut Vec<Entry>,
) -> Result<(), Pkcs12Fault> {
    for bag in bags {
        let left = room.checked_sub(1);
        *room = left.ok_or(Pkcs12Fault::TooMany { limit: BAGS_MAX })?;
        if bag.id == oid::SAFE_CONTENTS_BAG {
            let depth = depth.checked_sub(1).ok_or(Pkcs12Fault::Malformed)?;
            flatten(value(bag.value)?, room, depth, entries)?;
        } else {
            entries.push(entry(&bag)?);
        }
    }
    Ok(())
}

fn entry(bag: &SafeBag<'_>) -> Result<Entry, Pkcs12Fault> {
    Ok(Entry {
        friendly_name: attribute(bag, oid::FRIENDLY_NAME).and_then(bmp_text),
        local_key_id: attribute(bag, oid::LOCAL_KEY_ID)
            .filter(|id| id.tag() == Tag::OctetString)
            .map(|id| id.value().to_vec()),
        bag: match bag.id {
            oid::KEY_BAG => {
                let key = bag.value.to_der().map_err(|_| Pkcs12Fault::Malformed)?;
                Bag::Key {
                    pkcs8: Zeroizing::new(key),
                    scheme: None,
                }
            }
            oid::SHROUDED_KEY_BAG => Bag::EncryptedKey(value(bag.value)?),
            oid::CERT_BAG => {
                let bag: CertBag = value(bag.value)?;
                if bag.id == oid::X509_CERTIFICATE {
                    Bag::Certificate(bag.value.into_bytes().into())
                } else {
                    Bag::Other(bag.id)
                }
            }
            other => Bag::Other(other),
        },
    })
}

fn value<'a, T>(value: AnyRef<'a>) -> Result<T, Pkcs12Fault>
where
    T: der::DecodeValue<'a, Error = der::Error> + FixedTag + 'a,
{
    let decoded = value.decode_as_encoding(EncodingRules::Ber);
    decoded.map_err(|_| Pkcs12Fault::Malformed)
}

/// The only value of an attribute, if it is there.
fn attribute<'a>(bag: &'a SafeBag<'_>, id: ObjectIdentifier) -> Option<&'a Any> {
    let mut attributes = bag.attributes.as_ref()?.iter();
    attributes
        .find(|attribute| attribute.id == id)?
        .values
        .get(0)
}

/// A BMPString as text. Half of a pair of UTF-16 is replaced: a name is for people.
fn bmp_text(value: &Any) -> Option<String> {
    let units = value.value().chunks_exact(2).map(|unit| match unit {
        [high, low] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    });
    (value.tag() == Tag::BmpString).then(|| {
        let characters = char::decode_utf16(units);
        characters
            .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect()
    })
}

/// What names an entry to its reader.
pub(super) fn attributes(
    friendly_name: Option<&str>,
    local_key_id: Option<&[u8]>,
    trusted: bool,
) -> der::Result<Vec<Attribute>> {
    let mut attributes = Vec::new();
    if let Some(name) = friendly_name {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        attributes.push(single(
            oid::FRIENDLY_NAME,
            Any::new(Tag::BmpString, units)?,
        )?);
    }
    if let Some(id) = local_key_id {
        let id = Any::encode_from(&OctetString::new(id)?)?;
        attributes.push(single(oid::LOCAL_KEY_ID, id)?);
    }
    if trusted {
        let usage = Any::encode_from(&oid::ANY_EXTENDED_KEY_USAGE)?;
        attributes.push(single(oid::JAVA_TRUSTED_KEY_USAGE, usage)?);
    }
    Ok(attributes)
}

fn single(id: ObjectIdentifier, value: Any) -> der::Result<Attribute> {
    let values = [value].try_into()?;
    Ok(Attribute { id, values })
}

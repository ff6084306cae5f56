//! The types of [RFC 7292] appendix D and what they take from [RFC 5652], [RFC 5958] and [RFC 8018], field by field.
//!
//! Written as DER. Read as BER where others write BER: the outer layers with indefinite lengths and octets in pieces. What
//! holds a secret borrows it, so that there are no copies to wipe.
//!
//! [RFC 5652]: https://www.rfc-editor.org/rfc/rfc5652
//! [RFC 5958]: https://www.rfc-editor.org/rfc/rfc5958
//! [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
//! [RFC 8018]: https://www.rfc-editor.org/rfc/rfc8018

use der::asn1::{Any, AnyRef, ContextSpecific, ObjectIdentifier, OctetString, SetOfVec};
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Sequence, Tag,
    TagMode, TagNumber, ValueOrd, Writer,
};

use super::fault::Pkcs12Fault;
use super::oid;

/// Reads one value that is all there is.
pub(super) fn decode<'a, T: Decode<'a>>(octets: &'a [u8]) -> Result<T, Pkcs12Fault> {
    T::from_ber(octets).map_err(|_| Pkcs12Fault::Malformed)
}

/// PFX ([RFC 7292 §4]).
///
/// [RFC 7292 §4]: https://www.rfc-editor.org/rfc/rfc7292#section-4
#[derive(Debug, Sequence)]
pub(super) struct Pfx {
    pub(super) version: u8,
    pub(super) auth_safe: ContentInfo,
    #[asn1(optional = "true")]
    pub(super) mac_data: Option<MacData>,
}

#[derive(Debug, Sequence)]
pub(super) struct MacData {
    pub(super) mac: DigestInfo,
    pub(super) mac_salt: OctetString,
    #[asn1(default = "one")]
    pub(super) iterations: u64,
}

fn one() -> u64 {
    1
}

#[derive(Debug, Sequence)]
pub(super) struct DigestInfo {
    pub(super) algorithm: AlgorithmIdentifier,
    pub(super) digest: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct AlgorithmIdentifier {
    pub(super) oid: ObjectIdentifier,
    #[asn1(optional = "true")]
    pub(super) parameters: Option<Any>,
}

/// ContentInfo ([RFC 5652 §3]): its type decides what is in it.
///
/// [RFC 5652 §3]: https://www.rfc-editor.org/rfc/rfc5652#section-3
#[derive(Debug)]
pub(super) enum ContentInfo {
    Data(OctetString),
    Encrypted(EncryptedData),
    /// What only a private key opens, or what is no part of this format.
    Other(ObjectIdentifier),
}

#[derive(Debug, Sequence)]
pub(super) struct EncryptedData {
    pub(super) version: u8,
    pub(super) content: EncryptedContentInfo,
}

#[derive(Debug, Sequence)]
pub(super) struct EncryptedContentInfo {
    pub(super) content_type: ObjectIdentifier,
    pub(super) algorithm: AlgorithmIdentifier,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub(super) octets: Option<OctetString>,
}

/// SafeBag ([RFC 7292 §4.2]).
///
/// [RFC 7292 §4.2]: https://www.rfc-editor.org/rfc/rfc7292#section-4.2
#[derive(Debug, Sequence)]
pub(super) struct SafeBag<'a> {
    pub(super) id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: AnyRef<'a>,
    #[asn1(optional = "true")]
    pub(super) attributes: Option<SetOfVec<Attribute>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub(super) struct Attribute {
    pub(super) id: ObjectIdentifier,
    pub(super) values: SetOfVec<Any>,
}

#[derive(Debug, Sequence)]
pub(super) struct CertBag {
    pub(super) id: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) value: OctetString,
}

#[derive(Debug, Sequence)]
pub(crate) struct EncryptedPrivateKeyInfo {
    pub(super) algorithm: AlgorithmIdentifier,
    pub(super) octets: OctetString,
}

/// The parameters of a scheme of PKCS#12 ([RFC 7292] appendix C).
///
/// [RFC 7292]: https://www.rfc-editor.org/rfc/rfc7292
#[derive(Debug, Sequence)]
pub(super) struct Pkcs12PbeParams {
    pub(super) salt: OctetString,
    pub(super) iterations: u64,
}

/// The parameters of PBES2, and of PBMAC1, where the second algorithm is a MAC.
#[derive(Debug, Sequence)]
pub(super) struct Pbes2Params {
    pub(super) kdf: AlgorithmIdentifier,
    pub(super) cipher: AlgorithmIdentifier,
}

/// PBKDF2-params ([RFC 8018] appendix A.2), whose salt is always stated.
///
/// [RFC 8018]: https://www.rfc-editor.org/rfc/rfc8018
#[derive(Debug, Sequence)]
pub(super) struct Pbkdf2Params {
    pub(super) salt: OctetString,
    pub(super) iterations: u64,
    #[asn1(optional = "true")]
    pub(super) key_bytes: Option<u32>,
    /// HMAC-SHA-1 where it is not stated.
    #[asn1(optional = "true")]
    pub(super) prf: Option<AlgorithmIdentifier>,
}

const CONTENT: TagNumber = TagNumber(0);

impl FixedTag for ContentInfo {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for ContentInfo {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _: Header) -> der::Result<Self> {
        let content_type = ObjectIdentifier::decode(reader)?;
        match content_type {
            oid::DATA => Ok(Self::Data(explicit(reader)?)),
            oid::ENCRYPTED_DATA => Ok(Self::Encrypted(explicit(reader)?)),
            _ => {
                ContextSpecific::<Any>::decode_explicit(reader, CONTENT)?;
                Ok(Self::Other(content_type))
            }
        }
    }
}

fn explicit<'a, R: Reader<'a>, T>(reader: &mut R) -> der::Result<T>
where
    T: DecodeValue<'a, Error = der::Error> + FixedTag + 'a,
{
    let field = ContextSpecific::<T>::decode_explicit(reader, CONTENT)?;
    let missing = || T::TAG.value_error().to_error();
    field.map(|field| field.value).ok_or_else(missing)
}

impl EncodeValue for ContentInfo {
    fn value_len(&self) -> der::Result<Length> {
        match self {
            Self::Data(octets) => oid::DATA.encoded_len()? + field(octets).encoded_len()?,
            Self::Encrypted(data) => {
                oid::ENCRYPTED_DATA.encoded_len()? + field(data).encoded_len()?
            }
            Self::Other(content_type) => content_type.encoded_len(),
        }
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        match self {
            Self::Data(octets) => {
                oid::DATA.encode(writer)?;
                field(octets).encode(writer)
            }
            Self::Encrypted(data) => {
                oid::ENCRYPTED_DATA.encode(writer)?;
                field(data).encode(writer)
            }
            Self::Other(content_type) => content_type.encode(writer),
        }
    }
}

fn field<T>(value: &T) -> der::asn1::ContextSpecificRef<'_, T> {
    der::asn1::ContextSpecificRef {
        tag_number: CONTENT,
        tag_mode: TagMode::Explicit,
        value,
    }
}

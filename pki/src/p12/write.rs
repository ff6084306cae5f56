//! From a key and its chain to octets.
//!
//! The layout is OpenSSL's: the certificates in a part that is encrypted as a whole, the key by itself in a part that is
//! not. Every reader was made to read that.

use aws_lc_rs::digest;
use der::asn1::{AnyRef, OctetString, SetOfVec};
use der::{Decode, Encode};

use super::asn1::{
    CertBag, ContentInfo, EncryptedContentInfo, EncryptedData, EncryptedPrivateKeyInfo, Pfx,
    SafeBag,
};
use super::file::{Pkcs12, Pkcs12Encryption};
use super::mac::Mac;
use super::oid;
use super::password::Secret;
use super::safe::attributes;
use super::scheme::Scheme;
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::Key;

pub(super) fn write(
    p12: &Pkcs12,
    password: &str,
    encryption: Pkcs12Encryption,
) -> Result<Vec<u8>, Error> {
    let secret = Secret::new(password);
    let mut parts = Vec::new();
    if !p12.chain.is_empty() {
        parts.push(certificates(p12, &secret, encryption)?);
    }
    if let Some(key) = &p12.key {
        parts.push(private_key(p12, key, &secret, encryption)?);
    }
    let content = encoded(parts.to_der())?;
    let mac = Mac::new(&content, &secret, encryption)?;
    let pfx = Pfx {
        version: 3,
        auth_safe: ContentInfo::Data(encoded(OctetString::new(content))?),
        mac_data: Some(encoded(mac.to_mac_data())?),
    };
    encoded(pfx.to_der())
}

/// The part with the certificates.
fn certificates(
    p12: &Pkcs12,
    secret: &Secret<'_>,
    encryption: Pkcs12Encryption,
) -> Result<ContentInfo, Error> {
    let id = local_key_id(p12);
    let mut bags = Vec::new();
    for (at, certificate) in p12.chain.iter().enumerate() {
        let bag = CertBag {
            id: oid::X509_CERTIFICATE,
            value: encoded(OctetString::new(certificate.der()))?,
        };
        // Only the first has a name: Java would keep one of several certificates of the same name.
        let (name, id) = match at {
            0 => (p12.friendly_name.as_deref(), id.as_deref()),
            _ => (None, None),
        };
        bags.push((
            encoded(bag.to_der())?,
            attributes(name, id, p12.key.is_none()),
        ));
    }
    let bags = bags
        .iter()
        .map(|(bag, attributes)| safe_bag(oid::CERT_BAG, bag, encoded(attributes.clone())?));
    let bags = bags.collect::<Result<Vec<_>, Error>>()?;
    let scheme = Scheme::new(encryption)?;
    let octets = scheme.encrypt(&encoded(bags.to_der())?, secret)?;
    Ok(ContentInfo::Encrypted(EncryptedData {
        version: 0,
        content: EncryptedContentInfo {
            content_type: oid::DATA,
            algorithm: encoded(scheme.identifier())?,
            octets: Some(encoded(OctetString::new(octets))?),
        },
    }))
}

/// The part with the key.
fn private_key(
    p12: &Pkcs12,
    key: &Key,
    secret: &Secret<'_>,
    encryption: Pkcs12Encryption,
) -> Result<ContentInfo, Error> {
    let scheme = Scheme::new(encryption)?;
    let octets = scheme.encrypt(&key.to_pkcs8_der(), secret)?;
    let info = EncryptedPrivateKeyInfo {
        algorithm: encoded(scheme.identifier())?,
        octets: encoded(OctetString::new(octets))?,
    };
    let info = encoded(info.to_der())?;
    let id = local_key_id(p12);
    let attributes = encoded(attributes(
        p12.friendly_name.as_deref(),
        id.as_deref(),
        false,
    ))?;
    let bags = vec![safe_bag(oid::SHROUDED_KEY_BAG, &info, attributes)?];
    let bags = encoded(bags.to_der())?;
    Ok(ContentInfo::Data(encoded(OctetString::new(bags))?))
}

fn safe_bag<'a>(
    id: der::asn1::ObjectIdentifier,
    value: &'a [u8],
    attributes: Vec<super::asn1::Attribute>,
) -> Result<SafeBag<'a>, Error> {
    let attributes = match attributes.is_empty() {
        true => None,
        false => Some(encoded(SetOfVec::try_from(attributes))?),
    };
    Ok(SafeBag {
        id,
        value: encoded(AnyRef::from_der(value))?,
        attributes,
    })
}

/// What ties a key to its certificate: as with OpenSSL, SHA-1 of the certificate. It is a label and protects nothing.
fn local_key_id(p12: &Pkcs12) -> Option<Vec<u8>> {
    let of = |leaf: &Certificate| {
        let id = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf.der());
        id.as_ref().to_vec()
    };
    p12.key.as_ref().and_then(|_| p12.chain.first()).map(of)
}

fn encoded<T>(result: der::Result<T>) -> Result<T, Error> {
    result.map_err(|_| Error::Crypto {
        operation: "encode a PKCS#12 file",
    })
}

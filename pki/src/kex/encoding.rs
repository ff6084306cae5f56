//! Keys as other programs read and write them: PKCS#8 ([RFC 5958 §2]) and SubjectPublicKeyInfo ([RFC 5280 §4.1.2.7]), for
//! X25519 as in [RFC 8410 §7], for ML-KEM as in [RFC 9935 §6]. All else is read and written by [`crate::key`].
//!
//! [RFC 5280 §4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
//! [RFC 5958 §2]: https://www.rfc-editor.org/rfc/rfc5958#section-2
//! [RFC 8410 §7]: https://www.rfc-editor.org/rfc/rfc8410#section-7
//! [RFC 9935 §6]: https://www.rfc-editor.org/rfc/rfc9935#section-6
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::asn1::{AnyRef, OctetStringRef};
use pkcs8::der::{self, Decode, Tag, Tagged};
use zeroize::Zeroizing;

use super::ml_kem::MlKemKey;
use crate::error::Error;
use crate::key::KeyFault;

pub(super) const ML_KEM_768_OID: &str = "2.16.840.1.101.3.4.4.2";

/// SEQUENCE, version 0, id-X25519, OCTET STRING of an OCTET STRING of 32.
const X25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
];
/// SEQUENCE, id-X25519, BIT STRING of 32 octets.
const X25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x03, 0x21, 0x00,
];
/// SEQUENCE, version 0, id-alg-ml-kem-768, OCTET STRING of an OCTET STRING of 2400: expandedKey.
const ML_KEM_768_PKCS8: [u8; 28] = [
    0x30, 0x82, 0x09, 0x78, 0x02, 0x01, 0x00, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
    0x03, 0x04, 0x04, 0x02, 0x04, 0x82, 0x09, 0x64, 0x04, 0x82, 0x09, 0x60,
];
/// SEQUENCE, id-alg-ml-kem-768, BIT STRING of 1184 octets.
const ML_KEM_768_SPKI: [u8; 22] = [
    0x30, 0x82, 0x04, 0xb2, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04,
    0x02, 0x03, 0x82, 0x04, 0xa1, 0x00,
];
/// What stands before a point of P-256, uncompressed.
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What stands before a point of P-384, uncompressed.
const P384_SPKI: [u8; 23] = [
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];

pub(super) fn x25519_pkcs8(seed: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&X25519_PKCS8, seed].concat())
}

pub(super) fn x25519_spki(public: &[u8]) -> Vec<u8> {
    [&X25519_SPKI, public].concat()
}

pub(super) fn ml_kem_pkcs8(expanded: &[u8]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([&ML_KEM_768_PKCS8, expanded].concat())
}

pub(super) fn ml_kem_spki(public: &[u8]) -> Vec<u8> {
    [&ML_KEM_768_SPKI, public].concat()
}

pub(super) fn p256_spki(point: &[u8]) -> Vec<u8> {
    [&P256_SPKI, point].concat()
}

pub(super) fn p384_spki(point: &[u8]) -> Vec<u8> {
    [&P384_SPKI, point].concat()
}

/// The ML-KEM-768 key of PKCS#8; `None` if it is a key of another type.
///
/// ```text
/// ML-KEM-768-PrivateKey ::= CHOICE {
///   seed        [0] OCTET STRING (SIZE (64)),
///   expandedKey     OCTET STRING (SIZE (2400)),
///   both            SEQUENCE { seed OCTET STRING (SIZE (64)), expandedKey OCTET STRING (SIZE (2400)) } }
/// ```
pub(super) fn ml_kem_from_pkcs8(der: &[u8]) -> Option<Result<MlKemKey, Error>> {
    let info = PrivateKeyInfoRef::try_from(der).ok()?;
    if info.algorithm.oid.to_string() != ML_KEM_768_OID {
        return None;
    }
    let malformed = Error::from(KeyFault::Malformed);
    let Ok(content) = AnyRef::from_der(info.private_key.as_bytes()) else {
        return Some(Err(malformed));
    };
    Some(match content.tag() {
        Tag::OctetString => MlKemKey::from_expanded(content.value()).map_err(Error::from),
        Tag::ContextSpecific { .. } => MlKemKey::from_seed(content.value()).ok_or(malformed),
        Tag::Sequence => match both(&content) {
            Ok((seed, expanded)) => {
                // RFC 9935 §8 wants them to be the same key.
                let key = MlKemKey::from_seed(seed);
                let same = key.filter(|key| key.expanded() == expanded);
                same.ok_or(malformed)
            }
            Err(_) => Err(malformed),
        },
        _ => Err(malformed),
    })
}

/// The seed and the expanded key.
fn both<'a>(content: &AnyRef<'a>) -> der::Result<(&'a [u8], &'a [u8])> {
    content.sequence(|reader| {
        let seed = <&OctetStringRef>::decode(reader)?;
        let expanded = <&OctetStringRef>::decode(reader)?;
        Ok((seed.as_bytes(), expanded.as_bytes()))
    })
}

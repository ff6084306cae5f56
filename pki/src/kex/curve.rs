//! Diffie-Hellman: X25519, P-256, P-384.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::agreement::{
    self, Algorithm, ECDH_P256, ECDH_P384, PrivateKey, UnparsedPublicKey, X25519,
};
use aws_lc_rs::encoding::{AsBigEndian, AsDer, Curve25519SeedBin, Pkcs8V1Der};
use zeroize::Zeroizing;

use super::encoding::x25519_pkcs8;
use super::{Group, KexFault, Secret};

/// A private key of one of the three.
pub(super) struct CurveKey {
    group: Group,
    private: PrivateKey,
}

impl CurveKey {
    pub(super) fn generate(group: Group) -> Result<Self, KexFault> {
        let algorithm = algorithm(group)?;
        let private = PrivateKey::generate(algorithm).map_err(|_| GENERATE)?;
        Ok(Self { group, private })
    }

    /// Reads the octets of X25519, or the number in big-endian with zeros in front.
    pub(super) fn from_octets(group: Group, octets: &[u8]) -> Result<Self, KexFault> {
        let algorithm = algorithm(group)?;
        let read = PrivateKey::from_private_key(algorithm, octets);
        let private = read.map_err(|_| KexFault::Crypto {
            operation: "load a private key",
        })?;
        Ok(Self { group, private })
    }

    pub(super) fn is_x25519(&self) -> bool {
        self.group == Group::X25519
    }

    /// The public key: 32 octets, or an uncompressed point.
    pub(super) fn public(&self) -> Result<Vec<u8>, KexFault> {
        let public = self.private.compute_public_key().map_err(|_| GENERATE)?;
        Ok(public.as_ref().to_vec())
    }

    /// What this key and the public key of the other side give.
    pub(super) fn agree(&self, peer: &[u8]) -> Result<Secret, KexFault> {
        let group = self.group;
        check(group, peer)?;
        let refused = match group {
            // Of 32 octets, only those whose secret is zero are refused: RFC 7748 §6.1.
            Group::X25519 => KexFault::SmallOrder { group },
            _ => KexFault::NotOnCurve { group },
        };
        let peer = UnparsedPublicKey::new(self.private.algorithm(), peer);
        agreement::agree(&self.private, peer, refused, |octets| {
            Ok(Secret::copy(octets))
        })
    }

    /// PKCS#8, version 1.
    pub(super) fn pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KexFault> {
        if self.group == Group::X25519 {
            let seed: Curve25519SeedBin<'_> = self.private.as_be_bytes().map_err(|_| GENERATE)?;
            return Ok(x25519_pkcs8(seed.as_ref()));
        }
        let der: Pkcs8V1Der<'_> = self.private.as_der().map_err(|_| GENERATE)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }
}

const GENERATE: KexFault = KexFault::Crypto {
    operation: "make a key pair",
};

/// The form of a public key: its length, and that a point is not compressed.
pub(super) fn check(group: Group, public: &[u8]) -> Result<(), KexFault> {
    let wanted_bytes = group.server_share_bytes();
    if public.len() != wanted_bytes {
        return Err(KexFault::Length {
            group,
            what: "public key",
            wanted_bytes,
            found_bytes: public.len(),
        });
    }
    match (group, public.first()) {
        (Group::X25519, _) | (_, Some(4)) => Ok(()),
        _ => Err(KexFault::NotOnCurve { group }),
    }
}

fn algorithm(group: Group) -> Result<&'static Algorithm, KexFault> {
    match group {
        Group::X25519 => Ok(&X25519),
        Group::P256 => Ok(&ECDH_P256),
        Group::P384 => Ok(&ECDH_P384),
        _ => Err(KexFault::NoSuchOperation {
            group,
            verb: "derive",
        }),
    }
}

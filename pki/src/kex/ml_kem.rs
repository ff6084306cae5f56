//! ML-KEM-768 (FIPS 203).
//!
//! A private key is kept in its expanded form, which is what aws-lc-rs takes, and of which the public key is a part. It has no
//! way from a seed to a key, so that one step is done by the crate `ml-kem`.
//!
//! ```text
//! dk = dk_PKE (1152) ‖ ek (1184) ‖ H(ek) (32) ‖ z (32)
//! ```
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest;
use aws_lc_rs::kem::{DecapsulationKey, EncapsulationKey, ML_KEM_768};
use zeroize::Zeroizing;

use super::group::{CIPHERTEXT_BYTES, DECAPSULATION_KEY_BYTES, ENCAPSULATION_KEY_BYTES};
use super::{Group, KexFault, Secret};

/// Where the public key begins in the private one.
const PUBLIC_AT: usize = 1152;
const HASH_BYTES: usize = 32;
const GROUP: Group = Group::MlKem768;

/// A private key in its expanded form.
pub(super) struct MlKemKey(Zeroizing<Vec<u8>>);

impl MlKemKey {
    pub(super) fn generate() -> Result<Self, KexFault> {
        let failed = |_| KexFault::Crypto {
            operation: "make a key pair",
        };
        let made = DecapsulationKey::generate(&ML_KEM_768).map_err(failed)?;
        let octets = made.key_bytes().map_err(failed)?;
        Self::from_expanded(octets.as_ref())
    }

    /// Reads the expanded form, and checks it as FIPS 203 §7.3 wants.
    pub(super) fn from_expanded(octets: &[u8]) -> Result<Self, KexFault> {
        if octets.len() != DECAPSULATION_KEY_BYTES {
            return Err(KexFault::Length {
                group: GROUP,
                what: "private key",
                wanted_bytes: DECAPSULATION_KEY_BYTES,
                found_bytes: octets.len(),
            });
        }
        let key = Self(Zeroizing::new(octets.to_vec()));
        let hash = digest::digest(&digest::SHA3_256, key.public());
        let at = PUBLIC_AT + ENCAPSULATION_KEY_BYTES;
        let stored = octets.get(at..at + HASH_BYTES).unwrap_or_default();
        verify_slices_are_equal(hash.as_ref(), stored)
            .map_err(|_| KexFault::KeyHash { group: GROUP })?;
        Ok(key)
    }

    /// Makes the key of a seed: ML-KEM.KeyGen_internal of FIPS 203 §6.1. `None` if it is not one of 64 octets.
    #[expect(
        deprecated,
        reason = "the expanded form is the one that aws-lc-rs takes"
    )]
    pub(super) fn from_seed(seed: &[u8]) -> Option<Self> {
        use ml_kem::ExpandedKeyEncoding as _;
        let seed = ml_kem::Seed::try_from(seed).ok()?;
        let key = ml_kem::DecapsulationKey768::from_seed(seed);
        let octets = Zeroizing::new(key.to_expanded_bytes());
        Self::from_expanded(&octets).ok()
    }

    pub(super) fn expanded(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn public(&self) -> &[u8] {
        let whole = PUBLIC_AT..PUBLIC_AT + ENCAPSULATION_KEY_BYTES;
        self.0.get(whole).unwrap_or_default()
    }

    /// The secret of a ciphertext. One that was not made for this key gives a secret, too, which nobody else knows:
    /// implicit rejection.
    pub(super) fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret, KexFault> {
        if ciphertext.len() != CIPHERTEXT_BYTES {
            return Err(KexFault::Length {
                group: GROUP,
                what: "ciphertext",
                wanted_bytes: CIPHERTEXT_BYTES,
                found_bytes: ciphertext.len(),
            });
        }
        let key = DecapsulationKey::new(&ML_KEM_768, &self.0)
            .map_err(|_| KexFault::KeyHash { group: GROUP })?;
        let secret = key
            .decapsulate(ciphertext.into())
            .map_err(|_| KexFault::KeyHash { group: GROUP })?;
        Ok(Secret::copy(secret.as_ref()))
    }
}

/// A ciphertext for this public key, and the secret in it.
pub(super) fn encapsulate(public: &[u8]) -> Result<(Vec<u8>, Secret), KexFault> {
    check(public)?;
    let refused = KexFault::Modulus { group: GROUP };
    let key = EncapsulationKey::new(&ML_KEM_768, public).map_err(|_| refused.clone())?;
    let (ciphertext, secret) = key.encapsulate().map_err(|_| refused)?;
    let ciphertext = ciphertext.as_ref().to_vec();
    Ok((ciphertext, Secret::copy(secret.as_ref())))
}

/// The length of a public key.
pub(super) fn check(public: &[u8]) -> Result<(), KexFault> {
    if public.len() == ENCAPSULATION_KEY_BYTES {
        return Ok(());
    }
    Err(KexFault::Length {
        group: GROUP,
        what: "public key",
        wanted_bytes: ENCAPSULATION_KEY_BYTES,
        found_bytes: public.len(),
    })
}

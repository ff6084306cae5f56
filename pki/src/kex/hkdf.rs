//! HKDF with SHA-256 ([RFC 5869]): its two steps, each with the octets that come out.
//!
//! aws-lc-rs keeps the pseudorandom key to itself; here it can be shown, so the first step is the HMAC that it is.
//!
//! [RFC 5869]: https://www.rfc-editor.org/rfc/rfc5869
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{KexFault, Secret};

/// How long what SHA-256 gives is, in bytes.
pub const HASH_BYTES: usize = 32;
/// The most that is given: 255 blocks ([RFC 5869 §2.3]), in bytes.
///
/// [RFC 5869 §2.3]: https://www.rfc-editor.org/rfc/rfc5869#section-2.3
pub const OUTPUT_BYTES_MAX: usize = 255 * HASH_BYTES;

/// HKDF-Extract ([RFC 5869 §2.2]): the pseudorandom key of a secret.
///
/// [RFC 5869 §2.2]: https://www.rfc-editor.org/rfc/rfc5869#section-2.2
pub fn extract(salt: &[u8], secret: &[u8]) -> Secret {
    let key = hmac::Key::new(hmac::HMAC_SHA256, salt);
    Secret::copy(hmac::sign(&key, secret).as_ref())
}

/// HKDF-Expand ([RFC 5869 §2.3]): `bytes` octets for one use, which `info` names.
///
/// # Errors
///
/// [`KexFault::TooMuchOutput`] for none, and for more than [`OUTPUT_BYTES_MAX`].
///
/// [RFC 5869 §2.3]: https://www.rfc-editor.org/rfc/rfc5869#section-2.3
pub fn expand(key: &Secret, info: &[u8], bytes: usize) -> Result<Secret, KexFault> {
    if !(1..=OUTPUT_BYTES_MAX).contains(&bytes) {
        return Err(KexFault::TooMuchOutput {
            asked_bytes: bytes,
            limit_bytes: OUTPUT_BYTES_MAX,
        });
    }
    let failed = |_| KexFault::Crypto {
        operation: "expand a key",
    };
    let key = Prk::new_less_safe(HKDF_SHA256, key.reveal());
    let mut output = Zeroizing::new(vec![0; bytes]);
    key.expand(&[info], Length(bytes))
        .and_then(|output_key| output_key.fill(&mut output))
        .map_err(failed)?;
    Ok(Secret::new(output))
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

//! RSA as a way to send a secret: RSAES-OAEP with SHA-256 and MGF1 over the same ([RFC 8017 §7.1]).
//!
//! [RFC 8017 §7.1]: https://www.rfc-editor.org/rfc/rfc8017#section-7.1
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::{KexFault, Secret};
use crate::Key;

/// How long the secret is that is sent, in bytes: as long as the keys that are made from it.
const SECRET_BYTES: usize = 32;

/// A new secret, encrypted to this key.
pub(super) fn encapsulate(spki: &[u8]) -> Result<(Vec<u8>, Secret), KexFault> {
    let mut secret = Zeroizing::new(vec![0; SECRET_BYTES]);
    fill(&mut secret)?;
    let failed = KexFault::Crypto {
        operation: "encrypt to an RSA key",
    };
    let key = PublicEncryptingKey::from_der(spki).map_err(|_| failed.clone())?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| failed.clone())?;
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let written = key
        .encrypt(&OAEP_SHA256_MGF1SHA256, &secret, &mut ciphertext, None)
        .map_err(|_| failed)?
        .len();
    ciphertext.truncate(written);
    Ok((ciphertext, Secret::new(secret)))
}

/// The secret of a ciphertext.
pub(super) fn decapsulate(key: &Key, ciphertext: &[u8]) -> Result<Secret, KexFault> {
    let failed = KexFault::Crypto {
        operation: "load an RSA key",
    };
    let key = PrivateDecryptingKey::from_pkcs8(&key.to_pkcs8_der()).map_err(|_| failed.clone())?;
    let key = OaepPrivateDecryptingKey::new(key).map_err(|_| failed)?;
    let mut secret = Zeroizing::new(vec![0; key.min_output_size()]);
    let length = key
        .decrypt(&OAEP_SHA256_MGF1SHA256, ciphertext, &mut secret, None)
        .map_err(|_| KexFault::NotDecrypted)?
        .len();
    Ok(Secret::copy(secret.get(..length).unwrap_or_default()))
}

/// The same where the other side may try ciphertext after ciphertext: whoever learns which ones fail learns the secret of a
/// recorded one in the end (Bleichenbacher, Manger). So each gives a secret, and what is wrong shows where it does not open.
pub(super) fn decapsulate_blindly(key: &Key, ciphertext: &[u8]) -> Result<Secret, KexFault> {
    let mut instead = Zeroizing::new(vec![0; SECRET_BYTES]);
    fill(&mut instead)?;
    match decapsulate(key, ciphertext) {
        Ok(secret) if secret.reveal().len() == SECRET_BYTES => Ok(secret),
        Ok(_) | Err(KexFault::NotDecrypted) => Ok(Secret::new(instead)),
        Err(fault) => Err(fault),
    }
}

/// Random numbers of the operating system.
pub(super) fn fill(octets: &mut [u8]) -> Result<(), KexFault> {
    rand::fill(octets).map_err(|_| KexFault::Crypto {
        operation: "get random numbers",
    })
}

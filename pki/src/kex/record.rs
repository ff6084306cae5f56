//! Encrypted messages: AES-256-GCM ([RFC 5116 §5.2]), with a key of its own for each message.
//!
//! So no nonce can come twice with a key, and there is nothing to count: the IV is the nonce.
//!
//! [RFC 5116 §5.2]: https://www.rfc-editor.org/rfc/rfc5116#section-5.2
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

use super::message::header;
use super::{Frame, KexFault, MessageKind, Secret};

/// What an encrypted message is longer than what is in it, in bytes.
pub const TAG_BYTES: usize = 16;

/// What encrypts one message.
#[derive(Clone, Debug)]
pub struct TrafficKey {
    /// The key.
    pub key: Secret,
    /// The nonce.
    pub iv: Secret,
}

impl TrafficKey {
    /// Encrypts the message.
    ///
    /// # Errors
    ///
    /// [`KexFault::MessageTooLong`], [`KexFault::Crypto`].
    pub fn seal(&self, kind: MessageKind, plain: &[u8]) -> Result<Frame, KexFault> {
        let aad = header(kind, plain.len() + TAG_BYTES)?;
        let mut octets = plain.to_vec();
        let key = self.cipher()?;
        key.seal_in_place_append_tag(self.nonce()?, Aad::from(aad), &mut octets)
            .map_err(|_| CIPHER)?;
        Frame::new(kind, &octets)
    }

    /// Decrypts it.
    ///
    /// # Errors
    ///
    /// [`KexFault::NotOpened`].
    pub fn open(&self, frame: &Frame) -> Result<Zeroizing<Vec<u8>>, KexFault> {
        let message = frame.kind();
        let aad = header(message, frame.body().len())?;
        let mut octets = Zeroizing::new(frame.body().to_vec());
        let key = self.cipher()?;
        let length = key
            .open_in_place(self.nonce()?, Aad::from(aad), &mut octets)
            .map_err(|_| KexFault::NotOpened { message })?
            .len();
        octets.truncate(length);
        Ok(octets)
    }

    fn cipher(&self) -> Result<LessSafeKey, KexFault> {
        let key = UnboundKey::new(&AES_256_GCM, self.key.reveal()).map_err(|_| CIPHER)?;
        Ok(LessSafeKey::new(key))
    }

    fn nonce(&self) -> Result<Nonce, KexFault> {
        let octets = <[u8; NONCE_LEN]>::try_from(self.iv.reveal()).map_err(|_| CIPHER)?;
        Ok(Nonce::assume_unique_for_key(octets))
    }
}

const CIPHER: KexFault = KexFault::Crypto {
    operation: "encrypt",
};

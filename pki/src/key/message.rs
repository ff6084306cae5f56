//! What is signed, taken in piece by piece.
//!
//! ECDSA and RSA sign a digest, so a message of any length takes no more than a block of memory. Ed25519 reads its message
//! twice ([RFC 8032 §5.1.6]), and of ML-DSA only the form that takes the message itself is used in X.509 and by other
//! programs: both get all of it at once, so it is bounded.
//!
//! [RFC 8032 §5.1.6]: https://www.rfc-editor.org/rfc/rfc8032#section-5.1.6
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, SHA384, SHA512};

use super::{Hash, Key, PublicKey, SignatureAlgorithm};
use crate::error::Error;

/// The longest message that is signed or checked with Ed25519 or ML-DSA, in bytes. A longer one is refused. The limit is
/// 64 MiB.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A message to be signed or checked.
///
/// ```
/// use wharf_pki::key::{Key, KeyType, Message};
///
/// # fn main() -> Result<(), wharf_pki::Error> {
/// let key = Key::generate(KeyType::P256)?;
/// let mut message = Message::new(key.signature_algorithm());
/// message.update(b"piece by ")?;
/// message.update(b"piece")?;
/// let signature = key.sign_message(message)?;
/// key.public_key().verify(key.signature_algorithm(), b"piece by piece", &signature)?;
/// # Ok(())
/// # }
/// ```
pub struct Message {
    algorithm: SignatureAlgorithm,
    taken: Taken,
}

enum Taken {
    Digest(Context),
    Whole(Vec<u8>),
}

impl Message {
    /// An empty message, to be signed in this way.
    pub fn new(algorithm: SignatureAlgorithm) -> Self {
        let digest = |hash| {
            Taken::Digest(Context::new(match hash {
                Hash::Sha256 => &SHA256,
                Hash::Sha384 => &SHA384,
                Hash::Sha512 => &SHA512,
            }))
        };
        let taken = match algorithm {
            SignatureAlgorithm::RsaPkcs1(hash)
            | SignatureAlgorithm::RsaPss { hash, .. }
            | SignatureAlgorithm::Ecdsa(hash) => digest(hash),
            SignatureAlgorithm::Ed25519
            | SignatureAlgorithm::MlDsa44
            | SignatureAlgorithm::MlDsa65
            | SignatureAlgorithm::MlDsa87 => Taken::Whole(Vec::new()),
        };
        Self { algorithm, taken }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// [`Error::MessageTooLong`] above [`MESSAGE_BYTES_MAX`], where all of it is needed at once.
    pub fn update(&mut self, piece: &[u8]) -> Result<(), Error> {
        match &mut self.taken {
            Taken::Digest(context) => context.update(piece),
            Taken::Whole(message) if piece.len() > MESSAGE_BYTES_MAX - message.len() => {
                return Err(Error::MessageTooLong {
                    algorithm: self.algorithm,
                    limit_bytes: MESSAGE_BYTES_MAX,
                });
            }
            Taken::Whole(message) => message.extend_from_slice(piece),
        }
        Ok(())
    }
}

impl Key {
    /// Signs a message.
    ///
    /// # Errors
    ///
    /// [`Error::SignatureMismatch`] if the message was begun for another
    /// [`signature_algorithm`](Self::signature_algorithm), [`Error::Crypto`] if the cryptographic library fails.
    pub fn sign_message(&self, message: Message) -> Result<Vec<u8>, Error> {
        if message.algorithm != self.signature_algorithm() {
            return Err(Error::SignatureMismatch {
                algorithm: message.algorithm,
                key: self.public_key().algorithm().clone(),
            });
        }
        match message.taken {
            Taken::Digest(context) => self.pair().sign_digest(&context.finish()),
            Taken::Whole(message) => self.pair().sign(&message),
        }
        .map_err(|_| Error::Crypto { operation: "sign" })
    }
}

impl PublicKey {
    /// Checks the signature of a message, in the way in which the message was begun.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify) has them.
    pub fn verify_message(&self, message: Message, signature: &[u8]) -> Result<(), Error> {
        match message.taken {
            Taken::Digest(context) => {
                let digest = context.finish();
                self.check(message.algorithm, |with| {
                    with.verify_digest_sig(self.key_octets(), &digest, signature)
                })
            }
            Taken::Whole(whole) => self.verify(message.algorithm, &whole, signature),
        }
    }
}

/// Without the message.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

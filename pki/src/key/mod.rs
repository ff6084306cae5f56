//! Keys, on aws-lc-rs. Nothing else in this crate signs or checks a signature.
//!
//! | file | what it holds |
//! |---|---|
//! | `key_type.rs` | [`KeyType`]: the types of key that can be made |
//! | `private.rs` | [`Key`]: make one, sign with it |
//! | `load.rs` | reading a [`Key`]: PKCS#8, SEC 1, PKCS#1, in PEM or DER |
//! | `store.rs` | writing a [`Key`]: [`KeyEncoding`], plain or encrypted |
//! | `pbes2.rs` | encryption with a password, and bounds on the work that a file may ask for |
//! | `password.rs` | [`Password`] |
//! | `public.rs` | [`PublicKey`]: read, compare, pin |
//! | `algorithm.rs` | [`KeyAlgorithm`]: what a key is, if it can be used or not |
//! | `signature.rs` | [`SignatureAlgorithm`]: how a signature was made |
//! | `verify.rs` | checking a signature, and what is signed in X.509 |
//! | `message.rs` | [`Message`]: what is signed, piece by piece |
//! | `agreement.rs` | [`Agreement`], [`AgreementKey`]: keys with which two sides agree on a secret |
//! | `fault.rs` | [`KeyFault`], [`PublicKeyFault`]: why a key is refused |
//!
//! rcgen and x509-parser have keys and checks too. rcgen writes Ed25519 as PKCS#8 version 1.1, which OpenSSL 3.0 cannot
//! read, and loads no ML-DSA; x509-parser knows no P-521, no ML-DSA, and few pairs of curve and hash. So both are ours.

mod agreement;
mod algorithm;
mod fault;
mod key_type;
mod load;
mod message;
mod password;
mod pbes2;
mod private;
mod public;
mod signature;
mod store;
mod verify;

pub use agreement::{Agreement, AgreementKey};
pub use algorithm::KeyAlgorithm;
pub use fault::{KeyFault, PublicKeyFault};
pub use key_type::KeyType;
pub use load::KEY_BYTES_MAX;
pub use message::{MESSAGE_BYTES_MAX, Message};
pub use password::Password;
pub(crate) use pbes2::decrypt;
pub use pbes2::{PBKDF2_ITERATIONS, PBKDF2_ITERATIONS_MAX, SCRYPT_BYTES_MAX};
pub use private::{Key, RSA_BITS_MAX, RSA_BITS_MIN};
pub use public::PublicKey;
pub use signature::{Hash, SignatureAlgorithm};
pub use store::KeyEncoding;
pub(crate) use verify::Signed;

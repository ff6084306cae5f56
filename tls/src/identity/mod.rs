//! Who we are: a certification path and the private key of its end entity, checked when loaded.
//!
//! | file | what it holds |
//! |---|---|
//! | `load.rs` | [`Identity`]: what is loaded, and what it can tell |
//! | `private_key.rs` | the private key out of a PEM file |
//! | `encrypted.rs` | its decryption, with a bound on the work |
//! | `password.rs` | [`Password`] |
//! | `chain.rs` | the order of the certificates, repaired or refused |
//! | `findings.rs` | [`Finding`]: what is wrong with a certificate that can be loaded |
//! | `staple.rs` | [`Staple`]: an OCSP response for the handshake |
//! | `der.rs` | a reader of DER, for the little that no crate here reads |
//! | `fault.rs` | why an identity is refused |

mod chain;
mod der;
mod encrypted;
mod fault;
mod findings;
mod load;
mod password;
mod private_key;
mod staple;

pub use chain::CHAIN_CERTIFICATES_MAX;
pub use encrypted::{PBKDF2_ITERATIONS_MAX, SCRYPT_BYTES_MAX};
pub(crate) use fault::IdentityFault;
pub use findings::{Finding, FindingKind, Role, Severity};
pub use load::Identity;
pub use password::Password;
pub use staple::{STAPLE_BYTES_MAX, Staple};

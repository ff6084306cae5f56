//! Profiles: what kinds of certificates there are, as data.
//!
//! | file | what it holds |
//! |---|---|
//! | `model.rs` | [`Profile`]: everything that is decided about a kind of certificate |
//! | `built_in.rs` | the table of those that are there without a file |
//! | `set.rs` | [`Profiles`]: looked up by name |
//! | `file.rs` | the TOML file that changes some and adds others |
//! | `usage.rs` | [`KeyUsage`], [`ExtendedKeyUsage`] |
//! | `key_kind.rs` | [`KeyKind`]: which public keys a profile takes |
//!
//! | profile | keyUsage | extendedKeyUsage | names | lifetime: default, longest |
//! |---|---|---|---|---|
//! | root | keyCertSign, cRLSign | | | 10 years, 100 years |
//! | intermediate | keyCertSign, cRLSign | | | 5 years, 100 years |
//! | server | digitalSignature¹ | serverAuth | DNS, wildcard, IP | 90 days, 824 days |
//! | client | digitalSignature | clientAuth | DNS, IP, e-mail, URI, SPIFFE | 90 days, 824 days |
//! | peer | digitalSignature¹ | serverAuth, clientAuth | DNS, wildcard, IP, URI, SPIFFE | 90 days, 824 days |
//! | spiffe | digitalSignature | serverAuth, clientAuth | one SPIFFE ID, DNS | 1 day, 30 days |
//! | code-signing | digitalSignature | codeSigning | DNS, e-mail, URI; none needed | 365 days, 460 days |
//! | email | digitalSignature¹ | emailProtection | e-mail | 365 days, 824 days |
//! | ocsp | digitalSignature | OCSPSigning, with ocsp-nocheck | none | 30 days, 90 days |
//! | webtransport | digitalSignature | serverAuth | DNS, IP; P-256 keys only | 13 days, 13 days |
//!
//! ¹ and keyEncipherment for an RSA key: NSS calls the keyUsage of a server inadequate without it.
//!
//! Every certificate has basicConstraints, subjectKeyIdentifier and authorityKeyIdentifier as well (`issue/params.rs`).

mod built_in;
mod file;
mod key_kind;
mod model;
mod set;
mod usage;

pub use file::{PROFILES_MAX, ProfileFault, TEXT_BYTES_MAX};
pub use key_kind::KeyKind;
pub use model::{Profile, Role, SubjectRule};
pub use set::Profiles;
pub use usage::{ExtendedKeyUsage, KeyUsage};

//! A certification authority as a library: keys, names, issuing, the CA's folder on disk, inspection.
//!
//! What `wharf` uses to give `localhost` a certificate that a browser accepts, what the tests of the other crates issue
//! theirs with, and what a service can use to run a small CA of its own.
//!
//! # In scope
//!
//! - Keys: P-256, P-384, P-521, Ed25519, RSA and ML-DSA, made, read and written, plain or encrypted ([`Key`]); checking
//!   signatures of any of them ([`PublicKey`]).
//! - Roots, intermediates and end-entity certificates ([`Authority`]), in the form that `openssl verify -x509_strict`,
//!   webpki and Python's `VERIFY_X509_STRICT` accept ([RFC 5280 §4]); cross-signed roots ([`CrossSign`]).
//! - Kinds of certificates as data: ten built in, others in a TOML file ([`Profile`], [`Profiles`]).
//! - Name constraints and path lengths, heeded before anything is signed ([`NameConstraints`]).
//! - Certification requests, written and read ([`CertificateRequest`]).
//! - The CA's folder: made whole or not at all, checked when it is loaded, one CA however many processes start at once
//!   ([`Home`], [`Ca`]).
//! - Its inventory: what was issued, revoked and written where, and an audit log that shows changes ([`Store`]).
//! - PKCS#12 files, written and read, modern and legacy ([`p12`]).
//! - Reading any certificate into a plain struct, for people and for JSON ([`CertificateInfo`]).
//! - Certificate revocation lists: signed, read, checked, searched ([`Crl`], [RFC 5280 §5]).
//! - Certification paths: whether there is one, and every reason why there is none ([`verify()`], [RFC 5280 §6]).
//! - The rules of RFC 5280 for single certificates, CRLs and requests ([`lint`]).
//! - Key exchange: X25519, P-256, P-384, ML-KEM-768, both at once, RSA; and a protocol that can be watched ([`kex`]).
//!
//! # Out of scope
//!
//! - A clock. Every function that depends on the time takes it as an argument.
//! - Trust stores of operating systems and browsers: the command line does that.
//!
//! # The smallest example
//!
//! ```
//! use std::time::SystemTime;
//! use wharf_pki::{Authority, CaSubject, EndEntity, Key, KeyType, validity::DAY};
//!
//! # fn main() -> Result<(), wharf_pki::Error> {
//! let now = SystemTime::now().into();
//! let root = Authority::root(Key::generate(KeyType::P256)?, &CaSubject::new("Example root"), 3650 * DAY, 1, now)?;
//! let ca = root.intermediate(Key::generate(KeyType::P256)?, &CaSubject::new("Example CA"), 1825 * DAY, now)?;
//!
//! let key = Key::generate(KeyType::P256)?;
//! let request = EndEntity { names: vec!["localhost".parse()?, "::1".parse()?], ..EndEntity::default() };
//! let issued = ca.issue(&request, &key, now)?;
//! print!("{}{}", issued.certificate.to_pem(), ca.certificate().to_pem());
//! # Ok(())
//! # }
//! ```
//!
//! # Map
//!
//! | file | what it holds |
//! |---|---|
//! | `key/` | [`Key`]: the only thing here that signs; [`PublicKey`]: the only one that checks signatures |
//! | `name/` | [`SubjectAltName`]: which names may stand in a certificate, and why others may not |
//! | `constraints/` | [`NameConstraints`]: for which names a CA may issue |
//! | `subject.rs` | [`Subject`]: distinguished names |
//! | `validity.rs` | [`Validity`]: from when to when, backdating, the issuer's end |
//! | `lifetime.rs` | lifetimes as text |
//! | `oid.rs` | object identifiers, bounded |
//! | `profile/` | [`Profile`]: the kinds of certificates, as data |
//! | `certificate.rs` | [`Certificate`]: DER that was parsed once |
//! | `authority.rs` | [`Authority`]: a CA certificate with its key: the only thing here that signs certificates |
//! | `chain.rs` | what a CA and those above it demand of what it issues |
//! | `issue/` | [`EndEntity`], [`Issued`], [`AuthorityOptions`], [`CrossSign`]: what is asked for, checked, written |
//! | `csr/` | [`CertificateRequest`]: what an end entity asks a CA for |
//! | `revocation.rs` | [`RevocationReason`]: why a certificate is revoked |
//! | `crl/` | [`Crl`]: revocation lists, written and read |
//! | `lint/` | the rules of RFC 5280, one small function each |
//! | `verify/` | [`verify()`]: the certification path, and a report that explains |
//! | `store/` | the only files that touch a disk: [`Home`], [`Ca`], the inventory ([`Store`]), backup, import |
//! | `inspect/` | [`CertificateInfo`]: any certificate, ready to print |
//! | `kex/` | key exchange, step by step: groups, keys, and a small protocol to look at |
//! | `p12/` | [`Pkcs12`](p12::Pkcs12): a key with its chain, or certificates to trust, behind a password |
//! | `tls13/` | a recorded TLS 1.3 handshake, decoded, its keys derived and its signatures checked again |
//! | `pem.rs` | PEM, bounded |
//! | `text.rs` | foreign text, escaped and cut before it is shown |
//! | `error.rs` | [`Error`], by cause |
//!
//! # Words
//!
//! A *profile* is a kind of certificate. A *subject* is whom a certificate names, its *issuer* who signed it. A *CA* is a subject that may issue; a *root* is
//! a CA that issued itself and that clients keep as *trust anchor*; an *intermediate* is a CA below a root. An *end
//! entity* (a leaf) may not issue. A *certification path* leads from a trust anchor to an end entity; a *chain* is that
//! path as a TLS server sends it: end entity first, root left out.
//!
//! [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
//! [RFC 5280 §6]: https://www.rfc-editor.org/rfc/rfc5280#section-6
//! [RFC 5280 §4]: https://www.rfc-editor.org/rfc/rfc5280#section-4

#![forbid(unsafe_code)]

pub mod authority;
pub mod certificate;
pub mod chain;
pub mod constraints;
pub mod crl;
pub mod csr;
pub mod error;
pub mod inspect;
pub mod issue;
pub mod kex;
pub mod key;
pub mod lifetime;
pub mod lint;
pub mod name;
pub mod oid;
pub mod p12;
pub mod pem;
pub mod profile;
pub mod revocation;
pub mod store;
pub mod subject;
pub mod tls13;
pub mod validity;
pub mod verify;

mod text;

pub use authority::Authority;
pub use certificate::Certificate;
pub use constraints::NameConstraints;
pub use crl::Crl;
pub use csr::CertificateRequest;
pub use error::Error;
pub use inspect::CertificateInfo;
pub use issue::{AuthorityOptions, CrossSign, CustomExtension, EndEntity, Issued, Locations};
pub use key::{Key, KeyType, Password, PublicKey};
pub use name::SubjectAltName;
pub use profile::{Profile, Profiles};
pub use revocation::RevocationReason;
pub use store::{Ca, CaOptions, Home, Store};
pub use subject::{CaSubject, Subject};
pub use validity::Validity;
pub use verify::verify;

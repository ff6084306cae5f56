//! Certification requests ([RFC 2986]): what an end entity asks a CA for, signed with the key that it wants certified.
//!
//! | file | what it holds |
//! |---|---|
//! | `request.rs` | [`CertificateRequest`]: written, read, its signature checked |
//! | `names.rs` | the subjectAltNames that are asked for |
//! | `fault.rs` | [`RequestFault`]: why a request is refused |
//!
//! A request is a wish. It shows one thing for sure, that its sender has the private key; the names in it are what the CA has
//! to check, and the extensions are what its profile decides. So everything else is read, listed, and binds no one:
//! some clients ask for clientAuth in every request, others for a subjectKeyIdentifier. A challengePassword is skipped: it is a
//! secret between its sender and whoever once asked for it.
//!
//! Others' readers are not used for the signature. rcgen 0.14 writes a wrong key into the certificate when hash and curve
//! differ in length, as they do where certbot or `openssl req` sign with P-384 and SHA-256; x509-parser 0.18 refuses P-521,
//! ML-DSA and others.
//!
//! [RFC 2986]: https://www.rfc-editor.org/rfc/rfc2986

mod fault;
mod names;
mod request;

pub use fault::RequestFault;
pub use names::OtherName;
pub use request::{CertificateRequest, REQUEST_BYTES_MAX, RequestedExtension};

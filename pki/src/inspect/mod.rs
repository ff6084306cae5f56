//! Any certificate as a plain struct, for people and for JSON.
//!
//! | file | what it holds |
//! |---|---|
//! | `info.rs` | [`CertificateInfo`], and reading it |
//! | `object.rs` | [`Object`]: whatever lies in a file, of any kind and in any form |
//! | `names.rs` | distinguished names and subjectAltNames as text that cannot deceive a terminal |
//! | `pkcs12.rs` | [`Pkcs12Info`]: a PKCS#12 file, what it holds and how it is protected |
//! | `report.rs` | the form for a terminal |
//!
//! Reading is lenient where verifying is not: an expired certificate, one with a wrong signature or with an extension that
//! cannot be read is shown all the same, and what could not be read is listed.

pub(crate) mod info;
pub(crate) mod names;
mod object;
mod pkcs12;
mod report;

pub use info::{CertificateInfo, inspect_der, inspect_pem};
pub(crate) use names::{distinguished_name, general_name};
pub use object::{Object, objects};
pub use pkcs12::{Pkcs12BagInfo, Pkcs12Info, Pkcs12PartInfo, ProtectionInfo, inspect_pkcs12};

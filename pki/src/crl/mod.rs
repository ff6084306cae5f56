//! Certificate revocation lists ([RFC 5280 §5]): written, read, checked, searched.
//!
//! | file | what it holds |
//! |---|---|
//! | `params.rs` | [`CrlParams`]: what a CRL is to say |
//! | `sign.rs` | [`Authority::sign_crl`](crate::Authority::sign_crl) |
//! | `read.rs` | [`Crl`]: DER that was parsed once; its signature; look-up |
//! | `info.rs` | [`CrlInfo`]: what it says, ready to print |
//! | `number.rs` | [`SerialNumber`], [`CrlNumber`] |
//!
//! Full CRLs are written, version 2. Delta and indirect CRLs are read, and said to be such.
//!
//! [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5

mod info;
mod number;
mod params;
mod read;
mod sign;

pub use info::{CrlInfo, DistributionPointInfo};
pub use number::{CrlNumber, SERIAL_OCTETS_MAX, SerialNumber};
pub use params::{CrlFault, CrlParams, CrlScope, IssuingDistributionPoint, RevokedCertificate};
pub use read::Crl;

/// The largest CRL, in bytes of DER.
///
/// Most are below 1 MiB; those of the largest PKIs have some 10 MiB, and a CA that revokes much splits its CRL. A larger one
/// is refused. The limit is 16 MiB, as in `wharf-tls`.
pub const CRL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The most entries in one CRL.
///
/// An entry with a serial number of 16 octets and a reason takes about 50 bytes, so that this many fit in
/// [`CRL_BYTES_MAX`]. A CRL with more is refused. The limit is 300 000.
pub const ENTRIES_MAX: usize = 300_000;

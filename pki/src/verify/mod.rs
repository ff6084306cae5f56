//! Whether there is a certification path ([RFC 5280 §6]), and every reason why there is none.
//!
//! webpki finds the path and has the last word: what it refuses is never accepted here. It says one reason, and is lenient
//! where a TLS library may be, so each certificate of the path is looked at again, and by the rules of [`lint`](crate::lint).
//!
//! ```text
//! Given ──► path.rs: webpki's path, or as far as one leads ──► one check per file ──► Report
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `options.rs` | [`Given`], [`Purpose`], [`VerifyOptions`] |
//! | `report.rs` | [`Report`], [`Check`], [`Failure`] |
//! | `text.rs` | the report for people |
//! | `path.rs` | the path, by webpki and by hand |
//! | `issuer.rs` | who issued what: unknown issuers |
//! | `signatures.rs` | each signature |
//! | `validity.rs` | each validity, the root's too |
//! | `critical.rs` | critical extensions that nobody here knows |
//! | `authority.rs` | basicConstraints, keyCertSign, path length |
//! | `purpose.rs` | extendedKeyUsage |
//! | `name.rs` | the name that was wanted |
//! | `constraints.rs` | name constraints |
//! | `revocation.rs` | CRLs |
//! | `rules.rs` | the rules of [`lint`](crate::lint) |
//! | `refusal.rs` | what webpki refused and no check explained |
//!
//! [RFC 5280 §6]: https://www.rfc-editor.org/rfc/rfc5280#section-6
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

mod authority;
mod constraints;
mod critical;
mod issuer;
mod name;
mod options;
mod path;
mod purpose;
mod refusal;
mod report;
mod revocation;
mod rules;
mod signatures;
mod text;
mod validity;

pub use options::{
    CrlExpiry, Given, LintPolicy, Purpose, RevocationDepth, RevocationPolicy, UnknownStatus,
    VerifyOptions, WhenToCheck,
};
pub use report::{Check, CheckKind, Failure, LintFinding, Outcome, PathCertificate, Report};

use time::OffsetDateTime;

use path::Path;

/// Looks for a certification path from an end-entity certificate to a trust anchor, for a purpose, at a time.
///
/// There is no error: what is wrong is in the report. [`Report::is_verified`] decides, [`Report::path`] is the path or as
/// far as one leads, and [`Report::checks`] says of each check whether it passed, failed or did not apply, and why.
pub fn verify(
    given: &Given<'_>,
    purpose: &Purpose,
    now: OffsetDateTime,
    options: &VerifyOptions,
) -> Report {
    let path = Path::find(given, purpose, now, options);
    let mut findings = Vec::new();
    let mut checks = vec![
        issuer::check(&path, given),
        signatures::check(&path),
        validity::check(&path, now),
        critical::check(&path),
        authority::check(&path),
        authority::check_length(&path),
        purpose::check(&path, purpose),
        name::check(&path, purpose),
        constraints::check(&path),
        revocation::check(&path, given, now, &options.revocation),
        rules::check(&path, given, options, &mut findings),
    ];
    refusal::account_for(&path, &mut checks);
    Report::new(&path, purpose, now, checks, findings)
}

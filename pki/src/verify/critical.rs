//! Critical extensions that nobody here knows ([RFC 5280 §4.2]), the trust anchor's too.
//!
//! [RFC 5280 §4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2

use super::path::Path;
use super::report::{Check, CheckKind, Failure};

/// Those that webpki processes, and nameConstraints, which it processes in part and refuses otherwise.
const PROCESSED: &[&str] = &[
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.37",
];

pub(super) fn check(path: &Path<'_>) -> Check {
    let mut failures = Vec::new();
    for (at, link) in path.each() {
        for extension in link.parsed.extensions() {
            let oid = extension.oid.to_id_string();
            if !extension.critical || PROCESSED.contains(&oid.as_str()) {
                continue;
            }
            let failure = Failure::new(
                "RFC 5280 §4.2",
                "extensions",
                format!(
                    "{} has the critical extension {oid}, which is not understood here",
                    link.subject()
                ),
            );
            failures.push(
                failure
                    .at(at)
                    .found(format!("{oid}, critical"))
                    .wanted("no critical extension that is not understood")
                    .hint("what is critical may not be ignored: issue it without that extension, or not critical"),
            );
        }
    }
    Check::of(CheckKind::CriticalExtensions, failures)
}

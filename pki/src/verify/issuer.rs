//! Who issued what.

use super::options::Given;
use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};

/// The most issuers that are listed as those that were given.
const LISTED_MAX: usize = 5;

pub(super) fn check(path: &Path<'_>, given: &Given<'_>) -> Check {
    if path.reaches_anchor() {
        return Check::of(CheckKind::Path, Vec::new());
    }
    let failure = path
        .each()
        .next_back()
        .map(|(at, top)| unknown(at, top, given));
    Check::of(CheckKind::Path, failure.into_iter().collect())
}

fn unknown(at: usize, top: &Link<'_>, given: &Given<'_>) -> Failure {
    let (subject, issuer) = (top.subject(), top.issuer());
    let found = format!(
        "trust anchors: {}; intermediates: {}",
        subjects(given.anchors),
        subjects(given.intermediates)
    );
    let (message, wanted, hint) = match (top.is_self_issued(), at) {
        (true, 0) => (
            format!("{subject} is self-signed, and no trust anchor"),
            format!("{subject} among the trust anchors, or an issuer that is"),
            "have a CA issue it and trust that CA; or, if you know it, trust it by itself"
                .to_owned(),
        ),
        (true, _) => (
            format!("the path leads to the root {subject}, which is no trust anchor"),
            format!("{subject} among the trust anchors"),
            "if you trust that root, add it to the trust anchors".to_owned(),
        ),
        (false, _) => (
            format!("the issuer {issuer} of {subject} is unknown"),
            format!("a certificate of {issuer}, as trust anchor or as intermediate"),
            format!(
                "if {issuer} is a root that you trust, add it to the trust anchors; if it is an intermediate, add it to \
                 the chain behind the end entity"
            ),
        ),
    };
    Failure::new("RFC 5280 §6.1", "issuer", message)
        .at(at)
        .found(found)
        .wanted(wanted)
        .hint(hint)
}

fn subjects(certificates: &[crate::Certificate]) -> String {
    let names = certificates.iter().filter_map(|certificate| {
        let parsed = certificate.parsed().ok()?;
        Some(crate::inspect::names::distinguished_name(parsed.subject()))
    });
    let mut listed: Vec<_> = names.take(LISTED_MAX).collect();
    let more = certificates.len().saturating_sub(listed.len());
    if listed.is_empty() {
        return "none".into();
    }
    if more > 0 {
        listed.push(format!("and {more} more"));
    }
    listed.join("; ")
}

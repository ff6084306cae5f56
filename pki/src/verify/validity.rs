//! Each validity ([RFC 5280 §6.1.3]), the trust anchor's too: webpki takes an anchor as name and key, without its dates.
//!
//! [RFC 5280 §6.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3

use time::OffsetDateTime;

use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};
use crate::error::Error;
use crate::text::{span, utc};

pub(super) fn check(path: &Path<'_>, now: OffsetDateTime) -> Check {
    let failures = path
        .each()
        .filter_map(|(at, link)| Some(explain(link, now)?.at(at)))
        .collect();
    Check::of(CheckKind::Validity, failures)
}

fn explain(link: &Link<'_>, now: OffsetDateTime) -> Option<Failure> {
    let validity = link.certificate.validity();
    let subject = link.subject();
    let wanted = format!("a validity that includes {}", utc(now));
    let clock = format!("the clock said {}", utc(now));
    let failure = match validity.check(now).err()? {
        Error::NotYetValid { not_before } => Failure::new(
            "RFC 5280 §6.1.3",
            "notBefore",
            format!(
                "{subject} is not valid yet, and will be in {}, on {}",
                span(not_before - now),
                utc(not_before)
            ),
        )
        .found(utc(not_before))
        .hint(format!(
            "most often a clock is wrong, here or where it was issued: {clock}"
        )),
        _ => Failure::new(
            "RFC 5280 §6.1.3",
            "notAfter",
            format!(
                "{subject} expired {} ago, on {}",
                span(now - validity.not_after),
                utc(validity.not_after)
            ),
        )
        .found(utc(validity.not_after))
        .hint(if link.is_anchor {
            format!("trust the root that took its place, and have its CAs issued again; {clock}")
        } else {
            format!("renew it; if it looks valid to others, the clock here is wrong: {clock}")
        }),
    };
    Some(failure.wanted(wanted))
}

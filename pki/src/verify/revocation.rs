//! CRLs ([RFC 5280 §6.3]).
//!
//! webpki takes the first CRL that covers a certificate, and does not look at the cRLSign of a trust anchor, nor whether a
//! CRL is valid yet.
//!
//! [RFC 5280 §6.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.3

use std::cmp::Reverse;

use time::OffsetDateTime;
use webpki::BorrowedCertRevocationList;
use x509_parser::extensions::{DistributionPointName, ParsedExtension};

use super::authority::key_usage;
use super::options::{
    CrlExpiry, Given, RevocationDepth, RevocationPolicy, UnknownStatus, WhenToCheck,
};
use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure, serial_of};
use crate::RevocationReason;
use crate::crl::{Crl, RevokedCertificate};
use crate::inspect::names::general_name;
use crate::text::{span, utc};

/// Whether CRLs are looked at.
pub(super) fn applies(given: &Given<'_>, policy: &RevocationPolicy) -> bool {
    match policy.when {
        WhenToCheck::WithCrls => !given.crls.is_empty(),
        WhenToCheck::Always => true,
        WhenToCheck::Never => false,
    }
}

/// The CRLs, the newest first, so that the first that covers a certificate is the newest.
pub(super) fn usable(crls: &[Crl]) -> Vec<&Crl> {
    let mut sorted: Vec<_> = crls.iter().collect();
    sorted.sort_by_key(|crl| Reverse((crl.info().number.clone(), crl.info().this_update)));
    sorted
}

pub(super) fn check(
    path: &Path<'_>,
    given: &Given<'_>,
    now: OffsetDateTime,
    policy: &RevocationPolicy,
) -> Check {
    if !applies(given, policy) {
        let reason = match policy.when {
            WhenToCheck::Never => "it was not asked for",
            _ => "no CRL was given",
        };
        return Check::not_applicable(CheckKind::Revocation, reason);
    }
    let crls = usable(given.crls);
    let depth = match policy.depth {
        RevocationDepth::Path => usize::MAX,
        RevocationDepth::EndEntity => 1,
    };
    let mut failures = Vec::new();
    let mut checked = 0;
    for (at, subject, issuer) in path.pairs().take(depth) {
        checked += 1;
        match crls.iter().find(|crl| covers(crl, at, subject)) {
            Some(crl) => {
                let failure = judge(crl, subject, issuer, now, policy);
                failures.extend(failure.map(|failure| failure.at(at)));
            }
            None if policy.unknown == UnknownStatus::Refuse => {
                failures.push(uncovered(subject, given).at(at));
            }
            None => {}
        }
    }
    if checked == 0 && failures.is_empty() {
        return Check::not_applicable(
            CheckKind::Revocation,
            "there is no issuer that could revoke",
        );
    }
    Check::of(CheckKind::Revocation, failures)
}

/// Whether a CRL speaks for a certificate: by its issuer's name, and by its issuingDistributionPoint ([RFC 5280 §6.3.3]).
///
/// [RFC 5280 §6.3.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.3.3
pub(super) fn covers(crl: &Crl, at: usize, subject: &Link<'_>) -> bool {
    if crl.raw_issuer() != subject.parsed.issuer().as_raw() {
        return false;
    }
    let Some(point) = &crl.info().distribution_point else {
        return true;
    };
    if point.only_attribute_certificates
        || (point.only_end_entities && at > 0)
        || (point.only_authorities && at == 0)
    {
        return false;
    }
    let found_at = distribution_points(subject);
    // A certificate without distribution points is covered by any, as in webpki.
    found_at.is_empty() || point.names.iter().any(|name| found_at.contains(name))
}

/// Where the certificate says that its CRL is.
fn distribution_points(subject: &Link<'_>) -> Vec<String> {
    let points = subject.extension(|extension| match extension {
        ParsedExtension::CRLDistributionPoints(points) => Some(
            points
                .iter()
                .filter_map(|point| match &point.distribution_point {
                    Some(DistributionPointName::FullName(names)) => Some(names),
                    _ => None,
                })
                .flatten()
                .map(general_name)
                .collect(),
        ),
        _ => None,
    });
    points.unwrap_or_default()
}

fn judge(
    crl: &Crl,
    subject: &Link<'_>,
    issuer: &Link<'_>,
    now: OffsetDateTime,
    policy: &RevocationPolicy,
) -> Option<Failure> {
    unusable(crl, subject)
        .or_else(|| not_signed(crl, issuer))
        .or_else(|| outside_time(crl, now, policy))
        .or_else(|| {
            let serial = serial_of(subject)?;
            Some(revoked(crl.entry(&serial)?, subject, now))
        })
}

fn whose(crl: &Crl) -> String {
    format!("the CRL of {}", crl.info().issuer)
}

fn unusable(crl: &Crl, subject: &Link<'_>) -> Option<Failure> {
    let info = crl.info();
    let found = if info.is_delta {
        "a delta CRL".to_owned()
    } else if let Some(oid) = info.unknown_critical_extensions.first() {
        format!("the critical extension {oid}")
    } else if let Some(oid) = info.malformed_extensions.first() {
        format!("the extension {oid}, which cannot be read")
    } else if info.next_update.is_none() {
        "no nextUpdate".to_owned()
    } else if BorrowedCertRevocationList::from_der(crl.der()).is_err() {
        "a form or kind that is not processed, such as an indirect CRL or one for some reasons only"
            .to_owned()
    } else {
        return None;
    };
    let failure = Failure::new(
        "RFC 5280 §6.3.3",
        "CRL",
        format!(
            "whether {} is revoked cannot be told: {} cannot be used",
            subject.subject(),
            whose(crl)
        ),
    );
    Some(
        failure
            .found(found)
            .wanted("a complete CRL of version 2, with what is critical in it understood")
            .hint("have the CA sign a complete CRL"),
    )
}

fn not_signed(crl: &Crl, issuer: &Link<'_>) -> Option<Failure> {
    if issuer.check_signed(crl.der()).is_err() {
        let failure = Failure::new(
            "RFC 5280 §6.3.3",
            "CRL signatureValue",
            format!("the signature of {} is wrong", whose(crl)),
        );
        return Some(
            failure
                .found(format!("a signature that the key of {} did not make", issuer.subject()))
                .wanted(format!("a signature by {}", issuer.subject()))
                .hint("load the CRL anew from the CA; it was changed, or another CA of the same name signed it"),
        );
    }
    if key_usage(issuer).is_none_or(|usage| usage.crl_sign()) {
        return None;
    }
    let failure = Failure::new(
        "RFC 5280 §4.2.1.3",
        "keyUsage",
        format!("{} signed a CRL, and may not sign any", issuer.subject()),
    );
    Some(
        failure
            .found("a keyUsage without cRLSign")
            .wanted("cRLSign")
            .hint("issue the CA certificate again with cRLSign in its keyUsage"),
    )
}

fn outside_time(crl: &Crl, now: OffsetDateTime, policy: &RevocationPolicy) -> Option<Failure> {
    let info = crl.info();
    if now < info.this_update {
        let failure = Failure::new(
            "RFC 5280 §5.1.2.4",
            "CRL thisUpdate",
            format!(
                "{} is not valid yet, and will be in {}, on {}",
                whose(crl),
                span(info.this_update - now),
                utc(info.this_update)
            ),
        );
        return Some(
            failure
                .found(utc(info.this_update))
                .wanted(format!("a time before {}", utc(now)))
                .hint("most often a clock is wrong, here or where it was signed"),
        );
    }
    let end = info.next_update?;
    // webpki refuses from nextUpdate itself on.
    if now < end || policy.expired == CrlExpiry::Accept {
        return None;
    }
    let failure = Failure::new(
        "RFC 5280 §5.1.2.5",
        "CRL nextUpdate",
        format!(
            "{} expired {} ago, on {}",
            whose(crl),
            span(now - end),
            utc(end)
        ),
    );
    Some(
        failure
            .found(utc(end))
            .wanted(format!("a time after {}", utc(now)))
            .hint("load the present CRL of that CA; if it looks valid to others, the clock here is wrong"),
    )
}

fn revoked(entry: &RevokedCertificate, subject: &Link<'_>, now: OffsetDateTime) -> Failure {
    let reason = entry.reason.unwrap_or_default();
    let why = match reason {
        RevocationReason::Unspecified => "no reason given".to_owned(),
        reason => format!("reason {reason}"),
    };
    let hint = match reason {
        RevocationReason::KeyCompromise | RevocationReason::CaCompromise => {
            "its key may be in other hands: make a new key, and have a new certificate issued for it"
        }
        RevocationReason::CertificateHold => {
            "it is on hold: ask the CA, or have a new certificate issued"
        }
        _ => "have a new certificate issued; if its key may be in other hands, make a new key too",
    };
    let age = if now >= entry.revoked_at {
        format!("{} ago, ", span(now - entry.revoked_at))
    } else {
        String::new()
    };
    Failure::new(
        "RFC 5280 §6.3.3",
        "serialNumber",
        format!(
            "{} was revoked by {} {age}on {}, {why}",
            subject.subject(),
            subject.issuer(),
            utc(entry.revoked_at)
        ),
    )
    .found(format!("serial number {entry}"))
    .wanted(format!(
        "a serial number that is not in the CRL of {}",
        subject.issuer()
    ))
    .hint(hint)
}

fn uncovered(subject: &Link<'_>, given: &Given<'_>) -> Failure {
    let mut found: Vec<_> = given.crls.iter().take(5).map(whose).collect();
    if given.crls.len() > found.len() {
        found.push("others".into());
    }
    if found.is_empty() {
        found.push("no CRL".into());
    }
    Failure::new(
        "RFC 5280 §6.3",
        "CRL",
        format!(
            "whether {} is revoked cannot be told: there is no CRL of {} that covers it",
            subject.subject(),
            subject.issuer()
        ),
    )
    .found(found.join("; "))
    .wanted(format!("a CRL of {}", subject.issuer()))
    .hint("load the CRL of every issuer in the path, or check the end entity only")
}

//! From when to when, and how that is written ([RFC 5280 §4.1.2.5]).
//!
//! [RFC 5280 §4.1.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5

use x509_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::time::ASN1Time;

use super::rule::{Check::Certificate, Rule, Verdict};
use crate::text::{printable, utc};

const ADVICE: &str = "issue it again; programs that write times by RFC 5280 do this right";

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "validity-reversed",
        "RFC 5280 §4.1.2.5",
        Certificate(reversed),
    )
    .says(
        "notBefore is not after notAfter",
        "issue it again with the two dates in their order",
    ),
    Rule::error(
        "validity-generalized-time",
        "RFC 5280 §4.1.2.5",
        Certificate(generalized),
    )
    .says("dates before the year 2050 are UTCTime", ADVICE),
    Rule::error(
        "validity-time-form",
        "RFC 5280 §4.1.2.5.1",
        Certificate(form),
    )
    .says(
        "times are in UTC, end with Z, and have seconds and no fractions of them",
        ADVICE,
    ),
];

fn reversed(certificate: &X509Certificate<'_>) -> Verdict {
    let validity = certificate.validity();
    let (from, until) = (validity.not_before, validity.not_after);
    (from > until).then(|| {
        format!(
            "notBefore is {}, notAfter is {}",
            utc(from.to_datetime()),
            utc(until.to_datetime())
        )
    })
}

fn generalized(certificate: &X509Certificate<'_>) -> Verdict {
    let validity = certificate.validity();
    [
        ("notBefore", validity.not_before),
        ("notAfter", validity.not_after),
    ]
    .into_iter()
    .find_map(|(field, time)| needless_generalized(field, time))
}

/// GeneralizedTime for a date that UTCTime has; UTCTime ends with the year 2049 ([RFC 5280 §4.1.2.5]).
///
/// [RFC 5280 §4.1.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5
pub(super) fn needless_generalized(field: &str, time: ASN1Time) -> Verdict {
    let at = time.to_datetime();
    (time.is_generalizedtime() && (1950..2050).contains(&at.year()))
        .then(|| format!("{field} {} is GeneralizedTime", utc(at)))
}

fn form(certificate: &X509Certificate<'_>) -> Verdict {
    times(certificate.tbs_certificate.as_ref())?
        .into_iter()
        .find_map(|time| {
            let digits = match time.tag() {
                Tag::UtcTime => 12,
                _ => 14,
            };
            let text = String::from_utf8_lossy(time.data);
            let is_good = text.strip_suffix('Z').is_some_and(|rest| {
                rest.len() == digits && rest.bytes().all(|b| b.is_ascii_digit())
            });
            (!is_good).then(|| format!("a time is written {}", printable(&text)))
        })
}

/// The two times as they are written.
///
/// ```text
/// TBSCertificate  ::=  SEQUENCE  {
///      version         [0]  EXPLICIT Version DEFAULT v1,
///      serialNumber         CertificateSerialNumber,
///      signature            AlgorithmIdentifier,
///      issuer               Name,
///      validity             Validity,
/// ```
fn times(tbs: &[u8]) -> Option<[Any<'_>; 2]> {
    let (_, tbs) = Any::from_der(tbs).ok()?;
    let (mut rest, mut field) = Any::from_der(tbs.data).ok()?;
    let before_validity = if field.tag() == Tag(0) { 4 } else { 3 };
    for _ in 0..before_validity {
        (rest, field) = Any::from_der(rest).ok()?;
    }
    let (rest, not_before) = Any::from_der(field.data).ok()?;
    let (_, not_after) = Any::from_der(rest).ok()?;
    Some([not_before, not_after])
}

//! Serial numbers ([RFC 5280 §4.1.2.2]).
//!
//! [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2

use x509_parser::certificate::X509Certificate;

use super::facts::broken_if;
use super::rule::{Check::Certificate, Rule, Verdict};
use crate::crl::SERIAL_OCTETS_MAX;

const SECTION: &str = "RFC 5280 §4.1.2.2";
const ADVICE: &str = "issue it again with 8 to 20 random octets, the first bit clear";

pub(super) const RULES: &[Rule] = &[
    Rule::error("serial-not-positive", SECTION, Certificate(not_positive))
        .says("the serial number is a positive integer", ADVICE),
    Rule::error("serial-too-long", SECTION, Certificate(too_long))
        .says("the serial number has at most 20 octets", ADVICE),
    Rule::error(
        "serial-not-minimal",
        "X.690 §8.3.2",
        Certificate(not_minimal),
    )
    .says("the serial number has no needless leading octet", ADVICE),
];

fn not_positive(certificate: &X509Certificate<'_>) -> Verdict {
    let octets = certificate.raw_serial();
    if octets.first().is_some_and(|first| first & 0x80 != 0) {
        return Some("the serial number is negative".into());
    }
    broken_if(
        octets.iter().all(|octet| *octet == 0),
        "the serial number is zero",
    )
}

fn too_long(certificate: &X509Certificate<'_>) -> Verdict {
    // As it is encoded: a number whose first bit is set has a zero octet before it, which counts.
    let length = certificate.raw_serial().len();
    (length > SERIAL_OCTETS_MAX).then(|| format!("the serial number has {length} octets"))
}

fn not_minimal(certificate: &X509Certificate<'_>) -> Verdict {
    let needless = match certificate.raw_serial() {
        [0x00, second, ..] => second & 0x80 == 0,
        [0xff, second, ..] => second & 0x80 != 0,
        octets => octets.is_empty(),
    };
    broken_if(needless, "the serial number is not in its shortest form")
}

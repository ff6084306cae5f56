//! What browsers ask of the certificate of a server, beyond RFC 5280.
//!
//! Measured in 2026 with Chromium and NSS; the lifetimes are Apple's.

use time::Duration;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::public_key::PublicKey;

use super::facts::{broken_if, is_ca, key_usage};
use super::names::alt_names;
use super::rule::{Check::Certificate, Rule, Verdict};
use super::usage::extended_key_usage;
use crate::inspect::info::public_key;

const APPLE: &str = "Apple HT210176";
const SHORTER: &str = "issue it again with a shorter lifetime; 90 days are usual";
const OTHER_KEY: &str = "make a new key, P-256 for example, and issue it again";

/// The longest lifetime under a root of one's own.
const DAYS_MAX: i64 = 825;
/// The longest lifetime under a root that the system brings along.
const PUBLIC_DAYS_MAX: i64 = 398;

pub(super) const RULES: &[Rule] = &[
    Rule::error(
        "browser-lifetime",
        APPLE,
        Certificate(|it| longer_than(it, DAYS_MAX)),
    )
    .says(
        "a server certificate is valid for at most 825 days",
        SHORTER,
    )
    .for_browsers(),
    Rule::notice(
        "browser-lifetime-public",
        "Apple HT211025",
        Certificate(public_lifetime),
    )
    .says(
        "under a root of the system, a server certificate is valid for at most 398 days",
        SHORTER,
    )
    .for_browsers(),
    Rule::error(
        "browser-key-ed25519",
        "RFC 8446 §4.2.3",
        Certificate(ed25519),
    )
    .says(
        "the key is ECDSA or RSA: browsers offer no Ed25519",
        OTHER_KEY,
    )
    .for_browsers(),
    Rule::warning("browser-key-p521", "RFC 8446 §4.2.3", Certificate(p521))
        .says(
            "the key is on P-256 or P-384, or RSA: Chromium offers no P-521",
            OTHER_KEY,
        )
        .for_browsers(),
    Rule::error(
        "browser-without-name",
        "RFC 9525 §6.3",
        Certificate(nameless),
    )
    .says(
        "the subjectAltName has a DNS name or an address: the commonName counts no longer",
        "issue it again with the name as subjectAltName",
    )
    .for_browsers(),
    Rule::error("browser-without-server-auth", APPLE, Certificate(purpose))
        .says(
            "the extendedKeyUsage has serverAuth",
            "issue it again with serverAuth in its extendedKeyUsage",
        )
        .for_browsers(),
    Rule::warning(
        "browser-rsa-without-encipherment",
        "RFC 5280 §4.2.1.3",
        Certificate(encipherment),
    )
    .says(
        "an RSA key has keyEncipherment: NSS asks for it",
        "issue it again with keyEncipherment beside digitalSignature",
    )
    .for_browsers(),
];

fn days(certificate: &X509Certificate<'_>) -> i64 {
    let validity = certificate.validity();
    // The last second counts.
    let seconds =
        (validity.not_after.to_datetime() - validity.not_before.to_datetime()) + Duration::SECOND;
    let whole = seconds.whole_days();
    whole + i64::from(seconds > Duration::days(whole))
}

fn longer_than(certificate: &X509Certificate<'_>, days_max: i64) -> Verdict {
    let days = days(certificate);
    (!is_ca(certificate) && days > days_max).then(|| format!("it is valid for {days} days"))
}

/// Where the other rule speaks, this one is silent.
fn public_lifetime(certificate: &X509Certificate<'_>) -> Verdict {
    if days(certificate) > DAYS_MAX {
        return None;
    }
    longer_than(certificate, PUBLIC_DAYS_MAX)
}

fn ed25519(certificate: &X509Certificate<'_>) -> Verdict {
    key_is(certificate, "Ed25519")
}

fn p521(certificate: &X509Certificate<'_>) -> Verdict {
    key_is(certificate, "EC P-521")
}

fn key_is(certificate: &X509Certificate<'_>, kind: &str) -> Verdict {
    (!is_ca(certificate) && public_key(certificate.public_key()) == kind)
        .then(|| format!("the key is {kind}"))
}

fn nameless(certificate: &X509Certificate<'_>) -> Verdict {
    let names = alt_names(certificate.extensions()).unwrap_or_default();
    let has_name = names
        .iter()
        .any(|name| matches!(name, GeneralName::DNSName(_) | GeneralName::IPAddress(_)));
    broken_if(
        !is_ca(certificate) && !has_name,
        "it has no DNS name and no address",
    )
}

fn purpose(certificate: &X509Certificate<'_>) -> Verdict {
    let is_for_servers =
        extended_key_usage(certificate).is_some_and(|(_, usage)| usage.server_auth);
    broken_if(
        !is_ca(certificate) && !is_for_servers,
        "it does not have serverAuth",
    )
}

fn encipherment(certificate: &X509Certificate<'_>) -> Verdict {
    if is_ca(certificate) || !matches!(certificate.public_key().parsed(), Ok(PublicKey::RSA(_))) {
        return None;
    }
    let (_, usage) = key_usage(certificate)?;
    broken_if(
        !usage.key_encipherment(),
        "an RSA key without keyEncipherment",
    )
}

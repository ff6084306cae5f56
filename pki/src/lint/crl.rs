//! CRLs ([RFC 5280 §5]).
//!
//! [RFC 5280 §5]: https://www.rfc-editor.org/rfc/rfc5280#section-5

use std::collections::HashSet;

use x509_parser::asn1_rs::{Any, FromDer as _, Tag};
use x509_parser::extensions::{ParsedExtension, X509Extension};
use x509_parser::oid_registry::{
    OID_X509_EXT_CRL_NUMBER, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT, Oid,
};
use x509_parser::revocation_list::{CertificateRevocationList, RevokedCertificate};
use x509_parser::x509::X509Version;

use super::extensions::{malformed_extension, repeated_extension, unknown_critical};
use super::facts::{broken_if, find};
use super::key_ids::authority_key_id;
use super::names;
use super::rule::{Check::Crl, Rule, Verdict};
use super::signature::{WEAK_SECTION, WEAK_SENTENCE, differ, weak};
use super::validity::needless_generalized;
use crate::crl::SerialNumber;
use crate::revocation::RevocationReason;
use crate::text::utc;

const AGAIN: &str = "have the CA sign a new CRL; programs that follow RFC 5280 do this right";
const NUMBER: &str = "RFC 5280 §5.2.3";
const REASON: &str = "RFC 5280 §5.3.1";

pub(super) const RULES: &[Rule] = &[
    Rule::error("crl-version", "RFC 5280 §5.1.2.1", Crl(version))
        .says("a CRL has version 2", AGAIN),
    Rule::error("crl-issuer-empty", "RFC 5280 §5.1.2.3", Crl(issuer))
        .says("the issuer of a CRL has a name", AGAIN),
    Rule::error("crl-time-form", "RFC 5280 §5.1.2.4", Crl(time_form))
        .says("dates before the year 2050 are UTCTime", AGAIN),
    Rule::error(
        "crl-next-update-missing",
        "RFC 5280 §5.1.2.5",
        Crl(next_update),
    )
    .says("a CRL has a nextUpdate", AGAIN),
    Rule::error(
        "crl-next-update-reversed",
        "RFC 5280 §5.1.2.5",
        Crl(reversed),
    )
    .says("nextUpdate is after thisUpdate", AGAIN),
    Rule::error("crl-revoked-empty", "RFC 5280 §5.1.2.6", Crl(revoked_empty)).says(
        "without revoked certificates, the list of them is left out",
        AGAIN,
    ),
    Rule::error("crl-number-missing", NUMBER, Crl(number_missing))
        .says("a CRL has a number", AGAIN),
    Rule::error("crl-number-too-long", NUMBER, Crl(number_too_long))
        .says("the number of a CRL has at most 20 octets", AGAIN),
    Rule::error("crl-number-critical", NUMBER, Crl(number_critical))
        .says("the number of a CRL is not critical", AGAIN),
    Rule::error(
        "crl-authority-key-id-missing",
        "RFC 5280 §5.2.1",
        Crl(authority),
    )
    .says(
        "a CRL has an authorityKeyIdentifier with a keyIdentifier",
        AGAIN,
    ),
    Rule::error(
        "crl-distribution-point-not-critical",
        "RFC 5280 §5.2.5",
        Crl(distribution_point),
    )
    .says("an issuingDistributionPoint is critical", AGAIN),
    Rule::error("crl-extension-repeated", "RFC 5280 §5.2", Crl(repeats))
        .says("no extension stands twice", AGAIN),
    Rule::error("crl-extension-malformed", "RFC 5280 §5.2", Crl(malformed)).says(
        "each extension, of the CRL and of its entries, can be read",
        AGAIN,
    ),
    Rule::warning(
        "crl-extension-unknown-critical",
        "RFC 5280 §5.2",
        Crl(unknown),
    )
    .says(
        "an extension that most programs do not know is not critical",
        AGAIN,
    ),
    Rule::warning(
        "crl-serial-repeated",
        "RFC 5280 §5.1.2.6",
        Crl(serial_repeats),
    )
    .says("a certificate is revoked once", AGAIN),
    Rule::error("crl-reason-unknown", REASON, Crl(reason_unknown))
        .says("a reason is one of 0 to 6 and 8 to 10", AGAIN),
    Rule::error("crl-reason-remove", REASON, Crl(reason_remove))
        .says("removeFromCRL stands in delta CRLs only", AGAIN),
    Rule::warning("crl-reason-unspecified", REASON, Crl(reason_unspecified))
        .says("the reason unspecified is left out", AGAIN),
    Rule::error(
        "crl-signature-algorithm-mismatch",
        "RFC 5280 §5.1.1.2",
        Crl(mismatch),
    )
    .says(
        "the algorithm beside the signature is the one inside what is signed",
        AGAIN,
    ),
    Rule::error(
        "crl-signature-weak",
        WEAK_SECTION,
        Crl(|list| weak(&list.signature_algorithm)),
    )
    .says(WEAK_SENTENCE, AGAIN),
];

fn version(list: &CertificateRevocationList<'_>) -> Verdict {
    broken_if(
        list.version() != Some(X509Version::V2),
        "the CRL is not of version 2",
    )
}

fn issuer(list: &CertificateRevocationList<'_>) -> Verdict {
    names::empty(list.issuer(), "the issuer is empty")
}

fn time_form(list: &CertificateRevocationList<'_>) -> Verdict {
    needless_generalized("thisUpdate", list.last_update())
        .or_else(|| needless_generalized("nextUpdate", list.next_update()?))
        .or_else(|| {
            list.iter_revoked_certificates()
                .find_map(|entry| needless_generalized("a revocationDate", entry.revocation_date))
        })
}

fn next_update(list: &CertificateRevocationList<'_>) -> Verdict {
    broken_if(list.next_update().is_none(), "there is no nextUpdate")
}

fn reversed(list: &CertificateRevocationList<'_>) -> Verdict {
    let (this, next) = (list.last_update(), list.next_update()?);
    (next <= this).then(|| {
        format!(
            "thisUpdate is {}, nextUpdate is {}",
            utc(this.to_datetime()),
            utc(next.to_datetime())
        )
    })
}

/// Behind the times stands a SEQUENCE, and it is empty.
fn revoked_empty(list: &CertificateRevocationList<'_>) -> Verdict {
    let (_, tbs) = Any::from_der(list.tbs_cert_list.as_ref()).ok()?;
    let mut rest = tbs.data;
    let mut times = 0;
    while let Ok((behind, field)) = Any::from_der(rest) {
        if matches!(field.tag(), Tag::UtcTime | Tag::GeneralizedTime) {
            times += 1;
        } else if times > 0 {
            let broken = field.tag() == Tag::Sequence && field.data.is_empty();
            return broken_if(
                broken,
                "the list of revoked certificates is there, and empty",
            );
        }
        rest = behind;
    }
    None
}

fn number_missing(list: &CertificateRevocationList<'_>) -> Verdict {
    let number = find(list.extensions(), &OID_X509_EXT_CRL_NUMBER);
    broken_if(number.is_none(), "the CRL has no number")
}

fn number_too_long(list: &CertificateRevocationList<'_>) -> Verdict {
    let number = find(list.extensions(), &OID_X509_EXT_CRL_NUMBER)?;
    let (_, integer) = Any::from_der(number.value).ok()?;
    let length = integer.data.len();
    (length > 20).then(|| format!("the number has {length} octets"))
}

fn number_critical(list: &CertificateRevocationList<'_>) -> Verdict {
    criticality(list, &OID_X509_EXT_CRL_NUMBER, false)
}

fn authority(list: &CertificateRevocationList<'_>) -> Verdict {
    let id = authority_key_id(list.extensions()).and_then(|id| id.key_identifier.as_ref());
    broken_if(id.is_none(), "the CRL does not say whose key signed it")
}

fn distribution_point(list: &CertificateRevocationList<'_>) -> Verdict {
    criticality(list, &OID_X509_EXT_ISSUER_DISTRIBUTION_POINT, true)
}

fn criticality(list: &CertificateRevocationList<'_>, oid: &Oid<'_>, wanted: bool) -> Verdict {
    let extension = find(list.extensions(), oid)?;
    let found = if wanted {
        "it is not critical"
    } else {
        "it is critical"
    };
    broken_if(extension.critical != wanted, found)
}

/// Of the CRL itself, then of each entry.
fn all_extensions<'a>(
    list: &'a CertificateRevocationList<'_>,
) -> impl Iterator<Item = &'a [X509Extension<'a>]> {
    let of_entries = list
        .iter_revoked_certificates()
        .map(RevokedCertificate::extensions);
    std::iter::once(list.extensions()).chain(of_entries)
}

fn repeats(list: &CertificateRevocationList<'_>) -> Verdict {
    all_extensions(list).find_map(repeated_extension)
}

fn malformed(list: &CertificateRevocationList<'_>) -> Verdict {
    all_extensions(list).find_map(malformed_extension)
}

fn unknown(list: &CertificateRevocationList<'_>) -> Verdict {
    all_extensions(list).find_map(unknown_critical)
}

fn serial_repeats(list: &CertificateRevocationList<'_>) -> Verdict {
    let mut seen = HashSet::new();
    let again = list
        .iter_revoked_certificates()
        .map(RevokedCertificate::raw_serial)
        .find(|serial| !seen.insert(*serial))?;
    Some(match SerialNumber::from_octets(again) {
        Ok(serial) => format!("serial number {serial} stands twice"),
        Err(_) => "a serial number stands twice".into(),
    })
}

fn mismatch(list: &CertificateRevocationList<'_>) -> Verdict {
    differ(&list.signature_algorithm, &list.tbs_cert_list.signature)
}

fn reason_unknown(list: &CertificateRevocationList<'_>) -> Verdict {
    let code = codes(list).find(|code| RevocationReason::from_code(*code).is_none())?;
    Some(format!("an entry has the reason {code}"))
}

fn reason_remove(list: &CertificateRevocationList<'_>) -> Verdict {
    let is_delta = list
        .extensions()
        .iter()
        .any(|extension| extension.oid.to_id_string() == "2.5.29.27");
    let removes = codes(list).any(|code| code == RevocationReason::RemoveFromCrl.code());
    broken_if(
        !is_delta && removes,
        "an entry has the reason removeFromCRL",
    )
}

fn reason_unspecified(list: &CertificateRevocationList<'_>) -> Verdict {
    let unspecified = codes(list).any(|code| code == RevocationReason::Unspecified.code());
    broken_if(unspecified, "an entry has the reason unspecified")
}

fn codes(list: &CertificateRevocationList<'_>) -> impl Iterator<Item = u8> {
    list.iter_revoked_certificates()
        .flat_map(RevokedCertificate::extensions)
        .filter_map(|extension| match extension.parsed_extension() {
            ParsedExtension::ReasonCode(code) => Some(code.0),
            _ => None,
        })
}

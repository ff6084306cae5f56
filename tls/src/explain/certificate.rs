use rustls::CertificateError;
use rustls_pki_types::UnixTime;
use x509_parser::prelude::{CertificateRevocationList, FromDer};

use super::presented::{Chain, Presented};
use super::text::{date, span};
use super::{Explanation, Facts, Side, name};
use crate::client::PinMismatch;

/// Why we refused the certificate of the peer.
pub(super) fn explain(side: Side, error: &CertificateError, facts: &Facts) -> Explanation {
    let chain = Chain::of(&facts.presented);
    let whose = side.certificate();
    let certificate = match chain.end_entity() {
        Some(end_entity) => format!("{whose} {}", end_entity.subject()),
        None => whose.to_owned(),
    };
    match error {
        _ if facts.no_possession => Explanation::new(
            format!(
                "{} did not prove that it has the private key of its certificate",
                side.peer()
            ),
            "its certificate and its key do not belong together, or somebody else presents its certificate",
        ),
        CertificateError::UnknownIssuer => unknown_issuer(side, &certificate, &chain),
        CertificateError::BadSignature => bad_signature(&certificate, &chain),
        CertificateError::ExpiredContext { time, not_after } => {
            expired(side, &certificate, &chain, *time, *not_after)
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            not_valid_yet(&certificate, &chain, *time, *not_before)
        }
        CertificateError::Revoked => revoked(&certificate, &chain, facts),
        CertificateError::UnknownRevocationStatus => unknown_status(&certificate, &chain, facts),
        CertificateError::ExpiredRevocationListContext { time, next_update } => {
            expired_crl(&certificate, facts, *time, *next_update)
        }
        CertificateError::NotValidForNameContext { expected, .. } => {
            name::explain(expected, chain.end_entity())
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            wrong_purpose(side, &certificate)
        }
        CertificateError::BadEncoding => {
            Explanation::without_hint(format!("{whose} is not correctly encoded"))
        }
        CertificateError::UnhandledCriticalExtension => Explanation::new(
            format!("{certificate} has a critical extension that is not understood here"),
            "what is critical may not be ignored: issue it without that extension, or not critical",
        ),
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Explanation::new(
                format!("{certificate} is signed with an algorithm that is not accepted here"),
                "issue it with ECDSA, Ed25519, ML-DSA, or RSA of 2048 bits or more, and SHA-256 or better",
            )
        }
        CertificateError::Other(other) => other_refusal(side, &certificate, &*other.0),
        _ => Explanation::without_hint(format!("{certificate} is refused")),
    }
}

fn unknown_issuer(side: Side, certificate: &str, chain: &Chain) -> Explanation {
    let Some(top) = chain.top() else {
        return Explanation::without_hint(format!("the issuer of {certificate} is unknown"));
    };
    let mut explained = match (top.is_self_issued(), chain.path.len()) {
        (true, 1) => Explanation::new(
            format!("{certificate} is self-signed, and no trust anchor"),
            "have a CA issue it and trust that CA; or, if you know its key, pin it with danger::pin_only",
        ),
        (true, _) => Explanation::new(
            format!(
                "{certificate} leads to the root {}, which is no trust anchor",
                top.subject()
            ),
            "if you trust that root, add it to the trust anchors",
        ),
        (false, length) => {
            let of = match length {
                1 => certificate.to_owned(),
                _ => format!("the intermediate {} above {certificate}", top.subject()),
            };
            Explanation::new(
                format!("the issuer {} of {of} is unknown", top.issuer()),
                format!(
                    "if it is a root that you trust, add it to the trust anchors; if it is an intermediate, {} has to \
                     send it behind its own certificate",
                    side.peer()
                ),
            )
        }
    };
    if chain.unrelated > 0
        && let Some(hint) = &mut explained.hint
    {
        let count = chain.unrelated;
        hint.push_str(&format!(
            "; of what was sent, {count} certificate(s) are not in this path"
        ));
    }
    explained
}

fn bad_signature(certificate: &str, chain: &Chain) -> Explanation {
    let issuer = chain.top().map(Presented::issuer).unwrap_or_default();
    Explanation::new(
        format!("a signature on the path of {certificate} is wrong"),
        format!(
            "a CA called {issuer} is trusted here, with another key: if it was made anew, trust its new certificate; if \
             not, somebody pretends to be it"
        ),
    )
}

fn expired(
    side: Side,
    certificate: &str,
    chain: &Chain,
    time: UnixTime,
    not_after: UnixTime,
) -> Explanation {
    let (now, end) = (seconds(time), seconds(not_after));
    let which = which(certificate, chain, |one| one.not_after == end);
    let past = span(now.abs_diff(end));
    Explanation::new(
        format!("{which} expired {past} ago, on {}", date(end)),
        format!(
            "{} needs a new one; if it looks valid to others, the clock here is wrong: it says {}",
            side.peer(),
            date(now)
        ),
    )
}

fn not_valid_yet(
    certificate: &str,
    chain: &Chain,
    time: UnixTime,
    not_before: UnixTime,
) -> Explanation {
    let (now, start) = (seconds(time), seconds(not_before));
    let which = which(certificate, chain, |one| one.not_before == start);
    let ahead = span(now.abs_diff(start));
    Explanation::new(
        format!(
            "{which} is not valid yet, and will be in {ahead}, on {}",
            date(start)
        ),
        format!(
            "most often a clock is wrong, here or where it was issued: here it is {}",
            date(now)
        ),
    )
}

/// The certificate of the path that something is true of; the end entity if there is none such.
fn which(certificate: &str, chain: &Chain, is_it: impl Fn(&Presented) -> bool) -> String {
    match chain.path.iter().position(is_it) {
        None | Some(0) => certificate.to_owned(),
        Some(at) => match chain.path.get(at) {
            Some(ca) => format!("the CA certificate {} above {certificate}", ca.subject()),
            None => certificate.to_owned(),
        },
    }
}

fn revoked(certificate: &str, chain: &Chain, facts: &Facts) -> Explanation {
    for crl in crls(facts) {
        for one in &chain.path {
            if crl.issuer().as_raw() != one.raw_issuer {
                continue;
            }
            let entry = crl
                .iter_revoked_certificates()
                .find(|entry| entry.raw_serial() == one.serial);
            if let Some(entry) = entry {
                let which = which(certificate, chain, |other| other.serial == one.serial);
                return Explanation::new(
                    format!(
                        "{which} was revoked by {} on {}, serial number {}",
                        one.issuer(),
                        date(entry.revocation_date.timestamp()),
                        one.serial()
                    ),
                    "its key may be in other hands: it needs a new key and a new certificate",
                );
            }
        }
    }
    Explanation::without_hint(format!("{certificate} is revoked"))
}

fn unknown_status(certificate: &str, chain: &Chain, facts: &Facts) -> Explanation {
    let uncovered = chain.path.iter().find(|one| {
        !one.is_self_issued() && !crls(facts).any(|crl| crl.issuer().as_raw() == one.raw_issuer)
    });
    let of = match uncovered {
        Some(one) => format!(": there is no CRL of {}", one.issuer()),
        None => String::new(),
    };
    Explanation::new(
        format!("whether {certificate} is revoked cannot be told{of}"),
        "load the CRL of every issuer in the path, or let the policy check the end entity only",
    )
}

fn expired_crl(
    certificate: &str,
    facts: &Facts,
    time: UnixTime,
    next_update: UnixTime,
) -> Explanation {
    let (now, end) = (seconds(time), seconds(next_update));
    let stale = crls(facts)
        .find(|crl| {
            crl.next_update()
                .is_some_and(|next| next.timestamp() == end)
        })
        .map(|crl| format!(" of {}", super::text::quoted(&crl.issuer().to_string())))
        .unwrap_or_default();
    let past = span(now.abs_diff(end));
    Explanation::new(
        format!(
            "the CRL{stale} for {certificate} expired {past} ago, on {}",
            date(end)
        ),
        format!(
            "load the present CRL of that CA; if it looks valid to others, the clock here is wrong: it says {}",
            date(now)
        ),
    )
}

fn crls(facts: &Facts) -> impl Iterator<Item = CertificateRevocationList<'_>> {
    let ders = facts.crls.as_deref().unwrap_or_default();
    ders.iter()
        .filter_map(|der| Some(CertificateRevocationList::from_der(der).ok()?.1))
}

fn wrong_purpose(side: Side, certificate: &str) -> Explanation {
    let (role, usage) = match side {
        Side::Server => ("client", "clientAuth"),
        Side::Client | Side::Unknown => ("server", "serverAuth"),
    };
    Explanation::new(
        format!("{certificate} is not for a TLS {role}"),
        format!("issue it with {usage} in its extendedKeyUsage"),
    )
}

fn other_refusal(
    side: Side,
    certificate: &str,
    error: &(dyn std::error::Error + Send + Sync + 'static),
) -> Explanation {
    if let Some(PinMismatch { found }) = error.downcast_ref() {
        return Explanation::new(
            format!("the key of {certificate} is none of those that are pinned"),
            format!(
                "if you know that the server changed its key, pin {found}; if it did not, somebody is in between"
            ),
        );
    }
    let (text, hint) = match error.downcast_ref::<webpki::Error>() {
        Some(webpki::Error::CaUsedAsEndEntity) => (
            "is a CA certificate, and not for an end entity",
            "issue a certificate for this name with that CA, and present it instead",
        ),
        Some(webpki::Error::EndEntityUsedAsCa) => (
            "was issued by a certificate that is no CA",
            "its issuer needs cA in its basicConstraints",
        ),
        Some(webpki::Error::NameConstraintViolation) => (
            "has a name that its CA may not certify",
            "the name constraints of the CA do not permit it; for e-mail addresses, URIs and directory names they permit \
             nothing here, as they are not evaluated",
        ),
        Some(webpki::Error::PathLenConstraintViolated) => (
            "has more CAs above it than one of them allows",
            "the pathLenConstraint of a CA is too small for this path",
        ),
        _ => {
            return Explanation::without_hint(format!(
                "{certificate} is refused by {}",
                match side {
                    Side::Client => "the client",
                    Side::Server => "the server",
                    Side::Unknown => "us",
                }
            ));
        }
    };
    Explanation::new(format!("{certificate} {text}"), hint)
}

fn seconds(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

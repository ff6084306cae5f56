//! The name that was wanted against those of the end entity ([RFC 9525 §6.3]). webpki compares; this says why not.
//!
//! [RFC 9525 §6.3]: https://www.rfc-editor.org/rfc/rfc9525#section-6.3

use rustls_pki_types::{CertificateDer, ServerName};
use webpki::EndEntityCert;
use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::options::Purpose;
use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};
use crate::inspect::names::general_name;
use crate::text::printable;

/// The most names that are listed as those found.
const LISTED_MAX: usize = 10;

pub(super) fn check(path: &Path<'_>, purpose: &Purpose) -> Check {
    let Purpose::Server { name: Some(wanted) } = purpose else {
        return Check::not_applicable(CheckKind::Name, "no name was asked for");
    };
    let failure = path
        .end_entity()
        .filter(|link| !has_name(link, wanted))
        .map(|link| explain(link, wanted));
    Check::of(CheckKind::Name, failure.into_iter().collect())
}

fn has_name(link: &Link<'_>, wanted: &ServerName<'_>) -> bool {
    let der = CertificateDer::from(link.certificate.der());
    EndEntityCert::try_from(&der)
        .and_then(|end_entity| end_entity.verify_is_valid_for_subject_name(wanted))
        .is_ok()
}

fn explain(link: &Link<'_>, wanted: &ServerName<'_>) -> Failure {
    let names = names(link);
    let wanted_text = printable(&wanted.to_str());
    let shown: Vec<_> = names
        .iter()
        .take(LISTED_MAX)
        .map(|name| name.shown.clone())
        .collect();
    let mut found = shown.join(", ");
    if names.is_empty() {
        found = "no name at all".into();
    } else if names.len() > shown.len() {
        found.push_str(&format!(" and {} more", names.len() - shown.len()));
    }
    Failure::new(
        "RFC 9525 §6.3",
        "subjectAltName",
        format!(
            "{} is not for {wanted_text}, but for {found}",
            link.subject()
        ),
    )
    .at(0)
    .found(found)
    .wanted(match wanted {
        ServerName::DnsName(_) => format!("DNS:{wanted_text}, or a wildcard that covers it"),
        _ => format!("IP:{wanted_text}"),
    })
    .hint(hint(link, wanted, &names))
}

struct Name {
    shown: String,
    dns: Option<String>,
}

fn names(link: &Link<'_>) -> Vec<Name> {
    let names = link.extension(|extension| match extension {
        ParsedExtension::SubjectAlternativeName(found) => {
            let names = found.general_names.iter().map(|name| Name {
                shown: general_name(name),
                dns: match name {
                    GeneralName::DNSName(name) => Some(name.to_ascii_lowercase()),
                    _ => None,
                },
            });
            Some(names.collect())
        }
        _ => None,
    });
    names.unwrap_or_default()
}

fn hint(link: &Link<'_>, wanted: &ServerName<'_>, names: &[Name]) -> String {
    let ServerName::DnsName(name) = wanted else {
        let text = wanted.to_str();
        if names.iter().any(|name| name.dns.as_deref() == Some(&text)) {
            return "the address is in it, but as a name: issue it with the address as iPAddress"
                .into();
        }
        return "connect under a name that it has, or issue it with the address as iPAddress"
            .into();
    };
    let wanted = name.as_ref().to_ascii_lowercase();
    let common_names = link.parsed.subject().iter_common_name();
    let mut common_names = common_names.filter_map(|attribute| attribute.as_str().ok());
    if names.is_empty() && common_names.any(|name| name.eq_ignore_ascii_case(&wanted)) {
        return "its commonName is that name, which counts no longer: issue it with the name as subjectAltName".into();
    }
    for pattern in names.iter().filter_map(|name| name.dns.as_deref()) {
        let Some(parent) = pattern.strip_prefix("*.") else {
            continue;
        };
        if wanted == parent {
            return format!(
                "{} stands for one label before {}, not for none: issue it with both names",
                printable(pattern),
                printable(parent)
            );
        }
        if wanted
            .strip_suffix(parent)
            .is_some_and(|rest| rest.ends_with('.'))
        {
            return format!(
                "the asterisk of {} stands for one label only: issue it with the whole name",
                printable(pattern)
            );
        }
    }
    "connect under a name that it has, or issue it with this name too".into()
}

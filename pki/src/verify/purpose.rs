//! extendedKeyUsage ([RFC 5280 §4.2.1.12]): of the end entity, and of each intermediate that has one, as webpki and
//! browsers read it.
//!
//! [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12

use x509_parser::extensions::{ExtendedKeyUsage, ParsedExtension};

use super::options::Purpose;
use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};
use crate::inspect::info::extended_key_usage;

pub(super) fn check(path: &Path<'_>, purpose: &Purpose) -> Check {
    let (role, wanted) = match purpose {
        Purpose::Server { .. } => ("server", "serverAuth"),
        Purpose::Client => ("client", "clientAuth"),
        Purpose::Any => return Check::not_applicable(CheckKind::Purpose, "any purpose will do"),
    };
    // An anchor's own extendedKeyUsage is its trust store's business; webpki does not look at it.
    let links = path.each().filter(|(at, link)| *at == 0 || !link.is_anchor);
    let failures = links.filter_map(|(at, link)| {
        let found = link.extension(|extension| match extension {
            ParsedExtension::ExtendedKeyUsage(usage) => {
                is_refused(usage, purpose).then(|| extended_key_usage(usage).join(", "))
            }
            _ => None,
        })?;
        Some(explain(link, at, role, wanted).found(found))
    });
    Check::of(CheckKind::Purpose, failures.collect())
}

/// anyExtendedKeyUsage does not count: neither webpki nor browsers take it.
fn is_refused(usage: &ExtendedKeyUsage<'_>, purpose: &Purpose) -> bool {
    match purpose {
        Purpose::Server { .. } => !usage.server_auth,
        Purpose::Client => !usage.client_auth,
        Purpose::Any => false,
    }
}

fn explain(link: &Link<'_>, at: usize, role: &str, wanted: &str) -> Failure {
    let subject = link.subject();
    let message = match at {
        0 => format!("{subject} is not for a TLS {role}"),
        _ => format!("the CA {subject} may not issue for a TLS {role}"),
    };
    Failure::new("RFC 5280 §4.2.1.12", "extendedKeyUsage", message)
        .at(at)
        .wanted(wanted)
        .hint(format!("issue it with {wanted} in its extendedKeyUsage"))
}

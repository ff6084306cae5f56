//! What is wrong with what was read: the worst first.

use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::inspect::{Object, inspect_der};
use wharf_pki::lint::{self, Finding, RuleSet, Severity};

use crate::ui::life::Life;
use crate::ui::style::{BAD, FAINT, WARNING, paint};

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Warning {
    /// Which object of the file, from 1.
    pub(crate) object: usize,
    pub(crate) severity: Severity,
    /// The rule of the linter; `expiry`, `order` or `unreadable` for what is none.
    pub(crate) rule: &'static str,
    pub(crate) message: String,
}

impl Warning {
    /// A line for a terminal.
    pub(crate) fn line(&self) -> String {
        let style = match self.severity {
            Severity::Error => BAD,
            Severity::Warning => WARNING,
            _ => FAINT,
        };
        let severity = paint(style, &self.severity.to_string());
        format!("{severity} [{}] {}", self.object, self.message)
    }
}

/// All of it.
pub(crate) fn of(objects: &[Object], now: OffsetDateTime) -> Vec<Warning> {
    let mut warnings = order(objects);
    for (at, object) in objects.iter().enumerate() {
        let number = at + 1;
        let told = findings(object, &[RuleSet::Rfc5280]).into_iter();
        warnings.extend(told.map(|finding| Warning {
            object: number,
            severity: finding.severity,
            rule: finding.rule,
            message: format!("{} ({}, {})", finding.found, finding.rule, finding.section),
        }));
        let other = match object {
            Object::Certificate(certificate) => {
                let validity = certificate.validity();
                let life = Life::of(validity.not_before, validity.not_after, now);
                ending(life, "the certificate")
            }
            Object::Crl(crl) => {
                let info = crl.info();
                let is_due = info.next_update.is_some_and(|due| due < now);
                is_due.then(|| {
                    let message = "the CRL is out of date: its next update is past".to_owned();
                    (Severity::Warning, "expiry", message)
                })
            }
            Object::Unreadable { what, error } => {
                let message = format!("the {what} cannot be read: {error}");
                Some((Severity::Error, "unreadable", message))
            }
            _ => None,
        };
        warnings.extend(other.map(|(severity, rule, message)| Warning {
            object: number,
            severity,
            rule,
            message,
        }));
    }
    warnings.sort_by_key(|warning| std::cmp::Reverse(warning.severity));
    warnings
}

fn ending(life: Life, what: &str) -> Option<(Severity, &'static str, String)> {
    let severity = if life.is_over() || !life.is_begun() {
        Severity::Error
    } else if life.is_ending() {
        Severity::Warning
    } else {
        return None;
    };
    Some((severity, "expiry", format!("{what}: {}", life.words())))
}

/// What the linter finds.
pub(crate) fn findings(object: &Object, sets: &[RuleSet]) -> Vec<Finding> {
    match object {
        Object::Certificate(certificate) => lint::certificate(certificate, sets),
        Object::Crl(crl) => lint::crl(crl, sets),
        // It was read before, so it is one.
        Object::Request(request) => lint::request_der(request.der(), sets).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A chain for a TLS server: the end entity first, each certificate issued by the next ([RFC 8446 §4.4.2]).
///
/// [RFC 8446 §4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
fn order(objects: &[Object]) -> Vec<Warning> {
    let certificates: Vec<_> = objects
        .iter()
        .enumerate()
        .filter_map(|(at, object)| match object {
            Object::Certificate(certificate) => Some((at, inspect_der(certificate.der()).ok()?)),
            _ => None,
        })
        .collect();
    // A bundle of CAs has no order.
    let end_entities = certificates.iter().filter(|(_, info)| !info.is_ca);
    if end_entities.count() != 1 {
        return Vec::new();
    }
    let pairs = certificates.windows(2);
    let wrong = pairs.filter_map(|pair| match pair {
        [(above, subject), (at, issuer)] if subject.issuer != issuer.subject => Some(Warning {
            object: at + 1,
            severity: Severity::Warning,
            rule: "order",
            message: format!(
                "did not issue [{}], which stands before it: a server sends the end entity first, then its issuers",
                above + 1
            ),
        }),
        _ => None,
    });
    wrong.collect()
}

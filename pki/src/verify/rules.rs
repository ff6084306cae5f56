//! Each certificate of the path, and each CRL that counts for it, by the rules of [`lint`].

use super::options::{Given, LintPolicy, VerifyOptions};
use super::path::Path;
use super::report::{Check, CheckKind, Failure, LintFinding};
use super::revocation;
use crate::lint::{self, Finding, Severity};

/// Everything that is found goes to `findings`; what refuses the path is in the check as well.
pub(super) fn check(
    path: &Path<'_>,
    given: &Given<'_>,
    options: &VerifyOptions,
    findings: &mut Vec<LintFinding>,
) -> Check {
    for (at, link) in path.each() {
        let found = lint::certificate(link.certificate, &options.rule_sets);
        findings.extend(found.into_iter().map(|finding| LintFinding {
            certificate: Some(at),
            whose: link.subject(),
            finding,
        }));
    }
    if revocation::applies(given, &options.revocation) {
        let counts = |crl: &&crate::Crl| {
            path.pairs()
                .any(|(at, subject, _)| revocation::covers(crl, at, subject))
        };
        for crl in given.crls.iter().filter(counts) {
            let found = lint::crl(crl, &options.rule_sets);
            findings.extend(found.into_iter().map(|finding| LintFinding {
                certificate: None,
                whose: format!("the CRL of {}", crl.info().issuer),
                finding,
            }));
        }
    }
    if options.rule_sets.is_empty() {
        return Check::not_applicable(CheckKind::Rules, "no rules were asked for");
    }
    let refuses = |found: &&LintFinding| {
        options.lint == LintPolicy::Refuse && found.finding.severity == Severity::Error
    };
    let failures = findings.iter().filter(refuses).map(failure).collect();
    Check::of(CheckKind::Rules, failures)
}

fn failure(found: &LintFinding) -> Failure {
    let Finding {
        rule,
        section,
        found: what,
        sentence,
        advice,
        ..
    } = &found.finding;
    let mut failure = Failure::new(section, rule, format!("{}: {what}", found.whose))
        .found(what)
        .wanted(sentence)
        .hint(advice);
    failure.certificate = found.certificate;
    failure
}

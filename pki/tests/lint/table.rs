//! The table of rules against the table of cases.

use std::collections::BTreeMap;

use wharf_pki::lint::{self, Object, RuleSet, Severity};

use crate::cases::{self, Subject};

#[test]
fn each_rule_is_broken_by_one_case_and_kept_by_another() {
    let mut cases: BTreeMap<_, _> = cases::all()
        .into_iter()
        .map(|(rule, broken, kept)| (rule, (broken, kept)))
        .collect();
    assert_eq!(cases.len(), cases::all().len(), "two cases for one rule");
    let mut failures = Vec::new();
    for rule in lint::rules() {
        let Some((broken, kept)) = cases.remove(rule.id) else {
            failures.push(format!("{}: no case", rule.id));
            continue;
        };
        let of_kind = |subject: &Subject| subject.object() == rule.object();
        if !of_kind(&broken) || !of_kind(&kept) {
            failures.push(format!("{}: a case of another kind", rule.id));
        }
        let (broken, kept) = (broken.findings(), kept.findings());
        match broken.iter().find(|finding| finding.rule == rule.id) {
            Some(finding) => {
                assert_eq!(finding.severity, rule.severity);
                assert_eq!(finding.section, rule.section);
                assert!(!finding.found.is_empty(), "{}: found nothing", rule.id);
            }
            None => failures.push(format!("{}: not found, but {broken:?}", rule.id)),
        }
        if let Some(finding) = kept.iter().find(|finding| finding.rule == rule.id) {
            failures.push(format!("{}: found where it is kept: {finding}", rule.id));
        }
    }
    failures.extend(cases.keys().map(|rule| format!("{rule}: no such rule")));
    assert_eq!(failures, Vec::<String>::new());
}

/// A case that breaks a second rule by accident would hide that the first one is not asked.
#[test]
fn a_case_breaks_no_second_rule_unless_it_must() {
    let mut others = Vec::new();
    for (rule, broken, kept) in cases::all() {
        let also = |subject: &Subject| {
            let findings = subject.findings();
            let other = findings.into_iter().filter(|finding| finding.rule != rule);
            other
                .filter(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.rule)
                .collect::<Vec<_>>()
        };
        let rest = also(&broken);
        let expected = cases::TOGETHER.iter().find(|(first, _)| *first == rule);
        if rest != expected.map_or(&[][..], |(_, rules)| rules) {
            others.push(format!("{rule}: also {rest:?}"));
        }
        if !also(&kept).is_empty() && expected.is_none() {
            others.push(format!("{rule}: kept, but {:?}", also(&kept)));
        }
    }
    assert_eq!(others, Vec::<String>::new());
}

#[test]
fn rules_have_names_of_their_own_and_say_something() {
    let mut seen = Vec::new();
    for rule in lint::rules() {
        assert!(!seen.contains(&rule.id), "{} twice", rule.id);
        seen.push(rule.id);
        assert!(
            rule.id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
            "{}",
            rule.id
        );
        for text in [rule.sentence, rule.advice] {
            assert!(
                !text.is_empty() && !text.ends_with('.'),
                "{}: {text:?}",
                rule.id
            );
        }
        assert!(rule.section.contains(' '), "{}: {}", rule.id, rule.section);
        let is_for_browsers = rule.id.starts_with("browser-");
        assert_eq!(
            is_for_browsers,
            rule.set == RuleSet::Browsers,
            "{}",
            rule.id
        );
    }
    assert!(seen.len() > 70, "only {} rules", seen.len());
}

#[test]
fn a_set_that_is_not_asked_finds_nothing() {
    for (rule, broken, _) in cases::all() {
        let Subject::Certificate(certificate) = &broken else {
            continue;
        };
        assert_eq!(lint::certificate(certificate, &[]), []);
        let set = lint::rules().find(|found| found.id == rule).unwrap().set;
        let other = match set {
            RuleSet::Rfc5280 => RuleSet::Browsers,
            _ => RuleSet::Rfc5280,
        };
        let found = lint::certificate(certificate, &[other]);
        assert!(found.iter().all(|finding| finding.rule != rule), "{rule}");
    }
}

#[test]
fn the_worst_comes_first_and_reads_like_this() {
    let (_, broken, _) = cases::all()
        .into_iter()
        .find(|(rule, ..)| *rule == "serial-too-long")
        .unwrap();
    let findings = broken.findings();
    let wanted = "error: serial-too-long: the serial number has 21 octets\n  \
                  wanted: the serial number has at most 20 octets (RFC 5280 §4.1.2.2)\n  \
                  hint: issue it again with 8 to 20 random octets, the first bit clear";
    assert_eq!(findings[0].to_string(), wanted);
    let json = serde_json::to_value(&findings[0]).unwrap();
    assert_eq!(json["severity"], "error");
    assert_eq!(json["wanted"], "the serial number has at most 20 octets");
    let severities: Vec<_> = findings.iter().map(|finding| finding.severity).collect();
    assert!(severities.is_sorted_by(|one, other| one >= other));
    assert_eq!(broken.object(), Object::Certificate);
}

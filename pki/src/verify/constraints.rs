//! Names against the nameConstraints of the CAs above them ([RFC 5280 §4.2.1.10], [RFC 5280 §6.1.3]).
//!
//! webpki decides; this says which name broke which subtree of which CA. webpki processes DNS names and addresses, and
//! refuses every name of another kind that a CA constrains, whatever the subtree says; so does this.
//!
//! [RFC 5280 §4.2.1.10]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.10
//! [RFC 5280 §6.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1.3

use std::mem::discriminant;

use x509_parser::extensions::{GeneralName, GeneralSubtree, NameConstraints, ParsedExtension};

use super::path::{Link, Path};
use super::report::{Check, CheckKind, Failure};
use crate::inspect::names::general_name;

/// The most subtrees that are listed as those permitted.
const LISTED_MAX: usize = 10;

/// The most comparisons of a name with a subtree: as many as webpki makes.
const COMPARISONS_MAX: usize = 250_000;

pub(super) fn check(path: &Path<'_>) -> Check {
    let constrained: Vec<_> = path
        .each()
        .skip(1)
        .filter_map(|(at, ca)| Some((at, ca, constraints(ca)?)))
        .collect();
    if constrained.is_empty() {
        return Check::not_applicable(
            CheckKind::NameConstraints,
            "no CA of the path constrains names",
        );
    }
    if path.is_found() {
        return Check::of(CheckKind::NameConstraints, Vec::new());
    }
    let mut failures = Vec::new();
    let mut budget = COMPARISONS_MAX;
    for (above, ca, constraints) in &constrained {
        for (at, below) in path.each().take(*above) {
            for name in &names(below) {
                let failure = explain(name, below, ca, constraints, &mut budget);
                failures.extend(failure.map(|failure| failure.at(at)));
            }
        }
    }
    Check::of(CheckKind::NameConstraints, failures)
}

fn constraints<'a>(ca: &'a Link<'_>) -> Option<NameConstraints<'a>> {
    ca.extension(|extension| match extension {
        ParsedExtension::NameConstraints(found) => Some(found.clone()),
        _ => None,
    })
}

/// The subjectAltNames, and the subject.
fn names<'a>(link: &'a Link<'_>) -> Vec<GeneralName<'a>> {
    let names = link.extension(|extension| match extension {
        ParsedExtension::SubjectAlternativeName(found) => Some(found.general_names.clone()),
        _ => None,
    });
    let mut names = names.unwrap_or_default();
    names.push(GeneralName::DirectoryName(link.parsed.subject().clone()));
    names
}

fn explain(
    name: &GeneralName<'_>,
    below: &Link<'_>,
    ca: &Link<'_>,
    constraints: &NameConstraints<'_>,
    budget: &mut usize,
) -> Option<Failure> {
    let (subject, issuer, shown) = (below.subject(), ca.subject(), general_name(name));
    if let Some(excluded) = of_kind(name, &constraints.excluded_subtrees, budget)
        .into_iter()
        .find(|subtree| is_within(name, &subtree.base).unwrap_or(true))
    {
        let subtree = general_name(&excluded.base);
        let failure = failure(format!(
            "{subject} has the name {shown}, which lies in {subtree}, and {issuer} excludes that"
        ));
        return Some(
            failure
                .found(shown)
                .wanted(format!("no name in {subtree}"))
                .hint(hint(name, &issuer)),
        );
    }
    let permitted = of_kind(name, &constraints.permitted_subtrees, budget);
    if permitted.is_empty()
        || permitted
            .iter()
            .any(|subtree| is_within(name, &subtree.base).unwrap_or(false))
    {
        return None;
    }
    let listed: Vec<_> = permitted
        .iter()
        .take(LISTED_MAX)
        .map(|subtree| general_name(&subtree.base))
        .collect();
    let subtrees = listed.join(", ");
    let failure = failure(format!(
        "{subject} has the name {shown}, and {issuer} permits only {subtrees}"
    ));
    Some(
        failure
            .found(shown)
            .wanted(format!("a name in {subtrees}"))
            .hint(hint(name, &issuer)),
    )
}

fn failure(message: String) -> Failure {
    Failure::new("RFC 5280 §4.2.1.10", "subjectAltName", message)
}

fn hint(name: &GeneralName<'_>, issuer: &str) -> String {
    match name {
        GeneralName::DNSName(_) | GeneralName::IPAddress(_) => {
            format!("have a CA issue it that may: {issuer} may not issue for this name")
        }
        _ => format!(
            "names of this kind are refused wherever a CA constrains them: leave it out, or let {issuer} constrain DNS \
             names and addresses only"
        ),
    }
}

/// The subtrees of a name's kind, as far as the budget goes.
fn of_kind<'a, 'b>(
    name: &GeneralName<'_>,
    subtrees: &'b Option<Vec<GeneralSubtree<'a>>>,
    budget: &mut usize,
) -> Vec<&'b GeneralSubtree<'a>> {
    let subtrees: Vec<_> = subtrees.iter().flatten().take(*budget).collect();
    *budget = budget.saturating_sub(subtrees.len());
    let same = |subtree: &&GeneralSubtree<'_>| discriminant(&subtree.base) == discriminant(name);
    subtrees.into_iter().filter(same).collect()
}

/// Whether a name lies in a subtree; `None` for kinds that are not processed.
fn is_within(name: &GeneralName<'_>, subtree: &GeneralName<'_>) -> Option<bool> {
    match (name, subtree) {
        (GeneralName::DNSName(name), GeneralName::DNSName(base)) => Some(is_below(name, base)),
        (GeneralName::IPAddress(address), GeneralName::IPAddress(range)) => {
            let (base, mask) = range.split_at_checked(range.len() / 2)?;
            if base.len() != address.len() || mask.len() != address.len() {
                return Some(false);
            }
            let octets = address.iter().zip(base).zip(mask);
            Some(octets.fold(true, |same, ((one, other), mask)| {
                same && one & mask == other & mask
            }))
        }
        _ => None,
    }
}

/// The name itself, or with labels added to its left. A leading dot, which RFC 5280 has for URIs only, asks for one label at
/// least, as webpki has it.
fn is_below(name: &str, base: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let base = base.to_ascii_lowercase();
    if base.is_empty() || (name == base && !base.starts_with('.')) {
        return true;
    }
    name.strip_suffix(base.as_str())
        .is_some_and(|rest| base.starts_with('.') || rest.ends_with('.'))
}

//! A certificate in a few lines, for trees.

use time::OffsetDateTime;
use wharf_pki::CertificateInfo;

use super::life::Life;
use super::style::{STRONG, paint};
use super::tree::Tree;
use crate::clock;

/// Whom it names, how long it lives, and with what it signs. The text of an info can be printed.
pub(crate) fn entry(info: &CertificateInfo, now: OffsetDateTime) -> Tree {
    let life = Life::of(info.not_before, info.not_after, now);
    let subject = match (info.subject.is_empty(), info.names.first()) {
        (false, _) => &info.subject,
        (true, Some(name)) => name,
        (true, None) => "no subject",
    };
    let mut lines = vec![paint(STRONG, subject)];
    if !info.names.is_empty() {
        lines.push(info.names.join(", "));
    }
    lines.push(format!(
        "{} {}, until {}",
        life.bar(),
        paint(life.style(), &life.words()),
        clock::day(info.not_after)
    ));
    lines.push(format!("{}, serial {}", info.public_key, info.serial));
    Tree {
        lines,
        below: Vec::new(),
    }
}

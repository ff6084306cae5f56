//! As a tree for a terminal.

use wharf_pki::store::CertificateRecord;

use super::{CROSS_SIGNED, Hierarchy, Node, State};
use crate::clock;
use crate::stem::common_name;
use crate::ui::life::Life;
use crate::ui::style::{BAD, FAINT, STRONG, paint};
use crate::ui::tree::Tree;

/// Two lines for each CA: which one, and how long it lives and what it issued.
pub(crate) fn overview(hierarchy: &Hierarchy) -> Vec<String> {
    draw(hierarchy, &|node| {
        let mut facts = vec![node.counts(hierarchy.now).words()];
        if !node.key.is_here() {
            facts.push(node.key.words().to_owned());
        }
        vec![
            headline(node),
            life(node.life(hierarchy.now), node.certificate.not_after),
            paint(FAINT, &facts.join("; ")),
        ]
    })
}

/// All there is to know of each CA.
pub(crate) fn details(hierarchy: &Hierarchy) -> Vec<String> {
    draw(hierarchy, &|node| {
        let certificate = &node.certificate;
        let mut lines = vec![
            headline(node),
            life(node.life(hierarchy.now), certificate.not_after),
            node.counts(hierarchy.now).words(),
        ];
        if let Some(constraints) = &node.constraints {
            lines.push(format!("names: {constraints}"));
        }
        lines.extend([
            format!("{}, serial {}", certificate.public_key, certificate.serial),
            format!("SHA-256 {}", certificate.sha256),
        ]);
        if let Some(file) = &node.certificate_file {
            lines.push(paint(FAINT, &file.display().to_string()));
        }
        lines.push(paint(FAINT, &node.key_words()));
        lines
    })
}

fn draw(hierarchy: &Hierarchy, lines: &dyn Fn(&Node) -> Vec<String>) -> Vec<String> {
    hierarchy
        .tops()
        .flat_map(|top| tree(hierarchy, top, lines).draw())
        .collect()
}

fn tree(hierarchy: &Hierarchy, node: &Node, lines: &dyn Fn(&Node) -> Vec<String>) -> Tree {
    let cross = node
        .issued
        .iter()
        .filter(|record| record.profile == CROSS_SIGNED)
        .map(|record| Tree {
            lines: cross_signed(record, hierarchy),
            below: Vec::new(),
        });
    let below = hierarchy
        .below(node)
        .map(|below| tree(hierarchy, below, lines));
    Tree {
        lines: lines(node),
        below: below.chain(cross).collect(),
    }
}

fn headline(node: &Node) -> String {
    let mut line = format!("{}  {}", paint(STRONG, node.name()), node.role());
    if !node.is_active() {
        line += ", retired";
    }
    if node.state == State::Revoked {
        line = format!("{line}, {}", paint(BAD, "revoked"));
    }
    line
}

/// Clients that know this root alone find the new one through it.
fn cross_signed(record: &CertificateRecord, hierarchy: &Hierarchy) -> Vec<String> {
    let name = common_name(&record.subject);
    vec![
        format!("{}  the new root, signed by this one", paint(STRONG, name)),
        life(
            Life::of(record.not_before, record.not_after, hierarchy.now),
            record.not_after,
        ),
    ]
}

fn life(life: Life, not_after: time::OffsetDateTime) -> String {
    let words = paint(life.style(), &life.words());
    format!("{} {words}, until {}", life.bar(), clock::day(not_after))
}

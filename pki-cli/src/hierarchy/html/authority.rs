//! A CA, and those below it.

use super::super::{Hierarchy, Node, State};
use super::{bar, certificate, tag};
use crate::clock;
use crate::html::{Html, rows};
use crate::ui::page::Fact;

/// How many certificates of a CA are shown before one has to ask for them.
const OPEN_MAX: usize = 200;

pub(super) fn entry(hierarchy: &Hierarchy, node: &Node, html: &mut Html) {
    html.raw("<li>\n<section class=\"card ca");
    html.raw(if node.is_active() { "" } else { " retired" });
    html.raw("\" id=\"ca-")
        .text(&node.id.to_string())
        .raw("\">\n<h2>")
        .text(node.name());
    html.raw(" <span class=\"tag\">")
        .raw(node.role())
        .raw("</span>");
    if !node.is_active() {
        html.raw(" <span class=\"tag\">retired</span>");
    }
    if matches!(node.state, State::Revoked | State::Expired) {
        html.raw(" ");
        tag(node.state, html);
    }
    html.raw("</h2>\n");
    bar(node.life(hierarchy.now), node.state.is_over(), html);
    html.raw("\n<details class=\"about\"><summary>About this CA</summary>\n<dl>\n");
    rows(&facts(node), html);
    html.raw("</dl>\n</details>\n");
    issued(hierarchy, node, html);
    html.raw("</section>\n");
    let mut below = hierarchy.below(node).peekable();
    if below.peek().is_some() {
        html.raw("<ul>\n");
        below.for_each(|node| entry(hierarchy, node, html));
        html.raw("</ul>\n");
    }
    html.raw("</li>\n");
}

fn facts(node: &Node) -> Vec<Fact> {
    let certificate = &node.certificate;
    let day = |moment| clock::day(moment);
    let mut facts = vec![
        ("subject", certificate.subject.clone()),
        (
            "valid",
            format!(
                "{} to {}",
                day(certificate.not_before),
                day(certificate.not_after)
            ),
        ),
    ];
    if let Some(constraints) = &node.constraints {
        facts.push(("names", constraints.clone()));
    }
    if let Some(length) = certificate.path_len {
        facts.push(("path length", length.to_string()));
    }
    facts.extend([
        ("public key", certificate.public_key.clone()),
        ("key", node.key_words()),
        ("signature", certificate.signature_algorithm.clone()),
        ("serial", certificate.serial.clone()),
        ("SHA-256", certificate.sha256.clone()),
        ("pin", format!("sha256//{}", certificate.spki_sha256)),
    ]);
    if let Some(file) = &node.certificate_file {
        facts.push(("file", file.display().to_string()));
    }
    facts
}

/// What is in use first, by its end; then what is over.
fn issued(hierarchy: &Hierarchy, node: &Node, html: &mut Html) {
    let state = |record| State::of(record, hierarchy.now);
    let (mut over, mut current): (Vec<_>, Vec<_>) = node
        .issued
        .iter()
        .partition(|record| state(record).is_over());
    current.sort_by_key(|record| record.not_after);
    over.sort_by_key(|record| std::cmp::Reverse(record.not_after));
    for (title, records, is_open) in [("in use", current, true), ("over", over, false)] {
        if records.is_empty() {
            continue;
        }
        html.raw(match is_open && records.len() <= OPEN_MAX {
            true => "<details class=\"issued\" open><summary>",
            false => "<details class=\"issued\"><summary>",
        })
        .number(records.len())
        .raw(" ")
        .raw(title)
        .raw("</summary>\n<ul>\n");
        for record in records {
            certificate::entry(record, hierarchy.now, html);
        }
        html.raw("</ul>\n</details>\n");
    }
    if node.issued.is_empty() && hierarchy.below(node).next().is_none() {
        html.raw("<p class=\"quiet\">It has issued nothing.</p>\n");
    }
}

//! As a page: every CA, and below it what it issued, which opens without a script.
//!
//! | file | what it holds |
//! |---|---|
//! | `authority.rs` | a CA, and those below it |
//! | `certificate.rs` | a certificate, in a line that opens |
//! | `style.css` | how it looks, beside what all pages have in common |

mod authority;
mod certificate;

use super::warnings::{Severity, Warning};
use super::{Counts, Hierarchy, State};
use crate::clock;
use crate::html::{self, Html};
use crate::ui::life::Life;

const STYLE: &str = include_str!("style.css");

/// The page.
pub(crate) fn page(hierarchy: &Hierarchy, warnings: &[Warning]) -> String {
    let title = title(hierarchy);
    html::page(&title, STYLE, |html| {
        header(&title, hierarchy, warnings, html);
        html.raw("<ul class=\"tree\">\n");
        for top in hierarchy.tops() {
            authority::entry(hierarchy, top, html);
        }
        html.raw("</ul>\n");
    })
}

/// Named after the root that issues now.
fn title(hierarchy: &Hierarchy) -> String {
    let mut tops = hierarchy.tops();
    let named = tops.find(|node| node.is_active());
    let named = named.or_else(|| hierarchy.authorities.first());
    named.map_or("No CA", |node| node.name()).to_owned()
}

fn header(title: &str, hierarchy: &Hierarchy, warnings: &[Warning], html: &mut Html) {
    html.raw("<header>\n<h1>").text(title).raw("</h1>\n");
    for warning in warnings {
        html.raw(match warning.severity {
            Severity::Error => "<p class=\"verdict bad\"><b>Error:</b> ",
            Severity::Warning => "<p class=\"verdict warning\"><b>Warning:</b> ",
        })
        .text(&warning.message)
        .raw("</p>\n");
    }
    let counts: Counts = hierarchy
        .authorities
        .iter()
        .map(|node| node.counts(hierarchy.now))
        .sum();
    html.raw("<dl class=\"summary\">\n<div><dt>CAs</dt><dd>")
        .number(hierarchy.authorities.len())
        .raw("</dd></div>\n<div><dt>Certificates</dt><dd>")
        .number(counts.total())
        .raw("</dd></div>\n");
    for state in State::ALL {
        if counts.of(state) > 0 {
            html.raw("<div><dt>");
            tag(state, html);
            html.raw("</dt><dd>")
                .number(counts.of(state))
                .raw("</dd></div>\n");
        }
    }
    html.raw("<div><dt>As of</dt><dd>")
        .text(&clock::day(hierarchy.now))
        .raw("</dd></div>\n</dl>\n</header>\n");
}

/// A state by its word, its sign and its colour: any one of them is enough.
fn tag(state: State, html: &mut Html) {
    html.raw(match state {
        State::Valid => "<span class=\"tag good\">✓ ",
        State::Expiring => "<span class=\"tag warning\">◔ ",
        State::Expired => "<span class=\"tag bad\">✕ ",
        State::Revoked => "<span class=\"tag bad revoked\">⊘ ",
        State::Replaced => "<span class=\"tag\">↻ ",
        State::NotYetValid => "<span class=\"tag\">… ",
    })
    .text(state.name())
    .raw("</span>");
}

/// What is left of a life, as a bar and in words; of no interest if it is over, whatever is left.
fn bar(life: Life, is_over: bool, html: &mut Html) {
    html.raw(match (is_over, life.is_ending()) {
        (true, _) => "<span class=\"life over\">",
        (false, true) => "<span class=\"life ending\">",
        (false, false) => "<span class=\"life\">",
    })
    .raw("<svg aria-hidden=\"true\"><rect class=\"whole\" width=\"100%\" height=\"100%\" rx=\"3\"/><rect class=\"left\" height=\"100%\" rx=\"3\" width=\"")
    .percent(life.hundredths_left() * 100)
    .raw("\"/></svg><span>")
    .text(&life.words())
    .raw("</span></span>");
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn nothing_of_a_certificate_is_markup() {
        let hierarchy = sample::hostile();
        let page = page(&hierarchy, &super::super::warnings(&hierarchy));
        for markup in ["<script", "<img", "onerror=\"", "</title><", "</details><b"] {
            assert!(!page.contains(markup), "{markup}\n{page}");
        }
        assert!(page.contains("&lt;script"), "{page}");
    }

    #[test]
    fn every_state_is_told_in_words_and_signs() {
        let hierarchy = sample::hierarchy();
        let page = page(&hierarchy, &[]);
        for (state, sign) in [
            ("valid", "✓"),
            ("expiring", "◔"),
            ("expired", "✕"),
            ("revoked", "⊘"),
            ("replaced", "↻"),
            ("not yet valid", "…"),
        ] {
            assert!(page.contains(&format!("{sign} {state}</span>")), "{state}");
        }
        assert!(!page.contains("<script"));
    }
}

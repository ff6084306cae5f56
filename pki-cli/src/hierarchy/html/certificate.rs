//! A certificate, in a line that opens.

use time::OffsetDateTime;
use wharf_pki::store::CertificateRecord;

use super::super::{State, names, without_kind};
use super::{bar, tag};
use crate::clock;
use crate::html::{Html, rows};
use crate::ui::life::Life;
use crate::ui::page::Fact;

pub(super) fn entry(record: &CertificateRecord, now: OffsetDateTime, html: &mut Html) {
    let (first, others) = names(record);
    html.raw("<li id=\"certificate-")
        .text(&record.id.to_string())
        .raw("\"><details><summary><span class=\"name\">")
        .text(&first);
    if !others.is_empty() {
        html.raw(" <span class=\"quiet\">+")
            .number(others.len())
            .raw("</span>");
    }
    html.raw("</span> <span class=\"profile quiet\">")
        .text(&record.profile)
        .raw("</span> ");
    let state = State::of(record, now);
    tag(state, html);
    html.raw(" ");
    let life = Life::of(record.not_before, record.not_after, now);
    bar(life, state.is_over(), html);
    html.raw("</summary>\n<dl>\n");
    rows(&facts(record), html);
    if let Some(successor) = record.replaced_by {
        let successor = successor.to_string();
        html.raw("<div><dt>replaced by</dt><dd><a href=\"#certificate-")
            .text(&successor)
            .raw("\">certificate ")
            .text(&successor)
            .raw("</a></dd></div>\n");
    }
    html.raw("</dl>\n</details></li>\n");
}

fn facts(record: &CertificateRecord) -> Vec<Fact> {
    let names: Vec<_> = record.names.iter().map(|name| without_kind(name)).collect();
    let mut facts = Vec::new();
    let mut tell = |label, value: String| {
        if !value.is_empty() {
            facts.push((label, value));
        }
    };
    tell("names", names.join(", "));
    tell("subject", record.subject.clone());
    tell("profile", record.profile.clone());
    let (from, until) = (clock::day(record.not_before), clock::day(record.not_after));
    tell("valid", format!("{from} to {until}"));
    if let Some(revocation) = &record.revocation {
        let day = clock::day(revocation.revoked_at);
        tell("revoked", format!("{day}, {}", revocation.reason));
    }
    tell("recorded", clock::day(record.recorded_at));
    tell("serial", record.serial.clone());
    tell("SHA-256", record.sha256.clone());
    tell("pin", format!("sha256//{}", record.spki_sha256));
    for file in &record.files {
        let written = match file.written_at {
            Some(_) => "",
            None => ", never written",
        };
        let path = file.path.display();
        tell("file", format!("{path} ({}{written})", file.kind));
    }
    facts
}

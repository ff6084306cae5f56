//! The exchange on a terminal: each step with what is sent, what comes out, why, and how to check it.

use super::record::{Record, StepRecord, ValueRecord};
use super::reproduce::Reproducer;
use crate::ui::page::Page;
use crate::ui::style::{BAD, FAINT, GOOD, STRONG, WARNING, paint};

/// How many octets of a value are shown.
const HEAD_BYTES: usize = 32;

/// How far what belongs to a step is indented.
const INDENT: usize = 3;

/// Stands above and below what is not for others.
pub(crate) const BANNER: &str =
    "SECRETS ARE REVEALED: whoever sees this can read the exchange and take part in it";

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// The messages and the verdict.
    Brief,
    /// Every step, with why and how.
    Explained,
}

/// The page.
pub(crate) fn page(record: &Record, depth: Depth) -> String {
    let mut page = Page::default();
    banner(record, &mut page);
    for line in wrap(&record.title) {
        page.styled(0, &paint(STRONG, &line));
    }
    let sides = ["client", "server"].map(|by| Reproducer::new(record, by));
    for (number, step) in record.steps.iter().enumerate() {
        let is_told = match depth {
            Depth::Explained => true,
            Depth::Brief => step.wire.is_some() && step.is_sent() || step.kind == "note",
        };
        if is_told {
            let side = &sides[usize::from(step.by == "server")];
            tell(number + 1, step, depth, side, &mut page);
        }
    }
    page.blank();
    let style = match (record.outcome.agreed, record.outcome.attacker_reads) {
        (true, false) => GOOD,
        (true, true) => WARNING,
        (false, _) => BAD,
    };
    for line in wrap(&record.verdict()) {
        page.styled(0, &paint(style, &line));
    }
    banner(record, &mut page);
    page.text()
}

fn banner(record: &Record, page: &mut Page) {
    if record.secrets_revealed {
        page.styled(0, &paint(BAD, BANNER));
    }
}

/// A sentence in lines that have room for an indent. Its words are made safe.
fn wrap(text: &str) -> Vec<String> {
    let mut page = Page::default();
    page.wrapped(INDENT, "", text);
    let text = page.text();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn tell(number: usize, step: &StepRecord, depth: Depth, side: &Reproducer<'_>, page: &mut Page) {
    let told = step.told();
    page.blank();
    let bytes = step.wire.as_ref().map(|wire| wire.len() / 2);
    let length = bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
    for (at, line) in wrap(&format!("{number}. {}{length}", told.title))
        .iter()
        .enumerate()
    {
        let style = if step.by == "attacker" {
            WARNING
        } else {
            STRONG
        };
        page.styled(if at == 0 { 0 } else { INDENT }, &paint(style, line));
    }
    if let Some(wire) = &step.wire {
        page.styled(INDENT, &paint(FAINT, &head(wire)));
    }
    if depth == Depth::Brief {
        return;
    }
    for (label, words) in [("why", told.why), ("now", told.knows)] {
        if !words.is_empty() {
            page.wrapped(INDENT, &format!("{label:<6}"), words);
        }
    }
    for value in &step.values {
        tell_value(value, side, page);
    }
}

fn tell_value(value: &ValueRecord, side: &Reproducer<'_>, page: &mut Page) {
    page.line(INDENT, &format!("{}, {} bytes", value.name, value.bytes));
    match &value.hex {
        Some(hex) => page.line(INDENT + 2, &head(hex)),
        None => page.styled(
            INDENT + 2,
            &paint(FAINT, "(secret: --reveal-secrets shows it)"),
        ),
    }
    if let Some(command) = side.command(&value.name) {
        page.line(INDENT + 2, &format!("$ {command}"));
    }
}

/// The first octets, 16 to a group that the eye takes in.
fn head(hex: &str) -> String {
    let shown = hex.get(..2 * HEAD_BYTES).unwrap_or(hex);
    let more = if hex.len() > shown.len() { "…" } else { "" };
    format!("{shown}{more}")
}

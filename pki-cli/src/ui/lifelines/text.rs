//! The same on a terminal of 80 columns: a line for each arrow, and what belongs to it below.

use super::{Event, Lane, Lifelines, Mark, Message, Step, rows};
use crate::serve::printable;
use crate::ui::page::{COLUMNS, Page};
use crate::ui::style::{BAD, FAINT, GOOD, STRONG, paint};

/// How far what belongs to an event is indented.
const INDENT: usize = 6;

/// The most bytes in a row: the names of cipher suites are long.
const ROW_BYTES: usize = 8;

/// Whether the bytes of messages are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bytes {
    Hidden,
    Shown,
}

/// Tells it.
pub(crate) fn tell(lifelines: &Lifelines, bytes: Bytes, page: &mut Page) {
    for event in &lifelines.events {
        page.blank();
        match event {
            Event::Phase(title) => page.styled(2, &paint(STRONG, &printable(title.as_bytes()))),
            Event::Message(sent) => message(sent, &lifelines.lanes, bytes, page),
            Event::Step(taken) => step(taken, page),
        }
    }
}

fn message(message: &Message, lanes: &[Lane], bytes: Bytes, page: &mut Page) {
    let lane = |at: usize| lanes.get(at).map(|it| it.name.as_str()).unwrap_or_default();
    // The left lane stays on the left: the arrow turns.
    let (left, right) = (message.from.min(message.to), message.from.max(message.to));
    let arrow = match message.from < message.to {
        true => "──▶",
        false => "◀──",
    };
    let (left, right, title) = (safe(lane(left)), safe(lane(right)), safe(&message.title));
    let at = safe(&message.at);
    page.styled(
        2,
        &format!(
            "{left} {arrow} {right}  {}  {}",
            paint(STRONG, &title),
            paint(FAINT, &at)
        ),
    );
    page.wrapped(INDENT, "", &message.summary);
    marks(&message.marks, page);
    page.wrapped(INDENT, "", &message.why);
    page.facts(INDENT, &message.facts);
    if bytes == Bytes::Shown {
        for row in rows(message, ROW_BYTES) {
            let label = format!(
                "{:>4} {:<23} {}",
                row.offset,
                row.hex,
                " ".repeat(row.depth.min(6))
            );
            page.wrapped(INDENT - 2, &label, &format!("{} {}", row.name, row.value));
        }
    }
}

fn step(step: &Step, page: &mut Page) {
    page.styled(INDENT, &format!("* {}", paint(STRONG, &safe(&step.title))));
    marks(&step.marks, page);
    page.wrapped(INDENT, "", &step.why);
    for (label, value) in &step.values {
        if value.is_empty() {
            page.blank();
        } else if label.is_empty() {
            report_line(value, page);
        } else {
            page.line(INDENT, label);
            page.wrapped(INDENT + 2, "", value);
        }
    }
}

/// A line of a report, with an indent of its own. Its columns are kept where they fit.
fn report_line(line: &str, page: &mut Page) {
    let text = line.trim_start();
    let indent = INDENT + line.len() - text.len();
    if indent + text.chars().count() <= COLUMNS {
        page.line(indent, text);
    } else {
        page.wrapped(indent, "", text);
    }
}

fn marks(marks: &[Mark], page: &mut Page) {
    for mark in marks {
        let text = safe(mark.text());
        match mark {
            Mark::Good(_) => page.styled(INDENT, &paint(GOOD, &text)),
            Mark::Bad(_) => page.styled(INDENT, &paint(BAD, &text)),
            Mark::Plain(_) => page.styled(INDENT, &text),
        }
    }
}

fn safe(text: &str) -> String {
    printable(text.as_bytes())
}

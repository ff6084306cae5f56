//! The exchange as a page for a browser.

use data_encoding::HEXLOWER;

use super::record::{Record, StepRecord};
use super::reproduce::Reproducer;
use super::text::BANNER;
use super::wire;
use crate::html::Html;
use crate::ui::lifelines::{self, Event, Lane, Lifelines, Mark, Message, Step};

const STYLE: &str = concat!(
    include_str!("../ui/lifelines/style.css"),
    include_str!("style.css")
);

/// The page.
pub(crate) fn page(record: &Record) -> String {
    crate::html::page(&record.title, STYLE, |html| content(record, html))
}

fn content(record: &Record, html: &mut Html) {
    html.raw("<header>\n<h1>")
        .text(&record.title)
        .raw("</h1>\n");
    if record.secrets_revealed {
        html.raw("<p class=\"verdict bad\">")
            .text(BANNER)
            .raw("</p>\n");
    }
    html.raw(
        match (record.outcome.agreed, record.outcome.attacker_reads) {
            (true, false) => "<p class=\"verdict good\">",
            (true, true) => "<p class=\"verdict warning\">",
            (false, _) => "<p class=\"verdict bad\">",
        },
    );
    html.text(&record.verdict())
        .raw("</p>\n<dl class=\"summary\">\n");
    let summary = summary(record);
    html.facts(
        summary
            .iter()
            .map(|(label, value)| (*label, value.as_str())),
    );
    html.raw("</dl>\n<p class=\"quiet\">Each arrow is a message: it opens to its bytes. A dashed one is encrypted. Each box is what a side does for itself: it opens to its values, each with the command of OpenSSL that gives the same.</p>\n</header>\n");
    lifelines::draw(&picture(record), html);
}

fn summary(record: &Record) -> Vec<(&'static str, String)> {
    let sent = record.steps.iter().filter(|step| step.is_sent());
    let lengths: Vec<_> = sent
        .filter_map(|step| Some(step.wire.as_ref()?.len() / 2))
        .collect();
    let bytes: usize = lengths.iter().sum();
    let certificates = if record.authenticated {
        "of both sides"
    } else {
        "none"
    };
    vec![
        (
            "Group",
            record.group.clone().unwrap_or_else(|| "none".into()),
        ),
        ("Certificates", certificates.into()),
        ("Messages", format!("{}, {bytes} bytes", lengths.len())),
    ]
}

/// Who stands where: the attacker, if there is one, in between.
struct Places {
    client: usize,
    server: usize,
    attacker: Option<usize>,
}

fn picture(record: &Record) -> Lifelines {
    let is_attacked = record.steps.iter().any(|step| step.by == "attacker");
    let places = Places {
        client: 0,
        server: if is_attacked { 2 } else { 1 },
        attacker: is_attacked.then_some(1),
    };
    let lane = |name: &str, detail: &str| Lane {
        name: name.into(),
        detail: detail.into(),
    };
    let mut lanes = vec![lane("client", "begins")];
    if is_attacked {
        lanes.push(lane("attacker", "in between"));
    }
    lanes.push(lane("server", "answers"));
    let sides = ["client", "server"].map(|by| Reproducer::new(record, by));
    // A message is drawn where it is sent. Of one side alone, what it received is all that there is of the other.
    let is_one_sided = ["client", "server"]
        .into_iter()
        .any(|by| !record.steps.iter().any(|step| step.by == by));
    let mut events = Vec::new();
    for step in &record.steps {
        let side = &sides[usize::from(step.by == "server")];
        let is_message = match step.kind.as_str() {
            "sent" => true,
            "received" => is_one_sided,
            _ => step.wire.is_some() && step.by == "attacker",
        };
        if is_message {
            events.push(Event::Message(Box::new(message(step, &places))));
        }
        let has_values = !step.values.is_empty() && (!is_message || step.kind != "sent");
        if !is_message && step.kind != "received" || has_values && step.by != "attacker" {
            events.push(Event::Step(boxed(step, side, &places)));
        }
    }
    if let (Some(by), Some(reason)) = (&record.outcome.refused_by, &record.outcome.reason) {
        events.push(Event::Step(Step {
            lanes: vec![places.of(by)],
            title: format!("the {by} refuses"),
            why: reason.clone(),
            marks: vec![Mark::Bad(record.outcome.fault.clone().unwrap_or_default())],
            values: Vec::new(),
        }));
    }
    Lifelines { lanes, events }
}

impl Places {
    fn of(&self, by: &str) -> usize {
        match by {
            "client" => self.client,
            "server" => self.server,
            _ => self.attacker.unwrap_or(self.server),
        }
    }

    /// The next one to the other side.
    fn next(&self, by: &str) -> usize {
        match (by, self.attacker) {
            ("client" | "server", Some(attacker)) => attacker,
            ("client", None) => self.server,
            _ => self.client,
        }
    }
}

fn message(step: &StepRecord, places: &Places) -> Message {
    let told = step.told();
    let name = step.message.clone().unwrap_or_default();
    let bytes = step
        .wire
        .as_deref()
        .map(|hex| HEXLOWER.decode(hex.as_bytes()));
    let bytes = bytes.and_then(Result::ok).unwrap_or_default();
    let (from, to) = match (step.by.as_str(), step.kind.as_str()) {
        // What the attacker sends goes on in the direction in which the message goes.
        ("attacker", _) if name.starts_with("client") => (places.of("attacker"), places.server),
        ("attacker", _) if name.starts_with("server") => (places.of("attacker"), places.client),
        ("attacker", _) => match step.detail.as_deref() {
            Some(detail) if detail.contains("the client") => (places.of("attacker"), places.server),
            _ => (places.of("attacker"), places.client),
        },
        (by, "received") => (places.next(by), places.of(by)),
        (by, _) => (places.of(by), places.next(by)),
    };
    let why = match step.by.as_str() {
        "attacker" => step.detail.clone().unwrap_or_default(),
        _ => told.why.into(),
    };
    Message {
        from,
        to,
        at: format!("{} bytes", bytes.len()),
        title: name.clone(),
        summary: told.knows.into(),
        why,
        is_sealed: !name.ends_with("hello"),
        marks: match step.by.as_str() {
            "attacker" => vec![Mark::Bad("changed".into())],
            _ => Vec::new(),
        },
        facts: Vec::new(),
        annotations: wire::annotate(&bytes),
        bytes,
    }
}

fn boxed(step: &StepRecord, side: &Reproducer<'_>, places: &Places) -> Step {
    let told = step.told();
    let mut values = Vec::new();
    for value in &step.values {
        let shown = value.hex.clone().unwrap_or_else(|| "(secret)".into());
        values.push((format!("{}, {} bytes", value.name, value.bytes), shown));
        if let Some(command) = side.command(&value.name) {
            values.push(("the same".into(), command));
        }
    }
    let is_check = step.kind.starts_with("checked");
    Step {
        lanes: vec![places.of(&step.by)],
        title: told.title,
        why: told.why.into(),
        marks: match is_check {
            true => vec![Mark::Good("passed".into())],
            false => Vec::new(),
        },
        values,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Outcome, Secrets, ValueRecord};
    use super::*;

    /// A transcript may come from anybody.
    #[test]
    fn what_a_transcript_says_is_never_markup() {
        let evil = || "<script>\"'\u{1b}[2J".to_owned();
        let mut record = Record::new(evil(), true, Secrets::Revealed);
        record.group = Some(evil());
        for (by, kind) in [
            ("client", "sent"),
            ("server", "agreed"),
            ("attacker", "note"),
        ] {
            record.steps.push(StepRecord {
                by: by.into(),
                kind: kind.into(),
                message: Some(evil()),
                wire: Some(evil()),
                detail: Some(evil()),
                values: vec![ValueRecord {
                    name: "server auth".into(),
                    secret: true,
                    bytes: 1,
                    hex: Some(evil()),
                }],
            });
        }
        record.outcome = Outcome {
            refused_by: Some(evil()),
            fault: Some(evil()),
            reason: Some(evil()),
            ..Outcome::default()
        };
        let page = page(&record);
        assert!(
            !page.contains("<script") && !page.contains('\u{1b}'),
            "{page}"
        );
        assert!(page.contains("&lt;script&gt;"), "{page}");
    }
}

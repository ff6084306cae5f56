//! `--explain`: how a fetch went, on every layer.
//!
//! ```text
//!  what happens ──recorder──► record ──► text | JSON | HTML
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `record.rs` | the record: all that is known, and all that the forms below read |
//! | `recorder.rs` | fills it in while the fetch goes on |
//! | `phases.rs` | where the time of a request went |
//! | `certificate.rs` | what a certificate says, and how long it is valid |
//! | `show.rs` | numbers for people |
//! | `facts.rs` | the record in words, label and value: what text and HTML have in common |
//! | `text.rs` | the page for a terminal |
//! | `html/` | the page for a browser |
//!
//! As JSON it is the record itself.

mod certificate;
mod facts;
mod html;
mod phases;
mod record;
mod recorder;
#[cfg(test)]
mod sample;
mod show;
mod text;

use std::sync::Arc;
use std::time::Duration;

pub(super) use recorder::Recorder;

use record::{Handshake, Outcome, Record};
use time::OffsetDateTime;
use wharf_tls::{HandshakeReport, TlsInfo};

use super::args::{Fetch, Form};
use super::failure::{Class, Failure};
use super::output::Output;
use crate::ui;
use crate::ui::page::Fact;

/// A handshake that was made elsewhere, in the words of this explanation and for programs.
pub(crate) fn handshake(
    report: &HandshakeReport,
    agreed: Option<&TlsInfo>,
    took: Duration,
    now: OffsetDateTime,
) -> anyhow::Result<(Vec<Fact>, serde_json::Value)> {
    let handshake = Handshake::of(report, agreed, record::micros(took), now);
    let agreements = facts::agreements(&handshake).into_iter();
    let mut told: Vec<Fact> = agreements.map(|it| (it.label, it.chosen)).collect();
    told.extend(facts::handshake(&handshake));
    Ok((told, serde_json::to_value(&handshake)?))
}

/// An explanation that is asked for.
pub(crate) struct Explaining {
    recorder: Arc<Recorder>,
    form: Option<Form>,
    html: Option<Output>,
}

impl Explaining {
    /// Finds out where it goes before anything is asked. `None` if nobody wants one.
    pub(crate) async fn asked(args: &Fetch) -> Result<Option<Self>, Failure> {
        if !args.explain.is_asked() {
            return Ok(None);
        }
        let html = match &args.explain.html {
            Some(file) => Some(Output::of_page(file, args.output.force).await?),
            None => None,
        };
        Ok(Some(Self {
            recorder: Arc::new(Recorder::new(args.output.credentials())),
            form: args.explain.explain,
            html,
        }))
    }

    pub(super) fn recorder(&self) -> &Arc<Recorder> {
        &self.recorder
    }

    /// Tells how it went, whatever came of it, and gives that back. If it went well and cannot be told, that is the failure.
    pub(crate) async fn tell(self, fetched: Result<(), Failure>) -> Result<(), Failure> {
        let Some(record) = self.recorder.finish(outcome(&fetched)) else {
            return fetched;
        };
        let printed = match self.form {
            Some(form) => print(form, &record),
            None => Ok(()),
        };
        let written = match self.html {
            Some(output) => write(output, &html::page(&record)).await,
            None => Ok(()),
        };
        fetched.and(printed).and(written)
    }
}

fn outcome(fetched: &Result<(), Failure>) -> Outcome {
    let Err(failure) = fetched else {
        return Outcome::default();
    };
    let told = match failure.class {
        Class::Interrupted | Class::Terminated => Some("stopped by a signal".to_owned()),
        _ => None,
    };
    let error = failure.error.as_ref();
    Outcome {
        status: None,
        exit_status: failure.code(),
        error: error.map(|error| format!("{error:#}")).or(told),
        hint: failure.hint.clone().or_else(|| error.and_then(ui::hint)),
    }
}

fn print(form: Form, record: &Record) -> Result<(), Failure> {
    let page = match form {
        Form::Text => text::page(record),
        Form::Json => serde_json::to_string_pretty(record).map_err(anyhow::Error::from)?,
    };
    ui::line(page.trim_end()).map_err(super::output::stdout_failed)
}

async fn write(mut output: Output, page: &str) -> Result<(), Failure> {
    output.write(page.as_bytes()).await?;
    output.finish().await
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The page that tells what the fields mean.
    const PAGE: &str = include_str!("../../../../docs/explain.md");

    fn for_each_field(value: &Value, found: &mut impl FnMut(&str)) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    found(name);
                    for_each_field(value, found);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| for_each_field(value, found)),
            _ => {}
        }
    }

    #[test]
    fn every_field_of_the_json_is_documented() {
        let json = serde_json::to_value(sample::record()).unwrap();
        let mut fields = 0;
        for_each_field(&json, &mut |name| {
            fields += 1;
            assert!(PAGE.contains(&format!("`{name}`")), "{name}");
        });
        assert!(fields > 100, "{fields}");
    }

    #[test]
    fn the_json_has_the_form_that_programs_rely_on() {
        let json = serde_json::to_value(sample::record()).unwrap();
        let at = |path: &str| json.pointer(path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!(*at("/format"), 1);
        assert_eq!(*at("/outcome/status"), 200);
        assert_eq!(*at("/hops/0/reason"), "first");
        assert_eq!(*at("/hops/0/dials/0/attempts/0/ending"), "unanswered");
        assert_eq!(*at("/hops/0/dials/0/attempts/1/at_us"), 270_010);
        assert_eq!(*at("/hops/0/handshakes/0/chosen/kind"), "full");
        assert_eq!(
            *at("/hops/0/handshakes/0/offered/alpn"),
            serde_json::json!(["http/1.1"])
        );
        assert_eq!(*at("/hops/0/handshakes/0/certificates/0/days_left"), 89);
        assert_eq!(
            *at("/hops/0/handshakes/0/certificates/0/names/0"),
            "DNS:a.test"
        );
        assert_eq!(*at("/hops/0/phases/0/name"), "resolve");
        assert_eq!(*at("/hops/0/tcp/rtt_us"), 30_000);
        assert_eq!(*at("/hops/0/error"), Value::Null);
    }

    #[test]
    fn what_a_peer_sends_is_json_whatever_it_is() {
        let text = serde_json::to_string(&sample::hostile()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        let line = json.pointer("/hops/0/responses/0/lines/2").unwrap();
        assert!(line.as_str().unwrap().contains("\u{1b}[2J"), "{line}");
    }
}

//! `wharf cert lint`.

use clap::ValueEnum;
use serde_json::json;
use wharf_pki::inspect::Object;
use wharf_pki::lint::{RuleSet, Severity};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::inspect::{source, warnings};
use crate::ui;
use crate::ui::style::{BAD, FAINT, WARNING, paint};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert lint site.pem
  wharf cert lint --set browsers site.pem

Exit status: 0 no rule is broken that is a MUST; 2 one is, or something cannot be read.")]
pub(crate) struct Lint {
    /// A file with certificates, requests or CRLs, `-` for stdin; or one of this CA
    #[arg(value_name = "FILE|SERIAL|NAME")]
    what: String,
    /// Which rules
    #[arg(long, value_enum, default_value_t = Set::All)]
    set: Set,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Set {
    Rfc5280,
    Browsers,
    All,
}

impl Lint {
    /// Holds each thing against the rules.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let sets: &[RuleSet] = match self.set {
            Set::Rfc5280 => &[RuleSet::Rfc5280],
            Set::Browsers => &[RuleSet::Browsers],
            Set::All => &[RuleSet::Rfc5280, RuleSet::Browsers],
        };
        let objects = source::load(&self.what, &self.home)?;
        let mut found = Vec::new();
        let mut is_bad = false;
        for (at, object) in objects.iter().enumerate() {
            if let Object::Unreadable { what, error } = object {
                is_bad = true;
                ui::note(&format!("error: the {what} [{}]: {error}", at + 1));
            }
            for finding in warnings::findings(object, sets) {
                is_bad |= finding.severity == Severity::Error;
                found.push((at + 1, finding));
            }
        }
        if self.json {
            let findings = found.iter().map(|(object, finding)| {
                let mut value = serde_json::to_value(finding)?;
                value["object"] = (*object).into();
                Ok(value)
            });
            let findings = findings.collect::<serde_json::Result<Vec<_>>>()?;
            let all = json!({ "format": 1, "passed": !is_bad, "findings": findings });
            ui::line(&serde_json::to_string_pretty(&all)?)?;
        } else {
            for (object, finding) in &found {
                let style = match finding.severity {
                    Severity::Error => BAD,
                    Severity::Warning => WARNING,
                    _ => FAINT,
                };
                ui::line(&paint(style, &format!("[{object}] {finding}")))?;
            }
            if found.is_empty() && !is_bad {
                ui::note("no rule is broken");
            }
        }
        Ok(if is_bad {
            Status::Refused
        } else {
            Status::Done
        })
    }
}

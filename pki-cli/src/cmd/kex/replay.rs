//! `wharf kex replay`.

use std::path::PathBuf;

use anyhow::Context;
use serde::Serialize;
use wharf_pki::kex::{Replayed, Role, Verdict, replay};

use crate::exit::Status;
use crate::kex::record::Record;
use crate::ui::style::{BAD, FAINT, GOOD, paint};
use crate::{files, ui};

/// The longest transcript that is read, in bytes: hexadecimal of all messages, twice, and of certificates. A longer one is
/// refused.
const TRANSCRIPT_BYTES_MAX: usize = 4 * 1024 * 1024;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex dial localhost:7000 --no-auth --transcript t.json --reveal-secrets
  wharf kex replay t.json

Computes everything again: hashes, the shared secret from the private keys, every key, what was encrypted, signatures and MACs. \
Without the secrets, hashes and signatures are left. Whom the certificates lead to is not asked: `wharf cert verify` does that. \
Exit status: 0 all is as it stands there; 1 not done; 2 something differs, and the first is named.")]
pub(crate) struct Replay {
    /// What --transcript wrote; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write a page for a browser, with nothing from elsewhere
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

#[derive(Serialize)]
struct Report {
    format: u32,
    matches: bool,
    first_mismatch: Option<String>,
    values: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    role: &'static str,
    name: String,
    verdict: &'static str,
    reason: Option<String>,
}

impl Replay {
    /// Computes it again.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let cannot = || format!("cannot read {}", self.file.display());
        let bytes = files::read_within(&self.file, TRANSCRIPT_BYTES_MAX)?;
        let record = Record::read(&bytes).with_context(cannot)?;
        let mut values = Vec::new();
        for recording in record.recordings().with_context(cannot)? {
            let results = replay(&recording).into_iter();
            values.extend(results.map(|result| Row::new(recording.role, result)));
        }
        if values.is_empty() {
            anyhow::bail!("{} has no messages", self.file.display());
        }
        let first = values.iter().find(|row| row.is_bad());
        let report = Report {
            format: 1,
            matches: first.is_none(),
            first_mismatch: first.map(|row| format!("{}: {}", row.role, row.name)),
            values,
        };
        if let Some(file) = &self.html {
            crate::kex::write_page(file, &record, self.force)?;
        }
        if self.json {
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        } else {
            report.print()?;
        }
        Ok(match report.matches {
            true => Status::Done,
            false => Status::Refused,
        })
    }
}

impl Report {
    fn print(&self) -> anyhow::Result<()> {
        for row in &self.values {
            let (style, word) = match row.verdict {
                "same" => (GOOD, "same   "),
                "unknown" => (FAINT, "unknown"),
                _ => (BAD, row.verdict),
            };
            let reason = row.reason.as_deref().map(|text| format!(": {text}"));
            let words = format!("{}  {}{}", row.role, row.name, reason.unwrap_or_default());
            let words = crate::serve::printable(words.as_bytes());
            ui::line(&format!("{}  {words}", paint(style, word)))?;
        }
        let same = self
            .values
            .iter()
            .filter(|row| row.verdict == "same")
            .count();
        let unknown = self
            .values
            .iter()
            .filter(|row| row.verdict == "unknown")
            .count();
        match &self.first_mismatch {
            Some(first) => ui::note(&format!(
                "the first that is not as it stands there is {first}"
            )),
            None => ui::note(&format!(
                "{same} values are as they stand there; {unknown} cannot be told without more secrets"
            )),
        }
        Ok(())
    }
}

impl Row {
    fn new(role: Role, result: Replayed) -> Self {
        let (verdict, reason) = match result.verdict {
            Verdict::Same => ("same", None),
            Verdict::Differs => ("differs", None),
            Verdict::Failed(fault) => ("failed", Some(format!("{fault} ({})", fault.name()))),
            _ => ("unknown", None),
        };
        Self {
            role: role.name(),
            name: result.name,
            verdict,
            reason,
        }
    }

    fn is_bad(&self) -> bool {
        matches!(self.verdict, "differs" | "failed")
    }
}

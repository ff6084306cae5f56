//! How an exchange is told: text, JSON, a page, a transcript.

use std::path::PathBuf;

use super::record::{Record, Secrets};
use super::text::{self, BANNER, Depth};
use super::{write, write_page};
use crate::exit::Status;
use crate::{files, ui};

/// How it is told.
#[derive(Debug, clap::Args)]
pub(crate) struct TellArg {
    /// Tell every step: what is sent, what it is for, who knows what, and the command that gives the same
    #[arg(long)]
    explain: bool,
    /// Print JSON
    #[arg(long, conflicts_with = "explain")]
    json: bool,
    /// Write a page for a browser, with nothing from elsewhere
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a transcript, which `wharf kex replay` computes again
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Secrets too, in all of these: only for exchanges that protect nothing
    #[arg(long)]
    reveal_secrets: bool,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

impl TellArg {
    pub(crate) fn secrets(&self) -> Secrets {
        Secrets::of(self.reveal_secrets)
    }

    /// Whether it is told in lines or as JSON, and nowhere else.
    pub(crate) fn is_plain(&self) -> bool {
        !self.explain && self.html.is_none() && self.transcript.is_none()
    }

    pub(crate) fn is_json(&self) -> bool {
        self.json
    }

    /// Refuses to go on if a file exists.
    pub(crate) fn check_free(&self) -> anyhow::Result<()> {
        let written = self.html.iter().chain(&self.transcript);
        let new: Vec<_> = written
            .map(PathBuf::as_path)
            .filter(|file| !self.force && !files::is_dash(file))
            .collect();
        Ok(files::check_free(&new)?)
    }

    /// Tells it.
    pub(crate) fn tell(&self, record: &Record) -> anyhow::Result<Status> {
        if record.secrets_revealed {
            ui::note(&format!("warning: {BANNER}"));
        }
        if let Some(file) = &self.transcript {
            let json = record.to_json()? + "\n";
            write(file, json.as_bytes(), record, self.force)?;
        }
        if let Some(file) = &self.html {
            write_page(file, record, self.force)?;
        }
        if self.json {
            ui::line(&record.to_json()?)?;
        } else {
            let depth = match self.explain {
                true => Depth::Explained,
                false => Depth::Brief,
            };
            ui::line(text::page(record, depth).trim_end())?;
        }
        Ok(match record.outcome.agreed {
            true => Status::Done,
            false => Status::Refused,
        })
    }
}

//! `wharf ca show`.

use std::path::{Path, PathBuf};

use wharf_pki::store::Mode;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::hierarchy::{self, Hierarchy, Severity, Warning};
use crate::{files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca show
  wharf ca show --json | jq '.authorities[] | {subject, certificates}'
  wharf ca show --html ca.html

All CAs, retired ones too, with the number of certificates of each, and what needs attention first. No key is decrypted, so no \
password is asked for; a key without one is checked. The page needs no network and runs no script; it names all that was issued, \
so it is written for you alone (0600).

Exit status: 0 all is in order, or works for now; 1 a CA that should issue cannot, or it could not be found out.")]
pub(crate) struct Show {
    /// Print JSON
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write a page for a browser, with every certificate; `-` for stdout
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace a page that exists
    #[arg(long, requires = "html")]
    force: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Show {
    /// Shows the CA.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let all = hierarchy::read(&home)?;
        let warnings = hierarchy::warnings(&all);
        self.print(&all, &warnings)?;
        let has_errors = warnings
            .iter()
            .any(|warning| warning.severity == Severity::Error);
        Ok(match has_errors {
            true => Status::Failed,
            false => Status::Done,
        })
    }

    fn print(&self, all: &Hierarchy, warnings: &[Warning]) -> anyhow::Result<()> {
        if self.json {
            ui::line(&serde_json::to_string_pretty(&hierarchy::report(
                all, warnings,
            ))?)?;
            return Ok(());
        }
        hierarchy::tell(warnings);
        if let Some(file) = &self.html {
            return self.write(file, &hierarchy::page(all, warnings));
        }
        let lines = hierarchy::details(all);
        Ok(lines.iter().try_for_each(|line| ui::line(line))?)
    }

    fn write(&self, file: &Path, page: &str) -> anyhow::Result<()> {
        files::write(file, page.as_bytes(), Mode::Private, self.force)?;
        if !files::is_dash(file) {
            ui::line(&file.display().to_string())?;
        }
        Ok(())
    }
}

//! `wharf crl show`.

use std::path::PathBuf;

use serde::Serialize;
use wharf_pki::Crl;
use wharf_pki::crl::{CrlInfo, RevokedCertificate};
use wharf_pki::store::Store;

use super::verify::read;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::{home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf crl show
  wharf crl show intermediate.crl --json

Exit status: 0 shown; 3 the inventory has no CRL yet; 1 not shown.")]
pub(crate) struct Show {
    /// A file with CRLs, PEM or DER; `-` for stdin [default: the newest of each CA of the inventory]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    crls: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    info: &'a CrlInfo,
    entries: &'a [RevokedCertificate],
}

impl Show {
    /// Shows what they say.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let crls = match &self.file {
            Some(file) => read(file)?,
            None => self.newest()?,
        };
        if self.json {
            let shown = crls.iter().map(|crl| Shown {
                info: crl.info(),
                entries: crl.entries(),
            });
            let report = Report {
                format: 1,
                crls: shown.collect(),
            };
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        } else {
            for crl in &crls {
                ui::line(crl.info().to_string().trim_end())?;
                for entry in crl.entries() {
                    ui::line(&format!("  {entry}"))?;
                }
            }
        }
        if crls.is_empty() {
            ui::note("the inventory has no CRL yet; wharf crl publish signs one");
            return Ok(Status::NothingToDo);
        }
        Ok(Status::Done)
    }

    fn newest(&self) -> anyhow::Result<Vec<Crl>> {
        let home = home::existing(&self.home)?;
        let store = Store::open_read_only(&home)?;
        let mut crls = Vec::new();
        for authority in store.authorities()? {
            if let Some(record) = store.latest_crl(authority.id)? {
                crls.push(Crl::from_der(&record.der)?);
            }
        }
        Ok(crls)
    }
}

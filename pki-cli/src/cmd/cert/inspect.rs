//! `wharf cert inspect`.

use serde_json::{Value, json};
use wharf_pki::inspect::{Object, inspect_der};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::inspect::{chain, details, report, source, warnings};
use crate::ui::page::Page;
use crate::ui::style::{STRONG, paint};
use crate::{clock, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert inspect site.pem           a chain: what is wrong first, then the tree, then the details
  openssl req -new … | wharf cert inspect -
  wharf cert inspect localhost          one of this CA, by name, serial number or fingerprint

Reads certificates, requests, CRLs and keys, in PEM and DER, several in one file; of private keys the public half is shown, and of \
PKCS#12 files what they show without their password. \
Exit status: 0, whatever it says: `cert verify` and `cert lint` judge.")]
pub(crate) struct Inspect {
    /// A file, `-` for stdin; or the name, serial number or fingerprint of a certificate of this CA
    #[arg(value_name = "FILE|SERIAL|NAME")]
    what: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Inspect {
    /// Shows what lies in a file.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let objects = source::load(&self.what, &self.home)?;
        let now = clock::now();
        let warnings = warnings::of(&objects, now);
        if self.json {
            let objects = objects.iter().map(report::of);
            let objects = objects.collect::<anyhow::Result<Vec<Value>>>()?;
            let all = json!({ "format": 1, "warnings": warnings, "objects": objects });
            ui::line(&serde_json::to_string_pretty(&all)?)?;
            return Ok(Status::Done);
        }
        let mut page = Page::default();
        for warning in &warnings {
            page.styled(0, &warning.line());
        }
        if !warnings.is_empty() {
            page.blank();
        }
        let certificates = objects.iter().filter_map(|object| match object {
            Object::Certificate(certificate) => inspect_der(certificate.der()).ok(),
            _ => None,
        });
        let certificates: Vec<_> = certificates.collect();
        for tree in chain::trees(&certificates, now) {
            tree.draw().iter().for_each(|line| page.styled(0, line));
        }
        if !certificates.is_empty() {
            page.blank();
        }
        for (at, object) in objects.iter().enumerate() {
            let (what, facts) = details::of(object, now);
            let title = format!("{} {what}", at + 1);
            page.styled(0, &paint(STRONG, &title));
            page.facts(2, &facts);
            if at + 1 < objects.len() {
                page.blank();
            }
        }
        ui::line(page.text().trim_end())?;
        Ok(Status::Done)
    }
}

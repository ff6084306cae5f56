//! `wharf crl verify`.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::lint::{self, RuleSet, Severity};
use wharf_pki::pem::CRL_TEXT_BYTES_MAX;
use wharf_pki::store::Store;
use wharf_pki::{Certificate, Crl};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf crl verify intermediate.crl
  wharf crl verify theirs.crl --ca their-ca.pem

Checks the signature, the times, and the rules of RFC 5280.

Exit status: 0 it is good; 2 it is not; 1 it could not be found out.")]
pub(crate) struct Verify {
    /// A file with CRLs, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file with certificates of issuers; may be repeated [default: the CAs of the inventory]
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Serialize)]
struct Report {
    format: u32,
    crls: Vec<Verified>,
}

#[derive(Serialize)]
struct Verified {
    issuer: String,
    number: Option<String>,
    verified: bool,
    faults: Vec<String>,
}

impl Verify {
    /// Says what is wrong with them, or that nothing is.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let crls = read(&self.file)?;
        let mut issuers = Vec::new();
        for file in &self.ca {
            issuers.extend(files::certificates(file)?);
        }
        if self.ca.is_empty() {
            issuers = self.known()?;
        }
        let now = clock::now();
        let crls: Vec<_> = crls
            .iter()
            .map(|crl| verified(crl, &issuers, now))
            .collect();
        let is_good = crls.iter().all(|crl| crl.verified);
        if self.json {
            ui::line(&serde_json::to_string_pretty(&Report { format: 1, crls })?)?;
        } else {
            for crl in &crls {
                let number = crl.number.as_deref().unwrap_or("without a number");
                let verdict = if crl.verified { "good" } else { "refused" };
                ui::line(&format!("{verdict}: CRL {number} of {}", crl.issuer))?;
                for fault in &crl.faults {
                    ui::line(&format!("  {fault}"))?;
                }
            }
        }
        Ok(match is_good {
            true => Status::Done,
            false => Status::Refused,
        })
    }

    fn known(&self) -> anyhow::Result<Vec<Certificate>> {
        let home = home::existing(&self.home)?;
        let authorities = Store::open_read_only(&home)?.authorities()?;
        Ok(authorities
            .into_iter()
            .map(|authority| authority.certificate)
            .collect())
    }
}

fn verified(crl: &Crl, issuers: &[Certificate], now: OffsetDateTime) -> Verified {
    let info = crl.info();
    let mut faults = Vec::new();
    if !issuers
        .iter()
        .any(|issuer| crl.check_signed_by(issuer).is_ok())
    {
        faults.push("none of the CAs that are known signed it".to_owned());
    }
    if info.this_update > now {
        faults.push(format!(
            "it is not valid before {}",
            clock::day(info.this_update)
        ));
    }
    match info.next_update {
        Some(next) if next < now => {
            faults.push(format!("the next one was due on {}", clock::day(next)));
        }
        _ => {}
    }
    let broken = lint::crl(crl, &[RuleSet::Rfc5280]).into_iter();
    let broken = broken.filter(|finding| finding.severity == Severity::Error);
    faults.extend(broken.map(|finding| format!("{}: {}", finding.section, finding.found)));
    Verified {
        issuer: info.issuer.clone(),
        number: info.number.as_ref().map(ToString::to_string),
        verified: faults.is_empty(),
        faults,
    }
}

/// The CRLs of a file; at least one. They may be larger than other files.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Crl>> {
    let limit = CRL_TEXT_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let read = if files::is_dash(file) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("cannot read {}", file.display()))?;
    let crls = match bytes.first() {
        // The tag of a SEQUENCE.
        Some(0x30) => Crl::from_der(&bytes).map(|crl| vec![crl]),
        _ => Crl::all_from_pem(&String::from_utf8_lossy(&bytes)),
    };
    crls.with_context(|| format!("cannot read CRLs from {}", file.display()))
}

//! `wharf cert inspect`.

use std::path::PathBuf;

use anyhow::Context;
use wharf_pki::CertificateInfo;
use wharf_pki::inspect::{inspect_der, inspect_pem};

use crate::exit::Status;
use crate::{files, ui};

#[derive(Debug, clap::Args)]
pub(crate) struct Inspect {
    /// A file with certificates, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Inspect {
    /// Shows what certificates say.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let bytes = files::read(&self.file)?;
        let certificates = read_certificates(&bytes)
            .with_context(|| format!("cannot read certificates from {}", self.file.display()))?;
        if self.json {
            ui::line(&serde_json::to_string_pretty(&certificates)?)?;
            return Ok(Status::Done);
        }
        for (number, certificate) in certificates.iter().enumerate() {
            if certificates.len() > 1 {
                ui::line(&format!(
                    "certificate {} of {}",
                    number + 1,
                    certificates.len()
                ))?;
            }
            ui::line(&certificate.to_string())?;
        }
        Ok(Status::Done)
    }
}

fn read_certificates(bytes: &[u8]) -> Result<Vec<CertificateInfo>, wharf_pki::Error> {
    // DER of a certificate begins with the tag of a SEQUENCE, which no text does.
    match (bytes.first(), std::str::from_utf8(bytes)) {
        (Some(0x30), Err(_)) => Ok(vec![inspect_der(bytes)?]),
        (_, Ok(text)) => inspect_pem(text),
        (_, Err(_)) => inspect_pem(&String::from_utf8_lossy(bytes)),
    }
}

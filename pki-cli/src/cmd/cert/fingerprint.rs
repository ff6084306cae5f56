//! `wharf cert fingerprint`.

use aws_lc_rs::digest;
use data_encoding::HEXUPPER;
use serde_json::json;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::inspect::source;
use crate::ui;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert fingerprint site.pem
  wharf cert fingerprint --sha1 site.pem    for old systems that ask for it; it proves nothing

One line for each certificate: what `openssl x509 -fingerprint` writes behind the `=`.")]
pub(crate) struct Fingerprint {
    /// A file with certificates, `-` for stdin; or a certificate of this CA
    #[arg(value_name = "FILE|SERIAL|NAME")]
    what: String,
    /// SHA-256, the default
    #[arg(long, conflicts_with = "sha1")]
    sha256: bool,
    /// SHA-1, which collides
    #[arg(long)]
    sha1: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Fingerprint {
    /// Prints the fingerprints.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let algorithm = if self.sha1 {
            &digest::SHA1_FOR_LEGACY_USE_ONLY
        } else {
            &digest::SHA256
        };
        let objects = source::load(&self.what, &self.home)?;
        let certificates = source::certificates(objects, &self.what)?;
        let digests = certificates
            .iter()
            .map(|certificate| digest::digest(algorithm, certificate.der()));
        if self.json {
            let name = if self.sha1 { "sha1" } else { "sha256" };
            let rows: Vec<_> = digests
                .map(|digest| json!({ name: HEXUPPER.encode(digest.as_ref()) }))
                .collect();
            let report = json!({ "format": 1, "certificates": rows });
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(Status::Done);
        }
        for digest in digests {
            let pairs: Vec<_> = digest
                .as_ref()
                .iter()
                .map(|it| format!("{it:02X}"))
                .collect();
            ui::line(&pairs.join(":"))?;
        }
        Ok(Status::Done)
    }
}

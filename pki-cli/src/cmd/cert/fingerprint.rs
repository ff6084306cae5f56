//! `wharf cert fingerprint`.

use aws_lc_rs::digest;

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
        for certificate in source::certificates(objects, &self.what)? {
            let digest = digest::digest(algorithm, certificate.der());
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

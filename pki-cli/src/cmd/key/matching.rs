//! `wharf key match`.

use std::path::PathBuf;

use serde::Serialize;

use crate::exit::Status;
use crate::password::PasswordArg;
use crate::ui::style::{BAD, GOOD, paint};
use crate::{keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf key match api.test.key api.test.pem
  wharf key match api.key api.csr api.pem && systemctl reload nginx

Of a file with several certificates the first counts. Exit status: 0 all match; 1 something cannot be read; 2 one does not match.")]
pub(crate) struct Match {
    /// The private key; `-` for stdin
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Certificates, requests or public keys, PEM or DER
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    password: PasswordArg,
}

#[derive(Serialize)]
struct Matches {
    format: u32,
    matches: bool,
    pin: String,
    files: Vec<Matched>,
}

#[derive(Serialize)]
struct Matched {
    path: PathBuf,
    matches: bool,
    pin: String,
}

impl Match {
    /// Compares public keys.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let key = keys::private(&self.key, &self.password)?;
        let pin = key.public_key().pin();
        let mut files = Vec::new();
        for path in self.files {
            let found = keys::holder(&path)?.public_key()?;
            files.push(Matched {
                matches: found == *key.public_key(),
                pin: found.pin(),
                path,
            });
        }
        let matches = files.iter().all(|file| file.matches);
        if self.json {
            let report = Matches {
                format: 1,
                matches,
                pin,
                files,
            };
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        } else {
            for file in &files {
                let said = match file.matches {
                    true => paint(GOOD, "matches"),
                    false => paint(BAD, "has another key"),
                };
                ui::line(&format!("{}: {said}", file.path.display()))?;
            }
        }
        Ok(if matches {
            Status::Done
        } else {
            Status::Refused
        })
    }
}

//! `wharf key encrypt`.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::exit::Status;
use crate::password::PasswordArg;
use crate::{keys, ui};

#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("target").required(true),
    after_help = "\
Examples:
  wharf key encrypt api.key --out api.enc.key
  wharf key encrypt api.key --in-place --password-file secret.txt
  wharf key encrypt api.enc.key --decrypt --out api.key

Writes PKCS#8 with PBES2: PBKDF2 over HMAC-SHA-256, 600,000 times, and AES-256-CBC. What was in plain text on a disk may stay
there after its file is replaced. Exit status: 0 done; 1 not done; 3 it is so already."
)]
pub(crate) struct Encrypt {
    /// The private key; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take the password off
    #[arg(long)]
    decrypt: bool,
    /// The file to write; `-` for stdout
    #[arg(long, value_name = "FILE", group = "target")]
    out: Option<PathBuf>,
    /// Replace FILE
    #[arg(long, group = "target")]
    in_place: bool,
    #[command(flatten)]
    password: PasswordArg,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

impl Encrypt {
    /// Encrypts a key, or decrypts it.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let shown = self.file.display().to_string();
        let bytes = keys::secret(&self.file)?;
        match keys::parse_private(&bytes, None) {
            Ok(_) if self.decrypt => {
                ui::note(&format!("{shown} is not encrypted"));
                Ok(Status::NothingToDo)
            }
            Ok(key) => {
                let password = self.password.for_writing(&shown)?;
                self.write(key.to_encrypted_pem(&password)?.as_bytes())
            }
            Err(error) if error.is_password() && self.decrypt => {
                let password = self.password.for_reading(&shown)?;
                let key = keys::parse_private(&bytes, Some(&password))?;
                self.write(key.to_pem().as_bytes())
            }
            Err(error) if error.is_password() => {
                ui::note(&format!(
                    "{shown} is encrypted already; for another password, take this one off with --decrypt"
                ));
                Ok(Status::NothingToDo)
            }
            Err(error) => {
                Err(error).with_context(|| format!("cannot read the private key of {shown}"))
            }
        }
    }

    fn write(&self, bytes: &[u8]) -> anyhow::Result<Status> {
        let (out, force): (&Path, bool) = match &self.out {
            Some(out) => (out, self.force),
            None => (&self.file, self.in_place),
        };
        keys::write_private(out, bytes, force)?;
        Ok(Status::Done)
    }
}

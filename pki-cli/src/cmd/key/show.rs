//! `wharf key show`.

use std::path::PathBuf;

use anyhow::Context;
use data_encoding::HEXUPPER;
use serde::Serialize;
use wharf_pki::PublicKey;

use crate::exit::Status;
use crate::password::{self, PasswordArg};
use crate::{keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf key show api.key
  wharf key show api.pub --json
  curl --pinnedpubkey \"sha256//$(wharf key show api.key --json | jq -r .pin)\" https://api.test/

Of an encrypted key nothing can be said without its password but that it is one. The JSON is described in docs/json.md.
Exit status: 0 done; 1 it cannot be read.")]
pub(crate) struct Show {
    /// A private or public key, or a certificate or request that has one, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    password: PasswordArg,
}

#[derive(Serialize)]
struct Shown {
    format: u32,
    /// `private-key`, or `public-key` of whatever holds one.
    kind: &'static str,
    encrypted: bool,
    #[serde(rename = "type")]
    algorithm: Option<String>,
    pin: Option<String>,
    sha256: Option<String>,
}

impl Show {
    /// Shows a key.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let bytes = keys::secret(&self.file)?;
        let shown = if keys::is_private(&bytes) {
            let (encrypted, key) = self.private(&bytes)?;
            Shown::new("private-key", encrypted, key.as_ref())
        } else {
            let key = keys::parse_holder(&bytes)
                .map_err(anyhow::Error::from)
                .and_then(|holder| holder.public_key())
                .with_context(|| format!("cannot read a key from {}", self.file.display()))?;
            Shown::new("public-key", false, Some(&key))
        };
        if self.json {
            ui::line(&serde_json::to_string_pretty(&shown)?)?;
            return Ok(Status::Done);
        }
        shown.lines().iter().try_for_each(|line| ui::line(line))?;
        Ok(Status::Done)
    }

    /// Whether it is encrypted, and its public key if the password for it is there.
    fn private(&self, bytes: &[u8]) -> anyhow::Result<(bool, Option<PublicKey>)> {
        let cannot = || format!("cannot read the private key of {}", self.file.display());
        match keys::parse_private(bytes, None) {
            Ok(key) => return Ok((false, Some(key.public_key().clone()))),
            Err(error) if error.is_password() => {}
            Err(error) => return Err(error).with_context(cannot),
        }
        let password = match self.password.given()? {
            None if password::can_ask() => self
                .password
                .for_reading(&self.file.display().to_string())
                .map(Some)?,
            given => given,
        };
        let Some(password) = password else {
            return Ok((true, None));
        };
        let key = keys::parse_private(bytes, Some(&password)).with_context(cannot)?;
        Ok((true, Some(key.public_key().clone())))
    }
}

impl Shown {
    fn new(kind: &'static str, encrypted: bool, key: Option<&PublicKey>) -> Self {
        Self {
            format: 1,
            kind,
            encrypted,
            algorithm: key.map(|key| key.algorithm().to_string()),
            pin: key.map(PublicKey::pin),
            sha256: key.map(|key| HEXUPPER.encode(&key.sha256())),
        }
    }

    fn lines(&self) -> Vec<String> {
        let unknown = "(its password is needed to tell)";
        let or_unknown = |value: Option<String>| value.unwrap_or_else(|| unknown.into());
        let mut lines = vec![
            format!("kind            {}", self.kind.replace('-', " ")),
            format!("type            {}", or_unknown(self.algorithm.clone())),
        ];
        if self.kind == "private-key" {
            let encrypted = if self.encrypted { "yes" } else { "no" };
            lines.push(format!("encrypted       {encrypted}"));
        }
        if let (Some(pin), Some(sha256)) = (&self.pin, &self.sha256) {
            lines.push(format!("key pin         sha256//{pin}"));
            lines.push(format!("SHA-256         {sha256}"));
        }
        lines
    }
}

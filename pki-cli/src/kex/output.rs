//! Secrets into files.

use std::path::PathBuf;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use wharf_pki::kex::{Secret, hkdf};
use zeroize::Zeroizing;

use crate::exit::Status;
use crate::{files, keys};

/// Where a secret goes, and in which form.
#[derive(Debug, clap::Args)]
pub(crate) struct SecretArg {
    /// The file for the secret, 0600; `-` for stdout, if that is no screen
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// In hexadecimal, with a line feed
    #[arg(long)]
    hex: bool,
    /// A key from it, through HKDF with SHA-256, for a use that this text names
    #[arg(long, value_name = "TEXT")]
    info: Option<String>,
    /// The salt of HKDF, in hexadecimal [default: none]
    #[arg(long, value_name = "HEX", requires = "info", value_parser = from_hex)]
    salt: Option<Octets>,
    /// How long the key of --info is
    #[arg(long, value_name = "NUMBER", requires = "info", default_value_t = 32)]
    bytes: usize,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
}

/// Octets, as one argument.
#[derive(Clone, Debug)]
pub(crate) struct Octets(Vec<u8>);

impl SecretArg {
    /// Whether it goes to stdout.
    pub(crate) fn is_dash(&self) -> bool {
        files::is_dash(&self.out)
    }

    /// Refuses to go on if its file exists.
    pub(crate) fn check_free(&self) -> anyhow::Result<()> {
        if !self.is_dash() && !self.force {
            files::check_free(&[&self.out])?;
        }
        Ok(())
    }

    /// Writes it.
    pub(crate) fn write(&self, secret: &Secret) -> anyhow::Result<Status> {
        let derived = match &self.info {
            Some(info) => {
                let salt = self.salt.as_ref().map_or(&[][..], |salt| &salt.0);
                let key = hkdf::extract(salt, secret.reveal());
                hkdf::expand(&key, info.as_bytes(), self.bytes).map_err(wharf_pki::Error::Kex)?
            }
            None => secret.clone(),
        };
        let octets = derived.reveal();
        if self.hex {
            let text = Zeroizing::new(HEXLOWER.encode(octets) + "\n");
            keys::write_private(&self.out, text.as_bytes(), self.force)?;
        } else {
            keys::write_private(&self.out, octets, self.force)?;
        }
        Ok(Status::Done)
    }
}

fn from_hex(text: &str) -> Result<Octets, String> {
    let read = HEXLOWER_PERMISSIVE.decode(text.as_bytes());
    read.map(Octets)
        .map_err(|_| "it is no text of hexadecimal digits, two for each octet".into())
}

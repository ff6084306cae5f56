//! `wharf key new`.

use std::path::PathBuf;

use wharf_pki::{Key, KeyType};

use crate::exit::Status;
use crate::password::PasswordArg;
use crate::{files, keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf key new --out api.key
  wharf key new --type ed25519 --out api.key --encrypt
  wharf key new --type rsa3072 | ssh host 'umask 077; cat > api.key'

Writes PKCS#8 in PEM, 0600. The pin of its public key goes to stderr. Exit status: 0 done; 1 not done.")]
pub(crate) struct New {
    /// p256, p384, p521, ed25519, rsa2048, rsa3072, rsa4096, ml-dsa-44, ml-dsa-65 or ml-dsa-87
    #[arg(long = "type", visible_alias = "key-type", value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    /// The file to write; `-` for stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// Protect it with a password: PBES2 with PBKDF2 and AES-256-CBC
    #[arg(long, visible_alias = "encrypt-key")]
    encrypt: bool,
    #[command(flatten)]
    password: PasswordArg,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

impl New {
    /// Makes a key.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        if !files::is_dash(&self.out) && !self.force {
            files::check_free(&[&self.out])?;
        }
        if !self.encrypt && self.password.given()?.is_some() {
            anyhow::bail!("a password was given without --encrypt");
        }
        let password = match self.encrypt {
            true => Some(self.password.for_writing("the key")?),
            false => None,
        };
        let key = Key::generate(self.key_type)?;
        match password {
            Some(password) => {
                let text = key.to_encrypted_pem(&password)?;
                keys::write_private(&self.out, text.as_bytes(), self.force)?;
            }
            None => keys::write_private(&self.out, key.to_pem().as_bytes(), self.force)?,
        }
        let pin = key.public_key().pin();
        ui::note(&format!(
            "made a key of type {}, sha256//{pin}",
            self.key_type
        ));
        Ok(Status::Done)
    }
}

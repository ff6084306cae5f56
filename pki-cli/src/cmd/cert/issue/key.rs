//! The key: a new one, or one that is there.

use std::path::{Path, PathBuf};

use wharf_pki::{Key, KeyType};
use zeroize::Zeroizing;

use crate::keys;
use crate::password::PasswordArg;
use crate::ui::Advised;

#[derive(Debug, clap::Args)]
pub(super) struct KeyArg {
    /// The kind of key; browsers take p256, p384 and rsa2048 to rsa4096
    #[arg(long, visible_alias = "type", value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    /// A key that is there, PEM or DER, instead of a new one
    #[arg(long = "key", value_name = "FILE", conflicts_with_all = ["key_type", "encrypt_key"])]
    pub(super) existing: Option<PathBuf>,
    /// Encrypt the new key with a password, which is asked for unless it is given
    #[arg(long, visible_alias = "encrypt")]
    encrypt_key: bool,
    #[command(flatten)]
    password: PasswordArg,
}

impl KeyArg {
    /// The files that are read.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &Path> {
        let password = self.password.file();
        self.existing.as_deref().into_iter().chain(password)
    }

    /// The key, and what to write into its file; nothing for one that has a file.
    pub(super) fn get(&self) -> anyhow::Result<(Key, Option<Zeroizing<String>>)> {
        if let Some(file) = &self.existing {
            return Ok((keys::private(file, &self.password)?, None));
        }
        if !self.encrypt_key {
            if self.password.password_file.is_some() || self.password.password_env.is_some() {
                return Err(Advised {
                    message: "a password was given, and no key that needs one".into(),
                    hint: "--encrypt-key writes the new key encrypted; the password of the CA's keys is --ca-password-file or --ca-password-env".into(),
                }
                .into());
            }
            let key = Key::generate(self.key_type)?;
            let text = key.to_pem();
            return Ok((key, Some(text)));
        }
        let password = self.password.for_writing("the certificate's key")?;
        let key = Key::generate(self.key_type)?;
        let text = key.to_encrypted_pem(&password)?;
        Ok((key, Some(text.into())))
    }
}

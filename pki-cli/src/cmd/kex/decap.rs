//! `wharf kex decap`.

use std::path::PathBuf;

use crate::exit::Status;
use crate::files;
use crate::kex::output::SecretArg;
use crate::kex::{input, refused};
use crate::password::PasswordArg;

/// The longest ciphertext that is read, in bytes: RSA of 16384 bits has 2048. A longer one is refused by its length.
const CIPHERTEXT_BYTES_MAX: usize = 4096;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex decap --key k.key --ciphertext k.ct --out secret
  wharf kex decap --key k.key --ciphertext k.ct --info 'my protocol' --out key

A ciphertext of ML-KEM that was made for another key gives a secret, too, which nobody else has: FIPS 203 wants it so. That it \
is the same on both sides only shows when it is used. Exit status: 0 done; 1 not done; 2 the ciphertext is refused.")]
pub(crate) struct Decap {
    /// The private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// What encap made; `-` for stdin
    #[arg(long, value_name = "FILE")]
    ciphertext: PathBuf,
    #[command(flatten)]
    secret: SecretArg,
    #[command(flatten)]
    password: PasswordArg,
}

impl Decap {
    /// Decapsulates.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        self.secret.check_free()?;
        let key = input::private(&self.key, &self.password)?;
        let ciphertext = files::read_within(&self.ciphertext, CIPHERTEXT_BYTES_MAX)?;
        match key.decapsulate(&ciphertext) {
            Ok(secret) => self.secret.write(&secret),
            Err(fault) => refused(fault),
        }
    }
}

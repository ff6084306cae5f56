//! `wharf kex encap`.

use std::path::PathBuf;

use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::kex::output::SecretArg;
use crate::kex::{input, refused};
use crate::{files, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex encap --peer k.pub --ciphertext k.ct --out secret
  wharf kex decap --key k.key --ciphertext k.ct | cmp - secret
  openssl pkeyutl -decap -inkey k.key -in k.ct -secret secret     (OpenSSL 3.5)

The ciphertext is for the owner of the private key, who takes the same secret out of it. Of x25519mlkem768 it is as the share of a \
TLS server: 1088 bytes of ML-KEM-768, then 32 of X25519. With RSA it is OAEP with SHA-256 over 32 random bytes; with X25519, P-256 \
and P-384 it is a public key made for this. Exit status: 0 done; 1 not done; 2 the public key is refused.")]
pub(crate) struct Encap {
    /// The public key, or a certificate that has it
    #[arg(long, value_name = "FILE")]
    peer: PathBuf,
    /// The file for the ciphertext; `-` for stdout
    #[arg(long, value_name = "FILE")]
    ciphertext: PathBuf,
    #[command(flatten)]
    secret: SecretArg,
}

impl Encap {
    /// Encapsulates.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        if files::is_dash(&self.ciphertext) && self.secret.is_dash() {
            return Err(ui::Advised {
                message: "the secret and the ciphertext cannot both go to stdout".into(),
                hint: "write the secret with --out FILE".into(),
            }
            .into());
        }
        self.secret.check_free()?;
        if !files::is_dash(&self.ciphertext) && !self.secret.force {
            files::check_free(&[&self.ciphertext])?;
        }
        match input::public(&self.peer)?.encapsulate() {
            Ok(made) => {
                let force = self.secret.force;
                files::write(&self.ciphertext, &made.ciphertext, Mode::Public, force)?;
                self.secret.write(&made.secret)
            }
            Err(fault) => refused(fault),
        }
    }
}

//! `wharf kex derive`.

use std::path::PathBuf;

use crate::exit::Status;
use crate::kex::output::SecretArg;
use crate::kex::{input, refused};
use crate::password::PasswordArg;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex derive --key a.key --peer b.pub --out secret
  wharf kex derive --key a.key --peer b.pub | cmp - secret
  openssl pkeyutl -derive -inkey a.key -peerkey b.pub | cmp - secret
  wharf kex derive --key a.key --peer b.pub --info 'my protocol' --bytes 32 --out key

X25519, P-256 and P-384, as `openssl pkeyutl -derive`. What comes out is no key yet: --info puts it through HKDF with SHA-256 \
(RFC 5869). A public key that would give the secret away is refused. Exit status: 0 done; 1 not done; 2 the public key is \
refused.")]
pub(crate) struct Derive {
    /// The private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The public key of the other side, or a certificate that has it
    #[arg(long, value_name = "FILE")]
    peer: PathBuf,
    #[command(flatten)]
    secret: SecretArg,
    #[command(flatten)]
    password: PasswordArg,
}

impl Derive {
    /// Derives.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        self.secret.check_free()?;
        let key = input::private(&self.key, &self.password)?;
        let peer = input::public(&self.peer)?;
        match key.derive(&peer) {
            Ok(secret) => self.secret.write(&secret),
            Err(fault) => refused(fault),
        }
    }
}

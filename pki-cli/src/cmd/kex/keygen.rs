//! `wharf kex keygen`.

use std::path::PathBuf;

use wharf_pki::kex::{ExchangeKey, Group};
use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::{files, keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex keygen --out a.key --pub a.pub
  wharf kex keygen --group ml-kem-768 --out k.key --pub k.pub
  openssl pkey -in a.key -text -noout

Writes PKCS#8 (0600) and, with --pub, SubjectPublicKeyInfo, both in PEM. Files of x25519mlkem768 hold two keys each, that of \
ML-KEM-768 first, as TLS orders them. RSA has 3072 bits. OpenSSL reads ML-KEM from version 3.5 on. Exit status: 0 done; 1 not \
done.")]
pub(crate) struct Keygen {
    /// x25519, p256, p384, ml-kem-768, x25519mlkem768 or rsa-oaep
    #[arg(long, value_name = "GROUP", default_value = Group::X25519.name())]
    group: Group,
    /// The file for the private key; `-` for stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// The file for the public key
    #[arg(long = "pub", value_name = "FILE")]
    public: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

impl Keygen {
    /// Makes a key pair.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let written = [Some(&self.out), self.public.as_ref()];
        let written = written.into_iter().flatten();
        let new: Vec<_> = written
            .map(PathBuf::as_path)
            .filter(|file| !self.force && !files::is_dash(file))
            .collect();
        files::check_free(&new)?;
        let key = ExchangeKey::generate(self.group)?;
        keys::write_private(&self.out, key.to_pem()?.as_bytes(), self.force)?;
        if let Some(public) = &self.public {
            let text = key.public().to_pem();
            files::write(public, text.as_bytes(), Mode::Public, self.force)?;
        }
        ui::note(&format!("made a key of {}", self.group));
        Ok(Status::Done)
    }
}

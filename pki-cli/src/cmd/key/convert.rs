//! `wharf key convert`.

use std::path::PathBuf;

use clap::ValueEnum;
use wharf_pki::key::KeyEncoding;
use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::password::PasswordArg;
use crate::{files, keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf key convert old.key --to pkcs8 --out new.key
  wharf key convert api.key --to sec1 --der --out api.der
  wharf key convert api.key --to public > api.pub

A private key is written without a password, whether it had one or not: `wharf key encrypt` gives it one.
Exit status: 0 done; 1 not done.")]
pub(crate) struct Convert {
    /// The private key, in any of these forms, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The form to write
    #[arg(long, value_name = "FORM")]
    to: Form,
    /// Write DER, not PEM
    #[arg(long)]
    der: bool,
    /// The file to write; `-` for stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    password: PasswordArg,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// PRIVATE KEY, for every type
    Pkcs8,
    /// EC PRIVATE KEY
    Sec1,
    /// RSA PRIVATE KEY
    Pkcs1,
    /// PUBLIC KEY: SubjectPublicKeyInfo
    Public,
}

impl Convert {
    /// Writes a key in another form.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let inputs = [&*self.file].into_iter().chain(self.password.file());
        files::check_apart(&[&self.out], inputs)?;
        let key = keys::private(&self.file, &self.password)?;
        let encoding = match self.to {
            Form::Pkcs8 => KeyEncoding::Pkcs8,
            Form::Sec1 => KeyEncoding::Sec1,
            Form::Pkcs1 => KeyEncoding::Pkcs1,
            Form::Public => {
                let public = key.public_key();
                let bytes = match self.der {
                    true => public.der().to_vec(),
                    false => public.to_pem().into_bytes(),
                };
                files::write(&self.out, &bytes, Mode::Public, self.force)?;
                return Ok(Status::Done);
            }
        };
        match self.der {
            true => keys::write_private(&self.out, &key.to_der_as(encoding)?, self.force)?,
            false => {
                let text = key.to_pem_as(encoding)?;
                keys::write_private(&self.out, text.as_bytes(), self.force)?;
            }
        }
        if !files::is_dash(&self.out) {
            ui::note(&format!("wrote the key as {encoding}, without a password"));
        }
        Ok(Status::Done)
    }
}

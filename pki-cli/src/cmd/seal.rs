//! `wharf seal`: to a certificate's or a public key.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::keys::{self, Holder};
use crate::ui::{self, Advised};
use crate::{clock, files, sealed};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf seal secrets.env --to api.test.pem --out secrets.sealed
  tar c folder | wharf seal - --to backup.pub --out folder.sealed
  wharf open secrets.sealed --key api.test.key

HPKE (RFC 9180) in its base mode with AES-256-GCM, to a key of P-256, P-384, P-521 or X25519, in chunks of 64 KiB: files of any
size, and one that is cut off, changed or put together anew does not open. It does not say who sealed it: for that, `wharf sign`.
A certificate has to be valid now. The format is described in docs/sealed.md. Exit status: 0 done; 1 not done; 2 the certificate
is not valid.")]
pub(crate) struct Seal {
    /// What to seal; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The recipient's certificate, or public key
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The file to write; `-` for stdout [default: FILE.sealed]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

/// Seals.
pub(crate) fn run(seal: Seal) -> anyhow::Result<Status> {
    let out = match (&seal.out, files::is_dash(&seal.file)) {
        (Some(out), _) => out.clone(),
        (None, true) => PathBuf::from("-"),
        (None, false) => {
            let mut name = seal.file.clone().into_os_string();
            name.push(".sealed");
            name.into()
        }
    };
    files::check_apart(&[&out], [&*seal.file, &*seal.to])?;
    if files::is_dash(&out) && ui::is_terminal() {
        return Err(Advised {
            message: "what is sealed is no text".into(),
            hint: "send stdout somewhere, or --out FILE".into(),
        }
        .into());
    }
    let holder = keys::holder(&seal.to)?;
    if let Holder::Certificate(certificate) = &holder
        && let Err(error) = certificate.validity().check(clock::now())
    {
        ui::note(&format!("{}: {error}", seal.to.display()));
        return Ok(Status::Refused);
    }
    let to = holder.public_key()?;
    to.agreement()
        .with_context(|| format!("cannot seal to {}", seal.to.display()))?;
    let mut input = input(&seal.file)?;
    files::write_with(&out, Mode::Public, seal.force, |output| {
        sealed::seal(&to, &mut input, &mut &mut *output)
    })?;
    if !files::is_dash(&out) {
        ui::line(&out.display().to_string())?;
    }
    Ok(Status::Done)
}

/// A file of any size, or stdin.
pub(super) fn input(file: &Path) -> anyhow::Result<Box<dyn Read>> {
    Ok(match files::is_dash(file) {
        true => Box::new(io::stdin().lock()),
        false => {
            let open = File::open(file);
            Box::new(open.with_context(|| format!("cannot read {}", file.display()))?)
        }
    })
}

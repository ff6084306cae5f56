//! `wharf seal`: to a certificate's or a public key.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use wharf_pki::Certificate;
use wharf_pki::crl::SerialNumber;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{Mode, Store};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::keys::{self, Holder};
use crate::ui::{self, Advised};
use crate::{clock, files, home, sealed};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf seal secrets.env --to api.test.pem --out secrets.sealed
  tar c folder | wharf seal - --to backup.pub --out folder.sealed
  wharf open secrets.sealed --key api.test.key

HPKE (RFC 9180) in its base mode with AES-256-GCM, to a key of P-256, P-384, P-521 or X25519, in chunks of 64 KiB: files of any
size, and one that is cut off, changed or put together anew does not open. It does not say who sealed it: for that, `wharf sign`.
A certificate has to be valid now, and not revoked by a CA of this home; one whose keyUsage has no keyAgreement is warned of.
The format is described in docs/sealed.md. Exit status: 0 done; 1 not done; 2 the certificate is not valid, or revoked.")]
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
    #[command(flatten)]
    home: HomeArg,
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
    if let Holder::Certificate(certificate) = &holder {
        if let Some(refusal) = refusal(certificate, &seal.home)? {
            ui::note(&format!("{}: {refusal}", seal.to.display()));
            return Ok(Status::Refused);
        }
        warn(certificate, &seal.to)?;
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

/// Why nothing is sealed to a certificate: it is not valid now, or a CA of this home revoked it.
fn refusal(certificate: &Certificate, home: &HomeArg) -> anyhow::Result<Option<String>> {
    if let Err(error) = certificate.validity().check(clock::now()) {
        return Ok(Some(error.to_string()));
    }
    let Ok(home) = home::find(home) else {
        return Ok(None);
    };
    if !home.store_path().exists() {
        return Ok(None);
    }
    let store = Store::open_read_only(&home)?;
    let serial = SerialNumber::of(certificate)?.to_string();
    for ca in store.authorities()? {
        if certificate.check_signed_by(&ca.certificate).is_err() {
            continue;
        }
        let mut revocations = store.revocations(ca.id)?.into_iter();
        if let Some(found) = revocations.find(|found| found.serial == serial) {
            let day = clock::day(found.revoked_at);
            return Ok(Some(format!("it was revoked on {day}: {}", found.reason)));
        }
    }
    Ok(None)
}

/// HPKE agrees on a key, which is keyAgreement ([RFC 5280 §4.2.1.3]). The recipient can open it all the same.
///
/// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
fn warn(certificate: &Certificate, file: &Path) -> anyhow::Result<()> {
    let usages = inspect_der(certificate.der())?.key_usage;
    if !usages.is_empty() && !usages.iter().any(|usage| usage == "keyAgreement") {
        ui::note(&format!(
            "warning: {} is for {}, not for keyAgreement; a key of its own for sealing is cleaner: wharf key new",
            file.display(),
            usages.join(" and ")
        ));
    }
    Ok(())
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

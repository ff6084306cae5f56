//! `wharf sign`: a detached signature.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use data_encoding::BASE64;
use wharf_pki::key::{Message, SignatureAlgorithm};
use wharf_pki::store::Mode;

use crate::exit::Status;
use crate::files;
use crate::keys::{self, Holder};
use crate::password::PasswordArg;
use crate::ui::{self, Advised};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf sign release.tar --key code.key --cert code.pem
  openssl dgst -sha256 -verify code.pub -signature release.tar.sig release.tar
  openssl pkeyutl -verify -pubin -inkey ed25519.pub -rawin -in FILE -sigfile FILE.sig

Writes the signature and nothing around it: ECDSA in DER over SHA-256, SHA-384 or SHA-512 for P-256, P-384 and P-521, RSA as
PKCS#1 v1.5 over SHA-256, Ed25519 and ML-DSA of the content itself. Files of any size for ECDSA and RSA; for the others up to
64 MiB. Exit status: 0 done; 1 not done; 2 the certificate is of another key.")]
pub(crate) struct Sign {
    /// What to sign; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// Its certificate, to be sure that it belongs to the key
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// The file to write; `-` for stdout [default: FILE.sig]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write base64, in one line
    #[arg(long)]
    base64: bool,
    #[command(flatten)]
    password: PasswordArg,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

/// Signs.
pub(crate) fn run(sign: Sign) -> anyhow::Result<Status> {
    let out = match (&sign.out, files::is_dash(&sign.file)) {
        (Some(out), _) => out.clone(),
        (None, true) => PathBuf::from("-"),
        (None, false) => {
            let mut name = sign.file.clone().into_os_string();
            name.push(".sig");
            name.into()
        }
    };
    let inputs = [&*sign.file, &*sign.key].into_iter();
    let inputs = inputs.chain(sign.cert.as_deref());
    files::check_apart(&[&out], inputs.chain(sign.password.file()))?;
    if !files::is_dash(&out) && !sign.force {
        files::check_free(&[&out])?;
    }
    if files::is_dash(&out) && ui::is_terminal() && !sign.base64 {
        return Err(Advised {
            message: "a signature is no text".into(),
            hint: "--base64 writes it as one; or send stdout somewhere, or --out FILE".into(),
        }
        .into());
    }
    let key = keys::private(&sign.key, &sign.password)?;
    if let Some(file) = &sign.cert {
        let Holder::Certificate(certificate) = keys::holder(file)? else {
            anyhow::bail!("{} holds no certificate", file.display());
        };
        if certificate.public_key()? != *key.public_key() {
            ui::note(&format!("{} is of another key", file.display()));
            return Ok(Status::Refused);
        }
    }
    let message = read_message(&sign.file, key.signature_algorithm())?;
    let signature = key.sign_message(message)?;
    let signature = match sign.base64 {
        true => format!("{}\n", BASE64.encode(&signature)).into_bytes(),
        false => signature,
    };
    files::write(&out, &signature, Mode::Public, sign.force)?;
    if !files::is_dash(&out) {
        ui::line(&out.display().to_string())?;
    }
    Ok(Status::Done)
}

/// The content of a file, block by block.
pub(super) fn read_message(file: &Path, algorithm: SignatureAlgorithm) -> anyhow::Result<Message> {
    let cannot = || format!("cannot read {}", file.display());
    let mut input: Box<dyn Read> = match files::is_dash(file) {
        true => Box::new(io::stdin().lock()),
        false => Box::new(File::open(file).with_context(cannot)?),
    };
    let mut message = Message::new(algorithm);
    let mut block = vec![0; 64 * 1024];
    loop {
        match input.read(&mut block) {
            Ok(0) => return Ok(message),
            Ok(length) => message.update(block.get(..length).unwrap_or_default())?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(cannot),
        }
    }
}

//! `wharf open`.

use std::path::PathBuf;

use wharf_pki::store::Mode;

use super::seal::input;
use crate::exit::Status;
use crate::password::PasswordArg;
use crate::sealed::{self, Refusal};
use crate::ui::Advised;
use crate::{files, keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf open secrets.sealed --key api.test.key --out secrets.env
  wharf open folder.sealed --key backup.key | tar x

A file is written whole or not at all, 0600. To stdout each chunk goes as soon as it is known to be sound: if a later one is not,
the exit status is 2, and what came before it is not all. Nothing goes to a screen as it is. Exit status: 0 done; 1 not done; 2 it does not open.")]
pub(crate) struct Open {
    /// What was sealed; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The recipient's private key
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The file to write; `-` for stdout
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    #[command(flatten)]
    password: PasswordArg,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
}

/// Opens.
pub(crate) fn run(open: Open) -> anyhow::Result<Status> {
    let inputs = [&*open.file, &*open.key].into_iter();
    files::check_apart(&[&open.out], inputs.chain(open.password.file()))?;
    if files::is_dash(&open.out) && ui::is_terminal() {
        return Err(Advised {
            message: "what was sealed may be anything, also what a terminal obeys".into(),
            hint: "--out FILE writes it; or send stdout through a pager: | less".into(),
        }
        .into());
    }
    let key = keys::agreement(&open.key, &open.password)?;
    let mut input = input(&open.file)?;
    let opened = files::write_with(&open.out, Mode::Private, open.force, |output| {
        sealed::open(&key, &mut input, &mut &mut *output)
    });
    match opened {
        Ok(()) => {
            if !files::is_dash(&open.out) {
                ui::line(&open.out.display().to_string())?;
            }
            Ok(Status::Done)
        }
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(refusal) => {
                ui::note(&format!("{} does not open: {refusal}", open.file.display()));
                Ok(Status::Refused)
            }
            None => Err(error),
        },
    }
}

//! `wharf ca backup` and `wharf ca restore`.

use std::path::PathBuf;

use wharf_pki::store::{Stamp, Store};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca backup ca.tar

Keys are in it as they are in the CA's folder: without a password, who can read the backup is the CA. The file is 0600.

Exit status: 0 written; 1 not written.")]
pub(crate) struct Backup {
    /// A new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    home: HomeArg,
}

impl Backup {
    /// Writes it.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        files::check_absent(&self.file)?;
        let who = home::who();
        // A CA from before its first use has no inventory yet.
        let store = Store::open(&home, &Stamp::new(&who, clock::now()))?;
        let authorities = store.authorities()?;
        let mut with_keys = authorities.iter().filter(|found| found.has_key());
        let is_plain = with_keys.any(|found| !found.key_encrypted);
        drop(store);
        home.backup(&self.file)?;
        if is_plain {
            ui::note("warning: its keys have no password; who can read this file is the CA");
        }
        ui::line(&self.file.display().to_string())?;
        Ok(Status::Done)
    }
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca restore ca.tar --home /srv/wharf

Exit status: 0 restored; 1 not, and nothing was put in place.")]
pub(crate) struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Restore {
    /// Puts it in place.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::find(&self.home)?;
        let mut asked = Asked::new(self.password);
        let restored = home.restore(&self.file, &mut |path| asked.of(path));
        let ca = asked.tell(restored)?;
        ui::note(&format!("restored the CA in {}", ca.folder().display()));
        ui::line(&ca.root_path().display().to_string())?;
        Ok(Status::Done)
    }
}

//! `wharf ca export`.

use std::path::Path;

use wharf_pki::Certificate;
use wharf_pki::store::{Mode, Role, Stamp, Store};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca export > roots.pem      the root; two of them while one takes the place of another

Exit status: 0 printed; 3 no root is valid.")]
pub(crate) struct Export {
    /// Print the newest root as DER
    #[arg(long, conflicts_with = "all")]
    der: bool,
    /// Print the intermediates too
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Export {
    /// Prints them.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let (who, now) = (home::who(), clock::now());
        let store = Store::open(&home, &Stamp::new(&who, now))?;
        let found: Vec<Certificate> = store
            .authorities()?
            .into_iter()
            .filter(|found| self.all || found.role == Role::Root)
            .map(|found| found.certificate)
            .filter(|certificate| certificate.validity().check(now).is_ok())
            .collect();
        let Some(newest) = found.last() else {
            ui::note("no root is valid; wharf ca rotate --root --no-cross makes a new one");
            return Ok(Status::NothingToDo);
        };
        let bytes = if self.der {
            newest.der().to_vec()
        } else {
            let pem: String = found.iter().map(Certificate::to_pem).collect();
            pem.into_bytes()
        };
        files::write(Path::new("-"), &bytes, Mode::Public, false)?;
        Ok(Status::Done)
    }
}

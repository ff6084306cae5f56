//! `wharf ca import`.

use std::path::PathBuf;

use wharf_pki::store::Stamp;
use wharf_pki::validity::DAY;

use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca import \"$(mkcert -CAROOT)\"
  wharf ca import ./demoCA --password-file secret.txt

The folder is only read. Keys that are encrypted stay so.

Exit status: 0 taken over; 1 not.")]
pub(crate) struct Import {
    /// The folder of openssl ca, easy-rsa, step or mkcert
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// How long the intermediate is valid that is made if there is none
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    intermediate_days: u32,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Import {
    /// Takes the CA over.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::find(&self.home)?;
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        let mut asked = Asked::new(self.password);
        let lifetime = self.intermediate_days * DAY;
        let taken = home.import(&stamp, &self.folder, lifetime, &mut |path| asked.of(path));
        let imported = asked.tell(taken)?;
        ui::note(&format!(
            "took over the CA of {}: {} certificates, {} revocations",
            imported.layout, imported.certificates, imported.revocations
        ));
        if imported.made_intermediate {
            ui::note("it had no intermediate: one was made");
        }
        if !imported.without_certificate.is_empty() {
            ui::note(&format!(
                "warning: {} certificates of its index were not found; their serial numbers are kept",
                imported.without_certificate.len()
            ));
        }
        ui::line(&imported.ca.root_path().display().to_string())?;
        Ok(Status::Done)
    }
}

//! `wharf ca init`.

use wharf_pki::{CaOptions, KeyType};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
pub(crate) struct Init {
    /// The name that people will see in their trust store
    #[arg(long, value_name = "NAME", default_value_t = CaOptions::default().name)]
    name: String,
    /// The kind of its keys: p256, p384 or ed25519; browsers do not take ed25519
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    #[command(flatten)]
    home: HomeArg,
}

impl Init {
    /// Makes the CA.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::find(&self.home)?;
        let options = CaOptions {
            name: self.name.clone(),
            key_type: self.key_type,
            ..CaOptions::default()
        };
        let ca = {
            let _lock = home.lock()?;
            home.create_ca(&options, clock::now())?
        };
        ui::note(&format!(
            "made the CA \"{}\" in {}",
            self.name,
            ca.folder().display()
        ));
        ui::note(
            "nothing trusts it until its root is installed, with wharf ca trust, or named, as in curl --cacert",
        );
        ui::line(&ca.root_path().display().to_string())?;
        Ok(Status::Done)
    }
}

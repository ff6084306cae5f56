//! `wharf ca init`.

use wharf_pki::constraints::{NameConstraints, Subtree};
use wharf_pki::validity::DAY;
use wharf_pki::{CaOptions, KeyType, Password};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::password::{self, PasswordArg};
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca init --name 'Example CA' --domain example.test --domain 10.0.0.0/8
  wharf ca init --password-file secret.txt
  wharf ca init --no-intermediate --days 30        one certificate less, for a test

On a terminal a password for the keys is asked for, elsewhere there is none unless it is given. The CA that `wharf cert \
issue` makes when there is none has no password: its keys are readable by you alone (0600).

Exit status: 0 made; 1 not made.")]
pub(crate) struct Init {
    /// The name that people will see in their trust store
    #[arg(long, value_name = "NAME", default_value_t = CaOptions::default().name)]
    name: String,
    /// The kind of its keys; browsers do not take ed25519
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    /// A domain, address or network that it may issue for, and no others; may be repeated
    #[arg(long = "domain", value_name = "D")]
    domains: Vec<Subtree>,
    /// How long the root is valid
    #[arg(long, value_name = "N", default_value_t = 3650, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    /// How long the intermediate is valid
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    intermediate_days: u32,
    /// How many CAs may stand below the root; with fewer than 2 no new root can be cross-signed
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..))]
    path_len: u8,
    /// Let the root issue by itself: its key is then in daily use, and a leak of it is the end of the CA
    #[arg(long, conflicts_with_all = ["path_len", "intermediate_days"])]
    no_intermediate: bool,
    /// Leave the keys without a password, and do not ask
    #[arg(long, conflicts_with_all = ["password_file", "password_env"])]
    no_password: bool,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Init {
    /// Makes the CA.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::find(&self.home)?;
        if home.ca_path().try_exists()? {
            // Before anybody is asked for a password.
            let path = home.ca_path();
            return Err(wharf_pki::Error::CaExists { path }.into());
        }
        let name_constraints = constraints(&self.domains);
        warn(&name_constraints, self.key_type);
        let options = CaOptions {
            name: self.name.clone(),
            key_type: self.key_type,
            root_lifetime: self.days * DAY,
            intermediate_lifetime: self.intermediate_days * DAY,
            root_path_len: if self.no_intermediate {
                0
            } else {
                self.path_len
            },
            name_constraints,
            password: self.password()?,
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

    /// Nobody is asked where nobody sits.
    fn password(&self) -> anyhow::Result<Option<Password>> {
        let password = if self.no_password {
            None
        } else if password::can_ask() {
            let what = "the CA's keys, empty for none";
            Some(self.password.for_writing(what)?).filter(|password| !password.is_empty())
        } else {
            self.password.given()?
        };
        Ok(password)
    }
}

/// Names inside these and no others; without any, all.
pub(super) fn constraints(domains: &[Subtree]) -> NameConstraints {
    if domains.is_empty() {
        NameConstraints::default()
    } else {
        NameConstraints::only(domains.iter().cloned())
    }
}

/// What works otherwise than one may think.
pub(super) fn warn(constraints: &NameConstraints, key_type: KeyType) {
    for warning in constraints.warnings() {
        ui::note(&format!("warning: {warning}"));
    }
    let nobody = match key_type {
        KeyType::Ed25519 => "no browser takes Ed25519 certificates",
        KeyType::P521 => "Chromium takes no P-521 certificates",
        KeyType::MlDsa44 | KeyType::MlDsa65 | KeyType::MlDsa87 => {
            "browsers and their trust stores take no ML-DSA certificates"
        }
        _ => return,
    };
    ui::note(&format!("warning: {nobody}"));
}

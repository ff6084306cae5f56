//! `wharf ca intermediate`.

use wharf_pki::constraints::Subtree;
use wharf_pki::store::Stamp;
use wharf_pki::validity::DAY;
use wharf_pki::{AuthorityOptions, KeyType, Subject};

use super::init::{constraints, warn};
use crate::args::HomeArg;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca intermediate --name 'Staging CA' --domain staging.test

Exit status: 0 made; 1 not made.")]
pub(crate) struct Intermediate {
    /// Its name, which no other authority has
    #[arg(long, value_name = "NAME")]
    name: String,
    /// A domain, address or network that it may issue for, and no others; may be repeated
    #[arg(long = "domain", value_name = "D")]
    domains: Vec<Subtree>,
    /// The kind of its key
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    /// How long it is valid
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Intermediate {
    /// Issues and records it.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let name_constraints = constraints(&self.domains);
        warn(&name_constraints, self.key_type);
        let options = AuthorityOptions {
            subject: Subject::new(&*self.name),
            lifetime: Some(self.days * DAY),
            path_len: Some(0),
            name_constraints,
            ..AuthorityOptions::default()
        };
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        let mut asked = Asked::new(self.password);
        let made =
            home.add_intermediate(&stamp, &options, self.key_type, &mut |path| asked.of(path));
        let record = asked.tell(made)?;
        ui::note(&format!("made the intermediate {}", record.subject));
        if let Some(key) = record.key_file {
            ui::line(&key.with_extension("crt").display().to_string())?;
        }
        Ok(Status::Done)
    }
}

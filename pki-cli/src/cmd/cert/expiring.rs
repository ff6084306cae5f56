//! `wharf cert expiring`.

use std::time::Duration;

use wharf_pki::lifetime;
use wharf_pki::store::{Filter, Store};

use super::rows;
use crate::args::HomeArg;
use crate::exit::Status;
use crate::{clock, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert expiring
  wharf cert expiring --within 7d || wharf cert renew --all --if-needed --before 7d

Only what is valid and has no successor; the CA's own certificates too.

Exit status: 0 none ends within that time; 3 some do; 1 it could not be found out.")]
pub(crate) struct Expiring {
    /// How soon: 30d, 12h, 30m, 45s
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = lifetime::parse)]
    within: Duration,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Expiring {
    /// Lists what ends soon.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let store = Store::open_read_only(&home)?;
        let filter = Filter {
            expiring_within: Some(self.within),
            ..Filter::default()
        };
        let rows = rows::find(&store, filter, clock::now())?;
        if self.json {
            rows::json(&rows)?;
        } else if !rows.is_empty() {
            rows::table(&rows).print()?;
        }
        if rows.is_empty() {
            ui::note(&format!(
                "none ends within {}",
                lifetime::words(self.within)
            ));
            return Ok(Status::Done);
        }
        Ok(Status::NothingToDo)
    }
}

//! `wharf ca list`.

use crate::args::HomeArg;
use crate::exit::Status;
use crate::{hierarchy, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca list
  wharf ca list --json | jq -r '.authorities[] | select(.state == \"active\") | .subject'

What needs attention is told first, on stderr. `wharf ca show` tells more of each.

Exit status: 0 listed; 1 not.")]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl List {
    /// Lists them.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let all = hierarchy::read(&home)?;
        let warnings = hierarchy::warnings(&all);
        if self.json {
            ui::line(&serde_json::to_string_pretty(&hierarchy::report(
                &all, &warnings,
            ))?)?;
            return Ok(Status::Done);
        }
        hierarchy::tell(&warnings);
        hierarchy::overview(&all)
            .iter()
            .try_for_each(|line| ui::line(line))?;
        Ok(Status::Done)
    }
}

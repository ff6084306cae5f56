//! `wharf cert`: one verb, one file.

mod inspect;
mod issue;

use clap::Subcommand;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Issue a server certificate with a new key
    Issue(issue::Issue),
    /// Show what certificates say
    Inspect(inspect::Inspect),
}

impl Cert {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Issue(issue) => issue.run(),
            Self::Inspect(inspect) => inspect.run(),
        }
    }
}

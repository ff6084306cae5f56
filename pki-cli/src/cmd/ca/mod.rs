//! `wharf ca`: one verb, one file.

mod init;
mod show;

use clap::Subcommand;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Make the CA: a root and an intermediate that issues
    Init(init::Init),
    /// Show the CA's certificates and where they are
    Show(show::Show),
}

impl Ca {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Init(init) => init.run(),
            Self::Show(show) => show.run(),
        }
    }
}

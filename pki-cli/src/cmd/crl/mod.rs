//! `wharf crl`: one verb, one file; `sign.rs` is what publishing and revoking have in common.

mod publish;
mod show;
pub(crate) mod sign;
mod verify;

use clap::Subcommand;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Crl {
    /// Show what a CRL says, or the newest ones of the inventory
    Show(show::Show),
    /// Sign new CRLs
    Publish(publish::Publish),
    /// Check a CRL's signature and times
    Verify(verify::Verify),
}

impl Crl {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Show(show) => show.run(),
            Self::Publish(publish) => publish.run(),
            Self::Verify(verify) => verify.run(),
        }
    }
}

//! `wharf ca`: one verb, one file.

mod init;
mod show;
mod trust;

use clap::Subcommand;

use crate::exit::Status;
use crate::trust::args::{Trust, TrustStatus, Untrust};

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Make the CA: a root and an intermediate that issues
    Init(init::Init),
    /// Show the CA's certificates and where they are
    Show(show::Show),
    /// Have the system, browsers and Java trust the CA's root
    Trust(Trust),
    /// Take a root out of the stores of the system, browsers and Java
    Untrust(Untrust),
    /// Say which stores trust the CA's root
    TrustStatus(TrustStatus),
}

impl Ca {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Init(init) => init.run(),
            Self::Show(show) => show.run(),
            Self::Trust(args) => trust::trust(&args),
            Self::Untrust(args) => trust::untrust(&args),
            Self::TrustStatus(args) => trust::status(&args),
        }
    }
}

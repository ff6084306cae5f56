//! `wharf ca`: one verb, one file.

mod backup;
mod export;
mod import;
mod init;
mod intermediate;
mod list;
mod rotate;
mod show;
mod trust;

use clap::Subcommand;

use crate::exit::Status;
use crate::trust::args::{Trust, TrustStatus, Untrust};

#[derive(Debug, Subcommand)]
pub(crate) enum Ca {
    /// Make the CA: a root and an intermediate that issues
    Init(init::Init),
    /// Show all CAs, what they issued, and what needs attention
    Show(show::Show),
    /// List the authorities as a tree
    List(list::List),
    /// Issue a further intermediate below the root, for a key of your own or of another party
    Intermediate(intermediate::Intermediate),
    /// Put a new intermediate or a new root in the place of the old one
    Rotate(rotate::Rotate),
    /// Take over the CA of openssl, easy-rsa, step or mkcert, or one in single files
    Import(import::Import),
    /// Print the certificates that clients have to trust
    Export(export::Export),
    /// Write all of the CA, with its keys, into one file
    Backup(backup::Backup),
    /// Put the CA of a backup in place
    Restore(backup::Restore),
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
            Self::List(list) => list.run(),
            Self::Intermediate(intermediate) => intermediate.run(),
            Self::Rotate(rotate) => rotate.run(),
            Self::Import(import) => import.run(),
            Self::Export(export) => export.run(),
            Self::Backup(backup) => backup.run(),
            Self::Restore(restore) => restore.run(),
            Self::Trust(args) => trust::trust(&args),
            Self::Untrust(args) => trust::untrust(&args),
            Self::TrustStatus(args) => trust::status(&args),
        }
    }
}

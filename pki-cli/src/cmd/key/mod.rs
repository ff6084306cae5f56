//! `wharf key`: one verb, one file.

mod convert;
mod encrypt;
mod matching;
mod new;
mod show;

use clap::Subcommand;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a private key
    New(new::New),
    /// Show what a key is; nothing private of it
    Show(show::Show),
    /// Write a key in another form, or its public part
    Convert(convert::Convert),
    /// Protect a private key with a password, or take it off
    Encrypt(encrypt::Encrypt),
    /// Whether a private key belongs to certificates and requests
    Match(matching::Match),
}

impl Key {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::New(new) => new.run(),
            Self::Show(show) => show.run(),
            Self::Convert(convert) => convert.run(),
            Self::Encrypt(encrypt) => encrypt.run(),
            Self::Match(matching) => matching.run(),
        }
    }
}

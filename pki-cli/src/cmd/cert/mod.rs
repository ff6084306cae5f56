//! `wharf cert`: one verb, one file.

mod bundle;
mod expiring;
mod inspect;
mod issue;
mod list;
mod renew;
mod revoke;
mod rows;

use clap::Subcommand;

pub(crate) use self::list::is_called;

use crate::exit::Status;

#[derive(Debug, Subcommand)]
pub(crate) enum Cert {
    /// Issue a certificate, for a server unless another profile is named
    Issue(Box<issue::Issue>),
    /// List the certificates of the inventory
    List(list::List),
    /// List the certificates that end soon
    Expiring(expiring::Expiring),
    /// Revoke a certificate and write the new CRL
    Revoke(revoke::Revoke),
    /// Put certificates in the order in which servers send them
    Bundle(bundle::Bundle),
    /// Renew certificates, now or when they are due
    Renew(Box<renew::Renew>),
    /// Show what certificates say
    Inspect(inspect::Inspect),
}

impl Cert {
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        match self {
            Self::Issue(issue) => issue.run(),
            Self::List(list) => list.run(),
            Self::Expiring(expiring) => expiring.run(),
            Self::Revoke(revoke) => revoke.run(),
            Self::Bundle(bundle) => bundle.run(),
            Self::Renew(renew) => renew.run(),
            Self::Inspect(inspect) => inspect.run(),
        }
    }
}

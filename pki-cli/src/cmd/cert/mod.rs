//! `wharf cert`: one verb, one file.

mod bundle;
mod expiring;
mod fingerprint;
mod inspect;
pub(crate) mod issue;
mod issuers;
mod lint;
mod list;
mod p12;
mod pin;
mod renew;
mod revoke;
mod rows;
pub(crate) mod verify;

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
    /// Show what certificates, requests, CRLs and keys say
    Inspect(inspect::Inspect),
    /// Say whether a certificate is to be trusted, and why not
    Verify(verify::Verify),
    /// Hold certificates, requests and CRLs against the rules
    Lint(lint::Lint),
    /// Print fingerprints of certificates
    Fingerprint(fingerprint::Fingerprint),
    /// Print the pin of a key, for curl and others
    Pin(pin::Pin),
    /// Write a key with its certificates as a PKCS#12 file, or take one apart
    P12(Box<p12::P12>),
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
            Self::Verify(verify) => verify.run(),
            Self::Lint(lint) => lint.run(),
            Self::Fingerprint(fingerprint) => fingerprint.run(),
            Self::Pin(pin) => pin.run(),
            Self::P12(p12) => p12.run(),
        }
    }
}

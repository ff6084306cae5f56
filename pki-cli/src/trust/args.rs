//! The flags of `wharf ca trust`, `untrust` and `trust-status`, and their help.

use std::path::PathBuf;

use super::{Choice, Fingerprint, Kind};
use crate::args::HomeArg;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca trust                     every store that is found
  wharf ca trust --dry-run           only say what would be done, in lines for a shell
  wharf ca trust --store nss         the browsers of this user alone; needs no root
  wharf ca trust --cert root.crt     the root of a CA on another machine

Prints the root's fingerprint, compare it when the file came from elsewhere, and a line for each store: installed, already \
there, not found, or failed with the reason. The stores of the system and of Java usually belong to root; then the line to \
run with sudo is printed, and nothing is done. Browsers read their store when they start.

Exit status: 0 all stores trust the root, 1 one of them failed or was asked for and is not there, 3 there is no store.")]
pub(crate) struct Trust {
    /// A root to trust in place of that of the CA: a PEM file
    #[arg(long, value_name = "FILE")]
    pub(crate) cert: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) stores: StoreArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca untrust
  wharf ca untrust --cert old-root.crt
  wharf ca untrust --fingerprint AB:CD:…   a root that is nowhere else any more; `wharf ca trust-status` lists them

Takes out what has this fingerprint, whoever put it in and whatever it is called there, and nothing else.

Exit status: 0 no store has the root any more, 1 one of them failed.")]
pub(crate) struct Untrust {
    #[command(flatten)]
    pub(crate) root: RootArg,
    #[command(flatten)]
    pub(crate) stores: StoreArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Prints a line for each store, and the other roots that `wharf ca trust` has put there. Changes nothing and needs no root.

Exit status: 0 every store that was found trusts the root, 1 one cannot be read, 3 some or all do not trust it.")]
pub(crate) struct TrustStatus {
    #[command(flatten)]
    pub(crate) root: RootArg,
    #[command(flatten)]
    pub(crate) stores: StoreArgs,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

/// Which root, if not that of the CA.
#[derive(Debug, clap::Args)]
pub(crate) struct RootArg {
    /// The root in place of that of the CA: a PEM file
    #[arg(long, value_name = "FILE", conflicts_with = "fingerprint")]
    pub(crate) cert: Option<PathBuf>,
    /// The root in place of that of the CA: SHA-256 of its certificate
    #[arg(long, value_name = "SHA256")]
    pub(crate) fingerprint: Option<Fingerprint>,
}

/// Which stores, and what opens them.
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// The kind of store; may be repeated [default: all]
    #[arg(long = "store", value_name = "KIND")]
    pub(crate) kinds: Vec<Kind>,
    /// A file with the password of NSS databases, which Firefox calls the primary password
    #[arg(long, value_name = "FILE")]
    pub(crate) nss_password_file: Option<PathBuf>,
    /// A file with the password of Java's keystore, if it is not `changeit`
    #[arg(long, value_name = "FILE")]
    pub(crate) java_password_file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl StoreArgs {
    /// The same with absolute paths, for lines that are run elsewhere.
    pub(crate) fn choice(&self, is_dry_run: bool) -> std::io::Result<Choice> {
        let absolute = |file: &Option<PathBuf>| file.as_ref().map(std::path::absolute).transpose();
        Ok(Choice {
            kinds: self.kinds.clone(),
            is_dry_run,
            nss_password: absolute(&self.nss_password_file)?,
            java_password: absolute(&self.java_password_file)?,
        })
    }
}

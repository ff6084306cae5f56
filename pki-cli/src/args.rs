//! What the command line has on top, and what several verbs have in common. The flags and help of a verb are beside what it does.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use wharf_pki::{Profile, SubjectAltName};

use crate::cmd::ca::Ca;
use crate::cmd::cert::Cert;
use crate::cmd::completions::Completions;
use crate::cmd::connect::Connect;
use crate::cmd::crl::Crl;
use crate::cmd::csr::Csr;
use crate::cmd::kex::Kex;
use crate::cmd::key::Key;
use crate::cmd::man::Man;
use crate::cmd::open::Open;
use crate::cmd::seal::Seal;
use crate::cmd::sign::Sign;
use crate::cmd::verify_file::VerifyFile;
use crate::fetch::Fetch;
use crate::serve::Serve;

#[derive(Debug, Parser)]
#[command(
    name = "wharf",
    version,
    about = "A development CA, certificates, an HTTPS server for localhost, and a client",
    after_help = "\
Examples:
  wharf serve                        a page over HTTPS that shows the connection it came by
  wharf serve public/                the files of a folder
  wharf fetch localhost:8443         the same page, from the command line
  wharf cert issue api.test 10.0.0.7 a certificate and key for another server
  wharf ca trust                     browsers, curl and Java trust all of these

Exit status: 0 done; 1 not done, the reason is on stderr; 2 refused by a check; 3 nothing to do. \
That of `wharf fetch` tells more: see its help."
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a folder, or a page about the connection, over HTTPS
    Serve(Serve),
    /// Fetch a URL, much like curl
    Fetch(Box<Fetch>),
    /// Look at a TLS server: what it speaks, its certificates, and whether to trust it
    Connect(Box<Connect>),
    /// Make and show the development CA, and have this machine trust it
    #[command(subcommand)]
    Ca(Ca),
    /// Issue, list, inspect and revoke certificates
    #[command(subcommand)]
    Cert(Cert),
    /// Show, publish and verify certificate revocation lists
    #[command(subcommand)]
    Crl(Crl),
    /// Make, show, convert and match keys
    #[command(subcommand)]
    Key(Key),
    /// Agree on a secret with somebody, and watch how it is done
    #[command(subcommand)]
    Kex(Kex),
    /// Write, show and sign certification requests
    #[command(subcommand)]
    Csr(Csr),
    /// Sign a file: a detached signature
    Sign(Sign),
    /// Check the signature of a file
    VerifyFile(VerifyFile),
    /// Encrypt a file to a certificate or public key
    Seal(Seal),
    /// Decrypt a sealed file
    Open(Open),
    /// Print completions for a shell
    Completions(Completions),
    /// Write manual pages
    Man(Man),
}

/// The state folder: the CA and the server's own certificate.
#[derive(Debug, clap::Args)]
pub(crate) struct HomeArg {
    /// The folder that holds the CA [env: WHARF_HOME] [default: wharf in the XDG data folder, ~/.local/share/wharf]
    #[arg(long = "home", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
}

/// A name of a server.
pub(crate) fn server_name(text: &str) -> Result<SubjectAltName, String> {
    let name = subject_alt_name(text)?;
    if Profile::server().names.contains(&name.kind()) {
        Ok(name)
    } else {
        Err(format!(
            "it is a {}: give the host alone, a DNS name or an IP address",
            name.kind()
        ))
    }
}

/// A name as it stands in a certificate.
pub(crate) fn subject_alt_name(text: &str) -> Result<SubjectAltName, String> {
    text.parse()
        .map_err(|error: wharf_pki::Error| match error.hint() {
            Some(hint) => format!("{error}: {hint}"),
            None => error.to_string(),
        })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn names_are_those_of_servers() {
        for name in ["localhost", "*.a.test", "::1"] {
            assert_eq!(server_name(name).unwrap().to_string(), name);
        }
        let error = server_name("https://localhost").unwrap_err();
        assert_eq!(
            error,
            "it is a URI: give the host alone, a DNS name or an IP address"
        );
        server_name("me@a.test").unwrap_err();
        assert!(
            server_name("a.test:1")
                .unwrap_err()
                .contains("a certificate covers all its ports")
        );
    }
}

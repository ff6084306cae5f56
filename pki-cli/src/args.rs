//! Every flag, and all help: examples first. Those of `wharf fetch` are beside what it does.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use wharf_pki::{KeyType, SubjectAltName};

use crate::fetch::Fetch;

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

Exit status: 0 done, 1 not done; the reason is on stderr. That of `wharf fetch` tells more: see its help."
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
    /// Make and show the development CA
    Ca {
        #[command(subcommand)]
        command: CaCommand,
    },
    /// Issue and inspect certificates
    Cert {
        #[command(subcommand)]
        command: CertCommand,
    },
}

/// The exit status for flags that are not understood: 1, except for `wharf fetch`, where that means other trouble.
pub(crate) fn usage_status() -> u8 {
    let is_fetch = std::env::args_os()
        .nth(1)
        .is_some_and(|word| word == "fetch");
    if is_fetch {
        crate::fetch::Class::Usage as u8
    } else {
        1
    }
}

/// The state folder: the CA and the server's own certificate.
#[derive(Debug, clap::Args)]
pub(crate) struct HomeArg {
    /// The folder that holds the CA [env: WHARF_HOME] [default: wharf in the XDG data folder, ~/.local/share/wharf]
    #[arg(long = "home", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf serve
  wharf serve public/ --name app.test --listen 127.0.0.1:443 --http 127.0.0.1:80
  wharf serve --listen '[::]:8443' --http off

When it accepts connections, it prints the URL of each listener on stdout, a line each, and on stderr a curl command \
that trusts the CA. The first run makes the CA. Ctrl-C lets running downloads finish; a second one cuts them.")]
pub(crate) struct Serve {
    /// The folder to serve; without it, a page that shows the connection it came by
    #[arg(value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Where to listen for HTTPS: IP:PORT or localhost:PORT; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Where to listen for plain HTTP, which is redirected to HTTPS; `off` for nowhere
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address_or_off)]
    pub(crate) http: PlainHttp,
    /// A further name or IP address for the certificate; may be repeated
    #[arg(long = "name", value_name = "NAME", value_parser = subject_alt_name)]
    pub(crate) names: Vec<SubjectAltName>,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

/// Whether and where plain HTTP is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PlainHttp {
    Off,
    On(SocketAddr),
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Make the CA: a root and an intermediate that issues
    Init(CaInit),
    /// Show the CA's certificates and where they are
    Show(CaShow),
}

#[derive(Debug, clap::Args)]
pub(crate) struct CaInit {
    /// The name that people will see in their trust store
    #[arg(long, value_name = "NAME", default_value_t = wharf_pki::CaOptions::default().name)]
    pub(crate) name: String,
    /// The kind of its keys: p256, p384 or ed25519; browsers do not take ed25519
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    pub(crate) key_type: KeyType,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CaShow {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CertCommand {
    /// Issue a server certificate with a new key
    Issue(CertIssue),
    /// Show what certificates say
    Inspect(CertInspect),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert issue localhost 127.0.0.1 ::1
  wharf cert issue '*.dev.test' dev.test --out certs --days 30

Writes NAME.crt (the certificate), NAME.chain.crt (certificate and intermediate, which is what servers want) and \
NAME.key, where NAME is the first name. The files written are printed on stdout. Makes the CA if there is none.")]
pub(crate) struct CertIssue {
    /// DNS names and IP addresses; a wildcard stands for the leftmost label
    #[arg(value_name = "NAME", required = true, value_parser = subject_alt_name)]
    pub(crate) names: Vec<SubjectAltName>,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// How long it is valid; systems of Apple take up to 824 days
    #[arg(long, value_name = "N", default_value_t = 397, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// The kind of key: p256, p384 or ed25519; browsers do not take ed25519
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    pub(crate) key_type: KeyType,
    /// Replace files that exist
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) home: HomeArg,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CertInspect {
    /// A file with certificates, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    if let Some(port) = text
        .strip_prefix("localhost:")
        .and_then(|port| port.parse().ok())
    {
        return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    }
    text.parse()
        .map_err(|_| "an address is IP:PORT, as in 127.0.0.1:8443, [::1]:8443 or [::]:0".to_owned())
}

fn address_or_off(text: &str) -> Result<PlainHttp, String> {
    if text == "off" {
        Ok(PlainHttp::Off)
    } else {
        address(text).map(PlainHttp::On)
    }
}

fn subject_alt_name(text: &str) -> Result<SubjectAltName, String> {
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
    fn addresses_are_taken_with_their_port_only() {
        assert_eq!(address("localhost:1").unwrap().to_string(), "127.0.0.1:1");
        assert_eq!(address("[::]:0").unwrap().to_string(), "[::]:0");
        for text in ["127.0.0.1", "8443", "localhost", "localhost:x", "::1:1"] {
            address(text).unwrap_err();
        }
    }
}

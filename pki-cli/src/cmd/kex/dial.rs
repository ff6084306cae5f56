//! `wharf kex dial`.

use std::path::PathBuf;

use rustls_pki_types::ServerName;
use wharf_net::{Dialer, Endpoint};
use wharf_pki::kex::{ClientConfig, KexFault, Party};

use crate::cmd::cert::verify::reference;
use crate::connect;
use crate::exit::Status;
use crate::kex::drive::drive;
use crate::kex::record::Record;
use crate::kex::side::SideArg;
use crate::kex::tell::TellArg;
use crate::kex::{input, refused};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert issue me@example.test --profile client
  wharf kex dial localhost:7000 --cert me@example.test.pem --key me@example.test.key --explain
  wharf kex dial localhost:7000 --no-auth --group x25519 --transcript t.json --reveal-secrets
  wharf kex dial localhost:7000 --no-auth --group rsa-oaep --server-cert localhost.pem --html page.html

One exchange of KX/1 with `wharf kex listen`. --explain tells each step, and the command of OpenSSL that gives the same value; \
secrets stand there only with --reveal-secrets. The JSON, which is the transcript too, is described in docs/json.md. Exit status: \
0 agreed; 1 not done; 2 something was refused, and which check it was is told.")]
pub(crate) struct Dial {
    /// Whom to dial: localhost:7000, 127.0.0.1:7000, unix:/path
    #[arg(value_name = "ADDRESS")]
    address: Endpoint,
    /// The name that the certificate of the server has to have [default: that of ADDRESS]
    #[arg(long, value_name = "NAME", value_parser = reference, conflicts_with = "no_auth")]
    name: Option<ServerName<'static>>,
    /// The certificate or public key of the server, for rsa-oaep
    #[arg(long, value_name = "FILE")]
    server_cert: Option<PathBuf>,
    #[command(flatten)]
    side: SideArg,
    #[command(flatten)]
    tell: TellArg,
}

impl Dial {
    /// Dials for one exchange.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        self.tell.check_free()?;
        let server_key = self.server_cert.as_deref().map(input::public).transpose()?;
        let party = Party::client(ClientConfig {
            groups: self.side.groups()?,
            authentication: self.side.authentication(self.name()?)?,
            server_key,
            message: self.side.message("Hello, server."),
        });
        let mut party = match party {
            Ok(party) => party,
            Err(fault @ KexFault::TransportKey { .. }) => {
                return Err(wharf_pki::Error::Kex(fault).into());
            }
            Err(fault) => return refused(fault),
        };
        let ran = connect::run(async {
            let conn = Dialer::default().dial(&self.address).await?;
            drive(&mut party, conn).await
        })??;
        let title = "KX/1, as the client saw it";
        let mut record = Record::new(title, self.side.is_authenticated(), self.tell.secrets());
        record.finish(&party, ran);
        self.tell.tell(&record)
    }

    /// Whom the certificate has to name.
    fn name(&self) -> anyhow::Result<Option<ServerName<'static>>> {
        if !self.side.is_authenticated() || self.name.is_some() {
            return Ok(self.name.clone());
        }
        let name = match &self.address {
            Endpoint::Host { name, .. } => name.clone(),
            Endpoint::Inet(address) => address.ip().to_string(),
            other => anyhow::bail!("{other} has no name to check: say one with --name"),
        };
        let name = reference(&name).map_err(anyhow::Error::msg)?;
        Ok(Some(name))
    }
}

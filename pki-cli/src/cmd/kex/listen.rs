//! `wharf kex listen`.

use wharf_net::{Bind, Endpoint, Listener};
use wharf_pki::kex::{Party, ServerConfig};

use crate::exit::Status;
use crate::kex::drive::drive;
use crate::kex::record::Record;
use crate::kex::side::SideArg;
use crate::kex::tell::TellArg;
use crate::{connect, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert issue localhost
  wharf kex listen 127.0.0.1:7000 --cert localhost.pem --key localhost.key
  wharf kex listen 127.0.0.1:7000 --no-auth --explain

Answers one exchange of KX/1, then ends. KX/1 is made to be looked at, not to protect anything: see docs/key-exchange.md. Where it \
listens goes to stderr; port 0 takes a free one. Exit status: 0 agreed; 1 not done; 2 something was refused, and which check it \
was is told.")]
pub(crate) struct Listen {
    /// Where to listen: 127.0.0.1:7000, localhost:0, unix:/path
    #[arg(value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    address: Endpoint,
    #[command(flatten)]
    side: SideArg,
    #[command(flatten)]
    tell: TellArg,
}

impl Listen {
    /// Listens for one exchange.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        self.tell.check_free()?;
        let mut party = Party::server(ServerConfig {
            groups: self.side.groups()?,
            authentication: self.side.authentication(None)?,
            key: self.side.transport_key()?,
            message: self.side.message("Hello, client."),
        });
        let ran = connect::run(self.serve(&mut party))??;
        let title = "KX/1, as the server saw it";
        let mut record = Record::new(title, self.side.is_authenticated(), self.tell.secrets());
        record.finish(&party, ran);
        self.tell.tell(&record)
    }

    async fn serve(
        &self,
        party: &mut Party,
    ) -> anyhow::Result<Result<(), wharf_pki::kex::KexFault>> {
        let mut listener = Listener::bind(&self.address, &Bind::default()).await?;
        ui::note(&format!("listening on {}", listener.local_addr()));
        let conn = listener.accept().await?;
        drive(party, conn).await
    }
}

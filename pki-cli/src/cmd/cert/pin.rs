//! `wharf cert pin`.

use anyhow::Context;
use serde_json::json;
use std::path::Path;
use wharf_net::Endpoint;
use wharf_pki::PublicKey;
use wharf_pki::inspect::Object;

use crate::args::HomeArg;
use crate::connect;
use crate::exit::Status;
use crate::inspect::source;
use crate::password::PasswordArg;
use crate::{keys, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  curl --pinnedpubkey \"$(wharf cert pin site.pem)\" https://site.test/
  wharf cert pin next.key                   the key that comes next, before there is a certificate
  wharf cert pin --server site.test:443     what a server has now; nobody has verified who it is

Prints `sha256//` and the base64 of SHA-256 of the public key: of the first certificate, request or key of a file.")]
pub(crate) struct Pin {
    /// A file with a certificate, request or key, `-` for stdin; or a certificate of this CA
    #[arg(
        value_name = "FILE|SERIAL|NAME",
        required_unless_present = "server",
        conflicts_with = "server"
    )]
    what: Option<String>,
    /// A live server
    #[arg(long, value_name = "HOST:PORT")]
    server: Option<Endpoint>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Pin {
    /// Prints the pin.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let key = match (&self.server, &self.what) {
            (Some(server), _) => connect::public_key(server)?,
            (None, Some(what)) => self.of(what)?,
            (None, None) => anyhow::bail!("nothing was named"),
        };
        let line = match self.json {
            true => json!({ "format": 1, "spki_sha256": key.pin() }).to_string(),
            false => format!("sha256//{}", key.pin()),
        };
        ui::line(&line)?;
        Ok(Status::Done)
    }

    fn of(&self, what: &str) -> anyhow::Result<PublicKey> {
        for object in source::load(what, &self.home)? {
            return match object {
                Object::Certificate(certificate) => Ok(certificate.public_key()?),
                Object::Request(request) => Ok(request.public_key().clone()),
                Object::PublicKey(key) => Ok(key),
                Object::PrivateKey(key) => Ok(key.public_key().clone()),
                Object::EncryptedKey => self.decrypted(what),
                Object::Unreadable { what: kind, error } => {
                    Err(error).with_context(|| format!("a {kind} in {what}"))
                }
                _ => continue,
            };
        }
        anyhow::bail!("there is no certificate, request or key in {what}")
    }

    fn decrypted(&self, what: &str) -> anyhow::Result<PublicKey> {
        anyhow::ensure!(what != "-", "an encrypted key has to be in a file");
        let key = keys::private(Path::new(what), &self.password)?;
        Ok(key.public_key().clone())
    }
}

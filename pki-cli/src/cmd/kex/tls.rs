//! `wharf kex tls`.

use std::path::PathBuf;

use wharf_net::Endpoint;
use wharf_pki::store::Mode;
use wharf_pki::tls13::{Fault, names};
use wharf_tls::{ClientTlsOptions, NamedGroup, iana};

use crate::args::HomeArg;
use crate::connect::{self, Target, trust};
use crate::exit::Status;
use crate::kex_tls::{self, Reveal, Story, Watched};
use crate::ui::Advised;
use crate::ui::lifelines::Bytes;
use crate::{clock, files, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf kex tls localhost:8443
  wharf kex tls site.test:443 --bytes | less
  wharf kex tls site.test:443 --own-share --html handshake.html
  wharf kex tls 192.0.2.7:443 --name site.test --ca root.pem --hello-retry
  wharf kex tls localhost:8443 --own-share --reveal-secrets --keylog keys.log

One handshake and nothing else: no request is sent. What the server sends is decrypted again with keys that are derived here from the \
key log, or with --own-share from the key exchange on; its signature and the MACs of both sides are computed again. Secrets are told \
as lengths and fingerprints only.

The CAs of the system and of this home are trusted unless --ca or --system says other. \
Exit status: 0 all of it holds and the server is verified; 2 something does not, or the server is not, or it refuses us afterwards; \
1 no connection, no handshake, or not TLS 1.3.")]
pub(crate) struct Tls {
    /// The server
    #[arg(value_name = "HOST:PORT")]
    server: Endpoint,
    /// The name to ask for and to verify [default: the host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Trust the CAs of a file, and no others
    #[arg(
        long,
        visible_alias = "cacert",
        value_name = "FILE",
        conflicts_with = "system"
    )]
    ca: Vec<PathBuf>,
    /// Trust the CAs of the system, and no others
    #[arg(long)]
    system: bool,
    /// Do not verify who it is
    #[arg(long, conflicts_with_all = ["ca", "system"])]
    insecure: bool,
    /// Who we are: a chain in PEM
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Its key, if it is not in the same file
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Groups to offer for the key exchange, the preferred first [default: all]
    #[arg(long, value_name = "GROUP", value_delimiter = ',', value_parser = named_group)]
    group: Vec<NamedGroup>,
    /// Protocols to offer by ALPN, the preferred first
    #[arg(long, value_name = "PROTOCOL", value_delimiter = ',')]
    alpn: Vec<String>,
    /// Bet on a group that no server has, so that it asks for another one
    #[arg(long)]
    hello_retry: bool,
    /// Compute the key schedule from the secret of the key exchange on, and compare it with the key log
    #[arg(long)]
    own_share: bool,
    /// Tell secrets, too: whoever sees them can read the connection
    #[arg(long)]
    reveal_secrets: bool,
    /// Write the secrets of the connection, for Wireshark
    #[arg(long, value_name = "FILE")]
    keylog: Option<PathBuf>,
    /// Tell the bytes of every message
    #[arg(long, conflicts_with = "json")]
    bytes: bool,
    /// Write a page for a browser
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Tls {
    /// Watches, computes it again, verifies, tells.
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        if !self.force {
            let wanted = self.keylog.iter().chain(&self.html);
            let wanted: Vec<_> = wanted
                .map(PathBuf::as_path)
                .filter(|it| !files::is_dash(it))
                .collect();
            files::check_free(&wanted)?;
        }
        let target = Target::new(self.server.clone(), self.name.clone())?;
        let options = self.options()?;
        let anchors = match self.insecure {
            true => None,
            false => Some(trust::anchors(&self.ca, self.system, &self.home)?),
        };
        let watched = connect::run(kex_tls::watch(&target, &options))??;
        if let Some(file) = &self.keylog {
            files::write(file, &watched.key_log, Mode::Private, self.force)?;
        }
        check_version(&watched, &self.server)?;
        let now = clock::now();
        let chain = Story::chain(&watched);
        let story = Story {
            verification: anchors.and_then(|it| trust::verified(&chain, &target.name, &it, now)),
            watched: &watched,
            target: &target,
            reveal: match self.reveal_secrets {
                true => Reveal::Secrets,
                false => Reveal::Nothing,
            },
        };
        if watched.handshake.messages.len() > 1 {
            self.tell(&story)?;
        }
        let status = self.status(&story);
        match watched.agreed {
            Err(error) => {
                Err(anyhow::Error::from(error)
                    .context(format!("no handshake with {}", self.server)))
            }
            Ok(_) => Ok(status),
        }
    }

    fn options(&self) -> anyhow::Result<ClientTlsOptions> {
        let defaults = ClientTlsOptions::default();
        let protocols = self.alpn.iter().map(|name| name.clone().into_bytes());
        Ok(ClientTlsOptions {
            identity: trust::identity(self.cert.as_deref(), self.key.as_deref())?,
            alpn: protocols.collect(),
            groups: match self.group.is_empty() {
                true => defaults.groups.clone(),
                false => self.group.clone(),
            },
            tell_shared_secret: self.own_share,
            force_hello_retry: self.hello_retry,
            ..defaults
        })
    }

    fn tell(&self, story: &Story<'_>) -> anyhow::Result<()> {
        if self.reveal_secrets {
            ui::note("secrets are told: whoever sees this can read the connection");
        }
        if let Some(file) = &self.html {
            let page = kex_tls::page::page(story);
            let mode = match self.reveal_secrets {
                true => Mode::Private,
                false => Mode::Public,
            };
            files::write(file, page.as_bytes(), mode, self.force)?;
        }
        if self.json {
            ui::line(&serde_json::to_string_pretty(&kex_tls::json::story(story))?)?;
        } else if !self.html.as_deref().is_some_and(files::is_dash) {
            let bytes = match self.bytes {
                true => Bytes::Shown,
                false => Bytes::Hidden,
            };
            ui::line(kex_tls::text::page(story, bytes).text().trim_end())?;
        }
        Ok(())
    }

    fn status(&self, story: &Story<'_>) -> Status {
        if let Some(alert) = story
            .late_refusal()
            .filter(|_| story.watched.agreed.is_ok())
        {
            ui::note(&format!(
                "the server refuses us after the handshake: {}",
                names::alert(alert)
            ));
            return Status::Refused;
        }
        let is_verified = story
            .verification
            .as_ref()
            .is_some_and(|it| it.is_verified());
        match story.holds() && (is_verified || self.insecure) {
            true => Status::Done,
            false => Status::Refused,
        }
    }
}

/// TLS 1.2 is another protocol: its keys come later, and its certificates are not encrypted.
fn check_version(watched: &Watched, server: &Endpoint) -> Result<(), Advised> {
    let faults = watched.handshake.faults.iter();
    let other = faults.filter_map(|fault| match fault {
        Fault::OtherVersion(version) => Some(*version),
        _ => None,
    });
    match other.into_iter().next() {
        None => Ok(()),
        Some(version) => Err(Advised {
            message: format!(
                "{server} chose {} although TLSv1.3 was offered, and only that is decoded here",
                iana::version(version.into())
            ),
            hint: format!(
                "`wharf connect {server}` looks at older versions too; enable TLS 1.3 in the server if it is yours"
            ),
        }),
    }
}

/// A group by the name that IANA has for it, or by the one that people say.
fn named_group(text: &str) -> Result<NamedGroup, String> {
    let known = ClientTlsOptions::default().groups;
    let said = text.to_ascii_lowercase();
    let name = match said.as_str() {
        "p256" | "p-256" | "prime256v1" => "secp256r1",
        "p384" | "p-384" => "secp384r1",
        name => name,
    };
    let found = known
        .iter()
        .find(|it| iana::named_group(**it).eq_ignore_ascii_case(name));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|it| iana::named_group(*it)).collect();
        format!("it is none of {}", names.join(", "))
    })
}

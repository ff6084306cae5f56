//! What `listen` and `dial` have in common on the command line: who this side is, and whom it believes.

use std::path::PathBuf;

use rustls_pki_types::ServerName;
use wharf_pki::Certificate;
use wharf_pki::kex::{Authentication, Credentials, ExchangeKey, Group, PeerTrust};

use crate::args::HomeArg;
use crate::inspect::anchors::Anchors;
use crate::password::PasswordArg;
use crate::ui::Advised;
use crate::{clock, files, keys};

/// Who this side is, and whom it believes.
#[derive(Debug, clap::Args)]
pub(crate) struct SideArg {
    /// The certificate of this side, with its chain
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "no_auth",
        requires = "key"
    )]
    cert: Option<PathBuf>,
    /// Its private key
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Believe certificates of the CAs of a file [default: the root of this home]
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// CRLs; with these, a certificate that none of them covers is refused
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// Show no certificate, and ask for none: whoever stands in between reads along
    #[arg(long, conflicts_with_all = ["ca", "crl"])]
    no_auth: bool,
    /// x25519, p256, p384, ml-kem-768, x25519mlkem768 or rsa-oaep; several, the best first, with commas
    #[arg(long, value_name = "GROUPS", value_delimiter = ',', default_values_t = DEFAULT_GROUPS.map(|group| group.name().to_owned()))]
    group: Vec<String>,
    /// What this side has to say
    #[arg(long, value_name = "TEXT")]
    message: Option<String>,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

const DEFAULT_GROUPS: [Group; 2] = [Group::X25519MlKem768, Group::X25519];

impl SideArg {
    /// The groups, without those that are there twice.
    pub(crate) fn groups(&self) -> anyhow::Result<Vec<Group>> {
        let mut groups = Vec::new();
        for name in &self.group {
            let group: Group = name.parse().map_err(wharf_pki::Error::Kex)?;
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Ok(groups)
    }

    pub(crate) fn is_authenticated(&self) -> bool {
        !self.no_auth
    }

    /// Its message, or another one.
    pub(crate) fn message(&self, default: &str) -> Vec<u8> {
        self.message.as_deref().unwrap_or(default).into()
    }

    /// The certificate and key of this side, and which others it accepts.
    pub(crate) fn authentication(
        &self,
        name: Option<ServerName<'static>>,
    ) -> anyhow::Result<Authentication> {
        let (false, Some(cert), Some(key)) = (self.no_auth, &self.cert, &self.key) else {
            return Ok(Authentication::None);
        };
        let anchors = Anchors::find(&self.ca, &self.crl, &self.home, false)?;
        if anchors.certificates.is_empty() {
            return Err(Advised {
                message: "there is no CA to believe".into(),
                hint: "name one with --ca FILE, or make one: wharf ca init".into(),
            }
            .into());
        }
        let chain = files::certificates(cert)?;
        let key = keys::private(key, &self.password)?;
        check_pair(&chain, &key, cert)?;
        Ok(Authentication::Certificates(Box::new(Credentials {
            chain,
            key,
            trust: PeerTrust {
                anchors: anchors.certificates,
                crls: anchors.crls,
                name,
                now: clock::now(),
                options: anchors.options,
            },
        })))
    }

    /// The RSA key of this side, for RSA key transport.
    pub(crate) fn transport_key(&self) -> anyhow::Result<Option<ExchangeKey>> {
        let Some(key) = &self.key else {
            return Ok(None);
        };
        let key = ExchangeKey::try_from(keys::private(key, &self.password)?);
        Ok(key.ok().filter(|key| key.group() == Group::RsaOaep))
    }
}

fn check_pair(
    chain: &[Certificate],
    key: &wharf_pki::Key,
    cert: &std::path::Path,
) -> anyhow::Result<()> {
    match chain.first().map(Certificate::public_key).transpose()? {
        Some(public) if public != *key.public_key() => Err(Advised {
            message: format!("the private key is not that of {}", cert.display()),
            hint: "wharf key match KEY CERTIFICATE tells which belong together".into(),
        }
        .into()),
        _ => Ok(()),
    }
}

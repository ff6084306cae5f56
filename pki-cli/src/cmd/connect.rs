//! `wharf connect`.

use std::path::PathBuf;

use rustls_pki_types::CertificateDer;
use serde_json::json;
use time::OffsetDateTime;
use wharf_net::Endpoint;
use wharf_pki::inspect::inspect_der;
use wharf_pki::verify::Report;
use wharf_pki::{Certificate, CertificateInfo, pem};
use wharf_tls::{ClientTlsOptions, TlsVersions};

use crate::args::HomeArg;
use crate::connect::{self, Look, Target, Tries, Try, trust};
use crate::exit::Status;
use crate::fetch::explain;
use crate::inspect::chain;
use crate::ui::page::Page;
use crate::ui::style::{BAD, GOOD, STRONG, paint};
use crate::{clock, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf connect localhost:8443
  wharf connect 192.0.2.7:443 --name site.test --ca root.pem
  wharf connect site.test:443 --pem > chain.pem

A look: handshakes and nothing else. The CAs of the system and of this home are trusted unless --ca or --system says other. \
Exit status: 0 verified; 2 not verified; 1 no connection, or no TLS.")]
pub(crate) struct Connect {
    /// The server
    #[arg(value_name = "HOST:PORT")]
    server: Endpoint,
    /// The name to ask for and to verify [default: the host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Trust the CAs of a file, and no others
    #[arg(long, value_name = "FILE", conflicts_with = "system")]
    ca: Vec<PathBuf>,
    /// Trust the CAs of the system, and no others
    #[arg(long)]
    system: bool,
    /// Protocols to offer by ALPN, the preferred first
    #[arg(long, value_name = "PROTOCOL", value_delimiter = ',')]
    alpn: Vec<String>,
    /// Who we are: a chain in PEM
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Its key, if it is not in the same file
    #[arg(long, value_name = "FILE", requires = "cert")]
    key: Option<PathBuf>,
    /// Speak TLS 1.2 only
    #[arg(long, conflicts_with = "tls13")]
    tls12: bool,
    /// Speak TLS 1.3 only
    #[arg(long)]
    tls13: bool,
    /// One handshake; neither versions nor groups nor resumption are tried
    #[arg(long)]
    once: bool,
    /// Print the certificates as PEM, as they came
    #[arg(long, conflicts_with = "json")]
    pem: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

/// What was found out.
struct Found {
    look: Look,
    tries: Option<Tries>,
    chain: Vec<Certificate>,
    /// Which ones of those that came cannot be read, from 1.
    unreadable: Vec<usize>,
    verification: Option<Report>,
}

impl Connect {
    /// Looks, verifies, explains.
    pub(crate) fn run(self) -> anyhow::Result<Status> {
        let target = Target::new(self.server.clone(), self.name.clone())?;
        let options = self.options()?;
        let anchors = trust::anchors(&self.ca, self.system, &self.home)?;
        let look = connect::run(target.look(&options))??;
        if look.report.presented.is_empty() {
            return Err(look
                .failure()
                .context(format!("no TLS with {}", self.server)));
        }
        let tries = if self.once || self.pem {
            None
        } else {
            Some(connect::run(Tries::of(&look, &target, &options))?)
        };
        let now = clock::now();
        let (chain, unreadable) = read(&look.report.presented);
        // Whoever cannot read the first one cannot verify the others in its place.
        let verification = match unreadable.contains(&1) {
            true => None,
            false => trust::verified(&chain, &target.name, &anchors, now),
        };
        for number in &unreadable {
            ui::note(&format!(
                "warning: certificate {number} of those that the server sent cannot be read"
            ));
        }
        let found = Found {
            look,
            tries,
            chain,
            unreadable,
            verification,
        };
        if self.pem {
            // As they came, those too that nobody can read.
            for der in &found.look.report.presented {
                ui::line(pem::encode("CERTIFICATE", der).trim_end())?;
            }
        } else if self.json {
            ui::line(&serde_json::to_string_pretty(&found.json(&target, now)?)?)?;
        } else {
            ui::line(found.page(&target, now)?.text().trim_end())?;
        }
        Ok(if found.is_verified() {
            Status::Done
        } else {
            Status::Refused
        })
    }

    fn options(&self) -> anyhow::Result<ClientTlsOptions> {
        Ok(ClientTlsOptions {
            identity: trust::identity(self.cert.as_deref(), self.key.as_deref())?,
            alpn: self
                .alpn
                .iter()
                .map(|name| name.clone().into_bytes())
                .collect(),
            versions: match (self.tls12, self.tls13) {
                (true, _) => TlsVersions::Tls12,
                (_, true) => TlsVersions::Tls13,
                _ => TlsVersions::default(),
            },
            ..ClientTlsOptions::default()
        })
    }
}

/// Those that can be read, and the places of the others, from 1.
fn read(presented: &[CertificateDer<'_>]) -> (Vec<Certificate>, Vec<usize>) {
    let (mut chain, mut unreadable) = (Vec::new(), Vec::new());
    for (at, der) in presented.iter().enumerate() {
        match Certificate::from_der(der) {
            Ok(certificate) => chain.push(certificate),
            Err(_) => unreadable.push(at + 1),
        }
    }
    (chain, unreadable)
}

impl Found {
    /// Whether there was a handshake, with whom it should be.
    fn is_verified(&self) -> bool {
        let report = self.verification.as_ref();
        self.look.agreed.is_ok() && report.is_some_and(Report::is_verified)
    }

    fn infos(&self) -> anyhow::Result<Vec<CertificateInfo>> {
        let read = self.chain.iter().map(|it| inspect_der(it.der()));
        Ok(read.collect::<Result<_, _>>()?)
    }

    fn json(&self, target: &Target, now: OffsetDateTime) -> anyhow::Result<serde_json::Value> {
        let look = &self.look;
        let (_, handshake) = explain::handshake(&look.report, look.info(), look.took, now)?;
        Ok(json!({
            "format": 1,
            "server": target.endpoint.to_string(),
            "name": target.name,
            "peer": look.peer,
            "verified": self.is_verified(),
            "error": look.agreed.as_ref().err().map(ToString::to_string),
            "handshake": handshake,
            "stapled_ocsp_bytes": look.report.stapled.len(),
            "tries": self.tries,
            "chain": self.infos()?,
            "unreadable": self.unreadable,
            "verification": self.verification,
        }))
    }

    fn page(&self, target: &Target, now: OffsetDateTime) -> anyhow::Result<Page> {
        let look = &self.look;
        let mut page = Page::default();
        let verdict = if self.is_verified() {
            paint(GOOD, "verified")
        } else {
            paint(BAD, "NOT VERIFIED")
        };
        page.styled(
            0,
            &format!("{} {verdict}", paint(STRONG, &target.endpoint.to_string())),
        );
        page.facts(
            2,
            &[("peer", look.peer.clone()), ("name", target.name.clone())],
        );
        if let Err(error) = &look.agreed {
            page.wrapped(2, &format!("{:<14}", "error"), &error.to_string());
        }
        page.section("TLS");
        let (facts, _) = explain::handshake(&look.report, look.info(), look.took, now)?;
        page.facts(4, &facts);
        let stapled = match look.report.stapled.len() {
            0 => "no OCSP response".to_owned(),
            bytes => format!("an OCSP response of {bytes} bytes"),
        };
        page.facts(4, &[("stapled", stapled)]);
        if let Some(tries) = &self.tries {
            page.section("What it takes");
            page.facts(4, &[("versions", words(&tries.versions))]);
            page.facts(4, &[("groups", words(&tries.groups))]);
            let resumption = match &tries.resumption.error {
                None => "yes".to_owned(),
                Some(reason) => format!("no: {reason}"),
            };
            page.facts(4, &[("resumption", resumption)]);
        }
        page.section("Certificates");
        for tree in chain::trees(&self.infos()?, now) {
            tree.draw().iter().for_each(|line| page.styled(4, line));
        }
        for number in &self.unreadable {
            page.line(4, &format!("{number} cannot be read"));
        }
        page.section("Verification");
        let report = self.verification.as_ref().map(ToString::to_string);
        for line in report.unwrap_or_default().lines() {
            page.line(4, line);
        }
        Ok(page)
    }
}

fn words(tries: &[Try]) -> String {
    let names = tries.iter().map(|it| match it.works {
        true => it.name.clone(),
        false => format!("not {}", it.name),
    });
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use wharf_pki::{Authority, CaSubject, Key, KeyType, validity::DAY};

    use super::*;

    #[test]
    fn one_that_cannot_be_read_hides_no_other() {
        let key = Key::generate(KeyType::P256).unwrap();
        let root = Authority::root(key, &CaSubject::new("A"), DAY, 0, clock::now()).unwrap();
        let whole = CertificateDer::from(root.certificate().der().to_vec());
        let cut = CertificateDer::from(vec![0x30, 3, 1]);
        let (chain, unreadable) = read(&[whole.clone(), cut, whole]);
        assert_eq!((chain.len(), unreadable), (2, vec![2]));
    }
}

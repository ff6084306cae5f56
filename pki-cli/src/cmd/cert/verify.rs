//! `wharf cert verify`.

use std::path::PathBuf;

use anyhow::Context;
use rustls_pki_types::ServerName;
use time::OffsetDateTime;
use wharf_pki::verify::{Given, Purpose, Report};

use crate::args::HomeArg;
use crate::exit::Status;
use crate::inspect::{anchors::Anchors, source};
use crate::ui::Advised;
use crate::{clock, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert verify site.pem --name site.test
  wharf cert verify user.pem --client --ca root.pem --crl ca.crl
  wharf cert verify site.pem --at 2030-01-01T00:00:00Z

The first certificate of the file is verified; those behind it may be its issuers. Without --ca the roots of this home are \
trusted; without --crl its CRLs count. Exit status: 0 verified; 2 not verified.")]
pub(crate) struct Verify {
    /// A file with the certificate and those between it and the root, `-` for stdin; or a certificate of this CA
    #[arg(value_name = "FILE|SERIAL|NAME")]
    what: String,
    /// The name or address of the server; without it any name will do
    #[arg(long, value_name = "NAME", conflicts_with = "client", value_parser = reference)]
    name: Option<ServerName<'static>>,
    /// It is to be a client's
    #[arg(long)]
    client: bool,
    /// Trust the CAs of a file, and no others
    #[arg(long, value_name = "FILE")]
    ca: Vec<PathBuf>,
    /// More certificates that may stand in between
    #[arg(long, value_name = "FILE")]
    untrusted: Vec<PathBuf>,
    /// CRLs; with these, a certificate that none of them covers is refused
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// At another time than now: 2030-12-31, at midnight in UTC, or 2030-12-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = clock::start)]
    at: Option<OffsetDateTime>,
    /// Refuse what breaks a MUST of the linter too
    #[arg(long)]
    strict: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Verify {
    /// Verifies, and explains.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let anchors = Anchors::find(&self.ca, &self.crl, &self.home, self.strict)?;
        if anchors.certificates.is_empty() {
            return Err(Advised {
                message: "there is no CA to trust".into(),
                hint: "name one with --ca FILE, or make one: wharf ca init".into(),
            }
            .into());
        }
        let objects = source::load(&self.what, &self.home)?;
        let chain = source::certificates(objects, &self.what)?;
        let (end_entity, rest) = chain.split_first().context("there is no certificate")?;
        let mut intermediates = rest.to_vec();
        let files = self.untrusted.iter().map(PathBuf::as_path);
        intermediates.extend(source::certificates_of(files)?);
        let purpose = match (self.client, self.name) {
            (true, _) => Purpose::Client,
            (false, name) => Purpose::Server { name },
        };
        let given = Given {
            end_entity,
            intermediates: &intermediates,
            anchors: &anchors.certificates,
            crls: &anchors.crls,
        };
        let now = self.at.unwrap_or_else(clock::now);
        let report = wharf_pki::verify(&given, &purpose, now, &anchors.options);
        tell(&report, self.json)
    }
}

fn tell(report: &Report, json: bool) -> anyhow::Result<Status> {
    if json {
        let mut value = serde_json::to_value(report)?;
        value["format"] = 1.into();
        ui::line(&serde_json::to_string_pretty(&value)?)?;
    } else {
        ui::line(report.to_string().trim_end())?;
    }
    Ok(if report.is_verified() {
        Status::Done
    } else {
        Status::Refused
    })
}

/// A name to be verified.
pub(crate) fn reference(text: &str) -> Result<ServerName<'static>, String> {
    ServerName::try_from(text.to_owned())
        .map_err(|_| "it is no DNS name and no IP address".to_owned())
}

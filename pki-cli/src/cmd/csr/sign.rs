//! `wharf csr sign`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{FileKind, Mode, NewCertificate, RequestId, Stamp};
use wharf_pki::subject::Subject;
use wharf_pki::{CertificateInfo, CertificateRequest, EndEntity, Error, Store, SubjectAltName};

use super::granted;
use crate::args::{HomeArg, subject_alt_name};
use crate::cmd::cert::issue::issuer::IssuerArg;
use crate::cmd::cert::issue::request::Terms;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::CaPasswordArg;
use crate::record::{before, chain_pem, check_places, record};
use crate::stem::stem;
use crate::ui::Advised;
use crate::{clock, expiry, files, home, subject, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf csr sign api.test.csr --out certs
  wharf csr sign laptop.csr --profile client --days 30 --out certs
  wharf csr sign old.csr --name api.test --name 10.0.0.7 --out certs

The key and, without --name, the names are those of the request; everything else is what the profile says, and what was asked for
and not granted is told. The request and the decision are kept in the inventory. Writes NAME.pem, the certificate and the
intermediate, and prints its path. Exit status: 0 done; 1 not done; 2 refused: the signature is not of the key, or the profile
or the CA does not allow what was asked for.")]
pub(crate) struct Sign {
    /// The request, PEM or DER; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    issuer: IssuerArg,
    /// A name for the certificate, instead of those of the request; may be given more than once
    #[arg(long = "name", value_name = "NAME", value_parser = subject_alt_name)]
    names: Vec<SubjectAltName>,
    /// Its subject, where the profile leaves that open; that of the request is not taken over
    #[arg(long, value_name = "CN=…,O=…", value_parser = subject::parse)]
    subject: Option<Subject>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ca_password: CaPasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Sign {
    /// Issues what a request asks for.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let request = match super::read(&self.file)? {
            Err(error @ Error::BadSignature) => {
                let error = anyhow::Error::from(error).context(format!(
                    "the sender of {} has not its private key",
                    self.file.display()
                ));
                return Ok(refuse(&error));
            }
            read => read.with_context(|| format!("cannot read {}", self.file.display()))?,
        };
        let names = self.names(&request)?;
        let home = home::find(&self.home)?;
        let wanted = EndEntity {
            names,
            subject: self.subject.clone(),
            ..self.terms.end_entity(&home)?
        };
        let chain_file = self.chain_file(&wanted.names, &request);
        self.check_file(&chain_file)?;

        let mut asked = Asked::new(self.ca_password.clone().into());
        let (ca, mut store) = home::inventory(&home, &mut asked)?;
        let named = self.issuer.named(&store, &mut asked)?;
        let authority = named.as_ref().unwrap_or_else(|| ca.intermediate());
        store.check_issues(authority)?;
        expiry::check(&ca, authority, clock::now())?;
        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        // Of several that write one file at once, one does, and the others see it.
        let lock = home.lock()?;
        self.check_file(&chain_file)?;
        let planned = vec![(FileKind::Chain, chain_file.clone())];
        check_places(&planned)?;
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        let id = store.record_request(&stamp, request.subject(), request.der())?;
        let issued = authority.issue_for(&wanted, request.public_key(), stamp.at);
        let issued = match issued {
            Ok(issued) => issued,
            Err(error) => return refuse_recorded(&mut store, &stamp, id, error),
        };
        let issuer = store.authority_of(authority.certificate())?;
        let new = NewCertificate {
            issuer: issuer.context("the issuer is not in the inventory")?,
            certificate: &issued.certificate,
            profile: &wanted.profile.name,
            files: planned,
            replaces: before(&store, &chain_file),
            request: Some(id),
        };
        record(&mut store, &stamp, &new, || {
            let chain = chain_pem(&ca, authority, &issued.certificate);
            files::write(&chain_file, chain.as_bytes(), Mode::Public, self.force)
        })?;
        drop(lock);

        let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
        let until = clock::day(issued.certificate.validity().not_after);
        ui::note(&format!(
            "issued a {} certificate for {}, valid until {until}",
            wanted.profile.name,
            names.join(", ")
        ));
        if issued.clamped_from.is_some() {
            ui::note("it ends with its issuer, earlier than asked for");
        }
        let dropped = request.names().iter();
        let dropped = dropped.filter(|name| !issued.names.contains(name));
        let mut not_granted: Vec<_> = dropped
            .map(|name| format!("the name {name}, since --name says otherwise"))
            .collect();
        not_granted.extend(granted::not_granted(&request, &issued.certificate));
        for line in &not_granted {
            ui::note(&format!("not granted: {line}"));
        }
        if self.json {
            let report = Report {
                format: 1,
                certificate: inspect_der(issued.certificate.der())?,
                chain: &chain_file,
                request: id.to_string(),
                clamped: issued.clamped_from.is_some(),
                not_granted,
            };
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(Status::Done);
        }
        ui::line(&chain_file.display().to_string())?;
        Ok(Status::Done)
    }

    /// Nothing is lost by writing it.
    fn check_file(&self, chain: &Path) -> anyhow::Result<()> {
        let inputs = [&*self.file].into_iter().chain(self.ca_password.file());
        files::check_apart(&[chain], inputs)?;
        if !self.force {
            files::check_free(&[chain])?;
        }
        Ok(())
    }

    /// Those of `--name`, else those of the request; else its commonName, where host names stood before subjectAltName.
    fn names(&self, request: &CertificateRequest) -> anyhow::Result<Vec<SubjectAltName>> {
        if !self.names.is_empty() {
            return Ok(self.names.clone());
        }
        if !request.names().is_empty() {
            return Ok(request.names().to_vec());
        }
        let common_name = request
            .common_names()
            .iter()
            .find_map(|name| name.parse().ok());
        match (common_name, &self.subject) {
            (Some(name), _) => {
                ui::note(&format!(
                    "the request has no subjectAltName; its commonName {name} is taken"
                ));
                Ok(vec![name])
            }
            (None, Some(_)) => Ok(Vec::new()),
            (None, None) => Err(Advised {
                message: "the request has no name that a certificate may hold".into(),
                hint: "say whom it is for with --name".into(),
            }
            .into()),
        }
    }

    fn chain_file(&self, names: &[SubjectAltName], request: &CertificateRequest) -> PathBuf {
        let name = match (names.first(), &self.subject) {
            (Some(name), _) => name.to_string(),
            (None, Some(subject)) => subject.common_name.clone(),
            (None, None) => request.public_key().pin(),
        };
        self.out.join(format!("{}.pem", stem(&name)))
    }
}

/// For programs.
#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    certificate: CertificateInfo,
    chain: &'a Path,
    request: String,
    clamped: bool,
    not_granted: Vec<String>,
}

/// Keeps the refusal, and tells.
fn refuse_recorded(
    store: &mut Store,
    stamp: &Stamp<'_>,
    id: RequestId,
    error: Error,
) -> anyhow::Result<Status> {
    store.refuse_request(stamp, id, &error.to_string())?;
    let error = anyhow::Error::from(error).context(format!("request {id} is refused"));
    Ok(refuse(&error))
}

fn refuse(error: &anyhow::Error) -> Status {
    ui::report(error);
    Status::Refused
}

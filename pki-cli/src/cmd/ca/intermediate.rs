//! `wharf ca intermediate`.

use std::path::PathBuf;

use anyhow::Context;
use wharf_pki::constraints::Subtree;
use wharf_pki::store::{AuthorityRecord, Mode, Stamp};
use wharf_pki::validity::DAY;
use wharf_pki::{AuthorityOptions, Certificate, CertificateRequest, Error, Home, KeyType, Subject};

use super::init::{constraints, warn};
use crate::args::HomeArg;
use crate::cmd::csr;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::PasswordArg;
use crate::stem::{common_name, stem};
use crate::ui::Advised;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf ca intermediate --name 'Staging CA' --domain staging.test
  wharf cert issue www.staging.test --issuer 'Staging CA'
  wharf ca intermediate --csr partner.csr --domain partner.test --days 365

With --csr the key is that of another party, and never comes here; of the request the key and, without --name, the subject are \
taken, and what else it asks for is told. The certificate is written to NAME.pem in the current folder. Without --domain a new \
CA may issue for what the root may.

Exit status: 0 made; 1 not made; 2 refused: the signature of the request is not of its key, or the root does not allow what was \
asked for.")]
pub(crate) struct Intermediate {
    /// Its name, which no other authority has [default: with --csr that of the request]
    #[arg(long, value_name = "NAME", required_unless_present = "csr")]
    name: Option<String>,
    /// The certification request of another party, PEM or DER; `-` for stdin
    #[arg(long, value_name = "FILE")]
    csr: Option<PathBuf>,
    /// A domain, address or network that it may issue for, and no others; may be repeated
    #[arg(long = "domain", value_name = "D")]
    domains: Vec<Subtree>,
    /// The kind of its key
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256, conflicts_with = "csr")]
    key_type: KeyType,
    /// How long it is valid
    #[arg(long, value_name = "N", default_value_t = 1825, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    /// How many CAs may stand below it
    #[arg(long, value_name = "N", default_value_t = 0)]
    path_len: u8,
    /// The file to write for --csr
    #[arg(long, value_name = "FILE", requires = "csr")]
    out: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long, requires = "csr")]
    force: bool,
    #[command(flatten)]
    password: PasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

impl Intermediate {
    /// Issues and records it.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        match &self.csr {
            None => self.make(&home),
            Some(file) => match csr::read(file)? {
                Err(error @ Error::BadSignature) => {
                    let whose = format!("the sender of {} has not its private key", file.display());
                    Ok(refuse(&anyhow::Error::from(error).context(whose)))
                }
                read => {
                    let request =
                        read.with_context(|| format!("cannot read {}", file.display()))?;
                    self.certify(&home, &request)
                }
            },
        }
    }

    /// With a key of its own, which stays here.
    fn make(&self, home: &Home) -> anyhow::Result<Status> {
        let options = self.options(Subject::new(self.name.clone().unwrap_or_default()));
        warn(&options.name_constraints, self.key_type);
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        let mut asked = Asked::new(self.password.clone());
        let made =
            home.add_intermediate(&stamp, &options, self.key_type, &mut |path| asked.of(path));
        let Some(record) = granted(&mut asked, made)? else {
            return Ok(Status::Refused);
        };
        ui::note(&format!("made the intermediate {}", record.subject));
        if let Some(key) = record.key_file {
            ui::line(&key.with_extension("crt").display().to_string())?;
        }
        Ok(Status::Done)
    }

    /// For the key of a request.
    fn certify(&self, home: &Home, request: &CertificateRequest) -> anyhow::Result<Status> {
        let subject = self.subject(request)?;
        let default = || PathBuf::from(format!("{}.pem", stem(&subject.common_name)));
        let out = self.out.clone().unwrap_or_else(default);
        if !self.force && !files::is_dash(&out) {
            files::check_free(&[&out])?;
        }
        let options = self.options(subject);
        warn(&options.name_constraints, KeyType::P256);
        let who = home::who();
        let stamp = Stamp::new(&who, clock::now());
        let mut asked = Asked::new(self.password.clone());
        let made = home.certify_intermediate(&stamp, &options, request, &mut |path| asked.of(path));
        let Some(record) = granted(&mut asked, made)? else {
            return Ok(Status::Refused);
        };
        files::write(
            &out,
            chain(home, &record)?.as_bytes(),
            Mode::Public,
            self.force,
        )?;
        ui::note(&format!(
            "made {}, an intermediate of another party, valid until {}",
            common_name(&record.subject),
            clock::day(record.certificate.validity().not_after)
        ));
        for name in request.names() {
            ui::note(&format!("not granted: the name {name}, which no CA has"));
        }
        for line in csr::not_granted(request, &record.certificate) {
            ui::note(&format!("not granted: {line}"));
        }
        if !files::is_dash(&out) {
            ui::line(&out.display().to_string())?;
        }
        Ok(Status::Done)
    }

    fn options(&self, subject: Subject) -> AuthorityOptions {
        AuthorityOptions {
            subject,
            lifetime: Some(self.days * DAY),
            path_len: Some(self.path_len),
            name_constraints: constraints(&self.domains),
            ..AuthorityOptions::default()
        }
    }

    fn subject(&self, request: &CertificateRequest) -> Result<Subject, Advised> {
        match (&self.name, request.subject_fields()) {
            (Some(name), _) => Ok(Subject::new(&**name)),
            (None, Some(subject)) => Ok(subject.clone()),
            (None, None) => Err(Advised {
                message: format!(
                    "the subject of the request cannot be taken over: {}",
                    request.subject()
                ),
                hint: "name the new CA with --name".into(),
            }),
        }
    }
}

/// What came of it; `None` if the root may not do it, which has been told then.
fn granted(
    asked: &mut Asked,
    made: Result<AuthorityRecord, Error>,
) -> anyhow::Result<Option<AuthorityRecord>> {
    match made {
        Err(error @ (Error::Constraint { .. } | Error::PathLength { .. })) => {
            refuse(&error.into());
            Ok(None)
        }
        made => asked.tell(made).map(Some),
    }
}

fn refuse(error: &anyhow::Error) -> Status {
    ui::report(error);
    Status::Refused
}

/// What its servers send behind their own certificates.
fn chain(home: &Home, record: &AuthorityRecord) -> Result<String, Error> {
    let cross = home.ca_certificates()?.and_then(|all| all.cross);
    let chain = [&record.certificate].into_iter().chain(&cross);
    Ok(chain.map(Certificate::to_pem).collect())
}

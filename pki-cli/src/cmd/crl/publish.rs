//! `wharf crl publish`.

use std::path::PathBuf;

use serde::Serialize;
use wharf_pki::store::{AuthorityRecord, AuthorityState, CrlRecord, Mode, Stamp, Store, replace};
use wharf_pki::{Crl, Home};

use super::sign::{self, DAYS};
use crate::args::HomeArg;
use crate::cmd::cert::is_called;
use crate::exit::Status;
use crate::home::Asked;
use crate::password::CaPasswordArg;
use crate::ui::{self, Advised};
use crate::{clock, files, home};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf crl publish
  wharf crl publish --issuer 'Wharf development CA intermediate' --der --out /srv/www/intermediate.crl
  wharf crl publish --days 7 --out crls.pem

A CRL for each CA whose key is here, retired ones too, in the CA's folder; with --out also in that file, which is replaced. \
A web server that hands one out to the readers of crl_urls (config.toml) sends DER.

A CA that cannot sign does not keep the others from it; of that one --out has the last CRL, if there is one.

Exit status: 0 published; 1 not all.")]
pub(crate) struct Publish {
    /// The CA, by its subject or the commonName in it [default: all]
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// A file to write them to as well, PEM one after the other; `-` for stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// In how many days the next one is due
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=36_525))]
    days: u32,
    /// Write DER to --out: one CRL alone
    #[arg(long, requires = "out")]
    der: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ca_password: CaPasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Serialize)]
struct Report {
    format: u32,
    crls: Vec<Published>,
    failed: Vec<Failed>,
}

/// A CA that has no new CRL.
#[derive(Serialize)]
struct Failed {
    issuer: String,
    error: String,
}

#[derive(Serialize)]
struct Published {
    issuer: String,
    number: String,
    path: PathBuf,
    next_update: String,
}

impl Publish {
    /// Signs them and says where they are.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let (who, now) = (home::who(), clock::now());
        let stamp = Stamp::new(&who, now);
        let mut store = Store::open(&home, &stamp)?;
        let authorities = self.authorities(&store)?;
        if self.der && authorities.len() != 1 {
            return Err(Advised {
                message: format!(
                    "a file of DER holds one CRL, and there are {}",
                    authorities.len()
                ),
                hint: "name one CA with --issuer".into(),
            }
            .into());
        }
        let mut asked = Asked::new(self.ca_password.clone().into());
        let (mut signed, mut failed) = (Vec::new(), Vec::new());
        for record in &authorities {
            // One that cannot sign keeps the CRLs of the others from nobody.
            let crl = sign::load(record, &mut asked).and_then(|authority| {
                sign::sign(&home, &mut store, &stamp, record, &authority, self.days)
            });
            let crl = match crl {
                Ok(crl) => crl,
                Err(error) => {
                    let error = error.context(format!("no CRL of {}", record.subject));
                    ui::report(&error);
                    failed.push(Failed {
                        issuer: record.subject.clone(),
                        error: format!("{error:#}"),
                    });
                    continue;
                }
            };
            ui::note(&format!(
                "CRL {} of {}: {} revoked, the next one is due on {}",
                crl.number,
                record.subject,
                Crl::from_der(&crl.der)?.entries().len(),
                clock::day(crl.next_update)
            ));
            signed.push((record, sign::path(&home, record), crl));
        }
        self.write(&home, &store, &authorities)?;
        let status = match failed.is_empty() {
            true => Status::Done,
            false => Status::Failed,
        };
        self.print(signed, failed)?;
        Ok(status)
    }

    fn authorities(&self, store: &Store) -> anyhow::Result<Vec<AuthorityRecord>> {
        let mut found = store.authorities()?;
        found.retain(|record| match &self.issuer {
            Some(name) => is_called(&record.subject, name),
            None => record.has_key(),
        });
        if found.len() > 1 && self.issuer.is_some() {
            // One that issues is meant before one that no longer does.
            found.sort_by_key(|record| record.state != AuthorityState::Active);
            found.truncate(1);
        }
        match found.is_empty() {
            false => Ok(found),
            true => Err(Advised {
                message: "there is no such CA with a key here".into(),
                hint: "wharf ca list shows what there is".into(),
            }
            .into()),
        }
    }

    /// The newest of each that there is. A CRL is there to be replaced by the next one, so no one is asked.
    fn write(
        &self,
        home: &Home,
        store: &Store,
        authorities: &[AuthorityRecord],
    ) -> anyhow::Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        let _lock = home.lock()?;
        let mut bytes = Vec::new();
        for record in authorities {
            let Some(crl) = store.latest_crl(record.id)? else {
                continue;
            };
            match self.der {
                true => bytes.extend_from_slice(&crl.der),
                false => bytes.extend_from_slice(Crl::from_der(&crl.der)?.to_pem().as_bytes()),
            }
        }
        if bytes.is_empty() {
            return Ok(());
        }
        match files::is_dash(out) {
            true => files::write(out, &bytes, Mode::Public, false),
            false => Ok(replace(out, &bytes, Mode::Public)?),
        }
    }

    fn print(
        &self,
        signed: Vec<(&AuthorityRecord, PathBuf, CrlRecord)>,
        failed: Vec<Failed>,
    ) -> anyhow::Result<()> {
        if self.json {
            let rows = signed.into_iter().map(|(record, path, crl)| {
                anyhow::Ok(Published {
                    issuer: record.subject.clone(),
                    number: crl.number.to_string(),
                    path,
                    next_update: clock::rfc3339(crl.next_update)?,
                })
            });
            let crls = rows.collect::<Result<_, _>>()?;
            let report = Report {
                format: 1,
                crls,
                failed,
            };
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(());
        }
        match &self.out {
            Some(out) if files::is_dash(out) => {}
            Some(out) => ui::line(&out.display().to_string())?,
            None => {
                for (_, path, _) in &signed {
                    ui::line(&path.display().to_string())?;
                }
            }
        }
        Ok(())
    }
}

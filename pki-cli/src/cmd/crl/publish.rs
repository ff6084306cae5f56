//! `wharf crl publish`.

use std::path::PathBuf;

use serde::Serialize;
use wharf_pki::Crl;
use wharf_pki::store::{
    AuthorityRecord, AuthorityState, CrlRecord, Mode, Stamp, Store, write_atomic,
};

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

Exit status: 0 published; 1 not.")]
pub(crate) struct Publish {
    /// The CA, by its subject or the commonName in it [default: all]
    #[arg(long, value_name = "NAME")]
    issuer: Option<String>,
    /// A file to write them to as well, PEM one after the other; `-` for stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// In how many days the next one is due
    #[arg(long, value_name = "N", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=3650))]
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
}

#[derive(Serialize)]
struct Published {
    issuer: String,
    number: u64,
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
        let mut signed = Vec::new();
        for record in &authorities {
            let authority = sign::load(record, &mut asked)?;
            let crl = sign::sign(&home, &mut store, &stamp, record, &authority, self.days)?;
            ui::note(&format!(
                "CRL {} of {}: {} revoked, the next one is due on {}",
                crl.number,
                record.subject,
                Crl::from_der(&crl.der)?.entries().len(),
                clock::day(crl.next_update)
            ));
            signed.push((record, sign::path(&home, record), crl));
        }
        self.write(&signed)?;
        self.print(signed)?;
        Ok(Status::Done)
    }

    fn authorities(&self, store: &Store) -> anyhow::Result<Vec<AuthorityRecord>> {
        let mut found = store.authorities()?;
        found.retain(|record| match &self.issuer {
            Some(name) => is_called(&record.subject, name),
            None => record.key_file.is_some(),
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

    /// A CRL is there to be replaced by the next one, so no one is asked.
    fn write(&self, signed: &[(&AuthorityRecord, PathBuf, CrlRecord)]) -> anyhow::Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        let mut bytes = Vec::new();
        for (.., crl) in signed {
            match self.der {
                true => bytes.extend_from_slice(&crl.der),
                false => bytes.extend_from_slice(Crl::from_der(&crl.der)?.to_pem().as_bytes()),
            }
        }
        match files::is_dash(out) {
            true => files::write(out, &bytes, Mode::Public, false),
            false => Ok(write_atomic(out, &bytes, Mode::Public)?),
        }
    }

    fn print(&self, signed: Vec<(&AuthorityRecord, PathBuf, CrlRecord)>) -> anyhow::Result<()> {
        if self.json {
            let rows = signed.into_iter().map(|(record, path, crl)| {
                anyhow::Ok(Published {
                    issuer: record.subject.clone(),
                    number: crl.number,
                    path,
                    next_update: clock::rfc3339(crl.next_update)?,
                })
            });
            let crls = rows.collect::<Result<_, _>>()?;
            ui::line(&serde_json::to_string_pretty(&Report { format: 1, crls })?)?;
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

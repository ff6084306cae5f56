//! `wharf cert revoke`.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use time::OffsetDateTime;
use wharf_pki::crl::SerialNumber;
use wharf_pki::store::{AuthorityRecord, CrlRecord, Stamp, Store, StoreError};
use wharf_pki::{Crl, Error, RevocationReason};

use super::rows;
use crate::args::HomeArg;
use crate::clock::start;
use crate::cmd::crl::sign::{self, DAYS};
use crate::exit::Status;
use crate::home::Asked;
use crate::password::CaPasswordArg;
use crate::ui::{self, Advised};
use crate::{clock, files, home};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert revoke api.test --reason superseded
  wharf cert revoke api.test.pem --reason key-compromise --invalidity-date 2030-05-01
  wharf cert revoke 4f3a
  wharf cert revoke laptop.pem --reason certificate-hold
  wharf cert revoke laptop.pem --release

Writes the issuer's new CRL into the CA's folder and says where; whoever checks it has to get it: `wharf crl publish`. \
A revocation is final, except for certificate-hold, which --release takes back. A root cannot be revoked.

Exit status: 0 revoked, or released; 3 it was revoked already; 1 not done.")]
pub(crate) struct Revoke {
    /// A serial number or the beginning of one, a name, or a file with the certificate
    #[arg(value_name = "SERIAL|NAME|FILE")]
    certificate: String,
    /// Why: unspecified, key-compromise, affiliation-changed, superseded, cessation-of-operation, certificate-hold, privilege-withdrawn
    #[arg(long, value_name = "R", default_value_t = RevocationReason::Unspecified)]
    reason: RevocationReason,
    /// Since when the key is thought to be lost: 2030-12-31, from midnight in UTC on, or 2030-12-31T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = start)]
    invalidity_date: Option<OffsetDateTime>,
    /// Take a certificate-hold back
    #[arg(long, conflicts_with_all = ["reason", "invalidity_date"])]
    release: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    ca_password: CaPasswordArg,
    #[command(flatten)]
    home: HomeArg,
}

#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    serial: &'a str,
    issuer: &'a str,
    newly_revoked: bool,
    released: bool,
    crl: &'a Path,
    crl_number: String,
}

impl Revoke {
    /// Records the revocation, and writes the CRL that says so.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let home = home::existing(&self.home)?;
        let (who, now) = (home::who(), clock::now());
        if self.invalidity_date.is_some_and(|date| date > now) {
            return Err(Advised {
                message: "--invalidity-date is in the future".into(),
                hint: "it says since when the key may be in other hands; leave it out if that is not known".into(),
            }
            .into());
        }
        let stamp = Stamp::new(&who, now);
        let mut store = Store::open(&home, &stamp)?;
        let (serial, issuer) = self.find(&store, now)?;

        // Before anything is recorded: without the key there would be no CRL.
        let mut asked = Asked::new(self.ca_password.clone().into());
        let authority = sign::load(&issuer, &mut asked)?;
        let revoked = match self.release {
            true => store.release(&stamp, issuer.id, &serial),
            false => store.revoke(
                &stamp,
                issuer.id,
                &serial,
                self.reason,
                self.invalidity_date,
            ),
        };
        let is_new = match revoked {
            Ok(()) => true,
            Err(Error::Store(error @ StoreError::AlreadyRevoked { .. })) => {
                ui::note(&error.to_string());
                false
            }
            Err(error) => return Err(error.into()),
        };
        let path = sign::path(&home, &issuer);
        // A process may have been killed between a revocation and its CRL.
        let there = match self.release {
            true => None,
            false => current(&store, &issuer, &serial, &path)?,
        };
        let crl = match there {
            Some(crl) => crl,
            None => sign::sign(&home, &mut store, &stamp, &issuer, &authority, DAYS)?,
        };
        if is_new {
            let done = match self.release {
                true => format!("released {serial} of {}", issuer.subject),
                false => format!("revoked {serial} of {}, {}", issuer.subject, self.reason),
            };
            ui::note(&format!(
                "{done}; CRL {} says so, until {}",
                crl.number,
                clock::day(crl.next_update)
            ));
        }
        self.print(&Report {
            format: 1,
            serial: &serial,
            issuer: &issuer.subject,
            newly_revoked: is_new && !self.release,
            released: self.release,
            crl: &path,
            crl_number: crl.number.to_string(),
        })?;
        Ok(match is_new {
            true => Status::Done,
            false => Status::NothingToDo,
        })
    }

    fn print(&self, report: &Report<'_>) -> anyhow::Result<()> {
        if self.json {
            ui::line(&serde_json::to_string_pretty(report)?)?;
        } else {
            ui::line(&report.crl.display().to_string())?;
        }
        Ok(())
    }

    /// Its serial number, and who issued it.
    fn find(
        &self,
        store: &Store,
        now: OffsetDateTime,
    ) -> anyhow::Result<(String, AuthorityRecord)> {
        let authorities = store.authorities()?;
        let file = PathBuf::from(&self.certificate);
        if files::is_dash(&file) || file.is_file() {
            let Some(certificate) = files::certificates(&file)?.into_iter().next() else {
                anyhow::bail!("{} has no certificate", file.display());
            };
            let mut signers = authorities.into_iter();
            let signer = signers.find(|ca| certificate.check_signed_by(&ca.certificate).is_ok());
            let signer = signer.ok_or_else(|| Advised {
                message: format!("no CA of the inventory signed {}", file.display()),
                hint: "only its issuer can revoke a certificate; wharf ca list shows who is here"
                    .into(),
            })?;
            return Ok((SerialNumber::of(&certificate)?.to_string(), signer));
        }
        let found = store.find(&self.certificate, now);
        if let Err(Error::Store(StoreError::AmbiguousCertificate { .. })) = &found {
            ui::note(&format!("{} could be any of these:", self.certificate));
            rows::tell_candidates(store, &self.certificate)?;
        }
        let found = found?;
        let issuer = authorities
            .into_iter()
            .find(|ca| Some(ca.id) == found.issuer);
        let issuer = issuer.ok_or_else(|| Advised {
            message: format!("the issuer of {} is not in the inventory", found.serial),
            hint: "only its issuer can revoke a certificate".into(),
        })?;
        Ok((found.serial, issuer))
    }
}

/// The newest CRL, if it says so and is in its file.
fn current(
    store: &Store,
    issuer: &AuthorityRecord,
    serial: &str,
    path: &Path,
) -> anyhow::Result<Option<CrlRecord>> {
    let Some(record) = store.latest_crl(issuer.id)? else {
        return Ok(None);
    };
    let entry = Crl::from_der(&record.der)?;
    let entry = entry
        .entry(&serial.parse()?)
        .map(|entry| entry.reason.unwrap_or_default());
    let revoked = store.revocations(issuer.id)?.into_iter();
    let mut reason = revoked
        .filter(|revoked| revoked.serial == serial)
        .map(|revoked| revoked.reason);
    let says_so = entry.is_some() && reason.next() == entry;
    let is_written = || Crl::from_pem(&fs::read_to_string(path).ok()?).ok();
    let is_written = || is_written().is_some_and(|written| written.der() == record.der);
    Ok((says_so && is_written()).then_some(record))
}

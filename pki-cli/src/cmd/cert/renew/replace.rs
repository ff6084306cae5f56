//! One certificate: whether it is to be renewed, and its successor.
//!
//! ```text
//! sign      record, with the files it will have      write the files      say that they are written
//! ```
//!
//! A process that is killed between two of these leaves the old pair, or the new one; the next run looks at the files, and
//! goes on from there.

use std::time::Duration;

use anyhow::Context;
use time::OffsetDateTime;
use wharf_pki::store::{
    AuthorityId, AuthorityState, CertificateId, Home, NewCertificate, Role, Stamp,
};
use wharf_pki::{Authority, Ca, Error, Issued, Password, Profiles, Store};

use super::before::{Before, life};
use super::content;
use super::disk::{self, Disk};
use super::find::{self, Candidate};
use super::key::{self, NewKey};
use super::report::{File, Renewed, Skipped, time};
use super::write::{prepare, write};
use crate::cmd::cert::issue::request::default_lifetime;
use crate::home::Asked;
use crate::record::{chain_pem, record};
use crate::ui::Advised;
use crate::{clock, home};

/// How to renew.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) when: When,
    pub(super) before: Before,
    /// A new key or none.
    pub(super) rekey: bool,
    pub(super) reuse_key: bool,
    pub(super) lifetime: Option<Duration>,
    pub(super) profiles: Profiles,
    /// Of encrypted keys of certificates.
    pub(super) password: Option<Password>,
    /// Whether somebody at the terminal is asked for one.
    pub(super) asks: bool,
}

/// Which certificates are renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Those that are named.
    Asked,
    /// Those that are due.
    Due,
    /// Those that are due, each a little later than others.
    DueSpread(Option<Duration>),
}

/// What became of a certificate.
#[derive(Debug)]
pub(super) enum Outcome {
    Renewed(Renewed),
    Skipped(Skipped, Option<OffsetDateTime>),
}

/// Why one that is due is left alone: somebody has to do something.
pub(super) const ENDS_WITH_ISSUER: &str =
    "it ends with its issuer: `wharf ca rotate` makes a new one";

/// A CA at work.
#[derive(Debug)]
pub(super) struct Renewer<'a> {
    home: &'a Home,
    plan: &'a Plan,
    ca: Ca,
    pub(super) store: Store,
    asked: &'a mut Asked,
    who: String,
}

impl<'a> Renewer<'a> {
    /// Loads the CA, which has to be there.
    pub(super) fn open(
        home: &'a Home,
        plan: &'a Plan,
        asked: &'a mut Asked,
    ) -> anyhow::Result<Self> {
        let loaded = home.load_ca_with(&mut |path| asked.of(path));
        let Some(ca) = asked.tell(loaded)? else {
            return Err(Advised {
                message: format!("there is no CA in {}", home.ca_path().display()),
                hint: "say where it is with --home DIR or WHARF_HOME".into(),
            }
            .into());
        };
        let who = home::who();
        let store = Store::open(home, &Stamp::new(&who, clock::now()))?;
        Ok(Self {
            home,
            plan,
            ca,
            store,
            asked,
            who,
        })
    }

    /// Renews a certificate, if it is to be renewed. Of several processes that want to, one does, and the others see it.
    pub(super) fn renew(&mut self, candidate: &Candidate, all: bool) -> anyhow::Result<Outcome> {
        let _lock = self.home.lock()?;
        let now = clock::now();
        let candidate = candidate.again(&self.store, now)?;
        if let Some((reason, due)) = self.reason_not_to(&candidate, all, now)? {
            let skipped = Skipped {
                certificate: candidate.label(),
                reason,
                due: due.map(time),
            };
            return Ok(Outcome::Skipped(skipped, due));
        }
        let keep_key = self.plan.reuse_key || is_for_its_key(&candidate, all);
        self.replace(&candidate, keep_key, now)
            .map(Outcome::Renewed)
    }

    /// Why it is left alone, and when that ends.
    fn reason_not_to(
        &mut self,
        candidate: &Candidate,
        all: bool,
        now: OffsetDateTime,
    ) -> anyhow::Result<Option<(String, Option<OffsetDateTime>)>> {
        let unwritten = candidate
            .record
            .as_ref()
            .is_some_and(|record| record.is_unwritten());
        let disk = disk::look(&self.store, candidate, now)?;
        let never = |reason: &str| Ok(Some((reason.to_owned(), None)));
        match disk {
            Disk::Foreign if !all => {
                let path = candidate.chain().map(|path| path.display().to_string());
                return Err(Advised {
                    message: format!("{} holds another certificate", path.unwrap_or_default()),
                    hint:
                        "renew that one by its file, or issue anew: wharf cert issue NAME --force"
                            .into(),
                }
                .into());
            }
            Disk::Foreign => return never("its file holds another certificate"),
            Disk::Nowhere if all => return never("it has no files here"),
            Disk::Gone if all && !unwritten => return never("its files are gone"),
            Disk::Whole | Disk::WithoutKey if unwritten => self.mark(candidate, now)?,
            _ => {}
        }
        if self.plan.rekey && is_for_its_key(candidate, all) {
            return never("its key is not kept here, so there is none to renew");
        }
        if self.plan.when == When::Asked
            || matches!(disk, Disk::OtherKey | Disk::Earlier | Disk::Gone)
        {
            return Ok(None);
        }
        let due = match self.plan.when {
            When::DueSpread(jitter) => self.plan.before.due_spread(&candidate.info, jitter),
            _ => self.plan.before.due(&candidate.info),
        };
        if now < due {
            return Ok(Some((format!("not due before {}", time(due)), Some(due))));
        }
        // Where the issuer ends first, a successor gains nothing, and would be due at once.
        let end = self
            .authority(candidate)?
            .1
            .certificate()
            .validity()
            .not_after;
        if candidate.info.not_after >= end && now < end {
            return never(ENDS_WITH_ISSUER);
        }
        Ok(None)
    }

    /// The files were written, and the process was killed before it could say so.
    fn mark(&mut self, candidate: &Candidate, now: OffsetDateTime) -> anyhow::Result<()> {
        if let Some(record) = &candidate.record {
            let stamp = Stamp::new(&self.who, now);
            self.store
                .mark_written(&stamp, record.id, &candidate.files)?;
        }
        Ok(())
    }

    fn replace(
        &mut self,
        candidate: &Candidate,
        keep_key: bool,
        now: OffsetDateTime,
    ) -> anyhow::Result<Renewed> {
        let who = self.who.clone();
        let stamp = Stamp::new(&who, now);
        let (issuer, authority) = self.authority(candidate)?;
        let old = self.recorded(candidate, &stamp)?;
        let key = key::successor(self.plan, candidate, keep_key)?;
        prepare(&candidate.files)?;
        let issued = self.issue(candidate, &authority, key.as_ref(), now)?;

        let profile = self.profile(candidate)?.name;
        let chain = chain_pem(&self.ca, &authority, &issued.certificate);
        let new = NewCertificate {
            issuer,
            certificate: &issued.certificate,
            profile: &profile,
            files: candidate.files.clone(),
            replaces: Some(old),
            request: None,
        };
        record(&mut self.store, &stamp, &new, || {
            write(candidate, &issued.certificate, &chain, key.as_ref())
        })?;
        let new = find::head(&self.store, &issued.certificate, now)?;
        let new = new.context("the inventory lost the certificate")?;

        let files = candidate.files.iter().cloned();
        Ok(Renewed {
            names: new.names,
            plain_names: issued.names.iter().map(ToString::to_string).collect(),
            serial: new.serial,
            replaces: candidate.info.serial.clone(),
            not_after: time(new.not_after),
            clamped: issued.clamped_from.is_some(),
            rekeyed: !keep_key,
            files: files.map(|(kind, path)| File { kind, path }).collect(),
        })
    }

    fn issue(
        &self,
        candidate: &Candidate,
        authority: &Authority,
        key: Option<&NewKey>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Issued> {
        let profile = self.profile(candidate)?;
        // One that was cut off at its issuer's end tells nothing of how long it should have been.
        let was_clamped = self
            .store
            .authorities()?
            .iter()
            .any(|ca| ca.certificate.validity().not_after == candidate.info.not_after);
        let lifetime = match self.plan.lifetime {
            Some(lifetime) => lifetime,
            None if was_clamped => default_lifetime(&profile),
            None => life(&candidate.info).min(profile.longest_lifetime),
        };
        let request =
            content::request(&candidate.certificate, &candidate.info, &profile, lifetime)?;
        Ok(match key {
            Some(key) => authority.issue(&request, &key.key, now)?,
            None => authority.issue_for(&request, &candidate.certificate.public_key()?, now)?,
        })
    }

    fn profile(&self, candidate: &Candidate) -> anyhow::Result<wharf_pki::Profile> {
        let profiles = &self.plan.profiles;
        match &candidate.record {
            Some(record) => Ok(profiles.get(&record.profile)?.clone()),
            None => content::guess(&candidate.info, profiles),
        }
    }

    /// Its issuer, if it still issues; otherwise the CA that does now.
    fn authority(&mut self, candidate: &Candidate) -> anyhow::Result<(AuthorityId, Authority)> {
        let all = self.store.authorities()?;
        let issuer = candidate.record.as_ref().and_then(|record| record.issuer);
        let active = self.ca.intermediate().certificate();
        let default = all.iter().find(|ca| ca.certificate == *active);
        let same = all.iter().find(|ca| {
            Some(ca.id) == issuer
                && ca.state == AuthorityState::Active
                && ca.key_file.is_some()
                && ca.revocation.is_none()
        });
        let ca = same
            .or(default)
            .context("the inventory does not have its own CA")?;
        let loaded = ca.load(&mut |path| self.asked.of(path));
        let authority = self.asked.tell(loaded)?;
        if ca.role == Role::Root {
            return self.issuing(ca.id, authority);
        }
        let mut roots = all.iter().filter(|found| found.role == Role::Root);
        let root = roots.find(|root| ca.certificate.check_signed_by(&root.certificate).is_ok());
        let root = root
            .with_context(|| format!("the inventory does not have the root of {}", ca.subject))?;
        self.issuing(ca.id, authority.with_issuers([root.certificate.clone()])?)
    }

    fn issuing(
        &self,
        id: AuthorityId,
        authority: Authority,
    ) -> anyhow::Result<(AuthorityId, Authority)> {
        self.store.check_issues(&authority)?;
        Ok((id, authority))
    }

    /// Its number in the inventory. One that was issued before there was an inventory, or beside it, is recorded now: if a
    /// CA of this inventory signed it.
    fn recorded(
        &mut self,
        candidate: &Candidate,
        stamp: &Stamp<'_>,
    ) -> anyhow::Result<CertificateId> {
        if let Some(record) = &candidate.record {
            return Ok(record.id);
        }
        let profile = self.profile(candidate)?;
        for ca in self.store.authorities()? {
            let new = NewCertificate {
                issuer: ca.id,
                certificate: &candidate.certificate,
                profile: &profile.name,
                files: Vec::new(),
                replaces: None,
                request: None,
            };
            match self.store.record_certificate(stamp, &new) {
                Ok(id) => return Ok(id),
                Err(Error::BadSignature) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Advised {
            message: format!("another CA issued it: {}", candidate.info.issuer),
            hint: "renew it there, or name the home of that CA with --home DIR".into(),
        }
        .into())
    }
}

/// Whether it is renewed for the key that its holder keeps: of all that are there, and nobody has named it.
fn is_for_its_key(candidate: &Candidate, all: bool) -> bool {
    all && candidate.key().is_none()
}

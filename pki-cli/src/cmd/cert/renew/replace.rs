//! One certificate: whether it is to be renewed, and its successor.
//!
//! ```text
//! sign      record, with the files it will have      write the files      say that they are written
//! ```
//!
//! A process that is killed between two of these leaves the old pair, or the new one; the next run looks at the files, and
//! goes on from there.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use time::OffsetDateTime;
use wharf_pki::store::{
    AuthorityId, AuthorityState, CertificateId, FileKind, Home, Mode, NewCertificate, Overwrite,
    Role, Stamp, write_atomic,
};
use wharf_pki::{
    Authority, Ca, Certificate, Error, Issued, Key, KeyType, Password, Profiles, Store,
};
use zeroize::Zeroizing;

use super::before::{Before, life};
use super::content;
use super::disk::{self, Disk};
use super::find::{self, Candidate};
use super::report::{File, Renewed, Skipped, time};
use crate::ui::Advised;
use crate::{clock, files, home};

/// How to renew.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) when: When,
    pub(super) before: Before,
    pub(super) reuse_key: bool,
    pub(super) lifetime: Option<Duration>,
    pub(super) profiles: Profiles,
    /// Of encrypted keys of certificates.
    pub(super) password: Option<Password>,
    /// Of the CA's keys.
    pub(super) ca_password: Option<Password>,
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

/// A CA at work.
#[derive(Debug)]
pub(super) struct Renewer<'a> {
    home: &'a Home,
    plan: &'a Plan,
    ca: Ca,
    pub(super) store: Store,
    who: String,
}

impl<'a> Renewer<'a> {
    /// Loads the CA, which has to be there.
    pub(super) fn open(home: &'a Home, plan: &'a Plan) -> anyhow::Result<Self> {
        let loaded = home.load_ca_with(&mut |_| Ok(plan.ca_password.clone()))?;
        let Some(ca) = loaded else {
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
        self.replace(&candidate, now).map(Outcome::Renewed)
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
        let keyless = candidate.key().is_none() && !self.plan.reuse_key;
        if keyless && all {
            return never("its key is not kept here; --reuse-key renews it for the same key");
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
            return never("it ends with its issuer: `wharf ca rotate` makes a new one");
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

    fn replace(&mut self, candidate: &Candidate, now: OffsetDateTime) -> anyhow::Result<Renewed> {
        let who = self.who.clone();
        let stamp = Stamp::new(&who, now);
        let (issuer, authority) = self.authority(candidate)?;
        let old = self.recorded(candidate, &stamp)?;
        let key = self.key(candidate)?;
        let issued = self.issue(candidate, &authority, key.as_ref(), now)?;

        self.store.record_certificate(
            &stamp,
            &NewCertificate {
                issuer,
                certificate: &issued.certificate,
                profile: &self.profile(candidate)?.name,
                files: candidate.files.clone(),
                replaces: Some(old),
                request: None,
            },
        )?;
        let mut chain = issued.certificate.to_pem();
        if !find::is_root(&self.store, authority.certificate())? {
            chain.push_str(&authority.certificate().to_pem());
        }
        self.write(candidate, &issued.certificate, &chain, key.as_ref())?;
        let new = find::head(&self.store, &issued.certificate, now)?;
        let new = new.context("the inventory lost the certificate")?;
        self.store.mark_written(&stamp, new.id, &candidate.files)?;

        let files = candidate.files.iter().cloned();
        Ok(Renewed {
            names: new.names,
            plain_names: issued.names.iter().map(ToString::to_string).collect(),
            serial: new.serial,
            replaces: candidate.info.serial.clone(),
            not_after: time(new.not_after),
            clamped: issued.clamped_from.is_some(),
            rekeyed: !self.plan.reuse_key,
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
            None if was_clamped => profile.default_lifetime,
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
    fn authority(&self, candidate: &Candidate) -> anyhow::Result<(AuthorityId, Authority)> {
        let all = self.store.authorities()?;
        let issuer = candidate.record.as_ref().and_then(|record| record.issuer);
        let active = self.ca.intermediate().certificate();
        let default = all.iter().find(|ca| ca.certificate == *active);
        let same = all.iter().find(|ca| {
            Some(ca.id) == issuer && ca.state == AuthorityState::Active && ca.key_file.is_some()
        });
        let ca = same
            .or(default)
            .context("the inventory does not have its own CA")?;
        let load = || ca.load(&mut |_| Ok(self.plan.ca_password.clone()));
        if ca.role == Role::Root {
            return Ok((ca.id, load()?));
        }
        for root in all.iter().filter(|root| root.role == Role::Root) {
            match load()?.with_issuers([root.certificate.clone()]) {
                Ok(authority) => return Ok((ca.id, authority)),
                Err(Error::BadSignature) => {}
                Err(error) => return Err(error.into()),
            }
        }
        bail!("the inventory does not have the root of {}", ca.subject)
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

    /// The key of the successor; `None` if only its holder has it.
    fn key(&self, candidate: &Candidate) -> anyhow::Result<Option<NewKey>> {
        let Some(path) = candidate.key() else {
            if self.plan.reuse_key {
                return Ok(None);
            }
            return Err(Advised {
                message: "its key is not kept here".into(),
                hint: "--key FILE says where it is; --reuse-key renews the certificate for the same key".into(),
            }
            .into());
        };
        let there = path.is_file();
        let old = if there {
            Zeroizing::new(files::read(path)?)
        } else {
            Zeroizing::default()
        };
        let text = std::str::from_utf8(&old).unwrap_or_default();
        let encrypted = disk::is_encrypted(text);
        let password = self.plan.password.as_ref().filter(|_| encrypted);
        if encrypted && password.is_none() {
            return Err(Advised {
                message: format!("{} needs a password", path.display()),
                hint: "--password-file FILE or --password-env NAME".into(),
            }
            .into());
        }
        // Also where a new key is made: a password that does not open the old file would lock its readers out.
        let old = match password {
            Some(password) => Some(Key::from_encrypted_pem(text, password)),
            None => Some(Key::from_pem(text)),
        };
        let key = match old {
            Some(old) if self.plan.reuse_key => {
                let key = old.with_context(|| format!("cannot reuse {}", path.display()))?;
                if *key.public_key() != candidate.certificate.public_key()? {
                    bail!("{} is not the key of this certificate", path.display());
                }
                key
            }
            old => {
                if let (Some(_), Some(Err(error))) = (password, old) {
                    return Err(error).with_context(|| format!("cannot open {}", path.display()));
                }
                Key::generate(key_type(&candidate.certificate)?)?
            }
        };
        let pem = match password {
            Some(password) => Zeroizing::new(key.to_encrypted_pem(password)?),
            None => key.to_pem(),
        };
        Ok(Some(NewKey { key, pem }))
    }

    fn write(
        &self,
        candidate: &Candidate,
        certificate: &Certificate,
        chain: &str,
        key: Option<&NewKey>,
    ) -> anyhow::Result<()> {
        for folder in candidate.files.iter().filter_map(|(_, path)| path.parent()) {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        let single = certificate.to_pem();
        let mut done: Vec<PathBuf> = Vec::new();
        if let (Some(pair), Some(key)) = (disk::pair(candidate), key) {
            let is_chain = candidate.place(FileKind::Chain).is_some();
            let text = if is_chain { chain } else { &single };
            pair.write(text, &key.pem, Overwrite::Always)?;
            done = vec![pair.chain, pair.key];
        }
        for (kind, path) in candidate
            .files
            .iter()
            .filter(|(_, path)| !done.contains(path))
        {
            match (kind, key) {
                (FileKind::Chain, _) => write_atomic(path, chain.as_bytes(), Mode::Public)?,
                (FileKind::Certificate, _) => write_atomic(path, single.as_bytes(), Mode::Public)?,
                (FileKind::Key, Some(key)) => {
                    write_atomic(path, key.pem.as_bytes(), Mode::Private)?
                }
                (FileKind::Bundle, Some(key)) => {
                    let both = Zeroizing::new(format!("{}{chain}", key.pem.as_str()));
                    write_atomic(path, both.as_bytes(), Mode::Private)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A key, and its file's content.
struct NewKey {
    key: Key,
    pem: Zeroizing<String>,
}

/// The type of its key. RSA of another length becomes the next longer one.
fn key_type(certificate: &Certificate) -> anyhow::Result<KeyType> {
    use wharf_pki::key::KeyAlgorithm;
    Ok(match certificate.public_key()?.algorithm() {
        KeyAlgorithm::P256 => KeyType::P256,
        KeyAlgorithm::P384 => KeyType::P384,
        KeyAlgorithm::P521 => KeyType::P521,
        KeyAlgorithm::Ed25519 => KeyType::Ed25519,
        KeyAlgorithm::Rsa { bits: ..=2048 } => KeyType::Rsa2048,
        KeyAlgorithm::Rsa { bits: ..=3072 } => KeyType::Rsa3072,
        KeyAlgorithm::Rsa { .. } => KeyType::Rsa4096,
        KeyAlgorithm::MlDsa44 => KeyType::MlDsa44,
        KeyAlgorithm::MlDsa65 => KeyType::MlDsa65,
        KeyAlgorithm::MlDsa87 => KeyType::MlDsa87,
        other => bail!("no key of the type {other} is made here; --reuse-key keeps the old one"),
    })
}

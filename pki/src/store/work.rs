//! What every change of the CA begins and ends with.

use std::fs;
use std::path::{Path, PathBuf};

use super::audit::Stamp;
use super::authorities::AuthorityRecord;
use super::ca::{self, Ca};
use super::error::StoreError;
use super::file::{Mode, io_error, sync_folder, write_atomic, write_new};
use super::home::Home;
use super::key_file::{self, PasswordFor};
use super::open::Store;
use super::rotate::Rotation;
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::{Error, IoAction};
use crate::inspect::inspect_der;
use crate::key::Password;
use crate::subject::{ATTRIBUTE_CHARS_MAX, CaSubject};

/// What a change begins with, under the lock.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    pub(super) ca: Ca,
    pub(super) root: Authority,
    pub(super) store: Store,
    authorities: Vec<AuthorityRecord>,
    /// With what the keys are encrypted, if they are.
    pub(super) password: Option<Password>,
}

impl Work {
    pub(super) fn begin(
        home: &Home,
        stamp: &Stamp<'_>,
        password: PasswordFor<'_>,
    ) -> Result<Self, Error> {
        let folder = home.ca_path();
        let mut known = None;
        let mut password = |path: &Path| {
            let given = password(path)?;
            known.clone_from(&given);
            Ok(given)
        };
        let ca = home.load_ca_with(&mut password)?;
        let ca = ca.ok_or_else(|| StoreError::NoCa {
            path: folder.clone(),
        })?;
        let root = ca.root_authority(&mut password)?;
        let store = Store::open(home, stamp)?;
        let authorities = store.authorities()?;
        remove_unused(&folder, &ca, &authorities)?;
        Ok(Self {
            folder,
            ca,
            root,
            store,
            authorities,
            password: known,
        })
    }

    pub(super) fn is_taken(&self, name: &str) -> bool {
        let is_it = |record: &AuthorityRecord| common_name(&record.subject) == name;
        self.authorities.iter().any(is_it)
    }

    /// Two CAs of one name would be hard to tell apart, for people and where CRLs are looked up.
    pub(super) fn next_subject(
        &self,
        rotation: &Rotation,
        old: &Certificate,
    ) -> Result<CaSubject, Error> {
        if let Some(name) = &rotation.name {
            return match self.is_taken(name) {
                true => Err(Error::SubjectReused),
                false => Ok(CaSubject::new(&**name)),
            };
        }
        let subject = inspect_der(old.der())?.subject;
        let name = common_name(&subject);
        let (base, number) = match name.rsplit_once(' ') {
            Some((base, number)) => match number.parse::<u32>() {
                Ok(number) if number < 1000 => (base, number),
                _ => (name, 1),
            },
            None => (name, 1),
        };
        let kept = ATTRIBUTE_CHARS_MAX.saturating_sub(6);
        let base: String = base.chars().take(kept).collect();
        let mut names = (number.saturating_add(1)..).map(|number| format!("{base} {number}"));
        let free = names.find(|name| !self.is_taken(name));
        Ok(CaSubject::new(free.unwrap_or_default()))
    }

    pub(super) fn write_key(&self, stem: &str, authority: &Authority) -> Result<(), Error> {
        let name = format!("{}.key", ca::stem_of(stem, authority.certificate()));
        let text = key_file::text(authority.key(), self.password.as_ref())?;
        write_new(&self.folder.join(name), text.as_bytes(), Mode::Private)
    }

    pub(super) fn keep(&self, stem: &str, certificate: &Certificate) -> Result<(), Error> {
        let name = format!("{}.crt", ca::stem_of(stem, certificate));
        replace(&self.folder, &name, certificate)
    }

    /// Opening the inventory adopts what is new, and retires what stood in its place.
    pub(super) fn finish(&mut self, home: &Home, stamp: &Stamp<'_>) -> Result<Ca, Error> {
        self.store = Store::open(home, stamp)?;
        let password = self.password.clone();
        let ca = home.load_ca_with(&mut |_| Ok(password.clone()))?;
        ca.ok_or_else(|| {
            let path = self.folder.clone();
            StoreError::NoCa { path }.into()
        })
    }
}

/// The keys of CAs that never were: a rotation was cut off before they took their place.
fn remove_unused(folder: &Path, ca: &Ca, authorities: &[AuthorityRecord]) -> Result<(), Error> {
    let in_use = |path: &Path| {
        authorities
            .iter()
            .any(|a| a.key_file.as_deref() == Some(path))
    };
    let write_error = |cause| io_error(IoAction::Write, folder, cause);
    let current = [
        ca::key_name(folder, ca::ROOT_KEY, ca.root()),
        ca::key_name(
            folder,
            ca::INTERMEDIATE_KEY,
            ca.intermediate().certificate(),
        ),
    ];
    for entry in fs::read_dir(folder).map_err(write_error)? {
        let entry = entry.map_err(write_error)?;
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_ours = ["root-", "intermediate-", "issuer-"]
            .iter()
            .filter_map(|stem| name.strip_prefix(stem)?.strip_suffix(".key"))
            .any(|short| short.len() == 16 && short.bytes().all(|b| b.is_ascii_hexdigit()));
        if is_ours && !in_use(&entry.path()) && !current.iter().any(|used| used == name) {
            fs::remove_file(entry.path()).map_err(write_error)?;
        }
    }
    sync_folder(folder)
}

pub(super) fn replace(folder: &Path, name: &str, certificate: &Certificate) -> Result<(), Error> {
    write_atomic(
        &folder.join(name),
        certificate.to_pem().as_bytes(),
        Mode::Public,
    )
}

/// Of a subject as it is printed.
pub(super) fn common_name(subject: &str) -> &str {
    subject.rsplit_once("CN=").map_or(subject, |(_, name)| name)
}

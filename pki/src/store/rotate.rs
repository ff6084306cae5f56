//! A new intermediate or a new root in the place of the old one.
//!
//! No file that is there changes its content, but for `root.crt` and `intermediate.crt`, which say who the CA is:
//!
//! ```text
//! 1  intermediate-NEW.key, root-NEW.key, cross-NEW.crt    written whole; NEW is the certificate's fingerprint
//! 2  intermediate-OLD.crt, root-OLD.crt                   copies, kept
//! 3  intermediate.next.crt                                only with a new root
//! 4  root.crt, or intermediate.crt                        replaced: from here on the CA is the new one
//! 5  intermediate.next.crt -> intermediate.crt            only with a new root
//! 6  the inventory                                        the new one recorded, the old one retired
//! ```
//!
//! Cut off before 4, the CA is the old one, and the files of the new one are removed at the next rotation. Cut off later, it
//! is the new one: who reads between 4 and 5 takes the next intermediate, the next one who has the lock does 5, and
//! opening the inventory does 6. Retired keys stay, to sign the last CRLs of what they issued.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::audit::Stamp;
use super::authorities::{AuthorityRecord, NewAuthority};
use super::ca::{self, Ca};
use super::error::StoreError;
use super::file::{Mode, io_error, sync_folder, write_atomic, write_new};
use super::home::{CaOptions, Home, intermediate_subject};
use super::key_file::{self, PasswordFor};
use super::open::Store;
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::{Error, IoAction};
use crate::inspect::inspect_der;
use crate::issue::{AuthorityOptions, CrossSign};
use crate::key::{Key, KeyType, Password};
use crate::subject::{ATTRIBUTE_CHARS_MAX, CaSubject};

/// How the new CA differs from the old one. Its constraints are those of the old one, and its key is encrypted, with the
/// same password, if the old one's is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    /// The commonName. The default is the old one's with a number behind it: "My CA", "My CA 2", "My CA 3".
    pub name: Option<String>,
    /// The kind of the new keys. The default is that of the old one.
    pub key_type: Option<KeyType>,
    /// How long a new root is valid. The default is that of [`CaOptions`].
    pub root_lifetime: Duration,
    /// How long a new intermediate is valid. The default is that of [`CaOptions`].
    pub intermediate_lifetime: Duration,
    /// Whether the old root signs the new one, so that clients that know only the old one accept what the new one issues, for
    /// as long as the old one is valid. Without it they refuse. The default is that it does.
    pub cross_sign: bool,
}

impl Default for Rotation {
    fn default() -> Self {
        let options = CaOptions::default();
        Self {
            name: None,
            key_type: None,
            root_lifetime: options.root_lifetime,
            intermediate_lifetime: options.intermediate_lifetime,
            cross_sign: true,
        }
    }
}

impl Home {
    /// Puts a new intermediate in the place of the old one, below the same root. The old one is retired.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`Error::Expired`] if the root has expired; [`Error::PathLength`] below a root that has no room
    /// for one; those of [`load_ca_with`](Self::load_ca_with) and [`Store::open`].
    pub fn rotate_intermediate(
        &self,
        stamp: &Stamp<'_>,
        rotation: &Rotation,
        password: PasswordFor<'_>,
    ) -> Result<Ca, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let old = work.ca.intermediate();
        let options = AuthorityOptions {
            subject: work.next_subject(rotation, old.certificate())?,
            lifetime: Some(rotation.intermediate_lifetime),
            path_len: path_len_of(old),
            name_constraints: old.name_constraints().clone(),
            ..AuthorityOptions::default()
        };
        let key = Key::generate(rotation.key_type.unwrap_or_else(|| old.key().key_type()))?;
        let root = work.ca.root_authority();
        let new = root.intermediate_with(key, &options, stamp.at)?;
        work.write_key("intermediate", &new)?;
        work.keep("intermediate", old.certificate())?;
        replace(
            &work.folder,
            ca::INTERMEDIATE_CERTIFICATE,
            new.certificate(),
        )?;
        work.finish(self, stamp)
    }

    /// Puts a new root, with a new intermediate, in the place of the old ones, which are retired. The old root
    /// [cross-signs](Authority::cross_sign) the new one.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; [`Error::Expired`] or [`Error::PathLength`] if the old root has expired, or has no room for
    /// another root and its intermediate, and is to cross-sign; those of [`load_ca_with`](Self::load_ca_with) and
    /// [`Store::open`].
    pub fn rotate_root(
        &self,
        stamp: &Stamp<'_>,
        rotation: &Rotation,
        password: PasswordFor<'_>,
    ) -> Result<Ca, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        let (old, old_intermediate) = (work.ca.root_authority(), work.ca.intermediate());
        if rotation.cross_sign {
            // The new root, and an intermediate below it.
            old.chain().check_room(2)?;
        }
        let key_type = rotation.key_type.unwrap_or_else(|| old.key().key_type());
        let subject = work.next_subject(rotation, old.certificate())?;
        let options = AuthorityOptions {
            lifetime: Some(rotation.root_lifetime),
            path_len: Some(CaOptions::default().root_path_len),
            name_constraints: old.name_constraints().clone(),
            subject: subject.clone(),
            ..AuthorityOptions::default()
        };
        let root = Authority::root_with(Key::generate(key_type)?, &options, stamp.at)?;
        let options = AuthorityOptions {
            subject: intermediate_subject(&subject.common_name),
            lifetime: Some(rotation.intermediate_lifetime),
            path_len: Some(0),
            name_constraints: old_intermediate.name_constraints().clone(),
            ..AuthorityOptions::default()
        };
        let intermediate = root.intermediate_with(Key::generate(key_type)?, &options, stamp.at)?;

        work.write_key("root", &root)?;
        work.write_key("intermediate", &intermediate)?;
        if rotation.cross_sign {
            let options = CrossSign {
                // As long as both are valid.
                lifetime: Some(rotation.root_lifetime),
                ..CrossSign::default()
            };
            let cross = old.cross_sign(root.certificate(), &options, stamp.at)?;
            let name = ca::cross_name(root.certificate());
            replace(&work.folder, &name, &cross)?;
        }
        work.keep("root", old.certificate())?;
        if old_intermediate.certificate() != old.certificate() {
            work.keep("intermediate", old_intermediate.certificate())?;
        }
        let next = ca::INTERMEDIATE_NEXT;
        replace(&work.folder, next, intermediate.certificate())?;
        replace(&work.folder, ca::ROOT_CERTIFICATE, root.certificate())?;
        ca::settle(&work.folder)?;
        work.finish(self, stamp)
    }

    /// Issues a further intermediate below the root, and records it; its key is encrypted if the root's is.
    /// [`Store::issuer`] finds it by its name.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoCa`]; those of [`Authority::intermediate_with`], [`load_ca_with`](Self::load_ca_with) and
    /// [`Store::open`]; [`Error::SubjectReused`] for the name of another authority.
    pub fn add_intermediate(
        &self,
        stamp: &Stamp<'_>,
        options: &AuthorityOptions,
        key_type: KeyType,
        password: PasswordFor<'_>,
    ) -> Result<AuthorityRecord, Error> {
        let _lock = self.lock()?;
        let mut work = Work::begin(self, stamp, password)?;
        if work.is_taken(&options.subject.common_name) {
            return Err(Error::SubjectReused);
        }
        let root = work.ca.root_authority();
        let new = root.intermediate_with(Key::generate(key_type)?, options, stamp.at)?;
        work.write_key(FURTHER, &new)?;
        work.keep(FURTHER, new.certificate())?;
        let key_file = format!("{}.key", ca::stem_of(FURTHER, new.certificate()));
        let record = NewAuthority {
            certificate: new.certificate(),
            key_file: Some(Path::new(&key_file)),
            key_encrypted: work.password.is_some(),
        };
        let id = work.store.record_authority(stamp, &record)?;
        let found = work.store.authorities()?.into_iter();
        let mut found = found.filter(|record| record.id == id);
        found
            .next()
            .ok_or_else(|| StoreError::UnknownAuthority { number: id.0 }.into())
    }
}

/// How the files of further intermediates begin.
const FURTHER: &str = "issuer";

/// What a change begins with, under the lock.
struct Work {
    folder: PathBuf,
    ca: Ca,
    store: Store,
    authorities: Vec<AuthorityRecord>,
    /// With what the keys are encrypted, if they are.
    password: Option<Password>,
}

impl Work {
    fn begin(home: &Home, stamp: &Stamp<'_>, password: PasswordFor<'_>) -> Result<Self, Error> {
        let folder = home.ca_path();
        let mut known = None;
        let ca = home.load_ca_with(&mut |path| {
            let given = password(path)?;
            known.clone_from(&given);
            Ok(given)
        })?;
        let ca = ca.ok_or_else(|| StoreError::NoCa {
            path: folder.clone(),
        })?;
        let store = Store::open(home, stamp)?;
        let authorities = store.authorities()?;
        remove_unused(&folder, &ca, &authorities)?;
        Ok(Self {
            folder,
            ca,
            store,
            authorities,
            password: known,
        })
    }

    fn is_taken(&self, name: &str) -> bool {
        let is_it = |record: &AuthorityRecord| common_name(&record.subject) == name;
        self.authorities.iter().any(is_it)
    }

    /// Two CAs of one name would be hard to tell apart, for people and where CRLs are looked up.
    fn next_subject(&self, rotation: &Rotation, old: &Certificate) -> Result<CaSubject, Error> {
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

    fn write_key(&self, stem: &str, authority: &Authority) -> Result<(), Error> {
        let name = format!("{}.key", ca::stem_of(stem, authority.certificate()));
        let text = key_file::text(authority.key(), self.password.as_ref())?;
        write_new(&self.folder.join(name), text.as_bytes(), Mode::Private)
    }

    fn keep(&self, stem: &str, certificate: &Certificate) -> Result<(), Error> {
        let name = format!("{}.crt", ca::stem_of(stem, certificate));
        replace(&self.folder, &name, certificate)
    }

    /// Opening the inventory adopts what is new, and retires what stood in its place.
    fn finish(&mut self, home: &Home, stamp: &Stamp<'_>) -> Result<Ca, Error> {
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

fn replace(folder: &Path, name: &str, certificate: &Certificate) -> Result<(), Error> {
    write_atomic(
        &folder.join(name),
        certificate.to_pem().as_bytes(),
        Mode::Public,
    )
}

fn path_len_of(authority: &Authority) -> Option<u8> {
    authority
        .path_len()
        .map(|length| u8::try_from(length).unwrap_or(u8::MAX))
}

/// Of a subject as it is printed.
pub(super) fn common_name(subject: &str) -> &str {
    subject.rsplit_once("CN=").map_or(subject, |(_, name)| name)
}

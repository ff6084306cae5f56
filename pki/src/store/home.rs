//! The state folder: one lock, at most one CA.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use time::OffsetDateTime;

use super::ca::{self, Ca, CaCertificates, ROOT_CERTIFICATE};
use super::file::{self, io_error, sync_folder};
use super::key_file::{PasswordFor, no_password};
use super::lock::Lock;
use super::open::STORE;
use crate::authority::Authority;
use crate::constraints::NameConstraints;
use crate::error::{Error, IoAction};
use crate::issue::AuthorityOptions;
use crate::key::{Key, KeyType, Password};
use crate::subject::{ATTRIBUTE_CHARS_MAX, CaSubject};
use crate::validity::DAY;

/// The state folder. Nothing is read or made before it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    folder: PathBuf,
}

/// How long [`Home::lock`] waits.
///
/// The lock is held while a CA is made, which takes a second with the slowest keys, or while files are written. The limit is
/// 30 seconds.
pub const LOCK_WAIT_MAX: Duration = Duration::from_secs(30);

/// The lock on a [`Home`]; dropping it, or the end of the process, lets it go.
#[derive(Debug)]
pub struct HomeLock {
    _lock: Lock,
}

/// How to make a CA.
#[derive(Clone, Debug)]
pub struct CaOptions {
    /// The root's commonName, which people see in their trust store; the intermediate's is the same with "intermediate"
    /// behind it. At most 64 characters. The default is "Wharf development CA".
    pub name: String,
    /// The kind of both keys. The default is P-256, because everyone verifies it.
    pub key_type: KeyType,
    /// How long the root is valid. A new root has to be trusted anew on every machine. mkcert and step-ca choose 10 years.
    /// The default is 10 years.
    pub root_lifetime: Duration,
    /// How long the intermediate is valid; nothing it issues outlives it. The default is 5 years.
    pub intermediate_lifetime: Duration,
    /// How many CAs may stand between the root and an end entity ([RFC 5280 §4.2.1.9]). With 0 there is no intermediate, and
    /// the root issues by itself. The default is 2: the intermediate, and one day a new root that this one cross-signs.
    ///
    /// [RFC 5280 §4.2.1.9]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.9
    pub root_path_len: u8,
    /// For which names the CA may issue; they stand in both certificates, because not every client heeds a root's. The
    /// default is all.
    pub name_constraints: NameConstraints,
    /// The password of both keys, whose files are then encrypted PKCS#8. The default is none.
    pub password: Option<Password>,
}

impl Default for CaOptions {
    fn default() -> Self {
        Self {
            name: "Wharf development CA".into(),
            key_type: KeyType::default(),
            root_lifetime: 3650 * DAY,
            intermediate_lifetime: 1825 * DAY,
            root_path_len: 2,
            name_constraints: NameConstraints::default(),
            password: None,
        }
    }
}

/// Whether a CA was there or was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CaOrigin {
    /// It was there.
    Loaded,
    /// It was made just now, so no one trusts it yet.
    Created,
}

impl Home {
    /// The state folder at a path, which need not exist.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        &self.folder
    }

    /// Where the CA is, or would be.
    pub fn ca_path(&self) -> PathBuf {
        self.folder.join("ca")
    }

    /// Where the certificate of the CA's root is, or would be: for who trusts the CA, and needs none of its keys.
    pub fn root_path(&self) -> PathBuf {
        self.ca_path().join(ROOT_CERTIFICATE)
    }

    /// The CA of this folder, made if there is none. However many processes ask at once, they get the same one.
    ///
    /// # Errors
    ///
    /// Those of [`lock`](Self::lock), [`load_ca`](Self::load_ca) and [`create_ca`](Self::create_ca).
    pub fn load_or_create_ca(
        &self,
        options: &CaOptions,
        now: OffsetDateTime,
    ) -> Result<(Ca, CaOrigin), Error> {
        self.load_or_create_ca_with(options, now, &mut |_| Ok(options.password.clone()))
    }

    /// [`load_or_create_ca`](Self::load_or_create_ca) for keys that may be encrypted: `password` is asked for each that is.
    ///
    /// # Errors
    ///
    /// Those of [`load_or_create_ca`](Self::load_or_create_ca).
    pub fn load_or_create_ca_with(
        &self,
        options: &CaOptions,
        now: OffsetDateTime,
        password: PasswordFor<'_>,
    ) -> Result<(Ca, CaOrigin), Error> {
        // Without the lock first: a CA that is there can be used from a folder that is not ours to write to.
        if let Some(ca) = self.load_ca_with(&mut *password)? {
            return Ok((ca, CaOrigin::Loaded));
        }
        let _lock = self.lock()?;
        if let Some(ca) = self.load_ca_with(&mut *password)? {
            return Ok((ca, CaOrigin::Loaded));
        }
        Ok((self.create_ca(options, now)?, CaOrigin::Created))
    }

    /// Where the inventory is, or would be: in the CA's folder, so that who moves or copies a CA moves all of it.
    pub fn store_path(&self) -> PathBuf {
        self.ca_path().join(STORE)
    }

    /// Makes the folder if there is none, waits for its lock, and removes what processes that were killed left behind.
    ///
    /// The lock is advisory (`flock`): it is between those who ask for it. It is not reentrant: a thread that has it and
    /// asks again waits in vain.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`](super::StoreError::Busy) after [`LOCK_WAIT_MAX`], [`Error::Io`].
    pub fn lock(&self) -> Result<HomeLock, Error> {
        self.lock_within(LOCK_WAIT_MAX)
    }

    /// [`lock`](Self::lock) with a bound of one's own.
    ///
    /// # Errors
    ///
    /// Those of [`lock`](Self::lock).
    pub fn lock_within(&self, wait_max: Duration) -> Result<HomeLock, Error> {
        self.make_folder()?;
        let path = self.folder.join("lock");
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = file.map_err(|cause| io_error(IoAction::Lock, &path, cause))?;
        let lock = Lock::on(file, &path, wait_max)?;
        self.remove_leftovers();
        Ok(HomeLock { _lock: lock })
    }

    /// The CA of this folder, or `None` if there is none. It needs no lock: a CA appears whole or not at all.
    ///
    /// That a CA has expired is found when it issues: what it issued earlier can still be looked at. The root's key is not
    /// looked at: it is loaded when it [signs](Ca::root_authority).
    ///
    /// # Errors
    ///
    /// [`Error::DamagedCa`] if a file is missing, empty, of another kind, or does not belong to the others;
    /// [`Error::Io`] if one cannot be read.
    pub fn load_ca(&self) -> Result<Option<Ca>, Error> {
        self.load_ca_with(&mut no_password)
    }

    /// [`load_ca`](Self::load_ca) for keys that may be encrypted: `password` is asked for each that is.
    ///
    /// # Errors
    ///
    /// Those of [`load_ca`](Self::load_ca), and [`Error::Key`] without a password.
    pub fn load_ca_with(&self, password: PasswordFor<'_>) -> Result<Option<Ca>, Error> {
        if self.ca_exists()? {
            Ca::read(&self.ca_path(), password).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The certificates of the CA of this folder, or `None` if there is none. No key is read, so no password is needed.
    ///
    /// # Errors
    ///
    /// Those of [`load_ca`](Self::load_ca) for certificates.
    pub fn ca_certificates(&self) -> Result<Option<CaCertificates>, Error> {
        if self.ca_exists()? {
            CaCertificates::read(&self.ca_path()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Makes a CA: a root with room for [`root_path_len`](CaOptions::root_path_len) CAs and, if there is room for one, an
    /// intermediate that issues (pathLenConstraint 0).
    ///
    /// The files are written and synced in a temporary folder, which then gets its name: they appear together. Hold the
    /// [`lock`](Self::lock) meanwhile, so that no one takes the temporary folder for one left behind; or call
    /// [`load_or_create_ca`](Self::load_or_create_ca), which does.
    ///
    /// # Errors
    ///
    /// [`Error::CaExists`] if there is anything at its place, [`Error::Subject`] or [`Error::Lifetime`] for the options,
    /// [`Error::Io`].
    pub fn create_ca(&self, options: &CaOptions, now: OffsetDateTime) -> Result<Ca, Error> {
        let path = self.ca_path();
        if self.ca_exists()? {
            return Err(Error::CaExists { path });
        }
        let root = AuthorityOptions {
            subject: CaSubject::new(&*options.name),
            lifetime: Some(options.root_lifetime),
            path_len: Some(options.root_path_len),
            name_constraints: options.name_constraints.clone(),
            ..AuthorityOptions::default()
        };
        let root = Authority::root_with(Key::generate(options.key_type)?, &root, now)?;
        let intermediate = match options.root_path_len {
            0 => None,
            _ => Some(first_intermediate(&root, options, now)?),
        };

        let password = options.password.as_ref();
        self.put_ca(|folder| Ca::write(folder, &root, intermediate.as_ref(), password))?;
        Ca::read(&path, &mut |_| Ok(password.cloned()))
    }

    /// Makes the CA's folder: `fill` writes into a temporary one, which then gets its name. All of it appears, or nothing.
    pub(super) fn put_ca(
        &self,
        fill: impl FnOnce(&Path) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let path = self.ca_path();
        self.make_folder()?;
        let write_error = |cause| io_error(IoAction::Write, &path, cause);
        let new = self.temporary_folder()?;
        fill(new.path())?;
        sync_folder(new.path())?;
        fs::rename(new.path(), &path).map_err(|cause| match cause.kind() {
            // Someone without the lock was faster. A folder that holds something is never replaced by rename(2).
            io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                Error::CaExists { path: path.clone() }
            }
            _ => write_error(cause),
        })?;
        // It has its name now; there is nothing temporary to remove any more.
        let _ = new.keep();
        sync_folder(&self.folder)
    }

    /// A folder that goes away, and that the next one who has the lock removes if we are killed.
    pub(super) fn temporary_folder(&self) -> Result<TempDir, Error> {
        let new = tempfile::Builder::new()
            .prefix(LEFTOVER)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(&self.folder);
        new.map_err(|cause| io_error(IoAction::Write, &self.ca_path(), cause))
    }

    pub(super) fn ca_exists(&self) -> Result<bool, Error> {
        let path = self.ca_path();
        match fs::symlink_metadata(&path) {
            Ok(_) => Ok(true),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(cause) => Err(io_error(IoAction::Read, &path, cause)),
        }
    }

    fn make_folder(&self) -> Result<(), Error> {
        let made = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.folder);
        made.map_err(|cause| io_error(IoAction::MakeFolder, &self.folder, cause))
    }

    /// Only under the lock. What cannot be removed is in no one's way, so that is no error.
    fn remove_leftovers(&self) {
        // A CA that is damaged is found, and told, by who reads it.
        let _ = ca::settle(&self.ca_path());
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let begins_with = |prefix: &str| name.as_encoded_bytes().starts_with(prefix.as_bytes());
            if begins_with(LEFTOVER) {
                let _ = fs::remove_dir_all(entry.path());
            } else if begins_with(file::LEFTOVER) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn first_intermediate(
    root: &Authority,
    options: &CaOptions,
    now: OffsetDateTime,
) -> Result<Authority, Error> {
    let intermediate = AuthorityOptions {
        subject: intermediate_subject(&options.name),
        lifetime: Some(options.intermediate_lifetime),
        path_len: Some(0),
        name_constraints: options.name_constraints.clone(),
        ..AuthorityOptions::default()
    };
    root.intermediate_with(Key::generate(options.key_type)?, &intermediate, now)
}

/// How the name of a folder begins that is not a CA yet.
const LEFTOVER: &str = ".wharf-ca-new-";

/// The root's name is cut if both do not fit: the intermediate's is seen by few.
pub(super) fn intermediate_subject(name: &str) -> CaSubject {
    const SUFFIX: &str = " intermediate";
    let kept: String = name
        .chars()
        .take(ATTRIBUTE_CHARS_MAX - SUFFIX.len())
        .collect();
    CaSubject::new(format!("{}{SUFFIX}", kept.trim_end()))
}

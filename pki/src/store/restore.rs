//! A backup, put in place: whole and checked, or not at all.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use tar::{Archive, Entry};

use super::adopt;
use super::authorities::Role;
use super::backup::{
    BackupFault, CONTENTS, FILES_MAX, FIRST_LINE, Hash, STORE_BYTES_MAX, is_plain,
};
use super::ca::Ca;
use super::error::StoreError;
use super::file::{FILE_BYTES_MAX, io_error};
use super::home::Home;
use super::key_file::PasswordFor;
use super::open::{STORE, Store};
use crate::error::{Error, IoAction};
use crate::text::printable;

impl Home {
    /// Puts the CA of a backup into a home that has none. Everything is checked before: that no file was changed, that the
    /// keys are those of the certificates, the inventory and its audit log. `password` is asked for keys that are encrypted.
    ///
    /// # Errors
    ///
    /// [`Error::CaExists`]; [`StoreError::Backup`], [`StoreError::Damaged`], [`StoreError::Audit`] or [`Error::DamagedCa`] for
    /// what is wrong with the backup; [`Error::Io`].
    pub fn restore(&self, from: &Path, password: PasswordFor<'_>) -> Result<Ca, Error> {
        let archive = File::open(from).map_err(|cause| io_error(IoAction::Read, from, cause))?;
        let _lock = self.lock()?;
        if self.ca_exists()? {
            let path = self.ca_path();
            return Err(Error::CaExists { path });
        }
        self.put_ca(|folder| {
            unpack(archive, folder).map_err(|failure| match failure {
                Failure::Backup(fault) => refused(from, fault),
                Failure::Io(cause) => io_error(IoAction::Write, folder, cause),
            })?;
            check(from, folder, password)
        })?;
        let ca = self.load_ca_with(password)?;
        ca.ok_or_else(|| {
            StoreError::NoCa {
                path: self.ca_path(),
            }
            .into()
        })
    }
}

fn check(from: &Path, folder: &Path, password: PasswordFor<'_>) -> Result<(), Error> {
    match Ca::read(folder, &mut *password)?.root_authority(password) {
        // It is kept elsewhere.
        Err(Error::Store(StoreError::NoRootKey { .. })) => {}
        read => drop(read?),
    }
    let store = Store::open_folder(folder)?;
    store.check_integrity()?;
    store.verify_audit(None)?;
    let unknown = store.read(|sql| adopt::unknown(sql, folder))?;
    let authorities = store.authorities()?.into_iter();
    let keys = authorities
        .filter(|found| found.role == Role::Intermediate)
        .filter_map(|found| found.key_file);
    // A key that is kept elsewhere is not the backup's affair.
    let mut keys = keys.filter(|key| key.starts_with(folder));
    if !unknown.is_empty() || keys.any(|key| !key.is_file()) {
        return Err(refused(from, BackupFault::Mismatch));
    }
    Ok(())
}

fn refused(path: &Path, fault: BackupFault) -> Error {
    let path = path.to_path_buf();
    StoreError::Backup { path, fault }.into()
}

enum Failure {
    Backup(BackupFault),
    Io(io::Error),
}

/// Nothing of the archive is believed: names, kinds, counts and sizes are bounded here, and what the headers of pax and
/// GNU would change is refused.
fn unpack(archive: File, folder: &Path) -> Result<(), Failure> {
    let malformed = |_| Failure::Backup(BackupFault::Malformed);
    let mut archive = Archive::new(archive.take(2 * STORE_BYTES_MAX));
    let mut contents: Option<BTreeMap<String, String>> = None;
    for (count, entry) in archive.entries().map_err(malformed)?.raw(true).enumerate() {
        let mut entry = entry.map_err(malformed)?;
        if count > FILES_MAX {
            return Err(Failure::Backup(BackupFault::TooLarge));
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let unexpected = || {
            Failure::Backup(BackupFault::Entry {
                name: printable(&name),
            })
        };
        if !entry.header().entry_type().is_file() || !is_plain(&name) {
            return Err(unexpected());
        }
        let limit = if name == STORE {
            STORE_BYTES_MAX
        } else {
            FILE_BYTES_MAX
        };
        if entry.size() > limit {
            return Err(Failure::Backup(BackupFault::TooLarge));
        }
        match &mut contents {
            None if name == CONTENTS => contents = Some(read_contents(&mut entry)?),
            None => return Err(Failure::Backup(BackupFault::Malformed)),
            Some(contents) => {
                let expected = contents.remove(&name).ok_or_else(unexpected)?;
                if write(&mut entry, folder, &name)? != expected {
                    return Err(Failure::Backup(BackupFault::Changed { name }));
                }
            }
        }
    }
    match contents {
        None => Err(Failure::Backup(BackupFault::Malformed)),
        Some(mut contents) => match contents.pop_first() {
            None => Ok(()),
            Some((name, _)) => Err(Failure::Backup(BackupFault::Missing {
                name: printable(&name),
            })),
        },
    }
}

/// Names and hashes.
fn read_contents(entry: &mut Entry<'_, impl Read>) -> Result<BTreeMap<String, String>, Failure> {
    let malformed = || Failure::Backup(BackupFault::Malformed);
    let mut text = String::new();
    entry.read_to_string(&mut text).map_err(|_| malformed())?;
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err(malformed());
    }
    let mut contents = BTreeMap::new();
    for line in lines {
        let (hash, name) = line.split_once("  ").ok_or_else(malformed)?;
        contents.insert(name.to_owned(), hash.to_owned());
    }
    Ok(contents)
}

/// Writes a file and returns its hash. Certificates are for everyone, all else is the owner's alone.
fn write(entry: &mut Entry<'_, impl Read>, folder: &Path, name: &str) -> Result<String, Failure> {
    let size = entry.size();
    let is_public = Path::new(name)
        .extension()
        .is_some_and(|ending| ending == "crt");
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(if is_public { 0o644 } else { 0o600 })
        .open(folder.join(name));
    let mut file = file.map_err(Failure::Io)?;
    let mut hash = Hash(Context::new(&SHA256));
    let (mut buffer, mut copied) = ([0; 16 * 1024], 0);
    loop {
        let read = entry.read(&mut buffer);
        let bytes = match read.ok().and_then(|length| buffer.get(..length)) {
            None => return Err(Failure::Backup(BackupFault::Malformed)),
            Some([]) => break,
            Some(bytes) => bytes,
        };
        copied += bytes.len() as u64;
        file.write_all(bytes).map_err(Failure::Io)?;
        hash.write_all(bytes).map_err(Failure::Io)?;
    }
    file.sync_all().map_err(Failure::Io)?;
    if copied == size {
        Ok(hash.finish())
    } else {
        Err(Failure::Backup(BackupFault::Malformed))
    }
}

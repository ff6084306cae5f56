//! A chain and its key in two files, which have to change together.
//!
//! Two names cannot change at one moment. What is done is this, with everything on the disk before the next step:
//!
//! ```text
//! 1  key.wharf-next      written whole
//! 2  chain.wharf-next    written whole
//! 3  key.wharf-next   -> key
//! 4  chain.wharf-next -> chain
//! ```
//!
//! Which of the two `-next` files are there tells where a process was cut off:
//!
//! | there | cut off | what [`Pair::recover`] does |
//! |---|---|---|
//! | the key's, or both | before 3 | the old pair stands: removes them |
//! | the chain's alone | between 3 and 4 | the new key stands: does step 4 |
//! | none | – | nothing |
//!
//! Between 3 and 4, for as long as it takes to sync a folder, a reader sees the new key with the old chain. A server that
//! checks that they match before it uses them (wharf-tls does, nginx refuses the reload) keeps what it has; one that does
//! not should read one file that holds both, which [`write_atomic`] replaces at one moment.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::file::{Mode, folder_of, io_error, sync_folder, write_atomic};
use super::home::LOCK_WAIT_MAX;
use super::lock::Lock;
use crate::error::{Error, IoAction};

/// A certificate chain and its private key, each in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The chain's file, 0644 if it is new.
    pub chain: PathBuf,
    /// The key's file, 0600 if it is new.
    pub key: PathBuf,
}

/// What to do with files that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overwrite {
    /// Leave them, and say so.
    Never,
    /// Put the new ones in their place.
    Always,
}

/// What [`Pair::recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recovered {
    /// Nothing was left over.
    Nothing,
    /// A pair that was not in place yet was removed; the old one stands.
    Old,
    /// A pair that was half in place is now the pair.
    New,
}

impl Pair {
    /// Writes both files. It first does what [`recover`](Self::recover) does.
    ///
    /// What takes the place of a file gets its owner and group, and its mode except for what others might do with a key: who
    /// could read the old pair can read the new one. It needs the privilege to do so if they are not those of this process.
    ///
    /// # Errors
    ///
    /// [`Error::FileExists`], [`StoreError::Busy`](super::StoreError::Busy), [`Error::Io`].
    pub fn write(&self, chain_pem: &str, key_pem: &str, overwrite: Overwrite) -> Result<(), Error> {
        let _lock = self.lock()?;
        self.recover_locked()?;
        if overwrite == Overwrite::Never {
            for path in [&self.key, &self.chain] {
                if is_there(path)? {
                    return Err(Error::FileExists { path: path.clone() });
                }
            }
        }
        write_atomic(&next(&self.key), key_pem.as_bytes(), Mode::Private)?;
        keep_access(&self.key, Mode::Private)?;
        write_atomic(&next(&self.chain), chain_pem.as_bytes(), Mode::Public)?;
        keep_access(&self.chain, Mode::Public)?;
        step(&self.key)?;
        step(&self.chain)
    }

    /// Finishes or undoes what a process that was killed had begun.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`](super::StoreError::Busy), [`Error::Io`].
    pub fn recover(&self) -> Result<Recovered, Error> {
        let _lock = self.lock()?;
        self.recover_locked()
    }

    /// On the key's folder: a file of its own would stay behind.
    fn lock(&self) -> Result<Lock, Error> {
        let folder = folder_of(&self.key);
        let opened = File::open(folder);
        let opened = opened.map_err(|cause| io_error(IoAction::Lock, folder, cause))?;
        Lock::on(opened, folder, LOCK_WAIT_MAX)
    }

    fn recover_locked(&self) -> Result<Recovered, Error> {
        let (key, chain) = (next(&self.key), next(&self.chain));
        match (is_there(&key)?, is_there(&chain)?) {
            (false, false) => Ok(Recovered::Nothing),
            (false, true) => {
                step(&self.chain)?;
                Ok(Recovered::New)
            }
            (true, chain_is_there) => {
                // The key goes last: the chain's alone would mean that the key is in place.
                if chain_is_there {
                    remove(&chain)?;
                }
                remove(&key)?;
                Ok(Recovered::Old)
            }
        }
    }
}

fn next(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".wharf-next");
    name.into()
}

/// Gives the next file of a path the owner, the group and the mode of the one in place, if there is one.
fn keep_access(path: &Path, mode: Mode) -> Result<(), Error> {
    let old = match fs::metadata(path) {
        Ok(old) => old,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(cause) => return Err(io_error(IoAction::Read, path, cause)),
    };
    let keep = || {
        let next = next(path);
        let new = fs::metadata(&next)?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            chown(&next, Some(old.uid()), Some(old.gid()))?;
        }
        let kept = match mode {
            Mode::Private => 0o660,
            Mode::Public => 0o666,
        };
        fs::set_permissions(&next, fs::Permissions::from_mode(old.mode() & kept))?;
        File::open(&next)?.sync_all()
    };
    keep().map_err(|cause| io_error(IoAction::Write, path, cause))
}

fn step(path: &Path) -> Result<(), Error> {
    fs::rename(next(path), path).map_err(|cause| io_error(IoAction::Write, path, cause))?;
    sync_folder(folder_of(path))
}

fn remove(path: &Path) -> Result<(), Error> {
    fs::remove_file(path).map_err(|cause| io_error(IoAction::Write, path, cause))?;
    sync_folder(folder_of(path))
}

fn is_there(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(io_error(IoAction::Read, path, cause)),
    }
}

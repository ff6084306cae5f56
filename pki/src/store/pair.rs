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
//! not should read one file that holds both, which [`replace`](super::replace) replaces at one moment.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::file::{Mode, folder_of, io_error, sync_folder, write_over};
use super::home::LOCK_WAIT_MAX;
use super::lock::Lock;
use super::place::Place;
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
    /// Each file is replaced as [`replace`](super::replace) does it: through symbolic links, and who could read the old pair
    /// can read the new one.
    ///
    /// # Errors
    ///
    /// [`Error::FileExists`], [`Error::NotAFile`], [`StoreError::Busy`](super::StoreError::Busy), [`Error::Io`].
    pub fn write(&self, chain_pem: &str, key_pem: &str, overwrite: Overwrite) -> Result<(), Error> {
        let pair = self.followed()?;
        let _lock = pair.lock()?;
        pair.recover_locked()?;
        if overwrite == Overwrite::Never {
            for path in [&self.key, &self.chain] {
                if is_there(path)? {
                    return Err(Error::FileExists { path: path.clone() });
                }
            }
        }
        prepare(&pair.key, key_pem, Mode::Private)?;
        prepare(&pair.chain, chain_pem, Mode::Public)?;
        step(&pair.key)?;
        step(&pair.chain)
    }

    /// Finishes or undoes what a process that was killed had begun.
    ///
    /// # Errors
    ///
    /// [`Error::NotAFile`], [`StoreError::Busy`](super::StoreError::Busy), [`Error::Io`].
    pub fn recover(&self) -> Result<Recovered, Error> {
        let pair = self.followed()?;
        let _lock = pair.lock()?;
        pair.recover_locked()
    }

    /// The files that are meant, where there are symbolic links.
    fn followed(&self) -> Result<Self, Error> {
        Ok(Self {
            chain: Place::of(&self.chain)?.path,
            key: Place::of(&self.key)?.path,
        })
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

/// Writes what will take the place of a file, as accessible as that is.
fn prepare(path: &Path, text: &str, mode: Mode) -> Result<(), Error> {
    let old = Place::of(path)?.old;
    write_over(&next(path), text.as_bytes(), mode, old.as_ref())
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

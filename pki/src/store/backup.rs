//! All of a CA in one file: its certificates, its keys and its inventory, in one state.
//!
//! It is a tar archive, which every system can list. Its first entry says what follows, each file with its SHA-256:
//!
//! ```text
//! wharf backup 1
//! 8A1F…  root.crt
//! 03BC…  wharf.db
//! ```
//!
//! **Keys are in it as they are in the CA's folder**: whoever can read the backup of a CA whose keys have no password is
//! the CA. The file is 0600.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXUPPER;
use tar::{Builder, Header};
use zeroize::Zeroizing;

use super::error::StoreError;
use super::file::{self, FILE_BYTES_MAX, Mode, io_error};
use super::home::Home;
use super::open::{STORE, Store};
use crate::error::{Damage, Error, IoAction};

/// The first entry.
pub(super) const CONTENTS: &str = "wharf-backup.txt";

/// Its first line.
pub(super) const FIRST_LINE: &str = "wharf backup 1";

/// The most files of a backup. A CA has five, and two more for each intermediate that was replaced. The limit is 256.
pub(super) const FILES_MAX: usize = 256;

/// The largest inventory, in bytes. A certificate takes 2 kB in it, so this is half a million. The limit is 1 GiB.
pub(super) const STORE_BYTES_MAX: u64 = 1024 * 1024 * 1024;

/// What is wrong with a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BackupFault {
    /// It is not a tar archive that begins as a backup does, or it is cut.
    Malformed,
    /// It holds something that no backup holds.
    Entry {
        /// The entry, escaped and cut.
        name: String,
    },
    /// A file is not as it was when the backup was made.
    Changed {
        /// The file.
        name: String,
    },
    /// A file is missing.
    Missing {
        /// The file, escaped and cut.
        name: String,
    },
    /// The inventory does not have a certificate of the folder, or the folder not the key of an authority.
    Mismatch,
    /// There are more files than a backup has, or one is larger.
    TooLarge,
}

impl fmt::Display for BackupFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("is not a backup, or is cut"),
            Self::Entry { name } => write!(f, "holds `{name}`, which no backup does"),
            Self::Changed { name } => write!(f, "was changed: {name} is another one"),
            Self::Missing { name } => write!(f, "lacks {name}"),
            Self::Mismatch => {
                f.write_str("holds files and an inventory that do not belong together")
            }
            Self::TooLarge => f.write_str("is larger than a backup may be"),
        }
    }
}

impl BackupFault {
    pub(super) fn hint(&self) -> Option<&'static str> {
        Some("restore another backup; nothing was put in place")
    }
}

impl Home {
    /// Writes all of the CA into one new file, 0600: the files of its folder, and its inventory in one state, whoever uses
    /// it meanwhile.
    ///
    /// # Errors
    ///
    /// [`Error::FileExists`]; [`StoreError::NoInventory`]; [`StoreError::Backup`] if there is more than a backup holds; those
    /// of [`lock`](Self::lock) and [`Store::open_read_only`].
    pub fn backup(&self, to: &Path) -> Result<(), Error> {
        // No key changes meanwhile, and what is temporary here is removed should we be killed.
        let _lock = self.lock()?;
        let store = Store::open_read_only(self)?;
        let path = to.to_path_buf();
        let too_large = || StoreError::Backup {
            path: path.clone(),
            fault: BackupFault::TooLarge,
        };
        let files = files(&self.ca_path())?;
        if files.len() >= FILES_MAX {
            return Err(too_large().into());
        }
        let write_error = |cause| io_error(IoAction::Write, to, cause);
        let folder = self.temporary_folder()?;
        let snapshot = folder.path().join(STORE);
        store.snapshot(&snapshot)?;
        drop(store);
        let size = fs::metadata(&snapshot).map_err(write_error)?.len();
        if size > STORE_BYTES_MAX {
            return Err(too_large().into());
        }
        let mut contents = format!("{FIRST_LINE}\n");
        for (name, bytes) in &files {
            contents.push_str(&line(name, &mut bytes.as_slice()).map_err(write_error)?);
        }
        let hashed = File::open(&snapshot).and_then(|mut file| line(STORE, &mut file));
        contents.push_str(&hashed.map_err(write_error)?);

        file::write_new_with(to, Mode::Private, |file| {
            let mut archive = Builder::new(file);
            append(
                &mut archive,
                CONTENTS,
                contents.len() as u64,
                contents.as_bytes(),
            )?;
            for (name, bytes) in &files {
                append(&mut archive, name, bytes.len() as u64, bytes.as_slice())?;
            }
            append(&mut archive, STORE, size, File::open(&snapshot)?)?;
            archive.finish()
        })
    }
}

type NamedFile = (String, Zeroizing<Vec<u8>>);

/// The files of a CA's folder, without the inventory, which must not be read by its name (see `open.rs`), and without
/// what is hidden.
fn files(folder: &Path) -> Result<Vec<NamedFile>, Error> {
    let read_error = |cause| io_error(IoAction::Read, folder, cause);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(read_error)? {
        let path = entry.map_err(read_error)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !is_plain(&name) || name.starts_with(STORE) || !path.is_file() {
            continue;
        }
        let bytes = file::read_bounded(&path).map(Zeroizing::new);
        let bytes = bytes.map_err(|cause| io_error(IoAction::Read, &path, cause))?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            let limit_bytes = FILE_BYTES_MAX;
            return Err(Error::DamagedCa {
                file: path,
                damage: Damage::TooLarge { limit_bytes },
                cause: None,
            });
        }
        found.push((name.into_owned(), bytes));
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}

/// A name that means a file of the folder and nothing else, on every system.
pub(super) fn is_plain(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !name.starts_with(['.', '-'])
        && name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"._-".contains(&octet))
}

fn line(name: &str, content: &mut dyn Read) -> io::Result<String> {
    let mut hash = Hash(Context::new(&SHA256));
    io::copy(content, &mut hash)?;
    Ok(format!("{}  {name}\n", hash.finish()))
}

/// What is written to it is hashed.
pub(super) struct Hash(pub(super) Context);

impl Hash {
    pub(super) fn finish(self) -> String {
        HEXUPPER.encode(self.0.finish().as_ref())
    }
}

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn append(
    archive: &mut Builder<&mut File>,
    name: &str,
    size: u64,
    content: impl Read,
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o600);
    // There is no clock here, and the same CA makes the same backup.
    header.set_mtime(0);
    archive.append_data(&mut header, name, content)
}

//! One file at a time: written so that a reader sees the old content or the new, never a part; read with a bound.

use std::fs::{self, File, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tempfile::NamedTempFile;

use super::pair::Overwrite;
use super::place::{Place, keep_access};
use crate::error::{Error, IoAction, IoCause};

/// The largest file that is read from the CA's folder, in bytes.
///
/// A certificate has about 1 kB, a key less. A larger file is reported as damaged. The limit is 64 KiB.
pub const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Its owner alone: 0600.
    Private,
    /// Everyone: 0644, whatever the umask.
    Public,
}

impl Mode {
    fn permissions(self) -> fs::Permissions {
        fs::Permissions::from_mode(match self {
            Self::Private => 0o600,
            Self::Public => 0o644,
        })
    }
}

/// Writes a file, replacing what is there.
///
/// The bytes go to a temporary file in the same folder, to the disk, and only then under the name; so a crash leaves the
/// old file or the new one, and perhaps a `.wharf-new-…` beside it. A symbolic link is replaced, not followed.
///
/// # Errors
///
/// [`Error::Io`].
pub fn write_atomic(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), Error> {
    write_over(path, bytes, mode, None)
}

/// Writes a file where others have put one, or puts one there, as atomically as [`write_atomic`].
///
/// Symbolic links are followed to the file that they mean, except those of another user that lead to what is not theirs. What
/// takes the place of a file gets its owner and group, and its mode except for what others might do with a key: that needs
/// the privilege to do so if they are not those of this process.
///
/// # Errors
///
/// [`Error::NotAFile`], [`Error::Io`].
pub fn replace(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), Error> {
    let place = Place::of(path)?;
    write_over(&place.path, bytes, mode, place.old.as_ref())
}

/// Whether [`replace`] could write a file here, as far as that can be told without doing it: before something is made that
/// would be lost otherwise.
///
/// # Errors
///
/// Those of [`replace`].
pub fn check_replaceable(path: &Path, mode: Mode) -> Result<(), Error> {
    let place = Place::of(path)?;
    begin(&place.path, mode, place.old.as_ref())
        .map(drop)
        .map_err(|cause| io_error(IoAction::Write, path, cause))
}

/// Writes a file like [`write_atomic`], but leaves one that is there alone.
///
/// # Errors
///
/// [`Error::FileExists`] or [`Error::Io`].
pub fn write_new(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), Error> {
    write_new_with(path, mode, |file| file.write_all(bytes))
}

/// Writes a file that `fill` makes piece by piece, whole or not at all: nothing appears under the name if it fails. One that
/// is there is replaced as [`replace`] does it, or not at all.
///
/// # Errors
///
/// [`Error::FileExists`], [`Error::NotAFile`] or [`Error::Io`], and whatever `fill` fails with.
pub fn write_with<E: From<Error>>(
    path: &Path,
    mode: Mode,
    overwrite: Overwrite,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |cause| io_error(IoAction::Write, path, cause);
    let place = match overwrite {
        Overwrite::Always => Place::of(path)?,
        Overwrite::Never => Place {
            path: path.into(),
            old: None,
        },
    };
    let mut file = begin(&place.path, mode, place.old.as_ref()).map_err(failed)?;
    fill(file.as_file_mut())?;
    file.as_file().sync_all().map_err(failed)?;
    let persisted = match overwrite {
        Overwrite::Always => file.persist(&place.path),
        Overwrite::Never => file.persist_noclobber(&place.path),
    };
    persisted.map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => Error::FileExists { path: path.into() },
        _ => failed(error.error),
    })?;
    Ok(sync_folder(folder_of(&place.path))?)
}

/// [`write_new`], for what does not fit into memory.
pub(super) fn write_new_with(
    path: &Path,
    mode: Mode,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<(), Error> {
    let file = write_beside(path, mode, None, fill)?;
    file.persist_noclobber(path)
        .map_err(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => Error::FileExists { path: path.into() },
            _ => io_error(IoAction::Write, path, error.error),
        })?;
    sync_folder(folder_of(path))
}

/// How the name of a file begins that is not written yet.
pub(super) const LEFTOVER: &str = ".wharf-new-";

/// Writes a file under a name that leads nowhere else, as accessible as an old one if there is one.
pub(super) fn write_over(
    path: &Path,
    bytes: &[u8],
    mode: Mode,
    old: Option<&Metadata>,
) -> Result<(), Error> {
    let file = write_beside(path, mode, old, |file| file.write_all(bytes))?;
    file.persist(path)
        .map_err(|error| io_error(IoAction::Write, path, error.error))?;
    sync_folder(folder_of(path))
}

fn write_beside(
    path: &Path,
    mode: Mode,
    old: Option<&Metadata>,
    fill: impl FnOnce(&mut File) -> io::Result<()>,
) -> Result<NamedTempFile, Error> {
    let write = || {
        let mut file = begin(path, mode, old)?;
        fill(file.as_file_mut())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|cause| io_error(IoAction::Write, path, cause))
}

fn begin(path: &Path, mode: Mode, old: Option<&Metadata>) -> io::Result<NamedTempFile> {
    let file = tempfile::Builder::new()
        .prefix(LEFTOVER)
        .tempfile_in(folder_of(path))?;
    // Before there is anything to read. It begins as 0600.
    match old {
        Some(old) => keep_access(file.as_file(), old, mode)?,
        None => file.as_file().set_permissions(mode.permissions())?,
    }
    Ok(file)
}

/// Makes the names in a folder last, as [`File::sync_all`] does for the content of a file.
pub(super) fn sync_folder(folder: &Path) -> Result<(), Error> {
    let sync = || File::open(folder)?.sync_all();
    sync().map_err(|cause| io_error(IoAction::Write, folder, cause))
}

/// All of a file, and one byte more than [`FILE_BYTES_MAX`] if it is larger.
pub(super) fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether anyone but the owner may do anything with a file. What is not there is no one's.
pub(super) fn is_exposed(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.permissions().mode() & 0o077 != 0),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(io_error(IoAction::Read, path, cause)),
    }
}

pub(super) fn io_error(action: IoAction, path: &Path, cause: io::Error) -> Error {
    Error::Io {
        action,
        path: path.into(),
        cause: IoCause(cause),
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

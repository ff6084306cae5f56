//! Where a name leads: the file that takes the place of another has to be beside it, and as accessible as it was.

use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use super::file::{Mode, folder_of, io_error};
use crate::error::{Error, IoAction};

/// How many symbolic links are followed, one after the other; Linux follows as many.
const LINKS_MAX: usize = 40;

/// What a name stands for, its symbolic links followed.
#[derive(Debug)]
pub(super) struct Place {
    /// Not a symbolic link when it was looked at.
    pub(super) path: PathBuf,
    /// The regular file that is there.
    pub(super) old: Option<Metadata>,
}

impl Place {
    /// Follows the links of a name to a regular file, or to where one would be.
    ///
    /// A link of somebody else leads only to what is theirs: otherwise whoever may write to a folder in which root renews a
    /// certificate could have any file replaced.
    pub(super) fn of(name: &Path) -> Result<Self, Error> {
        let failed = |cause| io_error(IoAction::Write, name, cause);
        let mut path = name.to_owned();
        let mut link_owners = Vec::new();
        let old = loop {
            let found = match fs::symlink_metadata(&path) {
                Ok(found) => found,
                Err(cause) if cause.kind() == io::ErrorKind::NotFound => break None,
                Err(cause) => return Err(failed(cause)),
            };
            if found.is_file() {
                break Some(found);
            }
            if !found.is_symlink() {
                return Err(Error::NotAFile { path: name.into() });
            }
            link_owners.push(found.uid());
            if link_owners.len() > LINKS_MAX {
                return Err(failed(io::Error::other("too many symbolic links")));
            }
            path = folder_of(&path).join(fs::read_link(&path).map_err(failed)?);
        };
        let we = rustix::process::geteuid().as_raw();
        let target_owner = old.as_ref().map(Metadata::uid);
        let may_lead = |owner: u32| owner == 0 || owner == we || Some(owner) == target_owner;
        if !link_owners.into_iter().all(may_lead) {
            let cause = "a symbolic link of another user leads to what is not theirs";
            let cause = io::Error::new(io::ErrorKind::PermissionDenied, cause);
            return Err(failed(cause));
        }
        Ok(Self { path, old })
    }
}

/// Gives a file the owner, the group and the mode of the one whose place it will take, but for what others might do with a
/// key. By its descriptor: under its name there could be another one by now.
pub(super) fn keep_access(file: &File, old: &Metadata, mode: Mode) -> io::Result<()> {
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(file, Some(old.uid()), Some(old.gid()))?;
    }
    let kept = match mode {
        Mode::Private => 0o660,
        Mode::Public => 0o666,
    };
    file.set_permissions(Permissions::from_mode(old.mode() & kept))
}

//! What was read, in one go.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use zeroize::Zeroizing;

use super::{IdentityFiles, ServerFiles};
use crate::Error;
use crate::error::Kind;

/// The most that is read of one file. A CRL of a large CA has some MiB; who points at anything larger has made a mistake.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// The most files of one folder. More would make every look at it slow.
const FOLDER_FILES_MAX: usize = 10_000;

/// The content of all files at one moment, or nearly.
#[derive(Debug, Default)]
pub(super) struct Contents {
    files: BTreeMap<PathBuf, Zeroizing<Vec<u8>>>,
    /// What `folders` came down to.
    pub(super) in_folders: Vec<IdentityFiles>,
    /// What the entries of `crls` came down to.
    pub(super) crls: Vec<PathBuf>,
}

/// What tells one content from another.
pub(super) type Digest = [u8; 32];

impl Contents {
    /// Reads every file that `files` names. Blocks.
    pub(super) fn read(files: &ServerFiles) -> Result<Self, Error> {
        let mut contents = Self::default();
        for folder in &files.folders {
            contents.in_folders.extend(pairs(folder)?);
        }
        for identity in files.identities.iter().chain(&contents.in_folders.clone()) {
            contents.add(&identity.certificates)?;
            contents.add(&identity.private_key)?;
            if let Some(staple) = &identity.ocsp_staple {
                contents.add(staple)?;
            }
        }
        if let Some(client_auth) = &files.client_auth {
            for path in &client_auth.trust_anchors {
                contents.add(path)?;
            }
            for path in &client_auth.crls {
                let found = if path.is_dir() {
                    visible(path)?
                } else {
                    vec![path.clone()]
                };
                for path in found {
                    contents.add(&path)?;
                    contents.crls.push(path);
                }
            }
        }
        for path in &files.ticket_keys {
            contents.add(path)?;
        }
        Ok(contents)
    }

    /// The content of a file that was read.
    pub(super) fn of(&self, path: &Path) -> &[u8] {
        self.files
            .get(path)
            .map(|bytes| bytes.as_slice())
            .unwrap_or_default()
    }

    /// Equal for equal content of the same files.
    pub(super) fn digest(&self) -> Digest {
        let mut context = digest::Context::new(&digest::SHA256);
        for (path, bytes) in &self.files {
            let path = path.as_os_str().as_encoded_bytes();
            for part in [path, bytes.as_slice()] {
                context.update(&(part.len() as u64).to_be_bytes());
                context.update(part);
            }
        }
        let mut digest = Digest::default();
        digest.copy_from_slice(context.finish().as_ref());
        digest
    }

    fn add(&mut self, path: &Path) -> Result<(), Error> {
        if !self.files.contains_key(path) {
            let bytes = read(path).map_err(|source| Kind::file(path, source))?;
            self.files.insert(path.to_owned(), bytes);
        }
        Ok(())
    }
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    // Opening a pipe would block, and reading /dev/zero would never end.
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    // Enough from the start, so that no copy of a key is left behind by a buffer that grew.
    let mut bytes = Zeroizing::new(Vec::with_capacity(
        usize::try_from(metadata.len().min(FILE_BYTES_MAX)).unwrap_or_default() + 1,
    ));
    let n = fs::File::open(path)?
        .take(FILE_BYTES_MAX + 1)
        .read_to_end(&mut bytes)?;
    if n as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!(
            "larger than {FILE_BYTES_MAX} bytes"
        )));
    }
    Ok(bytes)
}

/// The files of a folder in the order of their names, without those that begin with a dot.
fn visible(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let hidden = path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if !hidden && path.is_file() {
                found.push(path);
            }
            if found.len() > FOLDER_FILES_MAX {
                return Err(io::Error::other(format!(
                    "more than {FOLDER_FILES_MAX} files"
                )));
            }
        }
        found.sort();
        Ok(found)
    };
    list().map_err(|source| Kind::file(folder, source).into())
}

/// The pairs in a folder.
fn pairs(folder: &Path) -> Result<Vec<IdentityFiles>, Error> {
    let files = visible(folder)?;
    let mut pairs = Vec::new();
    for key in &files {
        let Some(name) = key
            .file_name()
            .and_then(|name| name.to_str())
            .and_then(|name| name.strip_suffix(".key"))
        else {
            continue;
        };
        let certificates = ["chain.crt", "crt", "pem"]
            .map(|extension| folder.join(format!("{name}.{extension}")))
            .into_iter()
            .find(|path| files.binary_search(path).is_ok());
        let Some(certificates) = certificates else {
            let missing = folder.join(format!("{name}.crt"));
            return Err(Kind::file(&missing, io::ErrorKind::NotFound.into()).into());
        };
        pairs.push(IdentityFiles::new(certificates, key));
    }
    Ok(pairs)
}

//! What the files of a certificate hold.

use std::fs;
use std::io;
use std::path::Path;

use anyhow::Context;
use time::OffsetDateTime;
use wharf_pki::store::Pair;
use wharf_pki::{Certificate, Error, Store};
use zeroize::Zeroizing;

use super::find::{self, Candidate};
use crate::{files, keys, record};

/// What is there, compared with what should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disk {
    /// The certificate and its key.
    Whole,
    /// Its key cannot be compared: it is encrypted, or not kept here.
    WithoutKey,
    /// The certificate, and not its key.
    OtherKey,
    /// A certificate whose place this one took.
    Earlier,
    /// Nothing.
    Gone,
    /// It has no files.
    Nowhere,
    /// Something else, which must not be overwritten.
    Foreign,
}

/// Looks, after it has finished or undone what a process that was killed had begun.
pub(super) fn look(
    store: &Store,
    candidate: &Candidate,
    now: OffsetDateTime,
) -> anyhow::Result<Disk> {
    let Some(chain) = candidate.chain() else {
        return Ok(Disk::Nowhere);
    };
    recover(candidate)?;
    let Some(bytes) = read(chain)? else {
        return Ok(Disk::Gone);
    };
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let Ok(found) = Certificate::from_pem(text) else {
        return Ok(Disk::Foreign);
    };
    if found != candidate.certificate {
        let head = find::head(store, &found, now)?;
        let same = |id| {
            candidate
                .record
                .as_ref()
                .is_some_and(|record| record.id == id)
        };
        return Ok(match head {
            Some(head) if same(head.id) => Disk::Earlier,
            _ => Disk::Foreign,
        });
    }
    key(candidate)
}

fn key(candidate: &Candidate) -> anyhow::Result<Disk> {
    let Some(path) = candidate.key() else {
        return Ok(Disk::WithoutKey);
    };
    let Some(bytes) = read(path)? else {
        return Ok(Disk::OtherKey);
    };
    let key = keys::parse_private(&bytes, None);
    if key.as_ref().is_err_and(Error::is_password) {
        return Ok(Disk::WithoutKey);
    }
    let matches = key.is_ok_and(|key| {
        Some(key.public_key()) == candidate.certificate.public_key().ok().as_ref()
    });
    Ok(if matches { Disk::Whole } else { Disk::OtherKey })
}

fn recover(candidate: &Candidate) -> anyhow::Result<()> {
    let folder_is_there = |pair: &Pair| pair.key.parent().is_some_and(Path::is_dir);
    if let Some(pair) = record::pair(&candidate.files).filter(folder_is_there) {
        pair.recover()?;
    }
    Ok(())
}

/// `None` if it is not there.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<Zeroizing<Vec<u8>>>> {
    let cannot = || format!("cannot read {}", path.display());
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(cannot),
        // A pipe would be waited for.
        Ok(found) if !found.is_file() => {
            Err(Error::NotAFile { path: path.into() }).with_context(cannot)
        }
        Ok(_) => files::read(path).map(Some),
    }
}

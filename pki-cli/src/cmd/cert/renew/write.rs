//! The files of a successor.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use wharf_pki::Certificate;
use wharf_pki::store::{FileKind, Mode, Overwrite, replace};
use zeroize::Zeroizing;

use super::find::Candidate;
use super::key::NewKey;
use crate::record::{check_places, pair};

/// Makes the folders, and finds out what cannot be written before anything is signed.
pub(super) fn prepare(files: &[(FileKind, PathBuf)]) -> anyhow::Result<()> {
    for folder in files.iter().filter_map(|(_, path)| path.parent()) {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    check_places(files)
}

/// Writes them, the pair together.
pub(super) fn write(
    candidate: &Candidate,
    certificate: &Certificate,
    chain: &str,
    key: Option<&NewKey>,
) -> anyhow::Result<()> {
    let single = certificate.to_pem();
    let mut done: Vec<PathBuf> = Vec::new();
    if let (Some(pair), Some(key)) = (pair(&candidate.files), key) {
        let is_chain = candidate.place(FileKind::Chain).is_some();
        let text = if is_chain { chain } else { &single };
        pair.write(text, &key.pem, Overwrite::Always)?;
        done = vec![pair.chain, pair.key];
    }
    for (kind, path) in candidate
        .files
        .iter()
        .filter(|(_, path)| !done.contains(path))
    {
        match (kind, key) {
            (FileKind::Chain, _) => replace(path, chain.as_bytes(), Mode::Public)?,
            (FileKind::Certificate, _) => replace(path, single.as_bytes(), Mode::Public)?,
            (FileKind::Key, Some(key)) => replace(path, key.pem.as_bytes(), Mode::Private)?,
            (FileKind::Bundle, Some(key)) => {
                let both = Zeroizing::new(format!("{}{chain}", key.pem.as_str()));
                replace(path, both.as_bytes(), Mode::Private)?;
            }
            _ => {}
        }
    }
    Ok(())
}

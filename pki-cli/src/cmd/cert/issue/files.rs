//! Where the files of a certificate are.

use std::path::{Path, PathBuf};

use wharf_pki::store::FileKind;

use crate::stem::stem;

/// The files of one certificate.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) chain: PathBuf,
    pub(super) key: PathBuf,
    key_is_new: bool,
}

impl Files {
    /// `NAME.pem` and `NAME.key` in a folder, or a key that is elsewhere.
    pub(super) fn new(folder: &Path, name: &str, key: Option<&Path>) -> Self {
        let stem = stem(name);
        let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
        Self {
            chain: file("pem"),
            key: key.map_or_else(|| file("key"), Path::to_owned),
            key_is_new: key.is_none(),
        }
    }

    /// Those that will be written.
    pub(super) fn new_ones(&self) -> Vec<&Path> {
        let key = self.key_is_new.then_some(&*self.key);
        [&*self.chain].into_iter().chain(key).collect()
    }

    /// Those that will be written, and what they hold.
    pub(super) fn planned_new(&self) -> Vec<(FileKind, PathBuf)> {
        let mut planned = self.planned();
        planned.retain(|(kind, _)| *kind != FileKind::Key || self.key_is_new);
        planned
    }

    /// For the inventory. A key from stdin has no place.
    pub(super) fn planned(&self) -> Vec<(FileKind, PathBuf)> {
        let chain = (FileKind::Chain, self.chain.clone());
        let key = (FileKind::Key, self.key.clone());
        let key = (!crate::files::is_dash(&self.key)).then_some(key);
        [chain].into_iter().chain(key).collect()
    }
}

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::binary;

/// A folder for the state of the command, gone when dropped. `WHARF_HOME` and `HOME` point into it.
#[derive(Debug)]
pub struct Home {
    dir: TempDir,
    wharf: PathBuf,
}

impl Home {
    /// A home that does not exist yet: the command makes it.
    ///
    /// # Panics
    ///
    /// When there is no temporary folder.
    pub fn new() -> Self {
        Self::named("wharf")
    }

    /// The same, with a name of the test's choice as the last part of its path.
    ///
    /// # Panics
    ///
    /// When there is no temporary folder.
    pub fn named(name: &str) -> Self {
        let dir = tempfile::Builder::new()
            .prefix("wharf-interop-")
            .tempdir()
            .expect("a temporary folder");
        let wharf = dir.path().join(name);
        Self { dir, wharf }
    }

    /// The folder of the command's state.
    pub fn path(&self) -> &Path {
        &self.wharf
    }

    /// A path outside the command's state, gone with it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A new folder outside the command's state, gone with it.
    ///
    /// # Panics
    ///
    /// When it is there already.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.beside(name);
        fs::create_dir(&path).expect("a new folder");
        path
    }

    /// The certificate of the root.
    pub fn root(&self) -> PathBuf {
        self.wharf.join("ca/root.crt")
    }

    /// The certificate of the intermediate.
    pub fn intermediate(&self) -> PathBuf {
        self.wharf.join("ca/intermediate.crt")
    }

    /// The command with these arguments, at this home.
    pub fn wharf(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary::wharf());
        command
            .args(args)
            .current_dir(self.dir.path())
            .env("WHARF_HOME", &self.wharf)
            .env("HOME", self.dir.path())
            .env_remove("XDG_DATA_HOME")
            .env_remove("SSLKEYLOGFILE");
        command
    }

    /// Everything below the home: what is there, with which permissions.
    ///
    /// # Panics
    ///
    /// When something cannot be read.
    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new();
        if self.wharf.exists() {
            walk(&self.wharf, &self.wharf, &mut tree);
        }
        tree
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// Files and folders by their path below the home, which itself is the empty path.
pub type Tree = BTreeMap<PathBuf, Entry>;

/// A file or a folder of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The content; `None` for a folder.
    pub content: Option<Vec<u8>>,
    /// The permission bits.
    pub mode: u32,
}

fn walk(top: &Path, path: &Path, tree: &mut Tree) {
    let meta = fs::symlink_metadata(path).expect("it was just listed");
    let content = meta
        .is_file()
        .then(|| fs::read(path).expect("a file of ours"));
    let mode = meta.permissions().mode() & 0o7777;
    let name = path.strip_prefix(top).expect("it is below the top");
    tree.insert(name.to_owned(), Entry { content, mode });
    if meta.is_dir() {
        for entry in fs::read_dir(path).expect("a folder of ours") {
            walk(top, &entry.expect("a folder of ours").path(), tree);
        }
    }
}

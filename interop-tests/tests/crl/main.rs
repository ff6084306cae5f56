//! CRLs and certification paths: what wharf-pki signs is read by others, and what it verifies is what OpenSSL verifies.

mod path;
mod signed;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tempfile::TempDir;
use time::OffsetDateTime;

/// Files for programs, gone with it.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// The path of a new file with this content.
    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path: PathBuf = self.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Programs have the clock of the machine.
fn now() -> OffsetDateTime {
    SystemTime::now().into()
}

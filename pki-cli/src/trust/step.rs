//! What is done to a store, one step after the other: shown as a shell takes it, or done.

use std::fmt;
use std::fs;
use std::path::PathBuf;

use wharf_pki::store::{Mode, write_new};

use super::{Invocation, Root, Trouble};
use crate::ui::shell_word;

/// One change.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The root goes into a new file that everyone may read.
    Write { root: Box<Root>, path: PathBuf },
    /// A file goes.
    Remove(PathBuf),
    /// A program runs.
    Run(Invocation),
}

impl Step {
    /// Does it.
    pub(crate) fn perform(&self) -> Result<(), Trouble> {
        match self {
            Self::Write { root, path } => {
                let pem = root.certificate.to_pem();
                write_new(path, pem.as_bytes(), Mode::Public)
                    .map_err(|error| Trouble::new(format!("{:#}", anyhow::Error::new(error))))
            }
            Self::Remove(path) => fs::remove_file(path).map_err(|error| {
                Trouble::new(format!("cannot remove {}: {error}", path.display()))
            }),
            Self::Run(invocation) => invocation.run().map(drop),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write { root, path } => {
                let from = shell_word(&root.path.to_string_lossy());
                let to = shell_word(&path.to_string_lossy());
                write!(f, "install -m 644 {from} {to}")
            }
            Self::Remove(path) => write!(f, "rm {}", shell_word(&path.to_string_lossy())),
            Self::Run(invocation) => invocation.fmt(f),
        }
    }
}

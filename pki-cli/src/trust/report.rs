//! What became of each store: a line for people, an object for programs.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::{Fingerprint, Kind, Trouble};

/// What became of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Outcome {
    /// The root was put in.
    Installed,
    /// The root was trusted before.
    AlreadyThere,
    /// The steps would put it in; nothing was done.
    WouldInstall,
    /// The root was taken out.
    Removed,
    /// The root was not there.
    NotThere,
    /// The steps would take it out; nothing was done.
    WouldRemove,
    /// The store trusts the root.
    Trusted,
    /// The store does not trust the root.
    NotTrusted,
    /// There is no such store.
    NotFound,
    /// It did not work.
    Failed,
}

impl Outcome {
    fn words(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::AlreadyThere => "already there",
            Self::WouldInstall => "would be installed",
            Self::Removed => "removed",
            Self::NotThere => "was not there",
            Self::WouldRemove => "would be removed",
            Self::Trusted => "trusted",
            Self::NotTrusted => "not trusted",
            Self::NotFound => "not found",
            Self::Failed => "failed",
        }
    }
}

/// One store.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Report {
    /// Its kind.
    pub(crate) store: Kind,
    /// Its file or folder, if there is one.
    pub(crate) place: Option<PathBuf>,
    /// What became of it.
    pub(crate) outcome: Outcome,
    /// Why, if that is not clear.
    pub(crate) why: Option<String>,
    /// What can be done about it.
    pub(crate) todo: Option<String>,
    /// What was done, or would be, each as a shell takes it.
    pub(crate) steps: Vec<String>,
    /// Other roots of this program that are there.
    pub(crate) others: Vec<Fingerprint>,
}

impl Report {
    pub(crate) fn new(store: Kind, place: Option<PathBuf>, outcome: Outcome) -> Self {
        Self {
            store,
            place,
            outcome,
            why: None,
            todo: None,
            steps: Vec::new(),
            others: Vec::new(),
        }
    }

    pub(crate) fn because(mut self, trouble: Trouble) -> Self {
        self.why = Some(trouble.why);
        self.todo = trouble.todo;
        self
    }
}

/// One line: `nss /home/a/.pki/nssdb: failed: certutil is not installed; sudo apt-get install libnss3-tools`.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.store.name())?;
        if let Some(place) = &self.place {
            write!(
                f,
                " {}",
                crate::serve::printable(place.as_os_str().as_encoded_bytes())
            )?;
        }
        write!(f, ": {}", self.outcome.words())?;
        if let Some(why) = &self.why {
            write!(f, ": {why}")?;
        }
        if let Some(todo) = &self.todo {
            write!(f, "; {todo}")?;
        }
        Ok(())
    }
}

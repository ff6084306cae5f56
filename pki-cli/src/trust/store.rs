//! What every trust store can be asked.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Fingerprint, Root, Step, Wanted};

/// The kinds of trust stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The certificates of the operating system, for curl, Python, Go and most others
    System,
    /// The databases of Firefox, Chromium and their kin
    Nss,
    /// The keystore of Java
    Java,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Nss => "nss",
            Self::Java => "java",
        }
    }
}

/// A place that keeps trust anchors.
pub(crate) trait Store {
    /// Its kind.
    fn kind(&self) -> Kind;

    /// Its file or folder, which tells it from others of its kind.
    fn place(&self) -> &Path;

    /// What has to be writable for a change.
    fn written(&self) -> Vec<PathBuf>;

    /// The home of the Java that it belongs to: sudo does not hand on `JAVA_HOME`.
    fn java_home(&self) -> Option<&Path> {
        None
    }

    /// Adds what is known about the trouble that a step had.
    fn explain(&self, trouble: Trouble) -> Trouble {
        trouble
    }

    /// Looks for a root. Nothing is changed.
    fn look(&self, wanted: &Wanted) -> Result<Sight, Trouble>;

    /// What puts a root in that was not trusted when it was looked for.
    fn install(&self, root: &Root, sight: &Sight) -> Result<Vec<Step>, Trouble>;

    /// What takes out the root that was looked for.
    fn remove(&self, sight: &Sight) -> Result<Vec<Step>, Trouble>;
}

/// What was seen in a store.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sight {
    /// Whether the store vouches for what the root has signed.
    pub(crate) is_trusted: bool,
    /// The entries that are the root and nothing else: files, aliases, URIs, as the store has it.
    pub(crate) entries: Vec<String>,
    /// A file that has the root among others, which nothing is taken out of.
    pub(crate) mixed: Option<PathBuf>,
    /// What is odd: the root is there and not trusted, or trusted by other means.
    pub(crate) remark: Option<String>,
    /// Other roots that this program has put there, by the names of the entries.
    pub(crate) others: Vec<Fingerprint>,
}

impl Sight {
    /// Whether nothing of the root is there.
    pub(crate) fn is_clean(&self) -> bool {
        !self.is_trusted && self.entries.is_empty() && self.mixed.is_none()
    }
}

/// Why something did not work, and what can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) why: String,
    pub(crate) todo: Option<String>,
    /// Whether it is only that there is nothing of the kind here.
    pub(crate) is_absence: bool,
}

impl Trouble {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            todo: None,
            is_absence: false,
        }
    }

    /// There is nothing of the kind here.
    pub(crate) fn absence(why: impl Into<String>) -> Self {
        Self {
            is_absence: true,
            ..Self::new(why)
        }
    }

    /// With advice, if there is some.
    pub(crate) fn advise(mut self, todo: impl Into<Option<String>>) -> Self {
        self.todo = todo.into();
        self
    }
}

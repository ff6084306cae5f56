//! What became of each certificate.

use std::path::{Path, PathBuf};

use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use wharf_pki::store::FileKind;

use crate::exit::Status;
use crate::ui;

/// What `--json` prints.
#[derive(Debug, Default, Serialize)]
pub(super) struct Report {
    format: Format,
    pub(super) renewed: Vec<Renewed>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) failed: Vec<Failed>,
}

/// The version of the schema.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Format(u32);

impl Default for Format {
    fn default() -> Self {
        Self(1)
    }
}

/// A certificate that has a successor.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Renewed {
    pub(super) names: Vec<String>,
    /// The names without their kinds, for `--exec`.
    #[serde(skip)]
    pub(super) plain_names: Vec<String>,
    pub(super) serial: String,
    pub(super) replaces: String,
    pub(super) not_after: String,
    /// Whether it ends with its issuer, earlier than it should.
    pub(super) clamped: bool,
    pub(super) rekeyed: bool,
    pub(super) files: Vec<File>,
}

/// A file that was written.
#[derive(Clone, Debug, Serialize)]
pub(super) struct File {
    #[serde(serialize_with = "kind")]
    pub(super) kind: FileKind,
    pub(super) path: PathBuf,
}

fn kind<S: serde::Serializer>(kind: &FileKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(kind)
}

/// A certificate that was left as it is.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Skipped {
    pub(super) certificate: String,
    pub(super) reason: String,
    /// When it is due, if it will be.
    pub(super) due: Option<String>,
}

/// A certificate that could not be renewed, or whose server was not told.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Failed {
    pub(super) certificate: String,
    pub(super) error: String,
    pub(super) hint: Option<String>,
}

impl Renewed {
    /// The first file of a kind.
    pub(super) fn place(&self, kind: FileKind) -> Option<&Path> {
        self.files
            .iter()
            .find(|file| file.kind == kind)
            .map(|file| &*file.path)
    }

    /// In one line.
    pub(super) fn line(&self) -> String {
        let names = self.names.join(", ");
        let clamped = if self.clamped {
            "; it ends with its issuer: `wharf ca rotate` makes a new one"
        } else {
            ""
        };
        format!("renewed {names}, valid until {}{clamped}", self.not_after)
    }
}

impl Failed {
    pub(super) fn new(certificate: &str, error: &anyhow::Error) -> Self {
        Self {
            certificate: certificate.into(),
            error: format!("{error:#}"),
            hint: ui::hint(error),
        }
    }

    pub(super) fn tell(&self) {
        ui::note(&format!("error: {}: {}", self.certificate, self.error));
        if let Some(hint) = &self.hint {
            ui::paste(&format!("hint: {hint}"));
        }
    }
}

impl Report {
    pub(super) fn status(&self) -> Status {
        match (self.failed.is_empty(), self.renewed.is_empty()) {
            (false, _) => Status::Failed,
            (true, false) => Status::Done,
            (true, true) => Status::NothingToDo,
        }
    }
}

pub(super) fn time(moment: time::OffsetDateTime) -> String {
    let utc = moment.to_offset(time::UtcOffset::UTC);
    utc.format(&Rfc3339).unwrap_or_else(|_| utc.to_string())
}

//! CAs that other programs made, taken over: their root, what they issued, what they revoked.
//!
//! | file | whose folder |
//! |---|---|
//! | `openssl.rs` | `openssl ca`: `demoCA/` with `cacert.pem`, `private/cakey.pem`, `index.txt` |
//! | `easy_rsa.rs` | easy-rsa: `pki/` with `ca.crt`, `private/ca.key`, `index.txt` |
//! | `step.rs` | step: `certs/root_ca.crt`, `secrets/root_ca_key`, and the intermediate's |
//! | `mkcert.rs` | mkcert: `rootCA.pem`, `rootCA-key.pem` |
//! | `files.rs` | nobody's: [`CaFiles`], a certificate and a key in two files |
//! | `index.rs` | `index.txt`: what was issued and revoked |
//! | `place.rs` | what was found, checked and put into a home |
//!
//! What is taken over is only read. Keys are copied as they are: one that is encrypted stays so. A database that only its own
//! program reads (step's) is not taken along.

mod easy_rsa;
mod files;
mod index;
mod mkcert;
mod openssl;
mod place;
mod step;

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

pub use files::CaFiles;
pub use index::{INDEX_BYTES_MAX, INDEX_ROWS_MAX};
pub use place::Imported;

use super::error::StoreError;
use super::file::io_error;
use crate::error::{Error, IoAction};
use index::Index;

/// Whose folder it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Layout {
    /// Of `openssl ca`.
    Openssl,
    /// Of easy-rsa.
    EasyRsa,
    /// Of step.
    Step,
    /// Of mkcert.
    Mkcert,
    /// None: single files.
    Files,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Openssl => "openssl ca",
            Self::EasyRsa => "easy-rsa",
            Self::Step => "step",
            Self::Mkcert => "mkcert",
            Self::Files => "single files",
        })
    }
}

/// Why a folder is not taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportFault {
    /// It has the form of none of the folders that are known.
    UnknownLayout,
    /// A file is larger than such a file is.
    TooLarge {
        /// The bound.
        limit_bytes: u64,
    },
    /// A row of `index.txt` cannot be read.
    IndexRow {
        /// Its number, from 1.
        row: usize,
    },
    /// There are more rows than are read.
    TooManyRows {
        /// [`INDEX_ROWS_MAX`].
        limit: usize,
    },
    /// `crlnumber` holds no number, or one above 2⁶³.
    CrlNumber,
    /// The certificate is not a root: another CA signed it.
    NotARoot,
    /// The root did not sign the CA that issues: another one stands between them.
    NotBelowRoot,
}

impl fmt::Display for ImportFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownLayout => {
                f.write_str("is no folder of openssl ca, easy-rsa, step or mkcert")
            }
            Self::TooLarge { limit_bytes } => write!(f, "is larger than {limit_bytes} bytes"),
            Self::IndexRow { row } => write!(f, "cannot be read at row {row}"),
            Self::TooManyRows { limit } => write!(f, "has more than {limit} rows"),
            Self::CrlNumber => f.write_str("holds no CRL number"),
            Self::NotARoot => f.write_str("is not a root certificate"),
            Self::NotBelowRoot => f.write_str("is not signed by the root itself"),
        }
    }
}

impl ImportFault {
    pub(super) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::UnknownLayout => Some("name the folder that holds the CA's certificate"),
            Self::NotARoot => {
                Some("give the certificate of its root too, or import the CA that signed it")
            }
            Self::NotBelowRoot => Some("import a CA that stands right below its root"),
            _ => None,
        }
    }
}

/// What a folder holds: places only, nothing is read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Source {
    layout: Layout,
    /// The root's certificate, perhaps among others.
    root: PathBuf,
    /// Its key, if it is there: it may be kept elsewhere if there is an intermediate.
    root_key: Option<PathBuf>,
    /// Certificate and key.
    intermediate: Option<(PathBuf, PathBuf)>,
    index: Option<PathBuf>,
    /// Folders where certificates are called by their serial number.
    by_serial: Vec<PathBuf>,
    crl_number: Option<PathBuf>,
}

impl Source {
    /// A root with its key, and nothing else that is known.
    fn of(layout: Layout, (root, root_key): (PathBuf, PathBuf)) -> Self {
        Self {
            layout,
            root,
            root_key: Some(root_key),
            intermediate: None,
            index: None,
            by_serial: Vec::new(),
            crl_number: None,
        }
    }
}

/// Whose CA a folder holds, by its shape; `None` for none that is known.
pub fn detect(folder: &Path) -> Option<Layout> {
    find(folder).map(|source| source.layout)
}

fn find(folder: &Path) -> Option<Source> {
    // easy-rsa before openssl: it is the more particular one.
    [mkcert::find, step::find, easy_rsa::find, openssl::find]
        .into_iter()
        .find_map(|find| find(folder))
}

/// The pair, if both files are there.
fn pair(certificate: PathBuf, key: PathBuf) -> Option<(PathBuf, PathBuf)> {
    (certificate.is_file() && key.is_file()).then_some((certificate, key))
}

/// A file up to a bound, wiped when dropped: it may be a key.
fn read_bounded(path: &Path, limit_bytes: u64) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
    let read_error = |cause| io_error(IoAction::Read, path, cause);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(read_error(cause)),
    };
    let mut bytes = Zeroizing::new(Vec::new());
    let read = file
        .take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes);
    read.map_err(read_error)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(refused(path, ImportFault::TooLarge { limit_bytes }));
    }
    Ok(Some(bytes))
}

fn refused(path: &Path, fault: ImportFault) -> Error {
    let path = path.to_path_buf();
    StoreError::Import { path, fault }.into()
}

//! The CA that a folder holds.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::file::{self, FILE_BYTES_MAX, Mode};
use super::key_file::{self, PasswordFor};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::{Damage, Error, IoAction};

/// A root and an intermediate, read from their folder and checked against each other.
#[derive(Debug)]
pub struct Ca {
    folder: PathBuf,
    root: Authority,
    intermediate: Option<Authority>,
}

impl Ca {
    /// The root's certificate: what clients have to trust.
    pub fn root(&self) -> &Certificate {
        self.root.certificate()
    }

    /// The root with its key. It signs intermediates; everything else is the intermediate's work.
    pub fn root_authority(&self) -> &Authority {
        &self.root
    }

    /// The intermediate with its key: what issues. It is the root itself in an imported CA whose root leaves no room for an
    /// intermediate, as mkcert's does.
    pub fn intermediate(&self) -> &Authority {
        self.intermediate.as_ref().unwrap_or(&self.root)
    }

    /// What a TLS server sends: the end entity and the intermediate. The root is left out; whoever trusts it has it
    /// ([RFC 8446 §4.4.2]).
    ///
    /// [RFC 8446 §4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
    pub fn chain(&self, end_entity: &Certificate) -> Vec<Certificate> {
        let intermediate = self.intermediate.iter();
        let intermediate = intermediate.map(|authority| authority.certificate().clone());
        [end_entity.clone()]
            .into_iter()
            .chain(intermediate)
            .collect()
    }

    /// [`chain`](Self::chain) as PEM, for the file that servers call "fullchain".
    pub fn chain_pem(&self, end_entity: &Certificate) -> String {
        self.chain(end_entity)
            .iter()
            .map(Certificate::to_pem)
            .collect()
    }

    /// The folder with the four files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the root's certificate is.
    pub fn root_path(&self) -> PathBuf {
        self.folder.join(ROOT_CERTIFICATE)
    }

    /// Where the certificate of [`intermediate`](Self::intermediate) is.
    pub fn intermediate_path(&self) -> PathBuf {
        match self.intermediate {
            Some(_) => self.folder.join(INTERMEDIATE_CERTIFICATE),
            None => self.root_path(),
        }
    }

    /// The key files that others than their owner can reach: worth a warning. None is as it should be.
    ///
    /// # Errors
    ///
    /// [`Error::Io`].
    pub fn exposed_keys(&self) -> Result<Vec<PathBuf>, Error> {
        let mut exposed = Vec::new();
        let intermediate = self.intermediate.iter().map(|_| INTERMEDIATE_KEY);
        for name in [ROOT_KEY].into_iter().chain(intermediate) {
            let path = self.folder.join(name);
            if file::is_exposed(&path)? {
                exposed.push(path);
            }
        }
        Ok(exposed)
    }

    /// Writes the four files of a new CA into a folder that has none of them.
    pub(super) fn write(
        folder: &Path,
        root: &Authority,
        intermediate: &Authority,
    ) -> Result<(), Error> {
        let write =
            |name, text: &str, mode| file::write_new(&folder.join(name), text.as_bytes(), mode);
        write(ROOT_KEY, &root.key().to_pem(), Mode::Private)?;
        write(ROOT_CERTIFICATE, &root.certificate().to_pem(), Mode::Public)?;
        write(
            INTERMEDIATE_KEY,
            &intermediate.key().to_pem(),
            Mode::Private,
        )?;
        write(
            INTERMEDIATE_CERTIFICATE,
            &intermediate.certificate().to_pem(),
            Mode::Public,
        )
    }

    /// Reads the four files and checks that they belong together.
    pub(super) fn read(folder: &Path, password: PasswordFor<'_>) -> Result<Self, Error> {
        let root = authority(folder, ROOT_CERTIFICATE, ROOT_KEY, password)?;
        let signed = |authority: &Authority, name, damage| {
            let certificate = authority.certificate();
            certificate
                .check_signed_by(root.certificate())
                .map_err(|_| damaged(folder.join(name), damage))
        };
        signed(&root, ROOT_CERTIFICATE, Damage::NotSelfSigned)?;
        let intermediate = if is_alone(folder, &root) {
            None
        } else {
            let files = (INTERMEDIATE_CERTIFICATE, INTERMEDIATE_KEY);
            let intermediate = authority(folder, files.0, files.1, password)?;
            signed(&intermediate, files.0, Damage::NotSignedByRoot)?;
            Some(intermediate.with_issuers([root.certificate().clone()])?)
        };
        Ok(Self {
            folder: folder.into(),
            root,
            intermediate,
        })
    }
}

pub(super) const ROOT_CERTIFICATE: &str = "root.crt";
pub(super) const ROOT_KEY: &str = "root.key";
pub(super) const INTERMEDIATE_CERTIFICATE: &str = "intermediate.crt";
pub(super) const INTERMEDIATE_KEY: &str = "intermediate.key";

/// Each certificate with its key; the issuer first.
pub(super) const FILES: [(&str, &str); 2] = [
    (ROOT_CERTIFICATE, ROOT_KEY),
    (INTERMEDIATE_CERTIFICATE, INTERMEDIATE_KEY),
];

/// A root that may have no intermediate, and has none. Any other root without one has lost it.
fn is_alone(folder: &Path, root: &Authority) -> bool {
    let has = |name| folder.join(name).symlink_metadata().is_ok();
    root.path_len() == Some(0) && !has(INTERMEDIATE_CERTIFICATE) && !has(INTERMEDIATE_KEY)
}

/// A certificate of the folder, if it is there.
pub(super) fn certificate(folder: &Path, name: &str) -> Result<Option<Certificate>, Error> {
    match parsed(&folder.join(name), Certificate::from_pem) {
        Ok(certificate) => Ok(Some(certificate)),
        Err(Error::DamagedCa {
            damage: Damage::Missing,
            ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn authority(
    folder: &Path,
    certificate_name: &str,
    key_name: &str,
    password: PasswordFor<'_>,
) -> Result<Authority, Error> {
    let certificate_path = folder.join(certificate_name);
    let certificate = parsed(&certificate_path, Certificate::from_pem)?;
    let key_path = folder.join(key_name);
    let key = key_file::load(&key_path, password)?;
    Authority::new(certificate, key).map_err(|error| match error {
        Error::KeyMismatch => damaged(key_path, Damage::KeyMismatch),
        other => content(certificate_path, other),
    })
}

/// A file, read with its bounds.
pub(super) fn parsed<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    let bytes = match file::read_bounded(path) {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            return Err(damaged(path.into(), Damage::Missing));
        }
        Err(cause) => return Err(file::io_error(IoAction::Read, path, cause)),
    };
    if bytes.is_empty() {
        return Err(damaged(path.into(), Damage::Empty));
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(damaged(
            path.into(),
            Damage::TooLarge {
                limit_bytes: FILE_BYTES_MAX,
            },
        ));
    }
    // What is not UTF-8 has no PEM section either, and its reader says so.
    let text = str::from_utf8(&bytes).unwrap_or_default();
    parse(text).map_err(|error| content(path.into(), error))
}

fn damaged(file: PathBuf, damage: Damage) -> Error {
    Error::DamagedCa {
        file,
        damage,
        cause: None,
    }
}

fn content(file: PathBuf, cause: Error) -> Error {
    Error::DamagedCa {
        file,
        damage: Damage::Content,
        cause: Some(Box::new(cause)),
    }
}

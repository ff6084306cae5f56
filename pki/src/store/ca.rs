//! The CA that a folder holds.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::certificates;
use super::file::{self, FILE_BYTES_MAX, Mode};
use super::key_file::{self, PasswordFor};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::error::{Damage, Error, IoAction};
use crate::key::Password;

/// A root and an intermediate, read from their folder and checked against each other.
#[derive(Debug)]
pub struct Ca {
    folder: PathBuf,
    root: Authority,
    intermediate: Option<Authority>,
    cross: Option<Certificate>,
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

    /// What a TLS server sends: the end entity, the intermediate and, while a root takes the place of another, the
    /// [cross-signed](Self::cross) new one. The root is left out; whoever trusts it has it
    /// ([RFC 8446 §4.4.2]).
    ///
    /// [RFC 8446 §4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
    pub fn chain(&self, end_entity: &Certificate) -> Vec<Certificate> {
        let intermediate = self.intermediate.iter();
        let intermediate = intermediate.map(|authority| authority.certificate().clone());
        [end_entity.clone()]
            .into_iter()
            .chain(intermediate)
            .chain(self.cross_for(end_entity).cloned())
            .collect()
    }

    /// The root's name and key under the root that it took the place of, if there was one: the way to this CA for clients
    /// that do not know the new root yet.
    pub fn cross(&self) -> Option<&Certificate> {
        self.cross.as_ref()
    }

    /// The cross-signed root, if it was still valid when the end entity's validity began. Later it would only be in the way:
    /// some clients give up at the first expired certificate of a chain.
    fn cross_for(&self, end_entity: &Certificate) -> Option<&Certificate> {
        let begin = end_entity.validity().not_before;
        self.cross
            .as_ref()
            .filter(|cross| cross.validity().not_after > begin)
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
        let root = key_name(&self.folder, ROOT_KEY, self.root());
        let intermediate = self
            .intermediate
            .iter()
            .map(|authority| key_name(&self.folder, INTERMEDIATE_KEY, authority.certificate()));
        for name in [root].into_iter().chain(intermediate) {
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
        password: Option<&Password>,
    ) -> Result<(), Error> {
        let write =
            |name, text: &str, mode| file::write_new(&folder.join(name), text.as_bytes(), mode);
        let key = |authority: &Authority| key_file::text(authority.key(), password);
        write(ROOT_KEY, &key(root)?, Mode::Private)?;
        write(ROOT_CERTIFICATE, &root.certificate().to_pem(), Mode::Public)?;
        write(INTERMEDIATE_KEY, &key(intermediate)?, Mode::Private)?;
        write(
            INTERMEDIATE_CERTIFICATE,
            &intermediate.certificate().to_pem(),
            Mode::Public,
        )
    }

    /// Reads the four files and checks that they belong together; once more if they changed meanwhile.
    pub(super) fn read(folder: &Path, password: PasswordFor<'_>) -> Result<Self, Error> {
        let seen = || FILES.map(|(name, _)| file::read_bounded(&folder.join(name)).ok());
        let before = seen();
        match Self::read_once(folder, &mut *password) {
            Err(_) if seen() != before => Self::read_once(folder, password),
            result => result,
        }
    }

    fn read_once(folder: &Path, password: PasswordFor<'_>) -> Result<Self, Error> {
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
            let name = intermediate_name(folder, root.certificate());
            let intermediate = authority(folder, name, INTERMEDIATE_KEY, password)?;
            signed(&intermediate, name, Damage::NotSignedByRoot)?;
            Some(intermediate.with_issuers([root.certificate().clone()])?)
        };
        let cross = certificate(folder, &cross_name(root.certificate()))?;
        Ok(Self {
            folder: folder.into(),
            root,
            intermediate,
            cross,
        })
    }
}

pub(super) const ROOT_CERTIFICATE: &str = "root.crt";
pub(super) const ROOT_KEY: &str = "root.key";
pub(super) const INTERMEDIATE_CERTIFICATE: &str = "intermediate.crt";
pub(super) const INTERMEDIATE_KEY: &str = "intermediate.key";
/// The intermediate of a root that is about to take the place of another; see `rotate.rs`.
pub(super) const INTERMEDIATE_NEXT: &str = "intermediate.next.crt";

/// Each certificate with its key; the issuer first.
pub(super) const FILES: [(&str, &str); 2] = [
    (ROOT_CERTIFICATE, ROOT_KEY),
    (INTERMEDIATE_CERTIFICATE, INTERMEDIATE_KEY),
];

/// The file with the key of a certificate of the folder. Since the first rotation its name has the certificate's
/// fingerprint, so that the certificate alone decides which key is meant: it is one file, which changes at one moment.
pub(super) fn key_name(folder: &Path, plain: &str, certificate: &Certificate) -> String {
    let stem = plain.strip_suffix(".key").unwrap_or(plain);
    let named = format!("{}.key", stem_of(stem, certificate));
    if folder.join(&named).symlink_metadata().is_ok() {
        named
    } else {
        plain.to_owned()
    }
}

/// `root`, or what else it is, and the first eight octets of the fingerprint.
pub(super) fn stem_of(stem: &str, certificate: &Certificate) -> String {
    let fingerprint = certificates::sha256(certificate.der()).to_ascii_lowercase();
    let short = fingerprint.get(..16).unwrap_or(&fingerprint);
    format!("{stem}-{short}")
}

/// Where the certificate for a root's name and key is that the root before it signed.
pub(super) fn cross_name(root: &Certificate) -> String {
    format!("{}.crt", stem_of("cross", root))
}

/// Between the two steps in which a root and its intermediate take their places, the intermediate is still called next.
pub(super) fn intermediate_name(folder: &Path, root: &Certificate) -> &'static str {
    let is_signed = |name| {
        certificate(folder, name)
            .ok()
            .flatten()
            .is_some_and(|found| found.check_signed_by(root).is_ok())
    };
    if !is_signed(INTERMEDIATE_CERTIFICATE) && is_signed(INTERMEDIATE_NEXT) {
        INTERMEDIATE_NEXT
    } else {
        INTERMEDIATE_CERTIFICATE
    }
}

/// Finishes or undoes what a process that was killed had begun. Only under the lock.
pub(super) fn settle(folder: &Path) -> Result<(), Error> {
    let next = folder.join(INTERMEDIATE_NEXT);
    if next.symlink_metadata().is_err() {
        return Ok(());
    }
    let write_error = |cause| file::io_error(IoAction::Write, &next, cause);
    let root = certificate(folder, ROOT_CERTIFICATE)?;
    if root.is_some_and(|root| intermediate_name(folder, &root) == INTERMEDIATE_NEXT) {
        fs::rename(&next, folder.join(INTERMEDIATE_CERTIFICATE)).map_err(write_error)?;
    } else {
        fs::remove_file(&next).map_err(write_error)?;
    }
    file::sync_folder(folder)
}

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
    plain_key_name: &str,
    password: PasswordFor<'_>,
) -> Result<Authority, Error> {
    let certificate_path = folder.join(certificate_name);
    let certificate = parsed(&certificate_path, Certificate::from_pem)?;
    let key_path = folder.join(key_name(folder, plain_key_name, &certificate));
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

//! The CA that a folder holds.

use std::fs;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::certificates;
use super::error::StoreError;
use super::file::{self, FILE_BYTES_MAX, Mode};
use super::key_file::{self, PasswordFor};
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::chain::Link;
use crate::error::{Damage, Error, IoAction};
use crate::key::Password;

/// A root and what issues below it, read from their folder and checked against each other.
///
/// The root's key is needed a few times in ten years, and is not loaded before: it may even be kept elsewhere, and be
/// brought for [`root_authority`](Self::root_authority).
#[derive(Debug)]
pub struct Ca {
    folder: PathBuf,
    certificates: CaCertificates,
    issuer: Authority,
}

/// The certificates of a CA's folder, checked against each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaCertificates {
    /// What clients have to trust.
    pub root: Certificate,
    /// What issues, unless the root does so itself.
    pub intermediate: Option<Certificate>,
    /// The root's name and key under the root that it took the place of, if there was one.
    pub cross: Option<Certificate>,
}

impl Ca {
    /// The root's certificate: what clients have to trust.
    pub fn root(&self) -> &Certificate {
        &self.certificates.root
    }

    /// Loads the root with its key. It signs intermediates; everything else is the intermediate's work.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoRootKey`] if it is not there; [`Error::DamagedCa`], [`Error::Key`] or [`Error::Io`] for its file.
    pub fn root_authority(&self, password: PasswordFor<'_>) -> Result<Authority, Error> {
        let root = self.root().clone();
        let path = self.root_key_path();
        if path.symlink_metadata().is_err() {
            return Err(StoreError::NoRootKey { path }.into());
        }
        authority(&self.folder, ROOT_CERTIFICATE, root, &path, password)
    }

    /// The intermediate with its key: what issues. It is the root itself in a CA whose root leaves no room for an
    /// intermediate, as mkcert's does.
    pub fn intermediate(&self) -> &Authority {
        &self.issuer
    }

    /// What a TLS server sends: the end entity, the intermediate and, while a root takes the place of another, the
    /// [cross-signed](Self::cross) new one. The root is left out; whoever trusts it has it
    /// ([RFC 8446 §4.4.2]).
    ///
    /// [RFC 8446 §4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2
    pub fn chain(&self, end_entity: &Certificate) -> Vec<Certificate> {
        [end_entity.clone()]
            .into_iter()
            .chain(self.certificates.intermediate.clone())
            .chain(self.cross_for(end_entity).cloned())
            .collect()
    }

    /// The root's name and key under the root that it took the place of, if there was one: the way to this CA for clients
    /// that do not know the new root yet.
    pub fn cross(&self) -> Option<&Certificate> {
        self.certificates.cross.as_ref()
    }

    /// The cross-signed root, if it was still valid when the end entity's validity began. Later it would only be in the way:
    /// some clients give up at the first expired certificate of a chain.
    fn cross_for(&self, end_entity: &Certificate) -> Option<&Certificate> {
        let begin = end_entity.validity().not_before;
        self.cross()
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
        match self.certificates.intermediate {
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
        let intermediate = self.certificates.intermediate.iter();
        let intermediate = intermediate.map(|it| self.key_path(INTERMEDIATE_KEY, it));
        for path in [self.root_key_path()].into_iter().chain(intermediate) {
            if file::is_exposed(&path)? {
                exposed.push(path);
            }
        }
        Ok(exposed)
    }

    /// Where the root's key is, or would be.
    pub fn root_key_path(&self) -> PathBuf {
        self.key_path(ROOT_KEY, self.root())
    }

    fn key_path(&self, plain: &str, certificate: &Certificate) -> PathBuf {
        self.folder.join(key_name(&self.folder, plain, certificate))
    }

    /// Writes the files of a new CA into a folder that has none of them.
    pub(super) fn write(
        folder: &Path,
        root: &Authority,
        intermediate: Option<&Authority>,
        password: Option<&Password>,
    ) -> Result<(), Error> {
        let write = |(certificate_name, key_name): (&str, &str), authority: &Authority| {
            let key = key_file::text(authority.key(), password)?;
            file::write_new(&folder.join(key_name), key.as_bytes(), Mode::Private)?;
            let certificate = authority.certificate().to_pem();
            let path = folder.join(certificate_name);
            file::write_new(&path, certificate.as_bytes(), Mode::Public)
        };
        let [root_files, intermediate_files] = FILES;
        write(root_files, root)?;
        intermediate.map_or(Ok(()), |authority| write(intermediate_files, authority))
    }

    /// Reads what issues, and checks that all belongs together.
    pub(super) fn read(folder: &Path, password: PasswordFor<'_>) -> Result<Self, Error> {
        settled(folder, &mut |seen| {
            let certificates = CaCertificates::of(folder, seen)?;
            Self::of(folder, certificates, &mut *password)
        })
    }

    fn of(
        folder: &Path,
        certificates: CaCertificates,
        password: PasswordFor<'_>,
    ) -> Result<Self, Error> {
        let root = certificates.root.clone();
        let issuer = match certificates.intermediate.clone() {
            None => {
                let key = folder.join(key_name(folder, ROOT_KEY, &root));
                authority(folder, ROOT_CERTIFICATE, root, &key, password)?
            }
            Some(intermediate) => {
                let key = folder.join(key_name(folder, INTERMEDIATE_KEY, &intermediate));
                let name = INTERMEDIATE_CERTIFICATE;
                authority(folder, name, intermediate, &key, password)?.with_issuers([root])?
            }
        };
        Ok(Self {
            folder: folder.into(),
            certificates,
            issuer,
        })
    }
}

impl CaCertificates {
    /// Reads them: no key, and so no password.
    pub(super) fn read(folder: &Path) -> Result<Self, Error> {
        settled(folder, &mut |seen| Self::of(folder, seen))
    }

    fn of(folder: &Path, seen: &Seen) -> Result<Self, Error> {
        let [root_seen, intermediate_seen] = seen;
        let root = seen_certificate(folder, ROOT_CERTIFICATE, root_seen.as_deref())?;
        let link = Link::read(root.clone())
            .map_err(|error| content(folder.join(ROOT_CERTIFICATE), error))?;
        let signed = |certificate: &Certificate, name, damage| {
            let checked = certificate.check_signed_by(&root);
            checked.map_err(|_| damaged(folder.join(name), damage))
        };
        signed(&root, ROOT_CERTIFICATE, Damage::NotSelfSigned)?;
        let intermediate = if is_alone(folder, &link) {
            None
        } else {
            let name = intermediate_name(folder, &root);
            let seen = intermediate_seen
                .as_deref()
                .filter(|_| name == INTERMEDIATE_CERTIFICATE);
            let intermediate = seen_certificate(folder, name, seen)?;
            Link::read(intermediate.clone()).map_err(|error| content(folder.join(name), error))?;
            signed(&intermediate, name, Damage::NotSignedByRoot)?;
            Some(intermediate)
        };
        let cross = certificate(folder, &cross_name(&root))?;
        Ok(Self {
            root,
            intermediate,
            cross,
        })
    }
}

/// What stood in `root.crt` and `intermediate.crt`, as far as they could be read.
type Seen = [Option<Vec<u8>>; 2];

/// Reads the two files and makes something of them; once more if that failed and they changed meanwhile: a rotation
/// replaces one after the other.
fn settled<T>(folder: &Path, read: &mut dyn FnMut(&Seen) -> Result<T, Error>) -> Result<T, Error> {
    let look = || FILES.map(|(name, _)| file::read_bounded(&folder.join(name)).ok());
    let before = look();
    read(&before).or_else(|error| {
        let now = look();
        if now == before {
            Err(error)
        } else {
            read(&now)
        }
    })
}

/// A certificate from what was seen; a file that could not be read is read again, for the reason.
fn seen_certificate(folder: &Path, name: &str, seen: Option<&[u8]>) -> Result<Certificate, Error> {
    let path = folder.join(name);
    match seen {
        Some(bytes) => {
            Certificate::from_pem(checked(&path, bytes)?).map_err(|error| content(path, error))
        }
        None => parsed(&path, Certificate::from_pem),
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
    // In all the years between two rotations it is not there, and nothing is read.
    let has_next = folder.join(INTERMEDIATE_NEXT).symlink_metadata().is_ok();
    if has_next && !is_signed(INTERMEDIATE_CERTIFICATE) && is_signed(INTERMEDIATE_NEXT) {
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
fn is_alone(folder: &Path, root: &Link) -> bool {
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
    name: &str,
    certificate: Certificate,
    key_path: &Path,
    password: PasswordFor<'_>,
) -> Result<Authority, Error> {
    let key = key_file::load(key_path, password)?;
    Authority::new(certificate, key).map_err(|error| match error {
        Error::KeyMismatch => damaged(key_path.into(), Damage::KeyMismatch),
        other => content(folder.join(name), other),
    })
}

/// A file, read with its bounds.
pub(super) fn parsed<T>(
    path: &Path,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    let bytes = read(path)?;
    parse(checked(path, &bytes)?).map_err(|error| content(path.into(), error))
}

/// The bytes of a file, wiped when dropped: they may be a key. One that is not there is damage.
pub(super) fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    match file::read_bounded(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
            Err(damaged(path.into(), Damage::Missing))
        }
        Err(cause) => Err(file::io_error(IoAction::Read, path, cause)),
    }
}

/// The text of a file, neither empty nor too large.
pub(super) fn checked<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b str, Error> {
    if bytes.is_empty() {
        return Err(damaged(path.into(), Damage::Empty));
    }
    if bytes.len() as u64 > FILE_BYTES_MAX {
        let limit_bytes = FILE_BYTES_MAX;
        return Err(damaged(path.into(), Damage::TooLarge { limit_bytes }));
    }
    // What is not UTF-8 has no PEM section either, and its reader says so.
    Ok(str::from_utf8(bytes).unwrap_or_default())
}

fn damaged(file: PathBuf, damage: Damage) -> Error {
    Error::DamagedCa {
        file,
        damage,
        cause: None,
    }
}

pub(super) fn content(file: PathBuf, cause: Error) -> Error {
    Error::DamagedCa {
        file,
        damage: Damage::Content,
        cause: Some(Box::new(cause)),
    }
}

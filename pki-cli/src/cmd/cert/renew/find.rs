//! Which certificate is meant.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use time::OffsetDateTime;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{
    CertificateId, CertificateRecord, CertificateState, FileKind, Filter, StoreError,
};
use wharf_pki::{Certificate, CertificateInfo, Error, Store};

use crate::files;
use crate::ui::Advised;

/// A certificate, and where its successor goes.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) certificate: Certificate,
    pub(super) info: CertificateInfo,
    /// What the inventory has; `None` for a certificate that stands in a file only.
    pub(super) record: Option<CertificateRecord>,
    pub(super) files: Vec<(FileKind, PathBuf)>,
    /// A key's file that somebody named, or that has the right name: nothing has proved yet that it is the key.
    pub(super) claimed_key: Option<PathBuf>,
}

impl Candidate {
    /// What messages call it.
    pub(super) fn label(&self) -> String {
        match self.info.names.is_empty() {
            true => format!("serial {}", self.info.serial),
            false => self.info.names.join(", "),
        }
    }

    /// The first file of a kind.
    pub(super) fn place(&self, kind: FileKind) -> Option<&Path> {
        let found = self.files.iter().find(|(known, _)| *known == kind);
        found.map(|(_, path)| &**path)
    }

    /// Where its certificate is, in the file that servers read.
    pub(super) fn chain(&self) -> Option<&Path> {
        self.place(FileKind::Chain)
            .or_else(|| self.place(FileKind::Bundle))
            .or_else(|| self.place(FileKind::Certificate))
    }

    /// Where its private key is.
    pub(super) fn key(&self) -> Option<&Path> {
        self.place(FileKind::Key)
            .or_else(|| self.place(FileKind::Bundle))
    }

    fn recorded(store: &Store, record: CertificateRecord) -> anyhow::Result<Self> {
        let certificate = store.certificate(record.id)?;
        let files = record
            .files
            .iter()
            .map(|file| (file.kind, file.path.clone()));
        Ok(Self {
            info: inspect_der(certificate.der())?,
            files: files.collect(),
            claimed_key: None,
            record: Some(record),
            certificate,
        })
    }

    /// The same certificate as the inventory has it now, or the one that took its place meanwhile.
    pub(super) fn again(&self, store: &Store, now: OffsetDateTime) -> anyhow::Result<Self> {
        let Some(record) = head(store, &self.certificate, now)? else {
            return Ok(self.clone());
        };
        let mut current = Self::recorded(store, record)?;
        for file in &self.files {
            if !current.files.contains(file) {
                current.files.push(file.clone());
            }
        }
        current.claimed_key.clone_from(&self.claimed_key);
        Ok(current)
    }
}

/// The one that somebody names by a file, a name or a serial number.
pub(super) fn one(
    store: &Store,
    wanted: &str,
    key: Option<&Path>,
    now: OffsetDateTime,
) -> anyhow::Result<Candidate> {
    if Path::new(wanted).is_file() {
        return in_file(store, Path::new(wanted), key, now);
    }
    let filter = Filter {
        name: Some(wanted),
        ..Filter::default()
    };
    let mut last: Vec<_> = store.list(&filter, now)?;
    last.retain(is_current);
    let record = match <[_; 1]>::try_from(last) {
        Ok([record]) => record,
        // None, or several: the inventory says which.
        Err(_) => {
            let record = store
                .find(wanted, now)
                .map_err(|error| unknown(error, wanted))?;
            newest(store, record, now)?
        }
    };
    if record.state == CertificateState::Revoked {
        return Err(Advised {
            message: format!("the certificate {} is revoked", record.serial),
            hint: "issue another one: wharf cert issue NAME".into(),
        }
        .into());
    }
    let is_ca = store
        .authorities()?
        .iter()
        .any(|ca| ca.certificate_id == record.id);
    if is_ca {
        return Err(Advised {
            message: format!("the certificate {} is a CA's", record.serial),
            hint: "a new CA takes its place: wharf ca rotate".into(),
        }
        .into());
    }
    let mut candidate = Candidate::recorded(store, record)?;
    if let Some(key) = key {
        claim(&mut candidate, key)?;
    }
    Ok(candidate)
}

fn unknown(error: Error, wanted: &str) -> anyhow::Error {
    match error {
        Error::Store(StoreError::UnknownCertificate { .. }) => Advised {
            message: format!("neither a file nor a certificate of the inventory: {wanted}"),
            hint: "give the file, a name or the serial number of a certificate of this CA".into(),
        }
        .into(),
        other => other.into(),
    }
}

fn in_file(
    store: &Store,
    file: &Path,
    key: Option<&Path>,
    now: OffsetDateTime,
) -> anyhow::Result<Candidate> {
    let bytes = files::read(file)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let certificate = Certificate::from_pem(text)
        .with_context(|| format!("cannot read a certificate from {}", file.display()))?;
    let mut candidate = match head(store, &certificate, now)? {
        Some(record) if record.state == CertificateState::Revoked => {
            bail!("the certificate {} is revoked", record.serial)
        }
        Some(record) => Candidate::recorded(store, record)?,
        None => Candidate {
            info: inspect_der(certificate.der())?,
            record: None,
            files: Vec::new(),
            claimed_key: None,
            certificate,
        },
    };
    if candidate.info.is_ca {
        return Err(Advised {
            message: format!("{} is a CA's certificate", file.display()),
            hint: "a new CA takes its place: wharf ca rotate".into(),
        }
        .into());
    }
    let known = std::path::absolute(file)?;
    if !candidate.files.iter().any(|(_, path)| *path == known) {
        let kind = if text.contains("PRIVATE KEY-----") {
            FileKind::Bundle
        } else {
            FileKind::Chain
        };
        add(&mut candidate.files, kind, file)?;
    }
    let beside = file.with_extension("key");
    if let Some(key) = key {
        claim(&mut candidate, key)?;
    } else if candidate.key().is_none() && beside.is_file() {
        claim(&mut candidate, &beside)?;
    }
    Ok(candidate)
}

/// Takes a file for the key's. In a bundle it is with the certificate.
fn claim(candidate: &mut Candidate, key: &Path) -> anyhow::Result<()> {
    let bundle = candidate.place(FileKind::Bundle);
    if bundle.is_some_and(|bundle| files::is_same(bundle, key)) {
        return Ok(());
    }
    candidate.claimed_key = Some(std::path::absolute(key)?);
    add(&mut candidate.files, FileKind::Key, key)
}

fn add(files: &mut Vec<(FileKind, PathBuf)>, kind: FileKind, path: &Path) -> anyhow::Result<()> {
    let file = (kind, std::path::absolute(path)?);
    if !files.contains(&file) {
        files.push(file);
    }
    Ok(())
}

/// The last of each line of certificates: no CAs, nothing revoked.
pub(super) fn all(store: &Store, now: OffsetDateTime) -> anyhow::Result<Vec<Candidate>> {
    let authorities = store.authorities()?;
    let mut candidates = Vec::new();
    let mut filter = Filter::default();
    loop {
        let page = store.list(&filter, now)?;
        let Some(last) = page.last() else {
            return Ok(candidates);
        };
        filter.after = Some(last.id);
        for record in page {
            let is_ca = authorities.iter().any(|ca| ca.certificate_id == record.id);
            if is_ca || !is_current(&record) {
                continue;
            }
            let candidate = Candidate::recorded(store, record)?;
            // A cross-signed root, for example.
            if !candidate.info.is_ca {
                candidates.push(candidate);
            }
        }
    }
}

/// Whether it has no successor, and somebody may have and use it.
fn is_current(record: &CertificateRecord) -> bool {
    record.replaced_by.is_none() && record.revocation.is_none()
}

/// The last certificate that took the place of this one, if the inventory knows it.
pub(super) fn head(
    store: &Store,
    certificate: &Certificate,
    now: OffsetDateTime,
) -> anyhow::Result<Option<CertificateRecord>> {
    let sha256 = inspect_der(certificate.der())?.sha256;
    match store.find(&sha256, now) {
        Ok(record) => newest(store, record, now).map(Some),
        Err(Error::Store(StoreError::UnknownCertificate { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn newest(
    store: &Store,
    mut record: CertificateRecord,
    now: OffsetDateTime,
) -> anyhow::Result<CertificateRecord> {
    let mut seen: Vec<CertificateId> = Vec::new();
    while let Some(next) = record.replaced_by {
        if seen.contains(&next) {
            bail!("the inventory is damaged: certificates replace each other in a circle");
        }
        seen.push(next);
        let sha256 = inspect_der(store.certificate(next)?.der())?.sha256;
        record = store.find(&sha256, now)?;
    }
    Ok(record)
}

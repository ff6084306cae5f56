//! What goes in: certificates and a key, from files or from the inventory.

use std::path::{Path, PathBuf};

use anyhow::Context;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{CertificateRecord, CertificateState, FileKind, Store};
use wharf_pki::{Certificate, Error, Key};

use crate::args::HomeArg;
use crate::cmd::cert::issuers::{self, is_root};
use crate::ui::{self, Advised};
use crate::{clock, files, home};

/// What was named.
pub(super) struct Source {
    /// In the order of the files; of the inventory, the one that was meant.
    given: Vec<Certificate>,
    /// CAs that may stand above them.
    known: Vec<Certificate>,
    /// Where the inventory says that the key is.
    pub(super) key: Option<PathBuf>,
}

impl Source {
    pub(super) fn of_files(named: &[PathBuf], home: &HomeArg) -> anyhow::Result<Self> {
        let mut given = Vec::new();
        for file in named {
            given.extend(files::certificates(file)?);
        }
        Ok(Self {
            given,
            known: issuers::known(home)?,
            key: None,
        })
    }

    pub(super) fn of_inventory(what: &str, home: &HomeArg) -> anyhow::Result<Self> {
        if Path::new(what).is_file() {
            return Err(Advised {
                message: format!("{what} is a file"),
                hint: "--show tells what is in a PKCS#12 file, --extract DIR takes it out, and --cert FILE makes one of certificates"
                    .into(),
            }
            .into());
        }
        let store = Store::open_read_only(&home::existing(home)?)?;
        let record = store.find(what, clock::now())?;
        if record.state != CertificateState::Valid {
            ui::note(&format!("warning: the certificate is {}", record.state));
        }
        Ok(Self {
            given: vec![store.certificate(record.id)?],
            known: issuers::of_store(&store)?,
            key: key_file(&record),
        })
    }

    /// The certificate of the key first, then who issued it, and so on; without a key all that was named, in its order.
    pub(super) fn chain(
        &self,
        key: Option<&Key>,
        with_root: bool,
    ) -> anyhow::Result<Vec<Certificate>> {
        let leaf = match (key, &self.given[..]) {
            (Some(key), given) => self.of_key(given, key)?,
            (None, [one]) => one,
            (None, many) => return Ok(many.to_vec()),
        };
        let mut chain = issuers::chain(leaf, &self.given, &self.known)?;
        match chain.last().filter(|top| !is_root(top)) {
            Some(top) if chain.len() == 1 || with_root => {
                let name = issuers::name(top);
                ui::note(&format!(
                    "warning: the issuer of {name} is not in it: name its file with --cert too"
                ));
            }
            Some(_) => {}
            None if !with_root && chain.len() > 1 => {
                let _ = chain.pop();
            }
            None => {}
        }
        Ok(chain.into_iter().cloned().collect())
    }

    fn of_key<'a>(&self, given: &'a [Certificate], key: &Key) -> Result<&'a Certificate, Error> {
        let is_own = |one: &&Certificate| {
            one.public_key()
                .is_ok_and(|public| public == *key.public_key())
        };
        given.iter().find(is_own).ok_or(Error::KeyMismatch)
    }
}

/// Where its key was written.
fn key_file(record: &CertificateRecord) -> Option<PathBuf> {
    let mut written = record.files.iter().filter(|file| file.written_at.is_some());
    let key = written.find(|file| matches!(file.kind, FileKind::Key | FileKind::Bundle));
    key.map(|file| file.path.clone())
}

/// What importers show of a certificate: its first name, or its subject.
pub(super) fn first_name(certificate: &Certificate) -> anyhow::Result<String> {
    let info = inspect_der(certificate.der()).context("cannot read the certificate")?;
    let name = info.names.first().and_then(|name| name.split_once(':'));
    Ok(match name {
        Some((_, name)) => name.to_owned(),
        None => info.subject,
    })
}

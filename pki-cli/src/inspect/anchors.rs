//! What is trusted, and which CRLs there are.

use std::path::PathBuf;

use wharf_pki::store::{Role, Store};
use wharf_pki::verify::{CrlExpiry, LintPolicy, RevocationPolicy, UnknownStatus, VerifyOptions};
use wharf_pki::{Certificate, Crl, Home};

use super::source;
use crate::args::HomeArg;
use crate::home;

/// What a path has to end at, and what may be revoked.
#[derive(Debug)]
pub(crate) struct Anchors {
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) crls: Vec<Crl>,
    pub(crate) options: VerifyOptions,
}

impl Anchors {
    /// Those of files, if any are named; the home's roots otherwise, also those that others took the place of. CRLs of files
    /// are used as strictly as can be; without them those of the home count, as far as they go.
    pub(crate) fn find(
        files: &[PathBuf],
        crl_files: &[PathBuf],
        home: &HomeArg,
        is_strict: bool,
    ) -> anyhow::Result<Self> {
        let mut options = VerifyOptions {
            lint: if is_strict {
                LintPolicy::Refuse
            } else {
                LintPolicy::Report
            },
            ..VerifyOptions::default()
        };
        let mut crls = Vec::new();
        for file in crl_files {
            crls.extend(source::crls(file)?);
        }
        let mut certificates = source::certificates_of(files.iter().map(PathBuf::as_path))?;
        if files.is_empty() {
            certificates.extend(roots(&home::find(home)?)?);
        }
        if crl_files.is_empty()
            && let Ok(home) = home::find(home)
        {
            crls = recorded_crls(&home)?;
            options.revocation = as_far_as_they_go();
        }
        Ok(Self {
            certificates,
            crls,
            options,
        })
    }

    /// Trusts the CAs of the system too. One that cannot be read is passed over, as TLS does.
    pub(crate) fn add_system(&mut self) {
        let system = wharf_tls::native_certificates();
        let read = system.iter().map(|der| Certificate::from_der(der));
        self.certificates.extend(read.filter_map(Result::ok));
    }
}

fn as_far_as_they_go() -> RevocationPolicy {
    RevocationPolicy {
        unknown: UnknownStatus::Accept,
        expired: CrlExpiry::Accept,
        ..RevocationPolicy::default()
    }
}

/// The roots of a home: all of its inventory, and the one in its file, which may be older than the inventory. Whether they
/// are valid is part of what is verified.
fn roots(home: &Home) -> anyhow::Result<Vec<Certificate>> {
    let mut roots = Vec::new();
    if home.store_path().exists() {
        let known = Store::open_read_only(home)?.authorities()?.into_iter();
        let known = known.filter(|authority| authority.role == Role::Root);
        roots.extend(known.map(|authority| authority.certificate));
    }
    let path = home.root_path();
    if path.exists() {
        let found = source::certificates_of([path.as_path()])?.into_iter();
        let new: Vec<_> = found.filter(|root| !roots.contains(root)).collect();
        roots.extend(new);
    }
    Ok(roots)
}

/// The newest CRL of each CA of a home.
fn recorded_crls(home: &Home) -> anyhow::Result<Vec<Crl>> {
    if !home.store_path().exists() {
        return Ok(Vec::new());
    }
    let store = Store::open_read_only(home)?;
    let mut crls = Vec::new();
    for authority in store.authorities()? {
        if let Some(record) = store.latest_crl(authority.id)? {
            crls.push(Crl::from_der(&record.der)?);
        }
    }
    Ok(crls)
}

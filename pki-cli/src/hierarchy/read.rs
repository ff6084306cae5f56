//! From the inventory and the CA's folder.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use time::OffsetDateTime;
use wharf_pki::constraints::Subtree;
use wharf_pki::error::StoreError;
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::{
    AuthorityId, AuthorityRecord, AuthorityState, CertificateRecord, Filter, Role, Stamp, Store,
};
use wharf_pki::{Certificate, Error, Home, NameConstraints};

use super::{Hierarchy, KeyPlace, Node, State};
use crate::expiry::{Expiry, Kind};
use crate::{clock, files, home};

/// Looks at all of it. The inventory is made, or brought up to date, only where that is due.
pub(crate) fn read(home: &Home) -> anyhow::Result<Hierarchy> {
    let now = clock::now();
    let store = inventory(home, now)?;
    let files = certificate_files(&home.ca_path());
    let records = store.authorities()?;
    let mut certificates = all(&store, now)?;
    let mut authorities = Vec::new();
    for record in &records {
        let own = certificates
            .iter()
            .find(|certificate| certificate.id == record.certificate_id);
        let issuer = own.and_then(|own| own.issuer).filter(|id| *id != record.id);
        let state = own.map_or(State::Valid, |own| State::of(own, now));
        authorities.push(Node {
            issuer,
            state,
            certificate_file: files.get(record.certificate.der()).cloned(),
            ..node(record, now)?
        });
    }
    certificates.retain(|certificate| {
        let mut own = records.iter().map(|record| record.certificate_id);
        own.all(|id| id != certificate.id)
    });
    let mut issued: HashMap<Option<AuthorityId>, Vec<_>> = HashMap::new();
    for certificate in certificates {
        issued
            .entry(certificate.issuer)
            .or_default()
            .push(certificate);
    }
    for node in &mut authorities {
        node.issued = issued.remove(&Some(node.id)).unwrap_or_default();
    }
    Ok(Hierarchy { authorities, now })
}

/// Opened to write only if it lacks something: of a CA before its first use it is made, and after a rotation that was cut
/// off it learns of the new one.
fn inventory(home: &Home, now: OffsetDateTime) -> anyhow::Result<Store> {
    let certificates = home.ca_certificates()?;
    let is_known = |store: &Store| {
        let known = certificates
            .iter()
            .flat_map(|all| std::iter::once(&all.root).chain(&all.intermediate));
        known
            .map(|certificate| store.authority_of(certificate))
            .try_fold(true, |all, found| Ok::<_, Error>(all && found?.is_some()))
    };
    match Store::open_read_only(home) {
        Ok(store) if is_known(&store)? => return Ok(store),
        Ok(_) | Err(Error::Store(StoreError::NoInventory { .. })) => {}
        Err(error) => return Err(error.into()),
    }
    let who = home::who();
    Ok(Store::open(home, &Stamp::new(&who, now))?)
}

/// All of them, page by page.
fn all(store: &Store, now: OffsetDateTime) -> anyhow::Result<Vec<CertificateRecord>> {
    let mut found = Vec::new();
    let mut filter = Filter::default();
    loop {
        let page = store.list(&filter, now)?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        filter.after = Some(last.id);
        found.extend(page);
    }
}

fn node(record: &AuthorityRecord, now: OffsetDateTime) -> anyhow::Result<Node> {
    let key = match (&record.key_file, record.has_key()) {
        (Some(file), true) if record.key_encrypted => KeyPlace::Encrypted(file.clone()),
        (Some(file), true) => KeyPlace::Plain(file.clone()),
        _ => KeyPlace::Elsewhere,
    };
    Ok(Node {
        id: record.id,
        issuer: None,
        role: record.role,
        authority_state: record.state,
        state: State::Valid,
        key_fault: key_fault(record, &key),
        key,
        had_key: record.key_file.is_some(),
        certificate: inspect_der(record.certificate.der())?,
        expiry: Expiry::of(&record.certificate, kind(record), now)
            .filter(|_| record.state == AuthorityState::Active),
        constraints: record.name_constraints()?.map(|found| words(&found)),
        certificate_file: None,
        issued: Vec::new(),
    })
}

/// The files of further intermediates begin in their own way.
fn kind(record: &AuthorityRecord) -> Kind {
    let key = record.key_file.as_deref().and_then(Path::file_name);
    let is_default = |name: &std::ffi::OsStr| name.as_encoded_bytes().starts_with(b"intermediate");
    match (record.role, key) {
        (Role::Root, _) => Kind::Root,
        (_, Some(name)) if is_default(name) => Kind::Intermediate,
        _ => Kind::Further,
    }
}

/// A key that needs a password is not looked into.
fn key_fault(record: &AuthorityRecord, key: &KeyPlace) -> Option<String> {
    match key {
        KeyPlace::Plain(_) => {
            let loaded = record.load(&mut |_| Ok(None));
            loaded
                .err()
                .map(|error| format!("{:#}", anyhow::Error::from(error)))
        }
        _ => None,
    }
}

/// `only a.test, 10.0.0.0/8; not x.a.test`.
fn words(constraints: &NameConstraints) -> String {
    let list = |subtrees: &[Subtree]| {
        let subtrees: Vec<_> = subtrees.iter().map(ToString::to_string).collect();
        subtrees.join(", ")
    };
    let mut parts = Vec::new();
    if !constraints.permitted.is_empty() {
        parts.push(format!("only {}", list(&constraints.permitted)));
    }
    if !constraints.excluded.is_empty() {
        parts.push(format!("not {}", list(&constraints.excluded)));
    }
    parts.join("; ")
}

/// Which certificate is in which file of the folder: after a rotation the names alone do not say.
fn certificate_files(folder: &Path) -> HashMap<Vec<u8>, PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "crt"));
    let certificate = |path: PathBuf| {
        let first: Certificate = files::certificates(&path).ok()?.into_iter().next()?;
        Some((first.der().to_vec(), path))
    };
    paths.filter_map(certificate).collect()
}

//! The CA's folder and its inventory, brought together: certificates that stand in the folder and are not in the
//! inventory are recorded. So a CA from before there was an inventory gets one, and so does one whose files were
//! exchanged by hand.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::audit::Stamp;
use super::authorities::{self, AuthorityState, NewAuthority};
use super::ca::{self, FILES, INTERMEDIATE_CERTIFICATE, ROOT_CERTIFICATE};
use super::certificate_record::NewCertificate;
use super::certificates;
use super::key_file;
use super::sql::Failure;
use crate::certificate::Certificate;

/// A CA certificate of the folder, and the name of its key's file.
#[derive(Debug)]
pub(super) struct Unknown {
    certificate: Certificate,
    key: Option<Key>,
}

/// The file of a key, and how the files of all keys begin that stood, or stand, for the same certificate of the folder.
#[derive(Debug)]
struct Key {
    name: String,
    stem: &'static str,
}

/// The certificates of the folder that the inventory does not have, the root first, the cross-signed one last.
pub(super) fn unknown(sql: &Connection, ca_path: &Path) -> Result<Vec<Unknown>, Failure> {
    let mut found = Vec::new();
    let root = ca::certificate(ca_path, ROOT_CERTIFICATE)?;
    for (mut certificate_name, plain_name) in FILES {
        if let (INTERMEDIATE_CERTIFICATE, Some(root)) = (certificate_name, &root) {
            certificate_name = ca::intermediate_name(ca_path, root);
        }
        let certificate = match certificate_name {
            ROOT_CERTIFICATE => root.clone(),
            name => ca::certificate(ca_path, name)?,
        };
        let Some(certificate) = certificate else {
            continue;
        };
        if authorities::by_der(sql, &certificate)?.is_none() {
            let key = Key {
                name: ca::key_name(ca_path, plain_name, &certificate),
                stem: plain_name.strip_suffix(".key").unwrap_or(plain_name),
            };
            found.push(Unknown {
                certificate,
                key: Some(key),
            });
        }
    }
    if let Some(root) = &root
        && let Some(certificate) = ca::certificate(ca_path, &ca::cross_name(root))?
        && !certificates::is_recorded(sql, &certificate)?
    {
        let key = None;
        found.push(Unknown { certificate, key });
    }
    Ok(found)
}

/// Records them. What stood in the same place is retired.
pub(super) fn adopt(sql: &Connection, ca_path: &Path, stamp: &Stamp<'_>) -> Result<(), Failure> {
    // Asked again, now that no one else can write.
    for unknown in unknown(sql, ca_path)? {
        let Some(key) = &unknown.key else {
            record_cross(sql, stamp, &unknown.certificate)?;
            continue;
        };
        for old in authorities::all(sql, ca_path)? {
            let is_before = |file: &PathBuf| is_in_place_of(file, ca_path, key.stem);
            if old.state == AuthorityState::Active && old.key_file.as_ref().is_some_and(is_before) {
                authorities::retire(sql, stamp, old.id)?;
            }
        }
        let path = ca_path.join(&key.name);
        let new = NewAuthority {
            certificate: &unknown.certificate,
            // A root's key may be brought later, to where it is looked for.
            key_file: Some(Path::new(&key.name)),
            key_encrypted: key_file::is_encrypted(&path)?,
        };
        authorities::record(sql, stamp, &new, "adopt authority")?;
    }
    Ok(())
}

/// `root.key`, or `root-` and a fingerprint.
fn is_in_place_of(file: &Path, ca_path: &Path, stem: &str) -> bool {
    let name = file
        .strip_prefix(ca_path)
        .ok()
        .and_then(Path::to_str)
        .and_then(|name| name.strip_prefix(stem));
    name.is_some_and(|rest| rest.starts_with(['.', '-']))
}

/// The root before it is its issuer, and may revoke it.
fn record_cross(sql: &Connection, stamp: &Stamp<'_>, cross: &Certificate) -> Result<(), Failure> {
    let Some(issuer) = authorities::issuer_of(sql, cross)? else {
        return Ok(());
    };
    let new = NewCertificate {
        issuer,
        certificate: cross,
        profile: "cross-signed",
        files: Vec::new(),
        replaces: None,
        request: None,
    };
    certificates::record(sql, stamp, &new, "cross-sign root").map(drop)
}

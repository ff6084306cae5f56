//! The CA's folder and its inventory, brought together: certificates that stand in the folder and are not in the
//! inventory are recorded. So a CA from before there was an inventory gets one, and so does one whose files were
//! exchanged by hand.

use std::path::Path;

use rusqlite::Connection;

use super::audit::Stamp;
use super::authorities::{self, AuthorityState, NewAuthority};
use super::ca::{self, FILES};
use super::key_file;
use super::sql::Failure;
use crate::certificate::Certificate;

/// A CA certificate of the folder, and the name of its key's file.
#[derive(Debug)]
pub(super) struct Unknown {
    certificate: Certificate,
    key_name: &'static str,
}

/// The certificates of the folder that the inventory does not have, the root first.
pub(super) fn unknown(sql: &Connection, ca_path: &Path) -> Result<Vec<Unknown>, Failure> {
    let mut found = Vec::new();
    for (certificate_name, key_name) in FILES {
        let Some(certificate) = ca::certificate(ca_path, certificate_name)? else {
            continue;
        };
        if authorities::by_der(sql, &certificate)?.is_none() {
            found.push(Unknown {
                certificate,
                key_name,
            });
        }
    }
    Ok(found)
}

/// Records them. What had its key in the same file is retired: its key is not there any more.
pub(super) fn adopt(sql: &Connection, ca_path: &Path, stamp: &Stamp<'_>) -> Result<(), Failure> {
    // Asked again, now that no one else can write.
    for unknown in unknown(sql, ca_path)? {
        let key_path = ca_path.join(unknown.key_name);
        for old in authorities::all(sql, ca_path)? {
            if old.state == AuthorityState::Active && old.key_file.as_ref() == Some(&key_path) {
                authorities::retire(sql, stamp, old.id)?;
            }
        }
        let new = NewAuthority {
            certificate: &unknown.certificate,
            key_file: Some(Path::new(unknown.key_name)),
            key_encrypted: key_file::is_encrypted(&key_path)?,
        };
        authorities::record(sql, stamp, &new, "adopt authority")?;
    }
    Ok(())
}

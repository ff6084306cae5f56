//! A new CRL: signed, in the inventory, in the CA's folder.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use wharf_pki::store::{AuthorityRecord, CrlRecord, Mode, Stamp, Store, write_atomic};
use wharf_pki::validity::DAY;
use wharf_pki::{Authority, Crl, Home};

use crate::home::Asked;
use crate::ui::Advised;

/// How many days until the next one is due. Whoever is careful refuses every certificate of the issuer once they are over;
/// OpenSSL's own configuration has 30 too.
pub(crate) const DAYS: u32 = 30;

/// An authority with its key, whose password may be asked for.
pub(crate) fn load(record: &AuthorityRecord, asked: &mut Asked) -> anyhow::Result<Authority> {
    if record.key_file.is_none() {
        return Err(Advised {
            message: format!("the key of {} is not kept here", record.subject),
            hint: "sign its CRL where its key is".into(),
        }
        .into());
    }
    let loaded = record.load(&mut |path: &Path| asked.of(path));
    asked.tell(loaded)
}

/// Where the CRL of an authority is: in the CA's folder, named as its key is.
pub(crate) fn path(home: &Home, record: &AuthorityRecord) -> PathBuf {
    let key = record.key_file.as_deref().and_then(Path::file_stem);
    let mut name = key.unwrap_or_else(|| OsStr::new("authority")).to_owned();
    name.push(".crl");
    home.ca_path().join(name)
}

/// Signs it, and writes it as PEM. The inventory has it before the file is there, and of several processes that sign at once the
/// last to write need not be the last that signed: what is written is the newest of the inventory.
pub(crate) fn sign(
    home: &Home,
    store: &mut Store,
    stamp: &Stamp<'_>,
    record: &AuthorityRecord,
    authority: &Authority,
    days: u32,
) -> anyhow::Result<CrlRecord> {
    let signed = store.issue_crl(stamp, record.id, |next| {
        let params = next.params(stamp.at, stamp.at + days * DAY)?;
        Ok(authority.sign_crl(&params)?.der().to_vec())
    })?;
    let _lock = home.lock()?;
    let newest = store.latest_crl(record.id)?;
    let newest = newest.as_ref().unwrap_or(&signed);
    let pem = Crl::from_der(&newest.der)?.to_pem();
    write_atomic(&path(home, record), pem.as_bytes(), Mode::Public)?;
    Ok(signed)
}

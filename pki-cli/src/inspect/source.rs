//! Where things to look at are.

use std::path::Path;

use anyhow::Context;
use wharf_pki::inspect::{Object, objects};
use wharf_pki::store::Store;
use wharf_pki::{Certificate, Crl, pem};

use crate::args::HomeArg;
use crate::ui::Advised;
use crate::{clock, files, home};

/// Everything in a file, or on stdin for `-`; without such a file, the certificate of the inventory with this name, serial
/// number or fingerprint.
pub(crate) fn load(what: &str, home: &HomeArg) -> anyhow::Result<Vec<Object>> {
    let file = Path::new(what);
    if files::is_dash(file) || is_readable(file) {
        return read(file);
    }
    let found = recorded(what, home)?;
    Ok(vec![Object::Certificate(found)])
}

/// A pipe is as good as a file; a folder with the name of a certificate is neither.
fn is_readable(file: &Path) -> bool {
    file.metadata().is_ok_and(|found| !found.is_dir())
}

/// Everything in a file.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<Object>> {
    let bytes = files::read_within(file, pem::CRL_TEXT_BYTES_MAX)?;
    objects(&bytes).with_context(|| format!("cannot understand {}", file.display()))
}

fn recorded(what: &str, home: &HomeArg) -> anyhow::Result<Certificate> {
    let home = home::find(home)?;
    if !home.store_path().exists() {
        return Err(Advised {
            message: format!("there is no file {what}, and no inventory to look it up in"),
            hint: "name a file, - for stdin, or make a CA: wharf ca init".into(),
        }
        .into());
    }
    let store = Store::open_read_only(&home)?;
    let record = store
        .find(what, clock::now())
        .with_context(|| format!("there is no file {what}"))?;
    Ok(store.certificate(record.id)?)
}

/// The certificates among them; an error if one that is meant to be there cannot be read, or there is none.
pub(crate) fn certificates(objects: Vec<Object>, file: &str) -> anyhow::Result<Vec<Certificate>> {
    let mut found = Vec::new();
    for object in objects {
        match object {
            Object::Certificate(certificate) => found.push(certificate),
            Object::Unreadable { what, error } => {
                return Err(error).with_context(|| format!("a {what} in {file}"));
            }
            _ => {}
        }
    }
    anyhow::ensure!(!found.is_empty(), "there is no certificate in {file}");
    Ok(found)
}

/// All certificates of files.
pub(crate) fn certificates_of<'a>(
    files: impl IntoIterator<Item = &'a Path>,
) -> anyhow::Result<Vec<Certificate>> {
    let mut all = Vec::new();
    for file in files {
        all.extend(certificates(read(file)?, &file.display().to_string())?);
    }
    Ok(all)
}

/// The CRLs of a file, at least one.
pub(crate) fn crls(file: &Path) -> anyhow::Result<Vec<Crl>> {
    let mut found = Vec::new();
    for object in read(file)? {
        match object {
            Object::Crl(crl) => found.push(*crl),
            Object::Unreadable { what, error } => {
                return Err(error).with_context(|| format!("a {what} in {}", file.display()));
            }
            _ => {}
        }
    }
    anyhow::ensure!(!found.is_empty(), "there is no CRL in {}", file.display());
    Ok(found)
}

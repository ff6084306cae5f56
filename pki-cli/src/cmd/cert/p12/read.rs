//! What is in a PKCS#12 file: told, or taken out.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde_json::json;
use wharf_pki::inspect::{Pkcs12BagInfo, Pkcs12Info, inspect_pkcs12};
use wharf_pki::p12::{FILE_BYTES_MAX, Pkcs12};
use wharf_pki::store::{Mode, Overwrite, Pair};
use wharf_pki::{Certificate, CertificateInfo, Password};

use super::P12;
use crate::exit::Status;
use crate::inspect::{chain, details};
use crate::password::{self, PasswordArg};
use crate::stem::stem;
use crate::ui::page::Page;
use crate::{clock, files, keys, ui};

impl P12 {
    /// Tells what is in a file.
    pub(super) fn show(&self, file: &str) -> anyhow::Result<Status> {
        let cannot = || format!("cannot read {file}");
        let bytes = files::read_within(Path::new(file), FILE_BYTES_MAX)?;
        let mut info = inspect_pkcs12(&bytes, None).with_context(cannot)?;
        let mut locked = is_locked(&info);
        if let Some(password) = self.password_for(file, locked)? {
            info = inspect_pkcs12(&bytes, Some(text(&password)?)).with_context(cannot)?;
            locked = false;
        }
        if self.json {
            let report = json!({ "format": 1, "opened": !locked, "contents": info });
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        } else {
            ui::line(page(&info).text().trim_end())?;
        }
        if locked {
            ui::note(
                "its password tells the rest: --p12-password-file FILE or --p12-password-env NAME",
            );
        }
        Ok(Status::Done)
    }

    /// Writes what is in a file into a folder, under the file's name.
    pub(super) fn extract(&self, file: &str, folder: &Path) -> anyhow::Result<Status> {
        let cannot = || format!("cannot read {file}");
        let bytes = files::read_within(Path::new(file), FILE_BYTES_MAX)?;
        let info = inspect_pkcs12(&bytes, None).with_context(cannot)?;
        // The MAC takes the password too, and what it does not fit was changed.
        let password = match is_locked(&info) || info.mac.is_some() {
            true => PasswordArg::from(self.password.clone()).for_reading(file)?,
            false => Password::new(""),
        };
        let p12 = Pkcs12::from_der(&bytes, text(&password)?).with_context(cannot)?;

        let name = Path::new(file).file_stem().unwrap_or_default();
        let name = match files::is_dash(Path::new(file)) {
            true => "certificate".to_owned(),
            false => stem(&name.to_string_lossy()),
        };
        let path = |ending: &str| folder.join(format!("{name}.{ending}"));
        let has_key = p12.key.is_some();
        // Without a key there is none that the others belong to.
        let certificate = p12.chain.first().filter(|_| has_key).map(|_| path("crt"));
        let chain = (!p12.chain.is_empty()).then(|| path("pem"));
        let key = has_key.then(|| path("key"));
        let all = [&certificate, &chain, &key].into_iter().flatten();
        let all: Vec<&Path> = all.map(|path| &**path).collect();
        if !self.force {
            files::check_free(&all)?;
        }
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        self.write_parts(&p12, chain.as_deref(), key.as_deref())?;
        if let (Some(path), Some(leaf)) = (&certificate, p12.chain.first()) {
            files::write(path, leaf.to_pem().as_bytes(), Mode::Public, self.force)?;
        }

        if has_key {
            ui::note("the key has no password now: `wharf key encrypt` gives it one");
        }
        if self.json {
            let report = json!({
                "format": 1,
                "friendly_name": p12.friendly_name,
                "certificate": certificate,
                "chain": chain,
                "key": key,
            });
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(Status::Done);
        }
        all.iter()
            .try_for_each(|path| ui::line(&path.display().to_string()))?;
        Ok(Status::Done)
    }

    /// The chain and its key together, where there are both.
    fn write_parts(
        &self,
        p12: &Pkcs12,
        chain: Option<&Path>,
        key: Option<&Path>,
    ) -> anyhow::Result<()> {
        let chain_pem: String = p12.chain.iter().map(Certificate::to_pem).collect();
        let key_pem = p12.key.as_ref().map(wharf_pki::Key::to_pem);
        match (chain, key.zip(key_pem)) {
            (Some(chain), Some((key, key_pem))) => {
                let overwrite = match self.force {
                    true => Overwrite::Always,
                    false => Overwrite::Never,
                };
                let (chain, key) = (chain.to_owned(), key.to_owned());
                Pair { chain, key }.write(&chain_pem, &key_pem, overwrite)?;
            }
            (Some(chain), None) => {
                files::write(chain, chain_pem.as_bytes(), Mode::Public, self.force)?;
            }
            (None, Some((key, key_pem))) => {
                keys::write_private(key, key_pem.as_bytes(), self.force)?;
            }
            (None, None) => {}
        }
        Ok(())
    }

    /// The password that was given, or can be asked for where one is needed; `None` if there is nobody to ask.
    fn password_for(&self, file: &str, is_needed: bool) -> anyhow::Result<Option<Password>> {
        let arg = PasswordArg::from(self.password.clone());
        match arg.given()? {
            None if is_needed && password::can_ask() => arg.for_reading(file).map(Some),
            given => Ok(given),
        }
    }
}

/// The password as what PKCS#12 makes of it.
pub(super) fn text(password: &Password) -> anyhow::Result<&str> {
    password
        .to_str()
        .context("the password is not UTF-8 text, which a PKCS#12 file takes alone")
}

/// Whether there is something that only the password shows.
fn is_locked(info: &Pkcs12Info) -> bool {
    let is_encrypted = |bags: &Vec<Pkcs12BagInfo>| bags.iter().any(|bag| bag.encryption.is_some());
    info.parts
        .iter()
        .any(|part| part.bags.as_ref().is_none_or(is_encrypted))
}

/// The certificates as a tree, then everything.
fn page(info: &Pkcs12Info) -> Page {
    let bags = info.parts.iter().filter_map(|part| part.bags.as_ref());
    let certificates = bags.flatten().filter_map(|bag| bag.certificate.clone());
    let certificates: Vec<CertificateInfo> = certificates.collect();
    let mut page = Page::default();
    for tree in chain::trees(&certificates, clock::now()) {
        tree.draw().iter().for_each(|line| page.styled(0, line));
    }
    if !certificates.is_empty() {
        page.blank();
    }
    page.facts(0, &details::pkcs12_facts(info));
    page
}

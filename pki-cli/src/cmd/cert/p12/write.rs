//! A new PKCS#12 file.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;
use wharf_pki::Key;
use wharf_pki::p12::{Pkcs12, Pkcs12Encryption};
use wharf_pki::store::Mode;

use super::P12;
use super::source::{Source, first_name};
use crate::exit::Status;
use crate::password::PasswordArg;
use crate::stem::stem;
use crate::ui::{self, Advised};
use crate::{files, keys};

/// Flags of their own and none from elsewhere: clap makes no group of both, and `--show` conflicts with the group.
#[derive(Debug, clap::Args)]
pub(super) struct Write {
    /// A file of certificates, PEM or DER, instead of one of the inventory; may be repeated
    #[arg(long = "cert", value_name = "FILE")]
    certificates: Vec<PathBuf>,
    /// The private key, PEM or DER; without it, the one that was issued with the certificate
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Certificates alone, which Java takes as a truststore
    #[arg(long, conflicts_with = "key")]
    no_key: bool,
    /// The root too, as the last one
    #[arg(long)]
    root: bool,
    /// What importers show, Java's alias [default: the first name of the certificate]
    #[arg(long, value_name = "TEXT")]
    friendly_name: Option<String>,
    /// Encrypt with 3DES and SHA-1, for old systems that import nothing else
    #[arg(long)]
    legacy: bool,
    /// The file to write, `-` for stdout [default: the first name of the certificate, with .p12]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl P12 {
    /// Writes a file.
    pub(super) fn write(&self) -> anyhow::Result<Status> {
        let options = &self.write;
        let source = match &self.what {
            Some(what) => Source::of_inventory(what, &self.home)?,
            None => Source::of_files(&options.certificates, &self.home)?,
        };
        let key = self.key(&source)?;
        let chain = source
            .chain(key.as_ref(), options.root)
            .with_context(|| "cannot put the file together")?;
        let first = chain.first().context("there is no certificate")?;
        let name = first_name(first)?;
        let friendly_name = options
            .friendly_name
            .clone()
            .unwrap_or_else(|| name.clone());
        let out = match &options.out {
            Some(out) => out.clone(),
            None => PathBuf::from(format!("{}.p12", stem(&name))),
        };
        if !self.force && !files::is_dash(&out) {
            files::check_free(&[&out])?;
        }
        let (count, has_key) = (chain.len(), key.is_some());
        let p12 = Pkcs12 {
            key,
            chain,
            friendly_name: Some(friendly_name.clone()),
        };
        self.write_file(&p12, &out)?;

        let contents = match (has_key, count) {
            (true, 1) => "the key and its certificate".to_owned(),
            (true, count) => format!("the key and {count} certificates"),
            (false, 1) => "one certificate".to_owned(),
            (false, count) => format!("{count} certificates"),
        };
        let (form, cipher) = match options.legacy {
            false => ("modern", "AES-256"),
            true => ("legacy", "3DES, for old systems alone"),
        };
        ui::note(&format!("wrote {contents}, encrypted with {cipher}"));
        if self.json {
            let report = json!({
                "format": 1,
                "file": out,
                "friendly_name": friendly_name,
                "encryption": form,
                "has_key": has_key,
                "certificates": count,
            });
            ui::line(&serde_json::to_string_pretty(&report)?)?;
        } else if !files::is_dash(&out) {
            ui::line(&out.display().to_string())?;
        }
        Ok(Status::Done)
    }

    /// The one that was named, or the one that the inventory knows.
    fn key(&self, source: &Source) -> anyhow::Result<Option<Key>> {
        let options = &self.write;
        if options.no_key {
            return Ok(None);
        }
        let Some(file) = options.key.as_ref().or(source.key.as_ref()) else {
            return Err(Advised {
                message: "the key of the certificate is not known here".into(),
                hint: "--key FILE says where it is; --no-key writes certificates alone".into(),
            }
            .into());
        };
        keys::private(file, &self.key_password).map(Some)
    }

    fn write_file(&self, p12: &Pkcs12, out: &Path) -> anyhow::Result<()> {
        let arg = PasswordArg::from(self.password.clone());
        let password = arg.for_writing(&out.display().to_string())?;
        if password.is_empty() {
            ui::note("warning: the password is empty, and protects nothing");
        }
        let text = super::read::text(&password)?;
        if !text.is_ascii() {
            // Seen with Java 17, whoever wrote the file.
            ui::note("warning: Java opens no file whose password has other letters than ASCII");
        }
        let encryption = match self.write.legacy {
            false => Pkcs12Encryption::Modern,
            true => Pkcs12Encryption::Legacy,
        };
        let bytes = p12.to_der(text, encryption)?;
        match p12.key {
            Some(_) => keys::write_private(out, &bytes, self.force),
            None => files::write(out, &bytes, Mode::Public, self.force),
        }
    }
}

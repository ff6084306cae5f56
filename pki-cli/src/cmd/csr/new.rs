//! `wharf csr new`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Serialize;
use wharf_pki::store::Mode;
use wharf_pki::subject::Subject;
use wharf_pki::{CertificateRequest, Key, KeyType, SubjectAltName};
use zeroize::Zeroizing;

use crate::args::subject_alt_name;
use crate::exit::Status;
use crate::password::PasswordArg;
use crate::stem::stem;
use crate::ui::Advised;
use crate::{files, keys, subject, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf csr new api.test www.api.test
  wharf csr new api.test --key api.key --subject 'CN=api.test,O=Example' --out requests

Writes NAME.csr, and NAME.key (0600) unless --key names a key, where NAME is the first name. The files written are printed on
stdout. Exit status: 0 done; 1 not done.")]
pub(crate) struct New {
    /// DNS names, IP addresses, e-mail addresses or URIs to ask for
    #[arg(value_name = "NAME", required = true, value_parser = subject_alt_name)]
    names: Vec<SubjectAltName>,
    /// The private key to ask with; without it, a new one is made
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The kind of the new key: p256, p384, p521, ed25519, rsa2048, rsa3072, rsa4096, ml-dsa-44, ml-dsa-65, ml-dsa-87
    #[arg(long, visible_alias = "type", value_name = "TYPE", default_value_t = KeyType::P256, conflicts_with = "key")]
    key_type: KeyType,
    /// Whom to name beside that; without it, the first name is the commonName
    #[arg(long, value_name = "CN=…,O=…", value_parser = subject::parse)]
    subject: Option<Subject>,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// Encrypt the new key with a password, which is asked for unless it is given
    #[arg(long, visible_alias = "encrypt", conflicts_with = "key")]
    encrypt_key: bool,
    #[command(flatten)]
    password: PasswordArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

impl New {
    /// Writes a request.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let [first, ..] = &self.names[..] else {
            anyhow::bail!("no name was given")
        };
        let stem = stem(&first.to_string());
        let request_file = self.out.join(format!("{stem}.csr"));
        let key_file = self.out.join(format!("{stem}.key"));
        let mut written: Vec<&Path> = vec![&request_file];
        if self.key.is_none() {
            written.push(&key_file);
        }
        let inputs = self.key.as_deref().into_iter().chain(self.password.file());
        files::check_apart(&written, inputs)?;
        if !self.force {
            files::check_free(&written)?;
        }
        let (key, key_text) = match &self.key {
            Some(file) => (keys::private(file, &self.password)?, Zeroizing::default()),
            None => self.new_key()?,
        };
        let request = CertificateRequest::new(&key, &self.names, self.subject.as_ref())?;

        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        // The key goes first: a request without its key helps nobody.
        if self.key.is_none() {
            keys::write_private(&key_file, key_text.as_bytes(), self.force)?;
        }
        files::write(
            &request_file,
            request.to_pem().as_bytes(),
            Mode::Public,
            self.force,
        )?;
        ui::note(&format!("wrote a request for {}", request.subject()));
        if self.json {
            let report = Report {
                format: 1,
                request: &request_file,
                key: self.key.as_deref().unwrap_or(&key_file),
                spki_sha256: key.public_key().pin(),
            };
            ui::line(&serde_json::to_string_pretty(&report)?)?;
            return Ok(Status::Done);
        }
        for file in written {
            ui::line(&file.display().to_string())?;
        }
        Ok(Status::Done)
    }

    /// A new key, and what its file will hold.
    fn new_key(&self) -> anyhow::Result<(Key, Zeroizing<String>)> {
        if self.encrypt_key {
            let password = self.password.for_writing("the new key")?;
            let key = Key::generate(self.key_type)?;
            let text = key.to_encrypted_pem(&password)?;
            return Ok((key, text.into()));
        }
        if self.password.password_file.is_some() || self.password.password_env.is_some() {
            return Err(Advised {
                message: "a password was given, and no key that needs one".into(),
                hint: "--encrypt-key writes the new key encrypted".into(),
            }
            .into());
        }
        let key = Key::generate(self.key_type)?;
        let text = key.to_pem();
        Ok((key, text))
    }
}

/// For programs.
#[derive(Serialize)]
struct Report<'a> {
    format: u32,
    request: &'a Path,
    key: &'a Path,
    spki_sha256: String,
}

//! `wharf cert issue`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use wharf_pki::store::{Mode, write_atomic, write_new};
use wharf_pki::{EndEntity, Key, KeyType, SubjectAltName};

use crate::args::{HomeArg, server_name};
use crate::exit::Status;
use crate::{clock, files, home, ui};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  wharf cert issue localhost 127.0.0.1 ::1
  wharf cert issue '*.dev.test' dev.test --out certs --days 30

Writes NAME.pem (the certificate and the intermediate, which is what servers want) and NAME.key (0600), where NAME is \
the first name. The files written are printed on stdout. Makes the CA if there is none.")]
pub(crate) struct Issue {
    /// DNS names and IP addresses; a wildcard stands for the leftmost label
    #[arg(value_name = "NAME", required = true, value_parser = server_name)]
    names: Vec<SubjectAltName>,
    /// The folder to write into
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// How long it is valid; systems of Apple take up to 824 days
    #[arg(long, value_name = "N", default_value_t = 397, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// The kind of key: p256, p384 or ed25519; browsers do not take ed25519
    #[arg(long, value_name = "TYPE", default_value_t = KeyType::P256)]
    key_type: KeyType,
    /// Replace files that exist
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    home: HomeArg,
}

impl Issue {
    /// Issues a certificate and writes it with its chain and key.
    pub(super) fn run(self) -> anyhow::Result<Status> {
        let [first, ..] = &self.names[..] else {
            anyhow::bail!("no name was given")
        };
        let files = Files::new(&self.out, first);
        if !self.force {
            files::check_free(&files.all())?;
        }
        let home = home::find(&self.home)?;
        let ca = home::ca(&home)?;
        let key = Key::generate(self.key_type)?;
        let lifetime = Duration::from_secs(u64::from(self.days) * 86_400);
        let request = EndEntity {
            names: self.names.clone(),
            lifetime,
            ..EndEntity::default()
        };
        let issued = ca.intermediate().issue(&request, &key, clock::now())?;

        fs::create_dir_all(&self.out)
            .with_context(|| format!("cannot make the folder {}", self.out.display()))?;
        let write = if self.force { write_atomic } else { write_new };
        // The key goes first: a certificate without its key helps nobody.
        write(&files.key, key.to_pem().as_bytes(), Mode::Private)?;
        write(
            &files.chain,
            ca.chain_pem(&issued.certificate).as_bytes(),
            Mode::Public,
        )?;

        let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
        let until = clock::day(issued.certificate.validity().not_after);
        ui::note(&format!(
            "issued a certificate for {}, valid until {until}",
            names.join(", ")
        ));
        if issued.clamped_from.is_some() {
            ui::note("it ends with its issuer, earlier than asked for");
        }
        if self.key_type == KeyType::Ed25519 {
            ui::note("warning: no browser takes Ed25519 certificates");
        }
        let word = |path: &Path| ui::shell_word(&path.display().to_string());
        let (chain, key) = (word(&files.chain), word(&files.key));
        ui::paste(&format!(
            "nginx: ssl_certificate {chain}; ssl_certificate_key {key};"
        ));
        ui::paste(&format!(
            "curl --cacert {} https://{first}/",
            word(&ca.root_path())
        ));
        for path in files.all() {
            ui::line(&path.display().to_string())?;
        }
        Ok(Status::Done)
    }
}

/// The files of one certificate.
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(folder: &Path, name: &SubjectAltName) -> Self {
        let stem = stem(name);
        let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
        Self {
            chain: file("pem"),
            key: file("key"),
        }
    }

    fn all(&self) -> [&Path; 2] {
        [&self.chain, &self.key]
    }
}

/// The first name as a file name: no colon of IPv6, no star of a wildcard, no slash of a URI.
fn stem(name: &SubjectAltName) -> String {
    name.to_string()
        .replace("*.", "_wildcard.")
        .replace([':', '/'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_make_plain_file_names() {
        for (name, expected) in [
            ("a.test", "a.test"),
            ("*.a.test", "_wildcard.a.test"),
            ("::1", "__1"),
            ("127.0.0.1", "127.0.0.1"),
            ("spiffe://a.test/x", "spiffe___a.test_x"),
        ] {
            assert_eq!(stem(&name.parse().unwrap()), expected);
        }
    }
}

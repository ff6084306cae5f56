//! `wharf cert`.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use wharf_pki::inspect::{inspect_der, inspect_pem};
use wharf_pki::store::{Mode, write_atomic, write_new};
use wharf_pki::{CertificateInfo, EndEntity, Key, KeyType, SubjectAltName, pem};

use crate::args::{CertInspect, CertIssue};
use crate::ui::{self, Advised};
use crate::{cmd, home};

/// Issues a certificate and writes it with its chain and key.
pub(crate) fn issue(args: &CertIssue) -> anyhow::Result<()> {
    let [first, ..] = &args.names[..] else {
        anyhow::bail!("no name was given")
    };
    let files = Files::new(&args.out, first);
    if !args.force
        && let Some(taken) = files.all().into_iter().find(|path| path.exists())
    {
        return Err(Advised {
            message: format!("{} exists", taken.display()),
            hint: "--force replaces it; --out DIR writes somewhere else".into(),
        }
        .into());
    }
    let home = home::find(&args.home)?;
    let ca = cmd::ca(&home)?;
    let key = Key::generate(args.key_type)?;
    let lifetime = Duration::from_secs(u64::from(args.days) * 86_400);
    let request = EndEntity {
        names: args.names.clone(),
        lifetime,
        ..EndEntity::default()
    };
    let issued = ca.intermediate().issue(&request, &key, cmd::now())?;

    fs::create_dir_all(&args.out)
        .with_context(|| format!("cannot make the folder {}", args.out.display()))?;
    let write = if args.force { write_atomic } else { write_new };
    // The key goes first: a certificate without its key helps nobody.
    write(&files.key, key.to_pem().as_bytes(), Mode::Private)?;
    write(
        &files.certificate,
        issued.certificate.to_pem().as_bytes(),
        Mode::Public,
    )?;
    write(
        &files.chain,
        ca.chain_pem(&issued.certificate).as_bytes(),
        Mode::Public,
    )?;

    let names: Vec<_> = issued.names.iter().map(ToString::to_string).collect();
    let until = cmd::day(issued.certificate.validity().not_after);
    ui::note(&format!(
        "issued a certificate for {}, valid until {until}",
        names.join(", ")
    ));
    if issued.clamped_from.is_some() {
        ui::note("it ends with its issuer, earlier than asked for");
    }
    if args.key_type == KeyType::Ed25519 {
        ui::note("warning: no browser takes Ed25519 certificates");
    }
    ui::note(&format!(
        "clients have to trust {}",
        ca.root_path().display()
    ));
    for path in files.all() {
        ui::line(&path.display().to_string())?;
    }
    Ok(())
}

/// Shows what certificates say.
pub(crate) fn inspect(args: &CertInspect) -> anyhow::Result<()> {
    let bytes = read_bounded(&args.file)?;
    let certificates = read_certificates(&bytes)
        .with_context(|| format!("cannot read certificates from {}", args.file.display()))?;
    if args.json {
        ui::line(&serde_json::to_string_pretty(&certificates)?)?;
        return Ok(());
    }
    for (number, certificate) in certificates.iter().enumerate() {
        if certificates.len() > 1 {
            ui::line(&format!(
                "certificate {} of {}",
                number + 1,
                certificates.len()
            ))?;
        }
        ui::line(&certificate.to_string())?;
    }
    Ok(())
}

fn read_certificates(bytes: &[u8]) -> Result<Vec<CertificateInfo>, wharf_pki::Error> {
    // DER of a certificate begins with the tag of a SEQUENCE, which no text does.
    match (bytes.first(), std::str::from_utf8(bytes)) {
        (Some(0x30), Err(_)) => Ok(vec![inspect_der(bytes)?]),
        (_, Ok(text)) => inspect_pem(text),
        (_, Err(_)) => inspect_pem(&String::from_utf8_lossy(bytes)),
    }
}

/// Reads a file, or stdin for `-`, up to what the PEM reader takes.
fn read_bounded(file: &Path) -> anyhow::Result<Vec<u8>> {
    let limit = pem::TEXT_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(bytes)
}

/// The files of one certificate.
struct Files {
    certificate: PathBuf,
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(folder: &Path, name: &SubjectAltName) -> Self {
        let stem = stem(name);
        let file = |ending: &str| folder.join(format!("{stem}.{ending}"));
        Self {
            certificate: file("crt"),
            chain: file("chain.crt"),
            key: file("key"),
        }
    }

    fn all(&self) -> [&Path; 3] {
        [&self.certificate, &self.chain, &self.key]
    }
}

/// The first name as a file name: no colon of IPv6, no star of a wildcard.
fn stem(name: &SubjectAltName) -> String {
    name.to_string()
        .replace("*.", "_wildcard.")
        .replace(':', "_")
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
        ] {
            assert_eq!(stem(&name.parse().unwrap()), expected);
        }
    }
}

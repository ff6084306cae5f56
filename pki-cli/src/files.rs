//! Files named on the command line: `-` is stdin or stdout, what is read is bounded, and nothing is overwritten unasked.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Context;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use wharf_pki::store::{self, Mode, Overwrite, replace, write_new};
use wharf_pki::{Certificate, pem};
use zeroize::Zeroizing;

use crate::ui::Advised;

/// Whether it stands for stdin or stdout.
pub(crate) fn is_dash(file: &Path) -> bool {
    file == Path::new("-")
}

/// Reads a file of certificates, keys or the like, or stdin for `-`. One that is too large is refused by its reader: it is read
/// up to one byte more than those take.
pub(crate) fn read(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    read_within(file, pem::TEXT_BYTES_MAX)
}

/// The same with another bound, in bytes. There may be a private key in it, so it is wiped when dropped.
pub(crate) fn read_within(file: &Path, bytes_max: usize) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let limit = bytes_max as u64 + 1;
    let read = || {
        let (mut input, length): (Box<dyn Read>, u64) = if is_dash(file) {
            (Box::new(io::stdin().lock()), 0)
        } else {
            let opened = File::open(file)?;
            let length = opened.metadata()?.len();
            (Box::new(opened), length)
        };
        // Room for all of it at once: a buffer that grows would leave copies behind. A pipe tells no length.
        let room = length.max(ROOM_BYTES).min(limit) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or(0)));
        (&mut input).take(limit).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    read().with_context(|| format!("cannot read {}", file.display()))
}

/// Room for what has no length: more than a file with a private key takes.
const ROOM_BYTES: u64 = 256 * 1024;

/// The certificates of a file, PEM or DER, in its order; at least one.
pub(crate) fn certificates(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let bytes = read(file)?;
    let parse = || match bytes.first() {
        // The tag of a SEQUENCE, with which no text begins that has a certificate.
        Some(0x30) => Ok(vec![Certificate::from_der(&bytes)?]),
        _ if bytes.len() > pem::TEXT_BYTES_MAX => anyhow::bail!("it is too large"),
        _ => CertificateDer::pem_slice_iter(&bytes)
            .map(|der| {
                // The parser's own words are octets in decimal.
                let der = der.map_err(|_| anyhow::anyhow!("its PEM is cut off or damaged"))?;
                Ok(Certificate::from_der(&der)?)
            })
            .collect(),
    };
    let found: Vec<_> =
        parse().with_context(|| format!("cannot read certificates from {}", file.display()))?;
    if found.is_empty() {
        return Err(Advised {
            message: format!("{} has no certificate", file.display()),
            hint: "name a file with certificates, PEM or DER".into(),
        }
        .into());
    }
    Ok(found)
}

/// Writes a file whole or not at all, or to stdout for `-`. One that exists is replaced only with `force`.
pub(crate) fn write(file: &Path, bytes: &[u8], mode: Mode, force: bool) -> anyhow::Result<()> {
    if is_dash(file) {
        let mut stdout = io::stdout().lock();
        stdout.write_all(bytes)?;
        stdout.flush()?;
        return Ok(());
    }
    if force {
        replace(file, bytes, mode)?;
    } else {
        check_free(&[file])?;
        write_new(file, bytes, mode)?;
    }
    Ok(())
}

/// The same where nothing is ever replaced.
pub(crate) fn check_absent(file: &Path) -> Result<(), Advised> {
    match fs::symlink_metadata(file) {
        Err(_) => Ok(()),
        Ok(_) => Err(Advised {
            message: format!("{} exists", file.display()),
            hint: "name a file that does not".into(),
        }),
    }
}

/// Writes what is made piece by piece: to a file whole or not at all, to stdout as it comes.
pub(crate) fn write_with(
    file: &Path,
    mode: Mode,
    force: bool,
    fill: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if is_dash(file) {
        return fill(&mut io::stdout().lock());
    }
    let overwrite = match force {
        true => Overwrite::Always,
        false => {
            check_free(&[file])?;
            Overwrite::Never
        }
    };
    store::write_with(file, mode, overwrite, |file| fill(file))
}

/// Refuses to go on if one of these exists: before anything is made for them.
pub(crate) fn check_free(files: &[&Path]) -> Result<(), Advised> {
    let Some(taken) = files.iter().find(|file| fs::symlink_metadata(file).is_ok()) else {
        return Ok(());
    };
    let shown = taken.display();
    Err(match fs::metadata(taken) {
        Ok(there) if !there.is_file() => Advised {
            message: format!("{shown} is not a regular file"),
            hint: "name a file; where one file is written, `-` stands for stdout".into(),
        },
        _ => Advised {
            message: format!("{shown} exists"),
            hint: "--force replaces it; another name or folder leaves it alone".into(),
        },
    })
}

/// Refuses to go on if a file that will be written is one of those that are read, under whatever name: it would be lost.
pub(crate) fn check_apart<'a>(
    outputs: &[&Path],
    inputs: impl IntoIterator<Item = &'a Path>,
) -> Result<(), Advised> {
    let inputs: Vec<_> = inputs.into_iter().collect();
    for output in outputs.iter().filter(|output| !is_dash(output)) {
        if let Some(input) = inputs.iter().find(|input| is_same(input, output)) {
            return Err(Advised {
                message: format!(
                    "{} would be written over {}, which is needed",
                    output.display(),
                    input.display()
                ),
                hint: "name another file or folder to write to".into(),
            });
        }
    }
    Ok(())
}

/// Whether two names mean one file that is there.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |file| fs::metadata(file).map(|found| (found.dev(), found.ino()));
    match (identity(one), identity(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

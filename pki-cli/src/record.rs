//! From a signed certificate to its files, in an order that may be cut off anywhere: it is in the inventory with the places of
//! its files before one of them is there, and what was planned is marked when it is. A process that was killed in between leaves
//! a certificate that `wharf cert list` shows as not written, or the files in their old or their new state. Where a file could
//! not be written the certificate is given up: nobody has it.

use std::fs;
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXUPPER;
use time::OffsetDateTime;
use wharf_pki::store::{
    CertificateId, FileKind, Mode, NewCertificate, Pair, Stamp, Store, check_replaceable,
};
use wharf_pki::{Authority, Ca, Certificate};
use zeroize::Zeroizing;

/// Records, has the files written, and marks them.
pub(crate) fn record(
    store: &mut Store,
    stamp: &Stamp<'_>,
    new: &NewCertificate<'_>,
    write: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<CertificateId> {
    let id = store.record_certificate(stamp, new)?;
    if let Err(error) = write() {
        if !is_begun(new) {
            // Where not even that can be written, the inventory says that the files never were: which is so.
            let _ = store.abandon(stamp, id);
        }
        return Err(error);
    }
    store.mark_written(stamp, id, &new.files)?;
    Ok(id)
}

/// Whether a file has the certificate in spite of the failure, or may have it: whoever looks next finds that.
fn is_begun(new: &NewCertificate<'_>) -> bool {
    let settled = pair(&new.files).is_none_or(|pair| pair.recover().is_ok());
    let has_it =
        |(_, path): &(FileKind, PathBuf)| certificate(path).as_ref() == Some(new.certificate);
    !settled || new.files.iter().any(has_it)
}

/// Whether these files could be written: before something is signed for them.
pub(crate) fn check_places<'a>(
    files: impl IntoIterator<Item = &'a (FileKind, PathBuf)>,
) -> anyhow::Result<()> {
    for (kind, path) in files {
        let mode = match kind {
            FileKind::Key | FileKind::Bundle => Mode::Private,
            _ => Mode::Public,
        };
        check_replaceable(path, mode)?;
    }
    Ok(())
}

/// The chain and the key among files, which change together.
pub(crate) fn pair(files: &[(FileKind, PathBuf)]) -> Option<Pair> {
    let place = |kind| {
        let mut found = files.iter().filter(|(known, _)| *known == kind);
        found.next().map(|(_, path)| path.clone())
    };
    Some(Pair {
        chain: place(FileKind::Chain).or_else(|| place(FileKind::Certificate))?,
        key: place(FileKind::Key)?,
    })
}

/// The certificate of a file that is about to be replaced, if the inventory has it and nothing has its place yet.
pub(crate) fn before(store: &Store, path: &Path) -> Option<CertificateId> {
    let digest = digest(&SHA256, certificate(path)?.der());
    let found = store.find(
        &HEXUPPER.encode(digest.as_ref()),
        OffsetDateTime::UNIX_EPOCH,
    );
    let found = found.ok().filter(|record| record.replaced_by.is_none());
    found.map(|record| record.id)
}

fn certificate(path: &Path) -> Option<Certificate> {
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let pem = Zeroizing::new(fs::read_to_string(path).ok()?);
    Certificate::from_pem(&pem).ok()
}

/// What a server sends: the certificate and the CAs above it, without the root.
pub(crate) fn chain_pem(ca: &Ca, authority: &Authority, issued: &Certificate) -> String {
    if authority.certificate() == ca.intermediate().certificate() {
        return ca.chain_pem(issued);
    }
    let above = [authority.certificate()]
        .into_iter()
        .chain(authority.issuers())
        .filter(|ca| ca.check_signed_by(ca).is_err());
    [issued]
        .into_iter()
        .chain(above)
        .map(Certificate::to_pem)
        .collect()
}

//! From a signed certificate to its files, in an order that may be cut off anywhere: it is in the inventory with the places of
//! its files before one of them is there, and what was planned is marked when it is. A process that was killed in between leaves
//! a certificate that `wharf cert list` shows as not written, or the files in their old or their new state.

use wharf_pki::store::{CertificateId, NewCertificate, Stamp, Store};

/// Records, has the files written, and marks them.
pub(crate) fn record(
    store: &mut Store,
    stamp: &Stamp<'_>,
    new: &NewCertificate<'_>,
    write: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<CertificateId> {
    let id = store.record_certificate(stamp, new)?;
    write()?;
    store.mark_written(stamp, id, &new.files)?;
    Ok(id)
}

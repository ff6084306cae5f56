//! Whom to trust, who we are, and whether the server is whom it should be: looked at after the handshake, which accepts anybody.

use std::path::{Path, PathBuf};

use anyhow::Context;
use time::OffsetDateTime;
use wharf_pki::Certificate;
use wharf_pki::verify::{Given, Purpose, Report};
use wharf_tls::Identity;

use crate::args::HomeArg;
use crate::cmd::cert::verify::reference;
use crate::files;
use crate::inspect::anchors::Anchors;

/// The CAs of files alone, or those of the system alone, or those of the system and of the home.
pub(crate) fn anchors(ca: &[PathBuf], system: bool, home: &HomeArg) -> anyhow::Result<Anchors> {
    let mut anchors = Anchors::find(ca, &[], home, false)?;
    if system {
        anchors.certificates.clear();
    }
    if ca.is_empty() {
        anchors.add_system();
    }
    Ok(anchors)
}

/// Who we are, if we are to be somebody. The key may be in the file of the certificate.
pub(crate) fn identity(
    cert: Option<&Path>,
    key: Option<&Path>,
) -> anyhow::Result<Option<Identity>> {
    let Some(cert) = cert else {
        return Ok(None);
    };
    let key = key.unwrap_or(cert);
    let identity = Identity::from_pem(&files::read(cert)?, &files::read(key)?);
    let identity = identity.with_context(|| format!("cannot use {}", cert.display()))?;
    Ok(Some(identity))
}

/// Whether this chain is that of the server `name`. `None` if there is no chain.
pub(crate) fn verified(
    chain: &[Certificate],
    name: &str,
    anchors: &Anchors,
    now: OffsetDateTime,
) -> Option<Report> {
    let (end_entity, intermediates) = chain.split_first()?;
    let given = Given {
        end_entity,
        intermediates,
        anchors: &anchors.certificates,
        crls: &anchors.crls,
    };
    // A name that is none was refused by the handshake.
    let name = reference(name).ok()?;
    let purpose = Purpose::Server { name: Some(name) };
    Some(wharf_pki::verify(&given, &purpose, now, &anchors.options))
}

//! Who stands above a certificate: out of files, and out of the inventory.

use wharf_pki::inspect::inspect_der;
use wharf_pki::store::Store;
use wharf_pki::{Certificate, chain::ISSUERS_MAX};

use crate::args::HomeArg;
use crate::home;

/// The CAs of the inventory, if there is one: a chain can be put together anywhere.
pub(super) fn known(home: &HomeArg) -> anyhow::Result<Vec<Certificate>> {
    let Ok(home) = home::find(home) else {
        return Ok(Vec::new());
    };
    if !home.store_path().try_exists()? {
        return Ok(Vec::new());
    }
    of_store(&Store::open_read_only(&home)?)
}

/// The same of an inventory that is open.
pub(super) fn of_store(store: &Store) -> anyhow::Result<Vec<Certificate>> {
    let authorities = store.authorities()?.into_iter();
    Ok(authorities.map(|authority| authority.certificate).collect())
}

/// The certificate, who issued it, and so on, as far as the issuers are among these: up to the root at most.
pub(super) fn chain<'a>(
    leaf: &'a Certificate,
    given: &'a [Certificate],
    known: &'a [Certificate],
) -> anyhow::Result<Vec<&'a Certificate>> {
    let mut chain = vec![leaf];
    while let Some(top) = chain.last().filter(|top| !is_root(top)) {
        let above = given.iter().chain(known);
        let mut above = above.filter(|ca| !chain.contains(ca) && top.check_signed_by(ca).is_ok());
        match above.next() {
            Some(issuer) if chain.len() <= ISSUERS_MAX => chain.push(issuer),
            Some(_) => anyhow::bail!("more than {ISSUERS_MAX} CAs stand above the certificate"),
            None => break,
        }
    }
    Ok(chain)
}

pub(super) fn is_root(certificate: &Certificate) -> bool {
    certificate.check_signed_by(certificate).is_ok()
}

/// What a person calls it.
pub(super) fn name(certificate: &Certificate) -> String {
    match inspect_der(certificate.der()) {
        Ok(info) if !info.subject.is_empty() => info.subject,
        Ok(info) => info.names.join(", "),
        Err(_) => "a certificate".to_owned(),
    }
}

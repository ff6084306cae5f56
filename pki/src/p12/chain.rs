//! From bags to a key with its chain.

use zeroize::Zeroizing;

use super::fault::Pkcs12Fault;
use super::file::Pkcs12;
use super::safe::{Bag, Entry};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::key::Key;
use crate::pem;

/// Finds the certificate of the key, and puts the others behind it, each behind the one that it issued.
pub(super) fn assemble(entries: Vec<Entry>) -> Result<Pkcs12, Error> {
    let (mut keys, mut certificates) = (Vec::new(), Vec::new());
    for entry in entries {
        let (name, id) = (entry.friendly_name, entry.local_key_id);
        match entry.bag {
            Bag::Key { pkcs8, .. } => keys.push((pkcs8, name, id)),
            Bag::Certificate(der) => certificates.push(Named {
                certificate: Certificate::from_der(&der)?,
                name,
                id,
            }),
            Bag::EncryptedKey(_) | Bag::Other(_) => {}
        }
    }
    let count = keys.len();
    match keys.pop() {
        Some(_) if count > 1 => Err(Pkcs12Fault::SeveralKeys { count }.into()),
        None if certificates.is_empty() => Err(Pkcs12Fault::Empty.into()),
        None => Ok(Pkcs12 {
            key: None,
            friendly_name: certificates.iter_mut().find_map(|named| named.name.take()),
            chain: certificates
                .into_iter()
                .map(|named| named.certificate)
                .collect(),
        }),
        Some((pkcs8, name, id)) => {
            let pem = Zeroizing::new(pem::encode("PRIVATE KEY", &pkcs8));
            let key = Key::from_pem(&pem)?;
            let (chain, leaf_name) = chain_of(&key, id.as_deref(), certificates)?;
            Ok(Pkcs12 {
                key: Some(key),
                chain,
                friendly_name: name.or(leaf_name),
            })
        }
    }
}

struct Named {
    certificate: Certificate,
    name: Option<String>,
    id: Option<Vec<u8>>,
}

/// The key is what decides; the identifier only chooses among several certificates of one key.
fn chain_of(
    key: &Key,
    id: Option<&[u8]>,
    mut rest: Vec<Named>,
) -> Result<(Vec<Certificate>, Option<String>), Error> {
    if rest.is_empty() {
        return Ok((Vec::new(), None));
    }
    let mut of_key = Vec::new();
    for (at, named) in rest.iter().enumerate() {
        if named.certificate.parsed()?.public_key().raw == key.spki_der() {
            of_key.push(at);
        }
    }
    let has_id = |at: &&usize| {
        rest.get(**at)
            .is_some_and(|named| named.id.as_deref() == id)
    };
    let chosen = of_key.iter().find(has_id).or_else(|| of_key.first());
    let leaf = rest.remove(*chosen.ok_or(Error::KeyMismatch)?);
    let mut chain = vec![leaf.certificate];
    while let Some(at) = issuer_of(chain.last(), &rest)? {
        chain.push(rest.remove(at).certificate);
    }
    // What belongs to no one stays, behind the chain, in the order of the file.
    chain.extend(rest.into_iter().map(|named| named.certificate));
    Ok((chain, leaf.name))
}

fn issuer_of(last: Option<&Certificate>, rest: &[Named]) -> Result<Option<usize>, Error> {
    let Some(last) = last else { return Ok(None) };
    let last = last.parsed()?;
    if last.issuer().as_raw() == last.subject().as_raw() {
        return Ok(None);
    }
    for (at, named) in rest.iter().enumerate() {
        if named.certificate.parsed()?.subject().as_raw() == last.issuer().as_raw() {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

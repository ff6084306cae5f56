//! CRLs.

use wharf_pki::{Crl, Key};

use super::der::{self, integer, name, sequence, tlv, utc_time};
use super::{AUTHORITY_KEY_ID, Extension, authority_key_id, ecdsa, signed};

pub(crate) const CRL_NUMBER: &str = "2.5.29.20";
pub(crate) const REASON: &str = "2.5.29.21";
pub(crate) const DELTA: &str = "2.5.29.27";
pub(crate) const DISTRIBUTION_POINT: &str = "2.5.29.28";

#[derive(Clone)]
pub(crate) struct CrlDraft {
    pub(crate) version: Option<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: Vec<u8>,
    pub(crate) next_update: Vec<u8>,
    /// Left out if `None`; there and empty if `Some` of none.
    pub(crate) revoked: Option<Vec<Vec<u8>>>,
    pub(crate) extensions: Vec<Extension>,
}

impl CrlDraft {
    /// A CRL without a fault and without entries.
    pub(crate) fn new(issuer: &str, issuer_key: &Key) -> Self {
        Self {
            version: Some(1),
            inner_algorithm: ecdsa(),
            outer_algorithm: ecdsa(),
            issuer: name(issuer),
            this_update: utc_time("270101000000Z"),
            next_update: utc_time("270201000000Z"),
            revoked: None,
            extensions: vec![
                Extension::new(AUTHORITY_KEY_ID, false, authority_key_id(issuer_key)),
                Extension::new(CRL_NUMBER, false, integer(&[7])),
            ],
        }
    }

    pub(crate) fn set(&mut self, oid: &str, critical: bool, value: Vec<u8>) {
        self.extensions.retain(|extension| extension.oid != oid);
        self.extensions.push(Extension::new(oid, critical, value));
    }

    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn der(&self, key: &Key) -> Vec<u8> {
        let extensions: Vec<_> = self.extensions.iter().map(Extension::der).collect();
        let tbs = sequence(&[
            self.version
                .map(|version| integer(&[version]))
                .unwrap_or_default(),
            self.inner_algorithm.clone(),
            self.issuer.clone(),
            self.this_update.clone(),
            self.next_update.clone(),
            self.revoked
                .as_ref()
                .map(|entries| sequence(entries))
                .unwrap_or_default(),
            match extensions.is_empty() {
                true => Vec::new(),
                false => der::constructed(0xa0, &[sequence(&extensions)]),
            },
        ]);
        signed(tbs, &self.outer_algorithm, key)
    }

    #[track_caller]
    pub(crate) fn sign(&self, key: &Key) -> Crl {
        Crl::from_der(&self.der(key)).unwrap()
    }
}

/// An entry, perhaps with a reason.
pub(crate) fn entry(serial: &[u8], reason: Option<u8>) -> Vec<u8> {
    let extensions = reason.map(|code| Extension::new(REASON, false, tlv(0x0a, &[code])));
    entry_with(serial, extensions.as_slice())
}

pub(crate) fn entry_with(serial: &[u8], extensions: &[Extension]) -> Vec<u8> {
    let extensions: Vec<_> = extensions.iter().map(Extension::der).collect();
    sequence(&[
        integer(serial),
        utc_time("270102000000Z"),
        match extensions.is_empty() {
            true => Vec::new(),
            false => sequence(&extensions),
        },
    ])
}

//! Certification requests.

use wharf_pki::Key;

use super::der::{self, integer, name, oid, sequence, set};
use super::{ALT_NAME, Extension, dns_names, ecdsa, signed};

const EXTENSION_REQUEST: &str = "1.2.840.113549.1.9.14";

#[derive(Clone)]
pub(crate) struct CsrDraft {
    pub(crate) version: u8,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) algorithm: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
    /// Beside the request for extensions.
    pub(crate) attributes: Vec<Vec<u8>>,
}

impl CsrDraft {
    pub(crate) fn new(key: &Key) -> Self {
        Self {
            version: 0,
            subject: name("a.test"),
            spki: key.spki_der(),
            algorithm: ecdsa(),
            extensions: vec![Extension::new(ALT_NAME, false, dns_names(&["a.test"]))],
            attributes: Vec::new(),
        }
    }

    pub(crate) fn der(&self, key: &Key) -> Vec<u8> {
        let extensions: Vec<_> = self.extensions.iter().map(Extension::der).collect();
        let mut attributes = self.attributes.clone();
        if !extensions.is_empty() {
            attributes.push(attribute(EXTENSION_REQUEST, sequence(&extensions)));
        }
        let info = sequence(&[
            integer(&[self.version]),
            self.subject.clone(),
            self.spki.clone(),
            der::constructed(0xa0, &attributes),
        ]);
        signed(info, &self.algorithm, key)
    }
}

pub(crate) fn attribute(kind: &str, value: Vec<u8>) -> Vec<u8> {
    sequence(&[oid(kind), set(&[value])])
}

//! Certificates, CRLs and requests as no library writes them: each field can be changed, and then it is signed.

pub(crate) mod crl;
pub(crate) mod csr;
pub(crate) mod der;

use der::{boolean, context, integer, name, octets, oid, sequence, utc_time};
use rcgen::SigningKey as _;
use wharf_pki::{Certificate, Key, KeyType};

pub(crate) const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub(crate) const KEY_USAGE: &str = "2.5.29.15";
pub(crate) const EXTENDED_KEY_USAGE: &str = "2.5.29.37";
pub(crate) const ALT_NAME: &str = "2.5.29.17";
pub(crate) const SUBJECT_KEY_ID: &str = "2.5.29.14";
pub(crate) const AUTHORITY_KEY_ID: &str = "2.5.29.35";
pub(crate) const NAME_CONSTRAINTS: &str = "2.5.29.30";
pub(crate) const POLICIES: &str = "2.5.29.32";
pub(crate) const POLICY_CONSTRAINTS: &str = "2.5.29.36";
pub(crate) const INHIBIT_ANY_POLICY: &str = "2.5.29.54";
pub(crate) const INFO_ACCESS: &str = "1.3.6.1.5.5.7.1.1";
pub(crate) const SERVER_AUTH: &str = "1.3.6.1.5.5.7.3.1";
pub(crate) const CLIENT_AUTH: &str = "1.3.6.1.5.5.7.3.2";
pub(crate) const ANY_USAGE: &str = "2.5.29.37.0";

/// The 16th of January 2027, when everything here is valid.
pub(crate) const NOW: i64 = 1_800_000_000;

pub(crate) fn now() -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(NOW).unwrap()
}

/// A certificate before it is signed. `extensions` are in the order in which they are written.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) version: Option<u8>,
    pub(crate) serial: Vec<u8>,
    pub(crate) inner_algorithm: Vec<u8>,
    pub(crate) outer_algorithm: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: Vec<u8>,
    pub(crate) not_after: Vec<u8>,
    pub(crate) subject: Vec<u8>,
    pub(crate) spki: Vec<u8>,
    pub(crate) unique_ids: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

#[derive(Clone)]
pub(crate) struct Extension {
    pub(crate) oid: String,
    pub(crate) critical: bool,
    pub(crate) value: Vec<u8>,
}

impl Extension {
    pub(crate) fn new(oid: &str, critical: bool, value: Vec<u8>) -> Self {
        Self {
            oid: oid.into(),
            critical,
            value,
        }
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let critical = if self.critical {
            boolean(true)
        } else {
            Vec::new()
        };
        sequence(&[oid(&self.oid), critical, octets(&self.value)])
    }
}

/// ecdsa-with-SHA256: all keys here are P-256.
pub(crate) fn ecdsa() -> Vec<u8> {
    sequence(&[oid("1.2.840.10045.4.3.2")])
}

pub(crate) fn key() -> Key {
    Key::generate(KeyType::P256).unwrap()
}

/// SHA-1 of the key, as RFC 5280 has it.
pub(crate) fn key_id(key: &Key) -> Vec<u8> {
    let spki = key.spki_der();
    let point = &spki[spki.len() - 65..];
    let sha1 = &aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY;
    aws_lc_rs::digest::digest(sha1, point).as_ref().to_vec()
}

pub(crate) fn authority_key_id(key: &Key) -> Vec<u8> {
    sequence(&[context(0, &key_id(key))])
}

/// Flags of a keyUsage, digitalSignature being the highest bit.
pub(crate) fn key_usage(flags: u8) -> Vec<u8> {
    let unused = u8::try_from(flags.trailing_zeros().min(7)).unwrap();
    vec![0x03, 2, unused, flags]
}

pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
pub(crate) const KEY_ENCIPHERMENT: u8 = 0x20;
pub(crate) const CERT_SIGN: u8 = 0x04;
pub(crate) const CRL_SIGN: u8 = 0x02;

pub(crate) fn usages(oids: &[&str]) -> Vec<u8> {
    sequence(&oids.iter().map(|usage| oid(usage)).collect::<Vec<_>>())
}

pub(crate) fn dns_names(names: &[&str]) -> Vec<u8> {
    sequence(
        &names
            .iter()
            .map(|name| context(2, name.as_bytes()))
            .collect::<Vec<_>>(),
    )
}

/// nameConstraints of permitted (0) or excluded (1) subtrees, each a GeneralName.
pub(crate) fn subtrees(kind: u8, bases: &[Vec<u8>]) -> Vec<u8> {
    let trees: Vec<_> = bases
        .iter()
        .map(|base| sequence(std::slice::from_ref(base)))
        .collect();
    sequence(&[der::constructed(0xa0 | kind, &trees)])
}

impl Draft {
    /// A certificate of `key` by `issuer_key`, without a fault, for the end entity `a.test`.
    pub(crate) fn leaf(key: &Key, issuer: &str, issuer_key: &Key) -> Self {
        let mut draft = Self::bare("leaf", key, issuer, issuer_key);
        draft.set(BASIC_CONSTRAINTS, true, sequence(&[]));
        draft.set(KEY_USAGE, true, key_usage(DIGITAL_SIGNATURE));
        draft.set(EXTENDED_KEY_USAGE, false, usages(&[SERVER_AUTH]));
        draft.set(ALT_NAME, false, dns_names(&["a.test"]));
        draft
    }

    /// A CA without a fault.
    pub(crate) fn ca(subject: &str, key: &Key, issuer: &str, issuer_key: &Key) -> Self {
        let mut draft = Self::bare(subject, key, issuer, issuer_key);
        draft.set(BASIC_CONSTRAINTS, true, sequence(&[boolean(true)]));
        draft.set(KEY_USAGE, true, key_usage(CERT_SIGN | CRL_SIGN));
        draft
    }

    fn bare(subject: &str, key: &Key, issuer: &str, issuer_key: &Key) -> Self {
        Self {
            version: Some(2),
            serial: vec![0x41, 1, 2, 3, 4, 5, 6, 7],
            inner_algorithm: ecdsa(),
            outer_algorithm: ecdsa(),
            issuer: name(issuer),
            not_before: utc_time("260101000000Z"),
            not_after: utc_time("280101000000Z"),
            subject: name(subject),
            spki: key.spki_der(),
            unique_ids: Vec::new(),
            extensions: vec![
                Extension::new(SUBJECT_KEY_ID, false, octets(&key_id(key))),
                Extension::new(AUTHORITY_KEY_ID, false, authority_key_id(issuer_key)),
            ],
        }
    }

    /// Adds an extension, or changes it where it stands.
    pub(crate) fn set(&mut self, oid: &str, critical: bool, value: Vec<u8>) {
        let extension = Extension::new(oid, critical, value);
        match self.extensions.iter_mut().find(|old| old.oid == oid) {
            Some(old) => *old = extension,
            None => self.extensions.push(extension),
        }
    }

    pub(crate) fn remove(&mut self, oid: &str) {
        self.extensions.retain(|extension| extension.oid != oid);
    }

    pub(crate) fn set_critical(&mut self, oid: &str, critical: bool) {
        let found = self.extensions.iter_mut().find(|old| old.oid == oid);
        found.unwrap().critical = critical;
    }

    pub(crate) fn der(&self, issuer_key: &Key) -> Vec<u8> {
        let version = self
            .version
            .map(|version| der::constructed(0xa0, &[integer(&[version])]));
        let extensions: Vec<_> = self.extensions.iter().map(Extension::der).collect();
        let tbs = sequence(&[
            version.unwrap_or_default(),
            integer(&self.serial),
            self.inner_algorithm.clone(),
            self.issuer.clone(),
            sequence(&[self.not_before.clone(), self.not_after.clone()]),
            self.subject.clone(),
            self.spki.clone(),
            self.unique_ids.clone(),
            match extensions.is_empty() {
                true => Vec::new(),
                false => der::constructed(0xa3, &[sequence(&extensions)]),
            },
        ]);
        signed(tbs, &self.outer_algorithm, issuer_key)
    }

    #[track_caller]
    pub(crate) fn sign(&self, issuer_key: &Key) -> Certificate {
        Certificate::from_der(&self.der(issuer_key)).unwrap()
    }
}

pub(crate) fn signed(message: Vec<u8>, algorithm: &[u8], key: &Key) -> Vec<u8> {
    let signature = key.sign(&message).unwrap();
    let bits = [&[0], signature.as_slice()].concat();
    sequence(&[message, algorithm.to_vec(), der::tlv(0x03, &bits)])
}

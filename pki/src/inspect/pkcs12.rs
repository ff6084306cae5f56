//! A PKCS#12 file: what it holds, and how it is protected.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;

use data_encoding::HEXUPPER;
use serde::Serialize;

use super::info::{CertificateInfo, inspect_der};
use super::report::line;
use crate::error::Error;
use crate::p12::{self, Bag, Entry, Part, Scheme};
use crate::text::printable;

/// What a PKCS#12 file holds and how it is protected. No secrets; all text is escaped and cut, so it can be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pkcs12Info {
    /// What tells a changed file from a whole one; `None` if nothing does.
    pub mac: Option<ProtectionInfo>,
    /// The parts, each of them encrypted as a whole or not.
    pub parts: Vec<Pkcs12PartInfo>,
}

/// An algorithm, and what trying a password costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ProtectionInfo {
    /// Its name, as `HMAC-SHA-256` or `AES-256-CBC, PBKDF2 with HMAC-SHA-256`.
    pub algorithm: String,
    /// How often the hash function is iterated over the password.
    pub iterations: u64,
}

/// One part of a PKCS#12 file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pkcs12PartInfo {
    /// How the part is encrypted as a whole; `None` if it is not.
    pub encryption: Option<ProtectionInfo>,
    /// What is in it; `None` if that takes a password, and none was given.
    pub bags: Option<Vec<Pkcs12BagInfo>>,
}

/// A key, a certificate or something else in a PKCS#12 file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Pkcs12BagInfo {
    /// `key`, `encrypted key`, `certificate`, `CRL`, `secret`; others as OID.
    pub kind: String,
    /// The name that importers show.
    pub friendly_name: Option<String>,
    /// What ties a key to its certificate, in hexadecimal.
    pub local_key_id: Option<String>,
    /// How the key is encrypted by itself.
    pub encryption: Option<ProtectionInfo>,
    /// The certificate; `None` for everything else, and for a certificate that is malformed.
    pub certificate: Option<CertificateInfo>,
}

/// Reads a PKCS#12 file, as far as that goes without a password, or all of it. The limits of [`p12`] hold.
///
/// # Errors
///
/// An [`Error::Pkcs12`] that says why.
pub fn inspect_pkcs12(file: &[u8], password: Option<&str>) -> Result<Pkcs12Info, Error> {
    let looked = p12::look(file)?;
    let entries = match password {
        Some(password) => looked.unlock(password)?.into_iter().map(Some).collect(),
        None => looked.plain()?,
    };
    let parts = looked.parts.iter().zip(entries).map(|(part, entries)| {
        let bags = entries.map(|entries| entries.into_iter().map(bag).collect());
        Ok(Pkcs12PartInfo {
            encryption: match part {
                Part::Plain(_) => None,
                Part::Encrypted { scheme, .. } => Some(protection(scheme)),
            },
            bags: bags.transpose()?,
        })
    });
    Ok(Pkcs12Info {
        mac: looked.mac.as_ref().map(|mac| ProtectionInfo {
            algorithm: mac.name(),
            iterations: mac.iterations(),
        }),
        parts: parts.collect::<Result<_, Error>>()?,
    })
}

fn protection(scheme: &Scheme) -> ProtectionInfo {
    ProtectionInfo {
        algorithm: scheme.name(),
        iterations: scheme.iterations(),
    }
}

fn bag(entry: Entry) -> Result<Pkcs12BagInfo, Error> {
    let (mut encryption, mut certificate) = (None, None);
    let kind = match entry.bag {
        Bag::Key { scheme: None, .. } => "key".to_owned(),
        Bag::Key { scheme, .. } => {
            encryption = scheme.as_ref().map(protection);
            "encrypted key".to_owned()
        }
        Bag::EncryptedKey(info) => {
            encryption = Some(protection(&info.scheme()?));
            "encrypted key".to_owned()
        }
        Bag::Certificate(der) => {
            certificate = inspect_der(&der).ok();
            "certificate".to_owned()
        }
        Bag::Other(oid) => p12::oid_name(&oid),
    };
    Ok(Pkcs12BagInfo {
        kind,
        friendly_name: entry.friendly_name.as_deref().map(printable),
        local_key_id: entry
            .local_key_id
            .map(|id| printable(&HEXUPPER.encode(&id))),
        encryption,
        certificate,
    })
}

/// A line to each fact; what is in a part stands below how the part is encrypted.
impl fmt::Display for Pkcs12Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.mac {
            Some(mac) => line(f, "MAC", &mac.to_string())?,
            None => line(f, "MAC", "none: no change of it can be told")?,
        }
        for (at, part) in self.parts.iter().enumerate() {
            line(f, &format!("part {}", at + 1), &part.protection())?;
            match &part.bags {
                None => line(f, "", "(its password tells what is in it)")?,
                Some(bags) => bags
                    .iter()
                    .try_for_each(|bag| line(f, "", &bag.to_string()))?,
            }
        }
        Ok(())
    }
}

impl Pkcs12PartInfo {
    /// How it is encrypted as a whole, in words.
    pub fn protection(&self) -> String {
        match &self.encryption {
            Some(encryption) => encryption.to_string(),
            None => "not encrypted as a whole".to_owned(),
        }
    }
}

impl fmt::Display for ProtectionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            algorithm,
            iterations,
        } = self;
        write!(f, "{algorithm}, iterated {iterations} times")
    }
}

/// One line: `certificate "a.test" for CN=a.test, key id 0A0B`.
impl fmt::Display for Pkcs12BagInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.kind)?;
        if let Some(name) = &self.friendly_name {
            write!(f, " \"{name}\"")?;
        }
        if let Some(certificate) = &self.certificate {
            let CertificateInfo { subject, names, .. } = certificate;
            match (subject.is_empty(), names.first()) {
                (false, _) => write!(f, " for {subject}")?,
                (true, Some(name)) => write!(f, " for {name}")?,
                (true, None) => {}
            }
        }
        if let Some(encryption) = &self.encryption {
            write!(f, ": {encryption}")?;
        }
        if let Some(id) = &self.local_key_id {
            write!(f, ", key id {id}")?;
        }
        Ok(())
    }
}

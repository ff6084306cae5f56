//! The root that is asked about.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Serialize, Serializer};
use wharf_pki::inspect::inspect_der;
use wharf_pki::store::FILE_BYTES_MAX;
use wharf_pki::{Certificate, CertificateInfo};

use crate::ui::Advised;

/// The certificate of a root, and the file that it is in.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    /// The certificate.
    pub(crate) certificate: Certificate,
    /// What it says.
    pub(crate) info: CertificateInfo,
    /// SHA-256 of it.
    pub(crate) fingerprint: Fingerprint,
    /// Where it was read from: absolute, so that a line with it can be run from another folder.
    pub(crate) path: PathBuf,
}

impl Root {
    /// Reads a PEM file with one certificate and no other.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let path = std::path::absolute(path)?;
        let mut bytes = Vec::new();
        File::open(&path)
            .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
            .with_context(|| format!("cannot read {}", path.display()))?;
        let [certificate] = &certificates(&bytes)[..] else {
            return Err(Advised {
                message: format!("{} is not one certificate in PEM", path.display()),
                hint: "name the file of the root alone, such as root.crt in the folder of its CA"
                    .into(),
            }
            .into());
        };
        let read = || {
            anyhow::Ok((
                Certificate::from_der(certificate)?,
                inspect_der(certificate)?,
            ))
        };
        let (certificate, info) = read().with_context(|| path.display().to_string())?;
        Ok(Self {
            fingerprint: Fingerprint::of(certificate.der()),
            certificate,
            info,
            path,
        })
    }
}

/// What is looked for in the stores.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// This root.
    Root(Box<Root>),
    /// A root of which no more is known.
    Fingerprint(Fingerprint),
    /// None, only what else is there.
    Nothing,
}

impl Wanted {
    pub(crate) fn fingerprint(&self) -> Option<Fingerprint> {
        match self {
            Self::Root(root) => Some(root.fingerprint),
            Self::Fingerprint(fingerprint) => Some(*fingerprint),
            Self::Nothing => None,
        }
    }

    /// Whether this certificate is the one.
    pub(crate) fn is(&self, der: &[u8]) -> bool {
        self.fingerprint() == Some(Fingerprint::of(der))
    }
}

/// SHA-256 of a certificate, in the form `AB:CD:…`, which browsers, openssl and keytool show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint([u8; 32]);

/// What the names begin with that a root has in the stores.
pub(crate) const LABEL: &str = "wharf-";

impl Fingerprint {
    pub(crate) fn of(der: &[u8]) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, der).as_ref());
        Self(bytes)
    }

    /// What the root is called in the stores: one name for one root, whatever its subject. It is not what finds it again.
    pub(crate) fn label(&self) -> String {
        format!("{LABEL}{}", HEXLOWER.encode(&self.0[..8]))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, byte) in self.0.iter().enumerate() {
            let colon = if number > 0 { ":" } else { "" };
            write!(f, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.replace(':', "");
        HEXLOWER_PERMISSIVE
            .decode(digits.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| {
                "a fingerprint is SHA-256, 64 hexadecimal digits, with or without colons".to_owned()
            })
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The certificates of a text, as far as they can be read. What is none of them, such as the comments of a bundle, is
/// passed over.
pub(crate) fn certificates(text: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(text).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_with_and_without_colons_and_in_no_other_length() {
        let fingerprint = Fingerprint::of(b"x");
        let text = fingerprint.to_string();
        assert_eq!(text.len(), 95);
        assert_eq!(text.parse(), Ok(fingerprint));
        let plain = text.replace(':', "").to_lowercase();
        assert_eq!(plain.parse(), Ok(fingerprint));
        assert_eq!(fingerprint.label(), format!("wharf-{}", &plain[..16]));
        for wrong in ["", &plain[1..], &plain[2..], &format!("{plain}00"), "xyz"] {
            wrong.parse::<Fingerprint>().unwrap_err();
        }
    }
}

//! What a key may be used for: the bits of keyUsage, the purposes of extendedKeyUsage.

use std::fmt;
use std::str::FromStr;

use rcgen::{ExtendedKeyUsagePurpose, KeyUsagePurpose};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::oid::Oid;
use crate::text::printable;

/// What a key may do ([RFC 5280 §4.2.1.3]), in the order of its bits. As text they have the RFC's names.
///
/// [RFC 5280 §4.2.1.3]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the RFC describes the nine bits")]
pub enum KeyUsage {
    DigitalSignature,
    NonRepudiation,
    KeyEncipherment,
    DataEncipherment,
    KeyAgreement,
    KeyCertSign,
    #[serde(rename = "cRLSign")]
    CrlSign,
    EncipherOnly,
    DecipherOnly,
}

impl From<KeyUsage> for KeyUsagePurpose {
    fn from(usage: KeyUsage) -> Self {
        match usage {
            KeyUsage::DigitalSignature => Self::DigitalSignature,
            KeyUsage::NonRepudiation => Self::ContentCommitment,
            KeyUsage::KeyEncipherment => Self::KeyEncipherment,
            KeyUsage::DataEncipherment => Self::DataEncipherment,
            KeyUsage::KeyAgreement => Self::KeyAgreement,
            KeyUsage::KeyCertSign => Self::KeyCertSign,
            KeyUsage::CrlSign => Self::CrlSign,
            KeyUsage::EncipherOnly => Self::EncipherOnly,
            KeyUsage::DecipherOnly => Self::DecipherOnly,
        }
    }
}

/// What a certificate is for ([RFC 5280 §4.2.1.12]). As text they have the RFC's names, and others are OIDs.
///
/// [RFC 5280 §4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum ExtendedKeyUsage {
    /// TLS servers.
    ServerAuth,
    /// TLS clients.
    ClientAuth,
    /// Signing code that is downloaded.
    CodeSigning,
    /// S/MIME.
    EmailProtection,
    /// Time stamps.
    TimeStamping,
    /// OCSP responses.
    OcspSigning,
    /// Another purpose.
    Other(Oid),
}

/// By their names and object identifiers, so that an OID in a file is not another purpose than the name it stands for.
const NAMED: [(ExtendedKeyUsage, &str, &str); 6] = [
    (
        ExtendedKeyUsage::ServerAuth,
        "serverAuth",
        "1.3.6.1.5.5.7.3.1",
    ),
    (
        ExtendedKeyUsage::ClientAuth,
        "clientAuth",
        "1.3.6.1.5.5.7.3.2",
    ),
    (
        ExtendedKeyUsage::CodeSigning,
        "codeSigning",
        "1.3.6.1.5.5.7.3.3",
    ),
    (
        ExtendedKeyUsage::EmailProtection,
        "emailProtection",
        "1.3.6.1.5.5.7.3.4",
    ),
    (
        ExtendedKeyUsage::TimeStamping,
        "timeStamping",
        "1.3.6.1.5.5.7.3.8",
    ),
    (
        ExtendedKeyUsage::OcspSigning,
        "OCSPSigning",
        "1.3.6.1.5.5.7.3.9",
    ),
];

impl FromStr for ExtendedKeyUsage {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some((usage, ..)) = NAMED
            .iter()
            .find(|(_, name, oid)| name.eq_ignore_ascii_case(text) || *oid == text)
        {
            return Ok(usage.clone());
        }
        text.parse()
            .map(Self::Other)
            .map_err(|_| Error::ExtendedKeyUsage {
                given: printable(text),
            })
    }
}

impl fmt::Display for ExtendedKeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(oid) => oid.fmt(f),
            named => NAMED
                .iter()
                .filter(|(usage, ..)| usage == named)
                .try_for_each(|(_, name, _)| f.write_str(name)),
        }
    }
}

impl TryFrom<String> for ExtendedKeyUsage {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ExtendedKeyUsage> for String {
    fn from(usage: ExtendedKeyUsage) -> Self {
        usage.to_string()
    }
}

impl From<&ExtendedKeyUsage> for ExtendedKeyUsagePurpose {
    fn from(usage: &ExtendedKeyUsage) -> Self {
        match usage {
            ExtendedKeyUsage::ServerAuth => Self::ServerAuth,
            ExtendedKeyUsage::ClientAuth => Self::ClientAuth,
            ExtendedKeyUsage::CodeSigning => Self::CodeSigning,
            ExtendedKeyUsage::EmailProtection => Self::EmailProtection,
            ExtendedKeyUsage::TimeStamping => Self::TimeStamping,
            ExtendedKeyUsage::OcspSigning => Self::OcspSigning,
            ExtendedKeyUsage::Other(oid) => Self::Other(oid.arcs().to_vec()),
        }
    }
}

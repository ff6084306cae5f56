//! Why a certificate is revoked ([RFC 5280 §5.3.1]).
//!
//! [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::error::Error;
use crate::text;

/// Why a certificate is revoked, by the names and codes of [RFC 5280 §5.3.1]; 7 is not used there.
///
/// It is read in both spellings, `keyCompromise` and `key-compromise`, and shown in the first.
///
/// [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RevocationReason {
    /// No reason is given. The default.
    #[default]
    Unspecified,
    /// The key is in other hands, or may be.
    KeyCompromise,
    /// The key of a CA is in other hands, or may be.
    CaCompromise,
    /// The subject's name, or another fact in the certificate, is no longer right.
    AffiliationChanged,
    /// Another certificate took its place.
    Superseded,
    /// What it was issued for is no more.
    CessationOfOperation,
    /// On hold: it may become valid again.
    CertificateHold,
    /// No longer on hold. Only delta CRLs have it.
    RemoveFromCrl,
    /// A privilege that it grants was taken back.
    PrivilegeWithdrawn,
    /// The key of an attribute authority is in other hands, or may be.
    AaCompromise,
}

impl RevocationReason {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 10] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::CaCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::CertificateHold,
        Self::RemoveFromCrl,
        Self::PrivilegeWithdrawn,
        Self::AaCompromise,
    ];

    /// Its CRLReason code.
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::CaCompromise => 2,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::CertificateHold => 6,
            Self::RemoveFromCrl => 8,
            Self::PrivilegeWithdrawn => 9,
            Self::AaCompromise => 10,
        }
    }

    /// The reason with this CRLReason code, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "keyCompromise",
            Self::CaCompromise => "cACompromise",
            Self::AffiliationChanged => "affiliationChanged",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessationOfOperation",
            Self::CertificateHold => "certificateHold",
            Self::RemoveFromCrl => "removeFromCRL",
            Self::PrivilegeWithdrawn => "privilegeWithdrawn",
            Self::AaCompromise => "aACompromise",
        })
    }
}

impl FromStr for RevocationReason {
    type Err = Error;

    /// Case and hyphens do not matter, so that both spellings are read.
    fn from_str(given: &str) -> Result<Self, Error> {
        let plain = |text: &str| text.replace('-', "").to_ascii_lowercase();
        Self::ALL
            .into_iter()
            .find(|reason| plain(&reason.to_string()) == plain(given))
            .ok_or_else(|| Error::UnknownRevocationReason {
                given: text::printable(given),
            })
    }
}

impl Serialize for RevocationReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

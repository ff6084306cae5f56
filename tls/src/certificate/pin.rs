#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use rustls_pki_types::CertificateDer;

use super::{Certificate, CertificateError};

/// SHA-256 of a SubjectPublicKeyInfo: a name for a public key, whatever certificate it stands in ([RFC 7469 §2.4]).
///
/// As text it is `sha256//` and base64, which is what `curl --pinnedpubkey` takes. Read are this, `sha256/` as Chromium and
/// RFC 7469 tools write it, base64 alone, and hexadecimal with or without colons.
///
/// ```
/// # use wharf_tls::SpkiPin;
/// let pin: SpkiPin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".parse()?;
/// let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/// assert_eq!(hex.parse(), Ok(pin));
/// # Ok::<(), wharf_tls::PinError>(())
/// ```
///
/// [RFC 7469 §2.4]: https://www.rfc-editor.org/rfc/rfc7469#section-2.4
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpkiPin([u8; 32]);

impl SpkiPin {
    /// The pin of a certificate's key.
    ///
    /// # Errors
    ///
    /// When the certificate is not readable.
    pub fn of(certificate: &CertificateDer<'_>) -> Result<Self, CertificateError> {
        Ok(Certificate::parse(certificate)?.spki_pin())
    }

    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for SpkiPin {
    fn from(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

/// A text that is no pin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a pin is `sha256//` and the base64 of 32 octets, or 64 hexadecimal digits")]
pub struct PinError;

impl FromStr for SpkiPin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let labelled = text
            .strip_prefix("sha256//")
            .or_else(|| text.strip_prefix("sha256/"));
        let octets = if let Some(base64) = labelled {
            BASE64.decode(base64.as_bytes()).ok()
        } else if text.len() == 44 {
            BASE64.decode(text.as_bytes()).ok()
        } else {
            let digits: String = text.split(':').collect();
            let paired = !text.contains(':') || text.split(':').all(|pair| pair.len() == 2);
            let octets = HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok();
            octets.filter(|_| paired)
        };
        let digest = octets.and_then(|octets| octets.try_into().ok());
        digest.map(Self).ok_or(PinError)
    }
}

impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256//{}", BASE64.encode(&self.0))
    }
}

impl fmt::Debug for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

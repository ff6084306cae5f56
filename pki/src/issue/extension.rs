//! Extensions that this crate does not know.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER_PERMISSIVE;

use crate::error::Error;
use crate::oid::Oid;
use crate::text::printable;

/// The largest value of a custom extension, in bytes. Every handshake carries it.
pub const EXTENSION_BYTES_MAX: usize = 4096;

/// The most custom extensions of one certificate.
pub const EXTENSIONS_MAX: usize = 16;

/// An extension that this crate does not know, as its user has encoded it.
///
/// As text: OID, `=`, the value in hexadecimal, and `:critical` if whoever does not know it must refuse the certificate
/// ([RFC 5280 §4.2]).
///
/// ```
/// use wharf_pki::issue::CustomExtension;
/// let extension: CustomExtension = "1.3.6.1.4.1.32473.1=0c0568656c6c6f:critical".parse()?;
/// assert!(extension.critical);
/// assert_eq!(extension.value, b"\x0c\x05hello");
/// # Ok::<(), wharf_pki::Error>(())
/// ```
///
/// [RFC 5280 §4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomExtension {
    /// Which one.
    pub oid: Oid,
    /// Whether to refuse the certificate without knowing it.
    pub critical: bool,
    /// One value in DER, of at most [`EXTENSION_BYTES_MAX`] bytes.
    pub value: Vec<u8>,
}

impl FromStr for CustomExtension {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = |fault| Error::Extension {
            extension: printable(text),
            fault,
        };
        let (oid, rest) = text
            .split_once('=')
            .ok_or_else(|| refused(ExtensionFault::Form))?;
        let (hex, critical) = match rest.strip_suffix(":critical") {
            Some(hex) => (hex, true),
            None => (rest, false),
        };
        let value = HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| refused(ExtensionFault::Form))?;
        Ok(Self {
            oid: oid.parse()?,
            critical,
            value,
        })
    }
}

/// Those that profiles and requests decide; a second one of the same OID makes a certificate invalid ([RFC 5280 §4.2]).
///
/// [RFC 5280 §4.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2
const OWN: [&str; 10] = [
    "2.5.29.14",            // subjectKeyIdentifier
    "2.5.29.15",            // keyUsage
    "2.5.29.17",            // subjectAltName
    "2.5.29.19",            // basicConstraints
    "2.5.29.30",            // nameConstraints
    "2.5.29.31",            // cRLDistributionPoints
    "2.5.29.35",            // authorityKeyIdentifier
    "2.5.29.37",            // extendedKeyUsage
    "1.3.6.1.5.5.7.1.1",    // authorityInformationAccess
    "1.3.6.1.5.5.7.48.1.5", // id-pkix-ocsp-nocheck
];

/// Refuses what could not be read, what others write, and too much.
pub(super) fn check(extensions: &[CustomExtension]) -> Result<(), Error> {
    if extensions.len() > EXTENSIONS_MAX {
        return Err(Error::TooManyExtensions {
            limit: EXTENSIONS_MAX,
        });
    }
    for (number, extension) in extensions.iter().enumerate() {
        let before = extensions.iter().take(number);
        let fault = if OWN.contains(&extension.oid.to_string().as_str()) {
            ExtensionFault::Own
        } else if before.into_iter().any(|other| other.oid == extension.oid) {
            ExtensionFault::Repeated
        } else if extension.value.len() > EXTENSION_BYTES_MAX {
            ExtensionFault::TooLarge
        } else if yasna::parse_der(&extension.value, |reader| reader.read_der()).is_err() {
            ExtensionFault::NotDer
        } else {
            continue;
        };
        return Err(Error::Extension {
            extension: extension.oid.to_string(),
            fault,
        });
    }
    Ok(())
}

/// Why a custom extension is refused.
///
/// The text reads on from the extension: "extension `1.2.3` is there twice".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExtensionFault {
    /// The text is not OID, `=`, hexadecimal digits.
    Form,
    /// It is one that this crate writes itself.
    Own,
    /// It is there twice.
    Repeated,
    /// Its value is larger than [`EXTENSION_BYTES_MAX`].
    TooLarge,
    /// Its value is not one value in DER.
    NotDer,
}

impl ExtensionFault {
    /// What to do instead, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Form => Some("write it as OID=HEX or OID=HEX:critical, as in 1.2.3.4=0500"),
            Self::Own => Some("the profile and the other options decide it"),
            Self::NotDer => Some("the value is DER, as in 0c0568656c6c6f for the UTF8String hello"),
            _ => None,
        }
    }
}

impl fmt::Display for ExtensionFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form => f.write_str("has an unknown form"),
            Self::Own => f.write_str("is one that is written in any case, or by other means"),
            Self::Repeated => f.write_str("is there twice"),
            Self::TooLarge => write!(f, "has a value of more than {EXTENSION_BYTES_MAX} bytes"),
            Self::NotDer => f.write_str("has a value that is not one value in DER"),
        }
    }
}

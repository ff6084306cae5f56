//! Numbers that are longer than any integer type: of certificates and of CRLs.
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions
)]

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use data_encoding::HEXUPPER;
use serde::{Serialize, Serializer};

use crate::certificate::Certificate;
use crate::error::Error;
use crate::text;

/// The longest serial number, in octets ([RFC 5280 §4.1.2.2]).
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
pub const SERIAL_OCTETS_MAX: usize = 20;

/// The serial number of a certificate ([RFC 5280 §4.1.2.2]): its octets without leading zeros, ordered as numbers.
///
/// It is written in hexadecimal, as `openssl x509 -serial` does, and read with or without colons.
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SerialNumber(Box<[u8]>);

impl SerialNumber {
    /// Takes the octets of a serial number, the most significant first. Leading zeros do not count.
    ///
    /// # Errors
    ///
    /// [`Error::SerialNumber`] above [`SERIAL_OCTETS_MAX`].
    pub fn from_octets(octets: &[u8]) -> Result<Self, Error> {
        let number = Self::as_read(octets);
        if number.0.len() > SERIAL_OCTETS_MAX {
            return Err(refused(&HEXUPPER.encode(&number.0)));
        }
        Ok(number)
    }

    /// The serial number of a certificate, however long.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedCertificate`] never happens for a [`Certificate`], which was read before.
    pub fn of(certificate: &Certificate) -> Result<Self, Error> {
        let parsed = certificate.parsed()?;
        Ok(Self::as_read(parsed.raw_serial()))
    }

    /// Without the bound, which writers keep and readers report.
    pub(super) fn as_read(octets: &[u8]) -> Self {
        Self(magnitude(octets).into())
    }

    /// Its octets, the most significant first, without leading zeros; none for zero.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl Ord for SerialNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        numerical(&self.0, &other.0)
    }
}

impl PartialOrd for SerialNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl FromStr for SerialNumber {
    type Err = Error;

    fn from_str(given: &str) -> Result<Self, Error> {
        // Two digits and a colon to an octet: longer text need not be looked at.
        if given.len() > 4 * SERIAL_OCTETS_MAX {
            return Err(refused(given));
        }
        let mut digits = given.replace(':', "").to_ascii_uppercase();
        if !digits.len().is_multiple_of(2) {
            digits.insert(0, '0');
        }
        match HEXUPPER.decode(digits.as_bytes()) {
            Ok(octets) if !octets.is_empty() => Self::from_octets(&octets),
            _ => Err(refused(given)),
        }
    }
}

impl Serialize for SerialNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The number of a CRL ([RFC 5280 §5.2.3]): it grows with each CRL of an issuer.
///
/// It is written in decimal; above 16 octets in hexadecimal, as `0x…`.
///
/// [RFC 5280 §5.2.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CrlNumber(Box<[u8]>);

impl CrlNumber {
    pub(super) fn as_read(octets: &[u8]) -> Self {
        Self(magnitude(octets).into())
    }

    /// Its octets, the most significant first, without leading zeros; none for zero.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl From<u128> for CrlNumber {
    fn from(number: u128) -> Self {
        Self::as_read(&number.to_be_bytes())
    }
}

impl Ord for CrlNumber {
    fn cmp(&self, other: &Self) -> Ordering {
        numerical(&self.0, &other.0)
    }
}

impl PartialOrd for CrlNumber {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for CrlNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.len() > size_of::<u128>() {
            return write!(f, "0x{}", hexadecimal(&self.0));
        }
        let number = self
            .0
            .iter()
            .fold(0, |number, octet| number << 8 | u128::from(*octet));
        number.fmt(f)
    }
}

impl Serialize for CrlNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn magnitude(octets: &[u8]) -> &[u8] {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets.get(zeros..).unwrap_or_default()
}

fn numerical(one: &[u8], other: &[u8]) -> Ordering {
    (one.len(), one).cmp(&(other.len(), other))
}

fn hexadecimal(octets: &[u8]) -> String {
    match octets {
        [] => "00".into(),
        _ => text::printable(&HEXUPPER.encode(octets)),
    }
}

fn refused(given: &str) -> Error {
    Error::SerialNumber {
        given: text::printable(given),
        limit_octets: SERIAL_OCTETS_MAX,
    }
}

//! Serial numbers ([RFC 5280 §4.1.2.2]).
//!
//! [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2

use rcgen::SerialNumber;

use crate::error::Error;

/// Sixteen random octets, the first of them 0x40 to 0x7f: positive, never zero, and always of the same length
/// ([RFC 5280 §4.1.2.2] allows 20; the CA/Browser Forum asks for 64 random bits, these are 126).
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
pub(super) fn random() -> Result<SerialNumber, Error> {
    let mut octets = [0; 16];
    aws_lc_rs::rand::fill(&mut octets).map_err(|_| Error::Crypto {
        operation: "draw a serial number",
    })?;
    octets[0] = octets[0] & 0x7f | 0x40;
    Ok(SerialNumber::from_slice(&octets))
}

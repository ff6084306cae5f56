//! Serial numbers: each once.
//!
//! None is reserved before it is signed with. A number has 126 random bits, so that no two certificates come to have the same
//! by chance, and the table refuses a second one before its certificate is written or handed out: to reserve would sync the
//! disk once more, and tell nothing that is needed.
//!
//! Here they are text, in hexadecimal as `openssl x509 -serial` prints them and as
//! [`CertificateInfo::serial`](crate::CertificateInfo::serial) has them.

use data_encoding::HEXUPPER;
use rusqlite::Connection;
use time::OffsetDateTime;

use super::authorities::AuthorityId;
use super::error::StoreError;
use super::sql::{Failure, plain_hex, time_text};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::text::printable;

/// The longest serial number, in octets ([RFC 5280 §4.1.2.2]).
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
const OCTETS_MAX: usize = 20;

/// Takes a number for a certificate that is there: a new one, or one that was revoked before its certificate was recorded.
pub(super) fn claim(
    sql: &Connection,
    at: OffsetDateTime,
    issuer: AuthorityId,
    serial: &str,
) -> Result<(), Failure> {
    insert(sql, at, issuer, serial)?;
    let taken: bool = sql.query_row(
        "SELECT EXISTS (SELECT 1 FROM certificates WHERE issuer_id = ?1 AND serial = ?2)",
        (issuer.0, serial),
        |row| row.get(0),
    )?;
    if taken {
        let serial = serial.to_owned();
        return Err(StoreError::SerialTaken { serial }.into());
    }
    Ok(())
}

/// Keeps a number, if it is not kept already.
pub(super) fn insert(
    sql: &Connection,
    at: OffsetDateTime,
    issuer: AuthorityId,
    serial: &str,
) -> Result<(), Failure> {
    sql.execute(
        "INSERT INTO serials VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        (issuer.0, serial, time_text(at)?),
    )?;
    Ok(())
}

/// The serial number of a certificate.
pub(super) fn of(certificate: &Certificate) -> Result<String, Error> {
    Ok(from_octets(certificate.parsed()?.raw_serial()))
}

/// DER puts a zero octet before a number whose first bit is set; it is not part of the number.
pub(super) fn from_octets(octets: &[u8]) -> String {
    HEXUPPER.encode(match octets {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => octets,
    })
}

/// A serial number as people write it, with or without colons, in the form that is kept.
pub(super) fn parse(given: &str) -> Result<String, StoreError> {
    let refused = || StoreError::SerialNumber {
        given: printable(given),
    };
    // Two digits and a colon to an octet: longer text need not be looked at.
    if given.len() > 4 * OCTETS_MAX {
        return Err(refused());
    }
    let mut digits = plain_hex(given);
    if !digits.len().is_multiple_of(2) {
        digits.insert(0, '0');
    }
    let octets = HEXUPPER.decode(digits.as_bytes()).map_err(|_| refused())?;
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    match octets.get(zeros..) {
        _ if octets.is_empty() => Err(refused()),
        None | Some([]) => Ok("00".into()),
        Some(octets) if octets.len() > OCTETS_MAX => Err(refused()),
        Some(octets) => Ok(HEXUPPER.encode(octets)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_read_in_every_spelling() {
        for (given, kept) in [
            ("01", "01"),
            ("1", "01"),
            ("0:0:1", "01"),
            ("ab:cd:EF", "ABCDEF"),
            ("00ff", "FF"),
            ("0", "00"),
        ] {
            assert_eq!(parse(given).unwrap(), kept, "{given}");
        }
        for given in ["", ":", "xyz", "1 2", &"1".repeat(42), "é"] {
            assert!(parse(given).is_err(), "{given}");
        }
        assert_eq!(from_octets(&[0, 0xff]), "FF");
        assert_eq!(from_octets(&[0]), "00");
    }
}

//! Serial numbers: each once, and on the disk before anything is signed with it.
//!
//! Here they are text, in hexadecimal as `openssl x509 -serial` prints them and as
//! [`CertificateInfo::serial`](crate::CertificateInfo::serial) has them.

use data_encoding::HEXUPPER;
use rusqlite::Connection;
use time::OffsetDateTime;

use super::audit::{Stamp, append};
use super::authorities::{self, AuthorityId};
use super::error::StoreError;
use super::open::Store;
use super::sql::{Failure, plain_hex, time_of, time_text};
use crate::certificate::Certificate;
use crate::error::Error;
use crate::text::printable;

/// The longest serial number, in octets ([RFC 5280 §4.1.2.2]).
///
/// [RFC 5280 §4.1.2.2]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.2
const OCTETS_MAX: usize = 20;

/// A number that was reserved, and no certificate came of it: the process was killed in between, or issuing failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnusedSerial {
    /// Whose.
    pub issuer: AuthorityId,
    /// The number, in hexadecimal.
    pub serial: String,
    /// When it was reserved.
    pub reserved_at: OffsetDateTime,
}

impl Store {
    /// Draws a serial number that the issuer never gave out, and keeps it: sixteen random octets, the first of them 0x40 to
    /// 0x7f, as in every certificate of this library.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownAuthority`], [`Error::Crypto`].
    pub fn reserve_serial(
        &mut self,
        stamp: &Stamp<'_>,
        issuer: AuthorityId,
    ) -> Result<String, Error> {
        let mut octets = [0; 16];
        aws_lc_rs::rand::fill(&mut octets).map_err(|_| Error::Crypto {
            operation: "draw a serial number",
        })?;
        octets[0] = octets[0] & 0x7f | 0x40;
        let serial = HEXUPPER.encode(&octets);
        self.write(|sql| {
            authorities::one(sql, issuer)?;
            if !insert(sql, stamp.at, issuer, &serial)? {
                return Err(StoreError::SerialTaken { serial }.into());
            }
            append(sql, stamp, "reserve serial", &serial)?;
            Ok(serial)
        })
    }

    /// The numbers that were reserved and never used, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn unused_serials(&self, limit: u32) -> Result<Vec<UnusedSerial>, Error> {
        self.read(|sql| {
            let mut statement = sql.prepare(
                "SELECT s.* FROM serials s
                 WHERE NOT EXISTS (SELECT 1 FROM certificates c WHERE c.issuer_id = s.issuer_id AND c.serial = s.serial)
                   AND NOT EXISTS (SELECT 1 FROM revocations r WHERE r.issuer_id = s.issuer_id AND r.serial = s.serial)
                 ORDER BY s.reserved_at LIMIT ?1",
            )?;
            let mut rows = statement.query([limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(UnusedSerial {
                    issuer: AuthorityId(row.get("issuer_id")?),
                    serial: row.get("serial")?,
                    reserved_at: time_of(row, "reserved_at")?,
                });
            }
            Ok(found)
        })
    }
}

/// Takes a number for a certificate that is there: one that was reserved, or a new one.
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

/// Whether the number was new.
pub(super) fn insert(
    sql: &Connection,
    at: OffsetDateTime,
    issuer: AuthorityId,
    serial: &str,
) -> Result<bool, Failure> {
    let inserted = sql.execute(
        "INSERT INTO serials VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        (issuer.0, serial, time_text(at)?),
    )?;
    Ok(inserted == 1)
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

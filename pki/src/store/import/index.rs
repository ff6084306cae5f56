//! `index.txt`, the database of `openssl ca`: a line for each certificate, six columns between tabs.
//!
//! ```text
//! V  271128091500Z                              1000  unknown  /CN=a.test
//! R  271128091500Z  261201120000Z,keyCompromise  1001  unknown  /CN=b.test
//! E  251128091500Z                              1002  unknown  /CN=c.test
//! ```
//!
//! The state, the end of the validity, when and why it was revoked, the serial number in hexadecimal, a file name that is
//! never filled, the subject.

use std::path::Path;

use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{ImportFault, read_bounded, refused};
use crate::error::Error;
use crate::revocation::RevocationReason;
use crate::store::serials;

/// The largest `index.txt`, in bytes. A row has about 100. The limit is 64 MiB.
pub const INDEX_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// The most rows. The limit is 500 000.
pub const INDEX_ROWS_MAX: usize = 500_000;

/// What is known of the certificates of a CA.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// In hexadecimal, in the form of the inventory.
    pub(super) serial: String,
    pub(super) revoked: Option<Revoked>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Revoked {
    pub(super) at: OffsetDateTime,
    pub(super) reason: RevocationReason,
    /// When the key was lost, if the row says so.
    pub(super) invalidity_date: Option<OffsetDateTime>,
}

impl Index {
    /// One that is not there is empty: nothing was issued yet.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let Some(bytes) = read_bounded(path, INDEX_BYTES_MAX)? else {
            return Ok(Self::default());
        };
        Self::parse(&String::from_utf8_lossy(&bytes)).map_err(|fault| refused(path, fault))
    }

    fn parse(text: &str) -> Result<Self, ImportFault> {
        let mut rows = Vec::new();
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            if rows.len() == INDEX_ROWS_MAX {
                let limit = INDEX_ROWS_MAX;
                return Err(ImportFault::TooManyRows { limit });
            }
            let row = number.saturating_add(1);
            rows.push(parse_row(line).ok_or(ImportFault::IndexRow { row })?);
        }
        Ok(Self { rows })
    }
}

fn parse_row(line: &str) -> Option<Row> {
    let columns: Vec<_> = line.splitn(6, '\t').collect();
    let [state, _not_after, revoked, serial, _file, _subject] = columns[..] else {
        return None;
    };
    let revoked = match state {
        "V" | "E" if revoked.is_empty() => None,
        "R" => Some(parse_revoked(revoked)?),
        _ => return None,
    };
    let serial = serials::parse(serial).ok()?;
    Some(Row { serial, revoked })
}

/// `TIME`, `TIME,reason` or `TIME,reason,more`. Two reasons are openssl's own: the time at which a key was lost follows them.
fn parse_revoked(text: &str) -> Option<Revoked> {
    let mut parts = text.split(',');
    let at = parse_time(parts.next()?)?;
    let (reason, more) = (parts.next(), parts.next());
    let (reason, is_key_time) = match reason {
        None => (RevocationReason::Unspecified, false),
        Some("keyTime") => (RevocationReason::KeyCompromise, true),
        Some("CAkeyTime") => (RevocationReason::CaCompromise, true),
        Some("holdInstruction") => (RevocationReason::CertificateHold, false),
        Some(other) => (other.parse().ok()?, false),
    };
    let invalidity_date = match more {
        Some(time) if is_key_time => Some(parse_time(time)?),
        _ => None,
    };
    Some(Revoked {
        at,
        reason,
        invalidity_date,
    })
}

/// UTCTime or GeneralizedTime ([RFC 5280 §4.1.2.5]): two digits of a year from 50 on are the last century's.
///
/// [RFC 5280 §4.1.2.5]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.5
fn parse_time(text: &str) -> Option<OffsetDateTime> {
    const FORMAT: &[BorrowedFormatItem<'_>] =
        format_description!("[year][month][day][hour][minute][second]Z");
    let long = match (text.len(), text.get(..2)?.parse::<u8>().ok()?) {
        (13, 50..) => format!("19{text}"),
        (13, _) => format!("20{text}"),
        _ => text.to_owned(),
    };
    Some(PrimitiveDateTime::parse(&long, FORMAT).ok()?.assume_utc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn rows_are_read_with_times_and_reasons() {
        let text = "V\t271128091500Z\t\t0a1B\tunknown\t/CN=a\tb\n\
                    R\t20571128091500Z\t261201120000Z,CACompromise\t1001\tunknown\t/CN=b\n\
                    R\t271128091500Z\t991201120000Z\t02\tunknown\t/CN=c\n\
                    R\t271128091500Z\t261201120000Z,keyTime,20261101000000Z\t03\tunknown\t/CN=d\n";
        let rows = Index::parse(text).unwrap().rows;
        let serials: Vec<_> = rows.iter().map(|row| row.serial.as_str()).collect();
        assert_eq!(serials, ["0A1B", "1001", "02", "03"]);
        let revoked: Vec<_> = rows.into_iter().map(|row| row.revoked).collect();
        let of = |at, reason, invalidity_date| {
            Some(Revoked {
                at,
                reason,
                invalidity_date,
            })
        };
        let (at, lost) = (
            datetime!(2026-12-01 12:00 UTC),
            datetime!(2026-11-01 00:00 UTC),
        );
        assert_eq!(revoked[0], None);
        assert_eq!(revoked[1], of(at, RevocationReason::CaCompromise, None));
        let last_century = datetime!(1999-12-01 12:00 UTC);
        assert_eq!(
            revoked[2],
            of(last_century, RevocationReason::Unspecified, None)
        );
        assert_eq!(
            revoked[3],
            of(at, RevocationReason::KeyCompromise, Some(lost))
        );
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named() {
        for bad in [
            "V",
            "X\t271128091500Z\t\t01\tunknown\t/CN=a",
            "V\t271128091500Z\t261201120000Z\t01\tunknown\t/CN=a",
            "V\t271128091500Z\t\tzz\tunknown\t/CN=a",
            "R\t271128091500Z\t\t01\tunknown\t/CN=a",
            "R\t271128091500Z\t261301120000Z\t01\tunknown\t/CN=a",
            "R\t271128091500Z\t261201120000Z,nonsense\t01\tunknown\t/CN=a",
            "R\t271128091500Z\té\t01\tunknown\t/CN=a",
        ] {
            let text = format!("V\t271128091500Z\t\t01\tunknown\t/CN=a\n{bad}\n");
            let fault = Index::parse(&text).map(drop).unwrap_err();
            assert_eq!(fault, ImportFault::IndexRow { row: 2 }, "{bad}");
        }
    }
}

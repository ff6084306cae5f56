//! The audit log: who did what, when, each row with the hash of the one before.
//!
//! A row that is changed, removed or put between others breaks the chain. Whoever can write to the file can also compute
//! the whole chain anew: against that, note the [`AuditHead`] somewhere else now and then, and give it to
//! [`Store::verify_audit`].

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXUPPER;
use rusqlite::{Connection, Row};
use time::OffsetDateTime;

use super::error::StoreError;
use super::open::Store;
use super::sql::{Failure, time_of, time_text};
use crate::error::Error;
use crate::text::printable;

/// Who does something, and when. The library reads no clock and knows no user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp<'a> {
    /// When; kept in whole seconds.
    pub at: OffsetDateTime,
    /// Who: a user, a service, an account. Kept escaped and cut at 256 characters.
    pub who: &'a str,
}

impl<'a> Stamp<'a> {
    /// Someone, at a time.
    pub fn new(who: &'a str, at: OffsetDateTime) -> Self {
        Self { at, who }
    }
}

/// One row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditEntry {
    /// Its number: 1, 2, 3 without gaps.
    pub sequence: i64,
    /// When, in whole seconds.
    pub time: OffsetDateTime,
    /// Who, escaped and cut.
    pub who: String,
    /// What was done: `record certificate`, `revoke`, …
    pub what: String,
    /// To what: a serial number, a subject.
    pub subject: String,
    /// The hash of the row before, in hexadecimal.
    pub previous: String,
    /// SHA-256 of this row, in hexadecimal.
    pub hash: String,
}

/// The end of the log. Noted in another place, it shows that the log only grew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// How many rows there are.
    pub sequence: i64,
    /// The hash of the last one; 64 zeros before the first.
    pub hash: String,
}

/// What is wrong with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditFault {
    /// Its hash is not that of its content.
    Changed,
    /// It is not there, or another stands in its place.
    Missing,
    /// It does not follow the row before.
    Unlinked,
    /// It stands behind the last row that was written.
    Added,
    /// It is not the one that was noted.
    NotAsNoted,
}

impl fmt::Display for AuditFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Changed => "was changed",
            Self::Missing => "is missing",
            Self::Unlinked => "does not follow the one before",
            Self::Added => "was added past the end",
            Self::NotAsNoted => "is not the one that was noted",
        })
    }
}

impl Store {
    /// Rows of the log, from one number on, in order.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn audit(&self, from: i64, limit: u32) -> Result<Vec<AuditEntry>, Error> {
        self.read(|sql| rows(sql, from, limit))
    }

    /// Goes through the whole log. `noted` is an earlier head, kept elsewhere. Returns the head.
    ///
    /// # Errors
    ///
    /// [`StoreError::Audit`] with the first row that is wrong.
    pub fn verify_audit(&self, noted: Option<&AuditHead>) -> Result<AuditHead, Error> {
        self.read(|sql| verify(sql, noted))
    }
}

/// Appends a row, inside the transaction of what it tells.
pub(super) fn append(
    sql: &Connection,
    stamp: &Stamp<'_>,
    what: &str,
    subject: &str,
) -> Result<(), Failure> {
    let head = head(sql)?;
    let mut entry = AuditEntry {
        sequence: head.sequence + 1,
        time: stamp.at,
        who: printable(stamp.who),
        what: what.into(),
        subject: printable(subject),
        previous: head.hash,
        hash: String::new(),
    };
    entry.hash = hash(&entry)?;
    sql.execute(
        "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (
            entry.sequence,
            time_text(entry.time)?,
            &entry.who,
            &entry.what,
            &entry.subject,
            &entry.previous,
            &entry.hash,
        ),
    )?;
    sql.execute(
        "UPDATE audit_head SET sequence = ?1, hash = ?2",
        (entry.sequence, &entry.hash),
    )?;
    Ok(())
}

/// SHA-256 over the columns in their order, as text, each with its length in octets and a colon before it and a line feed
/// behind it: no two rows have the same text.
fn hash(entry: &AuditEntry) -> Result<String, Failure> {
    let mut context = Context::new(&SHA256);
    let (sequence, time) = (entry.sequence.to_string(), time_text(entry.time)?);
    for column in [
        &sequence,
        &time,
        &entry.who,
        &entry.what,
        &entry.subject,
        &entry.previous,
    ] {
        context.update(format!("{}:{column}\n", column.len()).as_bytes());
    }
    Ok(HEXUPPER.encode(context.finish().as_ref()))
}

pub(super) fn verify(sql: &Connection, noted: Option<&AuditHead>) -> Result<AuditHead, Failure> {
    const PAGE: u32 = 1000;
    let broken = |sequence, fault| Failure::from(StoreError::Audit { sequence, fault });
    let head = head(sql)?;
    let mut last = AuditHead {
        sequence: 0,
        hash: "0".repeat(64),
    };
    loop {
        let page = rows(sql, last.sequence.saturating_add(1), PAGE)?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            let expected = last.sequence.saturating_add(1);
            if entry.sequence != expected {
                return Err(broken(expected, AuditFault::Missing));
            }
            if entry.hash != hash(&entry)? {
                return Err(broken(entry.sequence, AuditFault::Changed));
            }
            if entry.previous != last.hash {
                return Err(broken(entry.sequence, AuditFault::Unlinked));
            }
            last = AuditHead {
                sequence: entry.sequence,
                hash: entry.hash,
            };
            if noted.is_some_and(|noted| noted.sequence == last.sequence && *noted != last) {
                return Err(broken(last.sequence, AuditFault::NotAsNoted));
            }
        }
    }
    let expected = head.sequence.max(noted.map_or(0, |noted| noted.sequence));
    if last.sequence < expected {
        return Err(broken(last.sequence.saturating_add(1), AuditFault::Missing));
    }
    if last.sequence > head.sequence {
        return Err(broken(head.sequence.saturating_add(1), AuditFault::Added));
    }
    if last != head {
        return Err(broken(last.sequence, AuditFault::Changed));
    }
    Ok(last)
}

fn head(sql: &Connection) -> Result<AuditHead, Failure> {
    let row = sql.query_row("SELECT sequence, hash FROM audit_head", [], |row| {
        Ok(AuditHead {
            sequence: row.get(0)?,
            hash: row.get(1)?,
        })
    });
    match row {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(Failure::Row("no audit_head")),
        other => Ok(other?),
    }
}

fn rows(sql: &Connection, from: i64, limit: u32) -> Result<Vec<AuditEntry>, Failure> {
    // Rows before the first number, if someone put any there, come up as the first that is wrong.
    let from = if from <= 1 { i64::MIN } else { from };
    let mut statement =
        sql.prepare("SELECT * FROM audit WHERE sequence >= ?1 ORDER BY sequence LIMIT ?2")?;
    let mut rows = statement.query((from, limit))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(entry(row)?);
    }
    Ok(found)
}

fn entry(row: &Row<'_>) -> Result<AuditEntry, Failure> {
    Ok(AuditEntry {
        sequence: row.get("sequence")?,
        time: time_of(row, "time")?,
        who: row.get("who")?,
        what: row.get("what")?,
        subject: row.get("subject")?,
        previous: row.get("previous")?,
        hash: row.get("hash")?,
    })
}

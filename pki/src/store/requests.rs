//! Certification requests, and what became of them.

use std::fmt;

use rusqlite::{Connection, Row};
use time::OffsetDateTime;

use super::audit::{Stamp, append};
use super::certificate_record::CertificateId;
use super::certificates::sha256;
use super::error::StoreError;
use super::open::Store;
use super::sql::{Failure, optional_time_of, time_of, time_text};
use crate::error::Error;
use crate::text::printable;

/// The largest request that is kept, in bytes of DER. The limit is 64 KiB.
const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// The number of a request in its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(i64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Nothing yet.
    Pending,
    /// A certificate was issued.
    Approved {
        /// Which.
        certificate: CertificateId,
        /// When.
        at: OffsetDateTime,
    },
    /// None is issued.
    Refused {
        /// Why, escaped and cut.
        reason: String,
        /// When.
        at: OffsetDateTime,
    },
}

/// A request of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// Its number.
    pub id: RequestId,
    /// When it came.
    pub received_at: OffsetDateTime,
    /// For whom it asks, escaped and cut.
    pub subject: String,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// The request.
    pub der: Vec<u8>,
    /// What became of it.
    pub decision: Decision,
}

impl Store {
    /// Keeps a request. It is the caller's work to read it and to say whom it asks for.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooLarge`].
    pub fn record_request(
        &mut self,
        stamp: &Stamp<'_>,
        subject: &str,
        der: &[u8],
    ) -> Result<RequestId, Error> {
        if der.len() > REQUEST_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: "request",
                limit_bytes: REQUEST_BYTES_MAX,
            }
            .into());
        }
        self.write(|sql| {
            sql.execute(
                "INSERT INTO requests (received_at, subject, sha256, der) VALUES (?1, ?2, ?3, ?4)",
                (time_text(stamp.at)?, printable(subject), sha256(der), der),
            )?;
            let id = RequestId(sql.last_insert_rowid());
            append(sql, stamp, "record request", &format!("{id} {subject}"))?;
            Ok(id)
        })
    }

    /// Refuses a request. (Recording the certificate that answers it approves one.)
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownRequest`] or [`StoreError::RequestDecided`].
    pub fn refuse_request(
        &mut self,
        stamp: &Stamp<'_>,
        request: RequestId,
        reason: &str,
    ) -> Result<(), Error> {
        self.write(|sql| {
            decide(sql, stamp, request, "refused", None, Some(reason))?;
            append(sql, stamp, "refuse request", &request.to_string())
        })
    }

    /// A request.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownRequest`].
    pub fn request(&self, id: RequestId) -> Result<RequestRecord, Error> {
        self.read(|sql| {
            let mut statement = sql.prepare("SELECT * FROM requests WHERE id = ?1")?;
            let mut rows = statement.query([id.0])?;
            rows.next()?
                .map(read)
                .unwrap_or_else(|| Err(unknown(id).into()))
        })
    }

    /// The requests that wait for a decision, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn pending_requests(&self, limit: u32) -> Result<Vec<RequestRecord>, Error> {
        self.read(|sql| {
            let mut statement = sql.prepare(
                "SELECT * FROM requests WHERE decision = 'pending' ORDER BY id LIMIT ?1",
            )?;
            let mut rows = statement.query([limit])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(read(row)?);
            }
            Ok(found)
        })
    }
}

pub(super) fn approve(
    sql: &Connection,
    stamp: &Stamp<'_>,
    request: RequestId,
    certificate: CertificateId,
) -> Result<(), Failure> {
    decide(sql, stamp, request, "approved", Some(certificate), None)
}

fn decide(
    sql: &Connection,
    stamp: &Stamp<'_>,
    request: RequestId,
    decision: &str,
    certificate: Option<CertificateId>,
    reason: Option<&str>,
) -> Result<(), Failure> {
    let decided = sql.execute(
        "UPDATE requests SET decision = ?1, reason = ?2, decided_at = ?3, certificate_id = ?4
         WHERE id = ?5 AND decision = 'pending'",
        (
            decision,
            reason.map(printable),
            time_text(stamp.at)?,
            certificate.map(|certificate| certificate.0),
            request.0,
        ),
    )?;
    if decided == 1 {
        return Ok(());
    }
    let number = request.0;
    let query = "SELECT EXISTS (SELECT 1 FROM requests WHERE id = ?1)";
    Err(match sql.query_row(query, [number], |row| row.get(0))? {
        true => StoreError::RequestDecided { number },
        false => unknown(request),
    }
    .into())
}

fn unknown(id: RequestId) -> StoreError {
    StoreError::UnknownRequest { number: id.0 }
}

fn read(row: &Row<'_>) -> Result<RequestRecord, Failure> {
    let decision = row.get_ref("decision")?.as_str().unwrap_or_default();
    let at = optional_time_of(row, "decided_at")?;
    let certificate: Option<i64> = row.get("certificate_id")?;
    let reason: Option<String> = row.get("reason")?;
    let decision = match (decision, certificate, reason, at) {
        ("pending", None, None, None) => Decision::Pending,
        ("approved", Some(certificate), None, Some(at)) => Decision::Approved {
            certificate: CertificateId(certificate),
            at,
        },
        ("refused", None, Some(reason), Some(at)) => Decision::Refused { reason, at },
        _ => return Err(Failure::Row("a decision that is none")),
    };
    Ok(RequestRecord {
        id: RequestId(row.get("id")?),
        received_at: time_of(row, "received_at")?,
        subject: row.get("subject")?,
        sha256: row.get("sha256")?,
        der: row.get("der")?,
        decision,
    })
}

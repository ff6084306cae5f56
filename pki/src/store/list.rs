//! Looking for certificates.

use std::time::Duration;

use rusqlite::{Connection, ToSql, named_params};
use time::OffsetDateTime;

use super::certificate_record::{CertificateId, CertificateRecord, CertificateState};
use super::certificates;
use super::error::StoreError;
use super::open::Store;
use super::serials;
use super::sql::{Failure, plain_hex, time_text};
use crate::error::Error;
use crate::text::printable;

/// Which certificates to list. All conditions have to hold; the default is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter<'a> {
    /// One of its names without the kind, `localhost`, its subject, or the commonName in it: the whole of it, in any case.
    pub name: Option<&'a str>,
    /// The beginning of its serial number, in hexadecimal.
    pub serial_prefix: Option<&'a str>,
    /// What it is.
    pub state: Option<CertificateState>,
    /// It is valid, and ends within this time. What has a successor is left out.
    pub expiring_within: Option<Duration>,
    /// Whether to list what was issued and never written, only.
    pub unwritten: bool,
    /// The last one of the page before.
    pub after: Option<CertificateId>,
    /// How many at most. The default is 1000.
    pub limit: u32,
}

impl Default for Filter<'_> {
    fn default() -> Self {
        Self {
            name: None,
            serial_prefix: None,
            state: None,
            expiring_within: None,
            unwritten: false,
            after: None,
            limit: 1000,
        }
    }
}

impl Store {
    /// The certificates, CAs among them, in the order in which they were recorded, as they are at a time.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn list(
        &self,
        filter: &Filter<'_>,
        at: OffsetDateTime,
    ) -> Result<Vec<CertificateRecord>, Error> {
        self.read(|sql| list(sql, filter, at))
    }

    /// The certificate that someone means: by SHA-256 fingerprint, by serial number or the beginning of one (four digits or
    /// more), or by name: one of its names, its subject or its commonName. Of several with a name, the only one that is valid.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownCertificate`] or [`StoreError::AmbiguousCertificate`].
    pub fn find(&self, wanted: &str, at: OffsetDateTime) -> Result<CertificateRecord, Error> {
        self.read(|sql| find(sql, wanted, at))
    }
}

/// The order of [`CertificateState`]. The last second of a validity counts whole.
const SELECT: &str = "
    SELECT * FROM (
        SELECT c.*, r.reason, r.revoked_at, r.invalidity_date,
               CASE WHEN r.serial IS NOT NULL THEN 'revoked'
                    WHEN c.not_after < :at THEN 'expired'
                    WHEN c.replaced_by IS NOT NULL THEN 'replaced'
                    WHEN c.not_before > :at THEN 'not yet valid'
                    ELSE 'valid' END AS state
        FROM certificates c
        LEFT JOIN revocations r ON r.issuer_id = c.issuer_id AND r.serial = c.serial
    ) c";

fn list(
    sql: &Connection,
    filter: &Filter<'_>,
    at: OffsetDateTime,
) -> Result<Vec<CertificateRecord>, Failure> {
    let until = filter.expiring_within.map(|within| {
        let within = time::Duration::try_from(within).unwrap_or(time::Duration::MAX);
        time_text(at.saturating_add(within))
    });
    let state = match until {
        Some(_) => Some(CertificateState::Valid),
        None => filter.state,
    };
    let condition = "
        WHERE c.id > :after
          AND (:name IS NULL OR lower(c.subject) = lower(:name) OR instr(', ' || lower(c.subject) || ', ', ', cn=' || lower(:name) || ', ') > 0
               OR c.id IN
               (SELECT certificate_id FROM certificate_names WHERE name = :name))
          AND (:serial IS NULL OR substr(c.serial, 1, length(:serial)) = :serial)
          AND (:state IS NULL OR c.state = :state)
          AND (:until IS NULL OR c.not_after <= :until)
          AND (NOT :unwritten OR c.id IN
               (SELECT certificate_id FROM certificate_files WHERE written_at IS NULL))
        ORDER BY c.id LIMIT :limit";
    records(
        sql,
        condition,
        named_params! {
            ":at": time_text(at)?,
            ":after": filter.after.map_or(0, |id| id.0),
            ":name": filter.name,
            ":serial": filter.serial_prefix.map(plain_hex),
            ":state": match (filter.state, state) {
                // Both at once: nothing is revoked and valid.
                (Some(asked), Some(state)) if asked != state => Some("none"),
                (_, state) => state.map(CertificateState::name),
            },
            ":until": until.transpose()?,
            ":unwritten": filter.unwritten,
            ":limit": filter.limit,
        },
    )
}

fn find(sql: &Connection, wanted: &str, at: OffsetDateTime) -> Result<CertificateRecord, Failure> {
    let hex = plain_hex(wanted);
    let serial = serials::parse(wanted).ok();
    let condition = "
        WHERE c.sha256 = :hex OR c.serial = :serial
           OR (length(:hex) >= 4 AND substr(c.serial, 1, length(:hex)) = :hex)
           OR c.id IN (SELECT certificate_id FROM certificate_names WHERE name = :wanted)
           OR lower(c.subject) = lower(:wanted)
           OR instr(', ' || lower(c.subject) || ', ', ', cn=' || lower(:wanted) || ', ') > 0
        ORDER BY c.id DESC LIMIT 1000";
    let found = records(
        sql,
        condition,
        named_params! { ":at": time_text(at)?, ":hex": hex, ":serial": serial, ":wanted": wanted },
    )?;
    let exact = |record: &&CertificateRecord| {
        record.sha256 == hex || serial.as_ref() == Some(&record.serial)
    };
    let valid = |record: &&CertificateRecord| record.state == CertificateState::Valid;
    let only = |mut of: std::vec::IntoIter<&CertificateRecord>| match (of.next(), of.next()) {
        (Some(record), None) => Some(record.clone()),
        _ => None,
    };
    let those = |which: &dyn Fn(&&CertificateRecord) -> bool| {
        only(found.iter().filter(which).collect::<Vec<_>>().into_iter())
    };
    if let Some(record) = those(&exact)
        .or_else(|| those(&|_| true))
        .or_else(|| those(&valid))
    {
        return Ok(record);
    }
    let wanted = printable(wanted);
    Err(match found.is_empty() {
        true => StoreError::UnknownCertificate { wanted },
        false => {
            let serials = found.iter().take(8).map(|record| record.serial.clone());
            let serials = serials.collect();
            StoreError::AmbiguousCertificate { wanted, serials }
        }
    }
    .into())
}

fn records(
    sql: &Connection,
    condition: &str,
    parameters: &[(&str, &dyn ToSql)],
) -> Result<Vec<CertificateRecord>, Failure> {
    let mut statement = sql.prepare(&format!("{SELECT} {condition}"))?;
    let mut rows = statement.query(parameters)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(certificates::read(sql, row)?);
    }
    Ok(found)
}

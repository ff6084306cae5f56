//! What is revoked ([RFC 5280 §5.3]).
//!
//! [RFC 5280 §5.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3

use rusqlite::{Connection, Row};
use time::OffsetDateTime;

use super::audit::{Stamp, append};
use super::authorities::{self, AuthorityId, Role};
use super::error::StoreError;
use super::open::Store;
use super::serials;
use super::sql::{Failure, optional_time_of, time_of, time_text};
use crate::error::Error;
use crate::revocation::RevocationReason;

/// The most revocations of one issuer: what fits into a CRL of 16 MiB. The limit is 300 000.
pub const REVOCATIONS_MAX: usize = 300_000;

/// A revocation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revocation {
    /// Which certificate of the issuer, in hexadecimal.
    pub serial: String,
    /// Why.
    pub reason: RevocationReason,
    /// When its issuer revoked it.
    pub revoked_at: OffsetDateTime,
    /// Since when its key is thought to be lost, if that is known ([RFC 5280 §5.3.2]).
    ///
    /// [RFC 5280 §5.3.2]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.2
    pub invalidity_date: Option<OffsetDateTime>,
    /// When the certificate ends; `None` if the inventory does not have it. Once one CRL that was issued later has it, it
    /// may be left out of the next one.
    pub not_after: Option<OffsetDateTime>,
}

impl Store {
    /// Revokes a certificate of an issuer, at the time of the stamp. One that is on hold can be revoked for good.
    ///
    /// A number that the inventory does not know is revoked too: it may come from before.
    ///
    /// # Errors
    ///
    /// [`StoreError::AlreadyRevoked`], [`StoreError::RemoveFromCrl`], [`StoreError::SerialNumber`],
    /// [`StoreError::TooManyRevocations`], [`StoreError::UnknownAuthority`], [`StoreError::RevokesItself`] for a root.
    pub fn revoke(
        &mut self,
        stamp: &Stamp<'_>,
        issuer: AuthorityId,
        serial: &str,
        reason: RevocationReason,
        invalidity_date: Option<OffsetDateTime>,
    ) -> Result<(), Error> {
        self.write(|sql| {
            let revocation = Revocation {
                serial: serials::parse(serial)?,
                reason,
                revoked_at: stamp.at,
                invalidity_date,
                not_after: None,
            };
            let authority = authorities::one(sql, issuer)?;
            if authority.role == Role::Root
                && serials::of(&authority.certificate)? == revocation.serial
            {
                let subject = authority.subject;
                return Err(StoreError::RevokesItself { subject }.into());
            }
            insert(sql, stamp, issuer, &revocation)?;
            append(
                sql,
                stamp,
                "revoke",
                &format!("{} {reason}", revocation.serial),
            )
        })
    }

    /// Takes back a certificateHold.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotOnHold`], [`StoreError::SerialNumber`].
    pub fn release(
        &mut self,
        stamp: &Stamp<'_>,
        issuer: AuthorityId,
        serial: &str,
    ) -> Result<(), Error> {
        self.write(|sql| {
            let serial = serials::parse(serial)?;
            let hold = RevocationReason::CertificateHold.to_string();
            let released = sql.execute(
                "DELETE FROM revocations WHERE issuer_id = ?1 AND serial = ?2 AND reason = ?3",
                (issuer.0, &serial, hold),
            )?;
            if released == 0 {
                return Err(StoreError::NotOnHold { serial }.into());
            }
            append(sql, stamp, "release", &serial)
        })
    }

    /// Everything that an issuer has revoked, in the order of time.
    ///
    /// # Errors
    ///
    /// [`StoreError::TooManyRevocations`], [`StoreError::UnknownAuthority`].
    pub fn revocations(&self, issuer: AuthorityId) -> Result<Vec<Revocation>, Error> {
        self.read(|sql| all(sql, issuer))
    }
}

impl Revocation {
    /// From a row that has the columns of `revocations`, and `not_after` of the certificate.
    pub(super) fn read(row: &Row<'_>) -> Result<Self, Failure> {
        let reason: String = row.get("reason")?;
        Ok(Self {
            serial: row.get("serial")?,
            reason: reason
                .parse()
                .map_err(|_| Failure::Row("a revocation reason that is none"))?,
            revoked_at: time_of(row, "revoked_at")?,
            invalidity_date: optional_time_of(row, "invalidity_date")?,
            not_after: optional_time_of(row, "not_after")?,
        })
    }
}

pub(super) fn insert(
    sql: &Connection,
    stamp: &Stamp<'_>,
    issuer: AuthorityId,
    revocation: &Revocation,
) -> Result<(), Failure> {
    if revocation.reason == RevocationReason::RemoveFromCrl {
        return Err(StoreError::RemoveFromCrl.into());
    }
    authorities::one(sql, issuer)?;
    match one(sql, issuer, &revocation.serial)? {
        Some(old)
            if old.reason != RevocationReason::CertificateHold
                || old.reason == revocation.reason =>
        {
            return Err(StoreError::AlreadyRevoked {
                serial: old.serial,
                at: old.revoked_at,
                reason: old.reason,
            }
            .into());
        }
        // From hold to another reason.
        Some(_) => {}
        None => check_room(sql, issuer)?,
    }
    serials::insert(sql, stamp.at, issuer, &revocation.serial)?;
    sql.execute(
        "INSERT OR REPLACE INTO revocations VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            issuer.0,
            &revocation.serial,
            revocation.reason.to_string(),
            time_text(revocation.revoked_at)?,
            revocation.invalidity_date.map(time_text).transpose()?,
        ),
    )?;
    Ok(())
}

fn check_room(sql: &Connection, issuer: AuthorityId) -> Result<(), Failure> {
    let count: usize = sql.query_row(
        "SELECT count(*) FROM revocations WHERE issuer_id = ?1",
        [issuer.0],
        |row| row.get(0),
    )?;
    match count < REVOCATIONS_MAX {
        true => Ok(()),
        false => Err(too_many().into()),
    }
}

fn one(sql: &Connection, issuer: AuthorityId, serial: &str) -> Result<Option<Revocation>, Failure> {
    let mut statement = sql.prepare(&format!("{SELECT} AND r.serial = ?2"))?;
    let mut rows = statement.query((issuer.0, serial))?;
    rows.next()?.map(Revocation::read).transpose()
}

pub(super) fn all(sql: &Connection, issuer: AuthorityId) -> Result<Vec<Revocation>, Failure> {
    authorities::one(sql, issuer)?;
    let mut statement = sql.prepare(&format!("{SELECT} ORDER BY r.revoked_at, r.serial"))?;
    let mut rows = statement.query([issuer.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if found.len() == REVOCATIONS_MAX {
            return Err(too_many().into());
        }
        found.push(Revocation::read(row)?);
    }
    Ok(found)
}

const SELECT: &str = "
    SELECT r.*, c.not_after FROM revocations r
    LEFT JOIN certificates c ON c.issuer_id = r.issuer_id AND c.serial = r.serial
    WHERE r.issuer_id = ?1";

fn too_many() -> StoreError {
    StoreError::TooManyRevocations {
        limit: REVOCATIONS_MAX,
    }
}

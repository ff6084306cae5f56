//! Certificates: what is recorded before a file is written, and read back.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use data_encoding::HEXUPPER;
use rusqlite::{Connection, OptionalExtension, Row};
use time::OffsetDateTime;

use super::audit::{Stamp, append};
use super::authorities::{self, AuthorityId};
use super::certificate_record::{
    CertificateFile, CertificateId, CertificateRecord, CertificateState, FileKind, NewCertificate,
};
use super::error::StoreError;
use super::open::Store;
use super::requests;
use super::revocations::{self, Revocation};
use super::serials;
use super::sql::{Failure, optional_time_of, path_of, path_value, time_of, time_text};
use crate::certificate::Certificate;
use crate::error::{Error, IoAction};
use crate::inspect::inspect_der;
use crate::revocation::RevocationReason;

/// The largest certificate that is kept, in bytes of DER. One with 100 names has 4 kB. The limit is 64 KiB.
const CERTIFICATE_BYTES_MAX: usize = 64 * 1024;

impl Store {
    /// Records a certificate. **Do this before it is written or handed out**: then every certificate that is anywhere is in
    /// the inventory.
    ///
    /// # Errors
    ///
    /// [`Error::BadSignature`] if another CA signed it, [`StoreError::Recorded`], [`StoreError::SerialTaken`],
    /// [`StoreError::UnknownAuthority`], [`StoreError::UnknownCertificate`] for one that it cannot replace,
    /// [`StoreError::UnknownRequest`] or [`StoreError::RequestDecided`].
    pub fn record_certificate(
        &mut self,
        stamp: &Stamp<'_>,
        new: &NewCertificate<'_>,
    ) -> Result<CertificateId, Error> {
        self.write(|sql| record(sql, stamp, new, "record certificate"))
    }

    /// Says that a certificate's files are written: those that were planned, and others.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownCertificate`].
    pub fn mark_written(
        &mut self,
        stamp: &Stamp<'_>,
        certificate: CertificateId,
        files: &[(FileKind, PathBuf)],
    ) -> Result<(), Error> {
        self.write(|sql| {
            let serial = serial(sql, certificate)?;
            for (kind, path) in files {
                sql.execute(
                    "INSERT INTO certificate_files VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET written_at = excluded.written_at",
                    (
                        certificate.0,
                        kind.name(),
                        path_value(&absolute(path)?),
                        time_text(stamp.at)?,
                    ),
                )?;
            }
            append(sql, stamp, "write files", &serial)
        })
    }

    /// Says that a certificate's files cannot be written, so that nobody will ever have it: it is revoked, as one that has
    /// ceased, and the certificate whose place it was to take still has that place.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownCertificate`]; those of [`revoke`](Self::revoke).
    pub fn abandon(&mut self, stamp: &Stamp<'_>, certificate: CertificateId) -> Result<(), Error> {
        self.write(|sql| {
            let serial = serial(sql, certificate)?;
            sql.execute(
                "DELETE FROM certificate_files WHERE certificate_id = ?1 AND written_at IS NULL",
                [certificate.0],
            )?;
            sql.execute(
                "UPDATE certificates SET replaced_by = NULL WHERE replaced_by = ?1",
                [certificate.0],
            )?;
            if let Some(issuer) = issuer(sql, certificate)? {
                let revocation = Revocation {
                    serial: serial.clone(),
                    reason: RevocationReason::CessationOfOperation,
                    revoked_at: stamp.at,
                    invalidity_date: None,
                    not_after: None,
                };
                revocations::insert(sql, stamp, issuer, &revocation)?;
            }
            append(sql, stamp, "abandon", &serial)
        })
    }

    /// A certificate itself.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownCertificate`].
    pub fn certificate(&self, id: CertificateId) -> Result<Certificate, Error> {
        self.read(|sql| {
            let der: Option<Vec<u8>> = sql
                .query_row(
                    "SELECT der FROM certificates WHERE id = ?1",
                    [id.0],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(Certificate::from_der(&der.ok_or_else(|| unknown(id))?)?)
        })
    }
}

pub(super) fn record(
    sql: &Connection,
    stamp: &Stamp<'_>,
    new: &NewCertificate<'_>,
    what: &str,
) -> Result<CertificateId, Failure> {
    let issuer = authorities::one(sql, new.issuer)?;
    new.certificate.check_signed_by(&issuer.certificate)?;
    let serial = serials::of(new.certificate)?;
    if is_recorded(sql, new.certificate)? {
        return Err(StoreError::Recorded { serial }.into());
    }
    serials::claim(sql, stamp.at, new.issuer, &serial)?;
    let next = "SELECT coalesce(max(id), 0) + 1 FROM certificates";
    let id = CertificateId(sql.query_row(next, [], |row| row.get(0))?);
    insert(
        sql,
        stamp.at,
        id,
        Some(new.issuer),
        new.certificate,
        new.profile,
    )?;
    for (kind, path) in &new.files {
        sql.execute(
            "INSERT INTO certificate_files VALUES (?1, ?2, ?3, NULL)",
            (id.0, kind.name(), path_value(&absolute(path)?)),
        )?;
    }
    if let Some(old) = new.replaces {
        let replaced = sql.execute(
            "UPDATE certificates SET replaced_by = ?1 WHERE id = ?2",
            (id.0, old.0),
        )?;
        if replaced == 0 {
            return Err(unknown(old).into());
        }
    }
    if let Some(request) = new.request {
        requests::approve(sql, stamp, request, id)?;
    }
    append(sql, stamp, what, &serial)?;
    Ok(id)
}

pub(super) fn is_recorded(sql: &Connection, certificate: &Certificate) -> Result<bool, Failure> {
    Ok(sql.query_row(
        "SELECT EXISTS (SELECT 1 FROM certificates WHERE sha256 = ?1)",
        [sha256(certificate.der())],
        |row| row.get(0),
    )?)
}

/// The row and its names.
pub(super) fn insert(
    sql: &Connection,
    at: OffsetDateTime,
    id: CertificateId,
    issuer: Option<AuthorityId>,
    certificate: &Certificate,
    profile: &str,
) -> Result<(), Failure> {
    let der = certificate.der();
    if der.len() > CERTIFICATE_BYTES_MAX {
        return Err(StoreError::TooLarge {
            what: "certificate",
            limit_bytes: CERTIFICATE_BYTES_MAX,
        }
        .into());
    }
    let info = inspect_der(der)?;
    sql.execute(
        "INSERT INTO certificates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, NULL)",
        (
            id.0,
            issuer.map(|issuer| issuer.0),
            serials::of(certificate)?,
            &info.subject,
            crate::text::printable(profile),
            time_text(info.not_before)?,
            time_text(info.not_after)?,
            sha256(der),
            &info.spki_sha256,
            der,
            time_text(at)?,
        ),
    )?;
    for (position, name) in info.names.iter().enumerate() {
        let (kind, name) = name.split_once(':').unwrap_or(("", name));
        sql.execute(
            "INSERT INTO certificate_names VALUES (?1, ?2, ?3, ?4)",
            (id.0, position, kind, name),
        )?;
    }
    Ok(())
}

/// A row of the query in `list.rs`.
pub(super) fn read(sql: &Connection, row: &Row<'_>) -> Result<CertificateRecord, Failure> {
    let id = CertificateId(row.get("id")?);
    let state = row.get_ref("state")?.as_str().unwrap_or_default();
    let state = CertificateState::ALL
        .into_iter()
        .find(|known| known.name() == state);
    Ok(CertificateRecord {
        id,
        issuer: row.get::<_, Option<i64>>("issuer_id")?.map(AuthorityId),
        serial: row.get("serial")?,
        subject: row.get("subject")?,
        names: names(sql, id)?,
        profile: row.get("profile")?,
        not_before: time_of(row, "not_before")?,
        not_after: time_of(row, "not_after")?,
        state: state.ok_or(Failure::Row("a state that is none"))?,
        sha256: row.get("sha256")?,
        spki_sha256: row.get("spki_sha256")?,
        recorded_at: time_of(row, "recorded_at")?,
        files: files(sql, id)?,
        replaced_by: row.get::<_, Option<i64>>("replaced_by")?.map(CertificateId),
        revocation: match row.get::<_, Option<String>>("revoked_at")? {
            None => None,
            Some(_) => Some(Revocation::read(row)?),
        },
    })
}

fn names(sql: &Connection, id: CertificateId) -> Result<Vec<String>, Failure> {
    let mut statement = sql.prepare(
        "SELECT kind, name FROM certificate_names WHERE certificate_id = ?1 ORDER BY position",
    )?;
    let mut rows = statement.query([id.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get("kind")?, row.get("name")?);
        found.push(format!("{kind}:{name}"));
    }
    Ok(found)
}

fn files(sql: &Connection, id: CertificateId) -> Result<Vec<CertificateFile>, Failure> {
    let mut statement = sql.prepare("SELECT * FROM certificate_files WHERE certificate_id = ?1")?;
    let mut rows = statement.query([id.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let kind = row.get_ref("kind")?.as_str().unwrap_or_default();
        let kind = FileKind::ALL.into_iter().find(|known| known.name() == kind);
        found.push(CertificateFile {
            kind: kind.ok_or(Failure::Row("a kind of file that is none"))?,
            path: path_of(row, "path")?.ok_or(Failure::Row("a file without a path"))?,
            written_at: optional_time_of(row, "written_at")?,
        });
    }
    Ok(found)
}

fn serial(sql: &Connection, id: CertificateId) -> Result<String, Failure> {
    let query = "SELECT serial FROM certificates WHERE id = ?1";
    let serial = sql.query_row(query, [id.0], |row| row.get(0)).optional()?;
    serial.ok_or_else(|| unknown(id).into())
}

fn issuer(sql: &Connection, id: CertificateId) -> Result<Option<AuthorityId>, Failure> {
    let query = "SELECT issuer_id FROM certificates WHERE id = ?1";
    let issuer: Option<i64> = sql.query_row(query, [id.0], |row| row.get(0))?;
    Ok(issuer.map(AuthorityId))
}

fn unknown(id: CertificateId) -> StoreError {
    StoreError::UnknownCertificate {
        wanted: id.to_string(),
    }
}

/// A relative path would mean another file to the next one who reads it.
fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|cause| super::file::io_error(IoAction::Write, path, cause))
}

/// In the form of the column.
pub(super) fn sha256(der: &[u8]) -> String {
    HEXUPPER.encode(digest::digest(&digest::SHA256, der).as_ref())
}

//! CRLs: their numbers, which only rise, and the lists themselves ([RFC 5280 §5.2.3]).
//!
//! [RFC 5280 §5.2.3]: https://www.rfc-editor.org/rfc/rfc5280#section-5.2.3

use rusqlite::{Connection, Row};
use time::OffsetDateTime;
use x509_parser::extensions::ParsedExtension;
use x509_parser::revocation_list::CertificateRevocationList;

use super::audit::{Stamp, append};
use super::authorities::{self, AuthorityId, AuthorityRecord};
use super::error::StoreError;
use super::open::Store;
use super::revocations::{self, Revocation};
use super::sql::{Failure, time_of, time_text};
use crate::crl::{CrlParams, RevokedCertificate};
use crate::error::Error;

/// The largest CRL that is kept, in bytes of DER. The limit is 16 MiB.
const CRL_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What the next CRL of an issuer has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NextCrl {
    /// Its number: above every earlier one.
    pub number: u64,
    /// What is revoked.
    pub revocations: Vec<Revocation>,
}

impl NextCrl {
    /// What to [sign](crate::Authority::sign_crl): everything that is revoked, for all certificates of the issuer.
    ///
    /// A revocation stays in it after its certificate has expired: it costs some 50 bytes, and signatures from before may
    /// still be looked at.
    ///
    /// # Errors
    ///
    /// [`Error::SerialNumber`] never happens for what an inventory holds.
    pub fn params(
        &self,
        this_update: OffsetDateTime,
        next_update: OffsetDateTime,
    ) -> Result<CrlParams, Error> {
        let entry = |revocation: &Revocation| {
            Ok(RevokedCertificate {
                serial: revocation.serial.parse()?,
                revoked_at: revocation.revoked_at,
                reason: Some(revocation.reason),
                invalidity_date: revocation.invalidity_date,
            })
        };
        Ok(CrlParams {
            number: self.number.into(),
            this_update,
            next_update,
            entries: self
                .revocations
                .iter()
                .map(entry)
                .collect::<Result<_, Error>>()?,
            distribution_point: None,
        })
    }
}

/// A CRL of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrlRecord {
    /// Who signed it.
    pub issuer: AuthorityId,
    /// Its number.
    pub number: u64,
    /// When it was issued.
    pub this_update: OffsetDateTime,
    /// When the next one is due.
    pub next_update: OffsetDateTime,
    /// The CRL.
    pub der: Vec<u8>,
}

impl Store {
    /// Issues a CRL: `sign` gets the number and the revocations, and returns DER. Its number and its content are one
    /// transaction, so no revocation of another process falls between two CRLs; no one else writes while `sign` runs, so it
    /// should not wait for anything.
    ///
    /// If the process ends before this returns, the next CRL may have the same number; but then no one has this one.
    ///
    /// # Errors
    ///
    /// Those of `sign`; [`StoreError::CrlMismatch`], [`StoreError::MalformedCrl`] or [`StoreError::TooLarge`] for what it
    /// returns; [`StoreError::UnknownAuthority`].
    pub fn issue_crl(
        &mut self,
        stamp: &Stamp<'_>,
        issuer: AuthorityId,
        sign: impl FnOnce(&NextCrl) -> Result<Vec<u8>, Error>,
    ) -> Result<CrlRecord, Error> {
        self.write(|sql| {
            let authority = authorities::one(sql, issuer)?;
            let next = NextCrl {
                number: authority.crl_number.saturating_add(1),
                revocations: revocations::all(sql, issuer)?,
            };
            let crl = checked(&authority, next.number, sign(&next)?)?;
            insert(sql, &crl)?;
            append(
                sql,
                stamp,
                "issue crl",
                &format!("{} of {}", crl.number, authority.subject),
            )?;
            Ok(crl)
        })
    }

    /// The newest CRL of an issuer, if there is one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn latest_crl(&self, issuer: AuthorityId) -> Result<Option<CrlRecord>, Error> {
        self.read(|sql| {
            let mut statement = sql
                .prepare("SELECT * FROM crls WHERE issuer_id = ?1 ORDER BY number DESC LIMIT 1")?;
            let mut rows = statement.query([issuer.0])?;
            rows.next()?.map(read).transpose()
        })
    }

    /// The numbers of all CRLs of an issuer, in the order in which they were stored.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn crl_numbers(&self, issuer: AuthorityId) -> Result<Vec<u64>, Error> {
        self.read(|sql| {
            let mut statement =
                sql.prepare("SELECT number FROM crls WHERE issuer_id = ?1 ORDER BY rowid")?;
            let numbers = statement.query_map([issuer.0], |row| row.get(0))?;
            Ok(numbers.collect::<Result<_, _>>()?)
        })
    }
}

/// For a CA that comes from elsewhere: its next CRL has a number above this one.
pub(super) fn raise_number(
    sql: &Connection,
    issuer: AuthorityId,
    last: u64,
) -> Result<(), Failure> {
    sql.execute(
        "UPDATE authorities SET crl_number = max(crl_number, ?1) WHERE id = ?2",
        (last, issuer.0),
    )?;
    Ok(())
}

fn insert(sql: &Connection, crl: &CrlRecord) -> Result<(), Failure> {
    sql.execute(
        "INSERT INTO crls VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            crl.issuer.0,
            crl.number,
            time_text(crl.this_update)?,
            time_text(crl.next_update)?,
            &crl.der,
        ),
    )?;
    raise_number(sql, crl.issuer, crl.number)
}

/// What was signed, read again: a number that differs from the one that is stored would be given out twice.
fn checked(authority: &AuthorityRecord, number: u64, der: Vec<u8>) -> Result<CrlRecord, Error> {
    if der.len() > CRL_BYTES_MAX {
        return Err(StoreError::TooLarge {
            what: "CRL",
            limit_bytes: CRL_BYTES_MAX,
        }
        .into());
    }
    let Ok(([], crl)) = x509_parser::parse_x509_crl(&der) else {
        return Err(StoreError::MalformedCrl.into());
    };
    let mismatch = |what| Error::Store(StoreError::CrlMismatch { what });
    let issuer = authority.certificate.parsed()?;
    if crl.issuer().as_raw() != issuer.subject().as_raw() {
        return Err(mismatch("issuer"));
    }
    if crl_number(&crl) != Some(number) {
        return Err(mismatch("number"));
    }
    let next_update = crl.next_update().ok_or_else(|| mismatch("next update"))?;
    let (this_update, next_update) = (crl.last_update().to_datetime(), next_update.to_datetime());
    drop(crl);
    Ok(CrlRecord {
        issuer: authority.id,
        number,
        this_update,
        next_update,
        der,
    })
}

fn crl_number(crl: &CertificateRevocationList<'_>) -> Option<u64> {
    crl.extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::CRLNumber(number) => u64::try_from(number).ok(),
            _ => None,
        })
}

fn read(row: &Row<'_>) -> Result<CrlRecord, Failure> {
    Ok(CrlRecord {
        issuer: AuthorityId(row.get("issuer_id")?),
        number: row.get("number")?,
        this_update: time_of(row, "this_update")?,
        next_update: time_of(row, "next_update")?,
        der: row.get("der")?,
    })
}

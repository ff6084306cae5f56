//! CAs: their role, their state, and where their keys are.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row};
use time::OffsetDateTime;

use super::audit::{Stamp, append};
use super::certificate_record::CertificateId;
use super::certificates;
use super::error::StoreError;
use super::key_file::{self, PasswordFor};
use super::open::Store;
use super::revocations::Revocation;
use super::serials;
use super::sql::{Failure, path_of, path_value, time_of, time_text};
use super::work::common_name;
use crate::authority::Authority;
use crate::certificate::Certificate;
use crate::chain::{ISSUERS_MAX, Link};
use crate::constraints::NameConstraints;
use crate::error::Error;
use crate::inspect::inspect_der;

/// The number of an authority in its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AuthorityId(pub(super) i64);

impl fmt::Display for AuthorityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a CA is among others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// It signed itself.
    Root,
    /// Another CA signed it.
    Intermediate,
}

/// Whether a CA still issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthorityState {
    /// It issues.
    Active,
    /// Another took its place. It still signs CRLs, until all that it issued has expired.
    Retired,
}

/// A CA to record.
#[derive(Clone, Copy, Debug)]
pub struct NewAuthority<'a> {
    /// Its certificate. Its issuer is found by signature among the authorities that are recorded.
    pub certificate: &'a Certificate,
    /// Where its key is: relative to the CA's folder, or absolute. `None` if the key is not kept here.
    pub key_file: Option<&'a Path>,
    /// Whether that file needs a password.
    pub key_encrypted: bool,
}

/// A CA of the inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuthorityRecord {
    /// Its number.
    pub id: AuthorityId,
    /// Its certificate's number.
    pub certificate_id: CertificateId,
    /// Its certificate.
    pub certificate: Certificate,
    /// Its subject, escaped.
    pub subject: String,
    /// Root or intermediate.
    pub role: Role,
    /// Whether it still issues.
    pub state: AuthorityState,
    /// Where its key is, if it is kept here.
    pub key_file: Option<PathBuf>,
    /// Whether that file needs a password.
    pub key_encrypted: bool,
    /// The last CRL number that it gave out; 0 before the first.
    pub crl_number: u64,
    /// Since when it is in the inventory.
    pub added_at: OffsetDateTime,
    /// When and why its issuer revoked it.
    pub revocation: Option<Revocation>,
}

impl AuthorityRecord {
    /// Loads the authority with its key. This is the one way to a CA's key: `password` is asked if the file is encrypted.
    ///
    /// # Errors
    ///
    /// [`Error::KeyMismatch`] if the file holds another key, [`Error::Key`] without a password,
    /// [`StoreError::KeyElsewhere`] if the key is not kept here, [`Error::DamagedCa`] or [`Error::Io`] for the file.
    pub fn load(&self, password: PasswordFor<'_>) -> Result<Authority, Error> {
        let Some(file) = &self.key_file else {
            let subject = self.subject.clone();
            return Err(StoreError::KeyElsewhere { subject }.into());
        };
        Authority::new(self.certificate.clone(), key_file::load(file, password)?)
    }
}

impl AuthorityRecord {
    /// For which names it may issue; `None` for all. Those of the CAs above it hold beside them.
    ///
    /// # Errors
    ///
    /// [`Error::MalformedCertificate`] if they cannot be read.
    pub fn name_constraints(&self) -> Result<Option<NameConstraints>, Error> {
        let link = Link::read(self.certificate.clone())?;
        let constraints = link.constraints();
        Ok((!constraints.is_empty()).then(|| constraints.clone()))
    }

    /// Whether its key's file is there. That of a root may be kept elsewhere.
    pub fn has_key(&self) -> bool {
        self.key_file.as_ref().is_some_and(|file| file.exists())
    }
}

impl Store {
    /// Records a CA; one that is recorded already is left as it is.
    ///
    /// # Errors
    ///
    /// [`Error::NotACa`]; [`StoreError::SerialTaken`] if its issuer gave its number to another.
    pub fn record_authority(
        &mut self,
        stamp: &Stamp<'_>,
        new: &NewAuthority<'_>,
    ) -> Result<AuthorityId, Error> {
        self.write(|sql| record(sql, stamp, new, "record authority"))
    }

    /// Every CA, the oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn authorities(&self) -> Result<Vec<AuthorityRecord>, Error> {
        self.read(|sql| all(sql, self.ca_path()))
    }

    /// What clients have to trust: the certificates of all roots that are valid at a time, retired ones too, as PEM. While
    /// a root takes the place of another, both are in it.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn roots_pem(&self, at: OffsetDateTime) -> Result<String, Error> {
        let roots = self.authorities()?.into_iter().filter(|found| {
            found.role == Role::Root && found.certificate.validity().check(at).is_ok()
        });
        Ok(roots.map(|root| root.certificate.to_pem()).collect())
    }

    /// The CA that someone means, by its commonName, if it still issues, with the CAs above it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NoIssuer`]; those of [`AuthorityRecord::load`].
    pub fn issuer(&self, name: &str, password: PasswordFor<'_>) -> Result<Authority, Error> {
        let known = self.authorities()?;
        let found = known.iter().find(|record| {
            record.state == AuthorityState::Active && common_name(&record.subject) == name
        });
        let found = found.ok_or_else(|| StoreError::NoIssuer {
            wanted: crate::text::printable(name),
        })?;
        let mut authority = found.load(password)?;
        let mut top = found.certificate.clone();
        // A path longer than this is refused below.
        for _ in 0..=ISSUERS_MAX {
            let signs = |other: &&AuthorityRecord| {
                other.certificate != top && top.check_signed_by(&other.certificate).is_ok()
            };
            let Some(above) = known.iter().find(signs) else {
                break;
            };
            top = above.certificate.clone();
            authority = authority.with_issuers([top.clone()])?;
        }
        Ok(authority)
    }

    /// Refuses a CA that must not issue any more: it is revoked, or one above it is. What it would sign is refused by
    /// whoever has the CRL.
    ///
    /// # Errors
    ///
    /// [`StoreError::IssuerRevoked`].
    pub fn check_issues(&self, authority: &Authority) -> Result<(), Error> {
        let known = self.authorities()?;
        let path = [authority.certificate()]
            .into_iter()
            .chain(authority.issuers());
        for certificate in path {
            let found = known.iter().find(|ca| ca.certificate == *certificate);
            let revocation = found.and_then(|ca| Some((ca, ca.revocation.as_ref()?)));
            if let Some((ca, revocation)) = revocation {
                return Err(StoreError::IssuerRevoked {
                    subject: ca.subject.clone(),
                    at: revocation.revoked_at,
                    reason: revocation.reason,
                }
                .into());
            }
        }
        Ok(())
    }

    /// The CA with this certificate, if it is in the inventory.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn authority_of(&self, certificate: &Certificate) -> Result<Option<AuthorityId>, Error> {
        self.read(|sql| by_der(sql, certificate))
    }

    /// Says that a CA no longer issues.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnknownAuthority`].
    pub fn retire_authority(
        &mut self,
        stamp: &Stamp<'_>,
        authority: AuthorityId,
    ) -> Result<(), Error> {
        self.write(|sql| retire(sql, stamp, authority))
    }
}

pub(super) fn record(
    sql: &Connection,
    stamp: &Stamp<'_>,
    new: &NewAuthority<'_>,
    what: &str,
) -> Result<AuthorityId, Failure> {
    if let Some(id) = by_der(sql, new.certificate)? {
        return Ok(id);
    }
    let info = inspect_der(new.certificate.der())?;
    if !info.is_ca {
        return Err(Error::NotACa.into());
    }
    let is_root = new.certificate.check_signed_by(new.certificate).is_ok();
    let next = |table: &str| {
        let query = format!("SELECT coalesce(max(id), 0) + 1 FROM {table}");
        sql.query_row(&query, [], |row| row.get::<_, i64>(0))
    };
    // Each of the two rows refers to the other; references are checked when the transaction ends.
    let (id, certificate_id) = (next("authorities")?, next("certificates")?);
    sql.execute(
        "INSERT INTO authorities VALUES (?1, ?2, ?3, 'active', ?4, ?5, 0, ?6)",
        (
            id,
            certificate_id,
            if is_root { "root" } else { "intermediate" },
            new.key_file.map(path_value),
            new.key_encrypted,
            time_text(stamp.at)?,
        ),
    )?;
    let issuer = if is_root {
        Some(AuthorityId(id))
    } else {
        issuer_of(sql, new.certificate)?
    };
    if let Some(issuer) = issuer {
        serials::claim(sql, stamp.at, issuer, &serials::of(new.certificate)?)?;
    }
    let profile = if is_root { "root" } else { "intermediate" };
    certificates::insert(
        sql,
        stamp.at,
        CertificateId(certificate_id),
        issuer,
        new.certificate,
        profile,
    )?;
    append(sql, stamp, what, &info.subject)?;
    Ok(AuthorityId(id))
}

/// The recorded CA that signed a certificate.
pub(super) fn issuer_of(
    sql: &Connection,
    certificate: &Certificate,
) -> Result<Option<AuthorityId>, Failure> {
    let mut statement = sql.prepare(
        "SELECT a.id, c.der FROM authorities a JOIN certificates c ON c.id = a.certificate_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let issuer = Certificate::from_der(&row.get::<_, Vec<u8>>("der")?)?;
        if certificate.check_signed_by(&issuer).is_ok() {
            return Ok(Some(AuthorityId(row.get("id")?)));
        }
    }
    Ok(None)
}

pub(super) fn by_der(
    sql: &Connection,
    certificate: &Certificate,
) -> Result<Option<AuthorityId>, Failure> {
    let id = sql.query_row(
        "SELECT a.id FROM authorities a JOIN certificates c ON c.id = a.certificate_id WHERE c.sha256 = ?1",
        [certificates::sha256(certificate.der())],
        |row| row.get(0),
    );
    Ok(id.optional()?.map(AuthorityId))
}

pub(super) fn retire(
    sql: &Connection,
    stamp: &Stamp<'_>,
    authority: AuthorityId,
) -> Result<(), Failure> {
    let record = one(sql, authority)?;
    if record.state == AuthorityState::Active {
        sql.execute(
            "UPDATE authorities SET state = 'retired' WHERE id = ?1",
            [authority.0],
        )?;
        append(sql, stamp, "retire authority", &record.subject)?;
    }
    Ok(())
}

pub(super) fn one(sql: &Connection, id: AuthorityId) -> Result<AuthorityRecord, Failure> {
    let mut statement = sql.prepare(&format!("{SELECT} WHERE a.id = ?1"))?;
    let mut rows = statement.query([id.0])?;
    match rows.next()? {
        Some(row) => read(row),
        None => Err(StoreError::UnknownAuthority { number: id.0 }.into()),
    }
}

/// With the files' places made absolute.
pub(super) fn all(sql: &Connection, ca_path: &Path) -> Result<Vec<AuthorityRecord>, Failure> {
    let mut statement = sql.prepare(&format!("{SELECT} ORDER BY a.id"))?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut record = read(row)?;
        record.key_file = record.key_file.map(|file| ca_path.join(file));
        found.push(record);
    }
    Ok(found)
}

const SELECT: &str = "
    SELECT a.*, c.subject, c.der, c.serial, c.not_after, r.reason, r.revoked_at, r.invalidity_date
    FROM authorities a JOIN certificates c ON c.id = a.certificate_id
    LEFT JOIN revocations r ON r.issuer_id = c.issuer_id AND r.serial = c.serial";

fn read(row: &Row<'_>) -> Result<AuthorityRecord, Failure> {
    Ok(AuthorityRecord {
        id: AuthorityId(row.get("id")?),
        certificate_id: CertificateId(row.get("certificate_id")?),
        certificate: Certificate::from_der(&row.get::<_, Vec<u8>>("der")?)?,
        subject: row.get("subject")?,
        role: match row.get_ref("role")?.as_str() {
            Ok("root") => Role::Root,
            Ok("intermediate") => Role::Intermediate,
            _ => return Err(Failure::Row("a role that is none")),
        },
        state: match row.get_ref("state")?.as_str() {
            Ok("active") => AuthorityState::Active,
            Ok("retired") => AuthorityState::Retired,
            _ => return Err(Failure::Row("a state that is none")),
        },
        key_file: path_of(row, "key_file")?,
        key_encrypted: row.get("key_encrypted")?,
        crl_number: row.get("crl_number")?,
        added_at: time_of(row, "added_at")?,
        revocation: match row.get::<_, Option<String>>("revoked_at")? {
            None => None,
            Some(_) => Some(Revocation::read(row)?),
        },
    })
}

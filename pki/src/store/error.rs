//! What can go wrong with the inventory, its locks, backups and imports.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use time::OffsetDateTime;

use super::audit::AuditFault;
use super::backup::BackupFault;
use super::import::ImportFault;
use crate::revocation::RevocationReason;
use crate::text::utc;

/// Why something of [`store`](crate::store) was refused or failed. [`Error::Io`](crate::Error::Io) and
/// [`Error::DamagedCa`](crate::Error::DamagedCa) are about single files.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    // Waiting and opening.
    /// Another process did not let go in time.
    #[error("{} is in use by another process; waited {} s", path.display(), waited.as_secs_f32())]
    Busy {
        /// The lock, or the database.
        path: PathBuf,
        /// How long was waited: the bound.
        waited: Duration,
    },
    /// There is no CA to keep an inventory of.
    #[error("there is no CA in {}", path.display())]
    NoCa {
        /// Where it would be.
        path: PathBuf,
    },
    /// The CA has no inventory yet, and reading makes none.
    #[error("there is no inventory in {}", path.display())]
    NoInventory {
        /// Where it would be.
        path: PathBuf,
    },
    /// A database of another program.
    #[error("{} is a database of another program", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A database that a newer version of this library wrote.
    #[error("{} has schema {version}; this version knows up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// What it has.
        version: i64,
        /// What is known here.
        known: i64,
    },
    /// The file is no database, or holds what this library never writes.
    #[error("{} is damaged: {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// SQLite refused something else: a full disk, a missing permission.
    #[error("database {} failed", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        #[source]
        cause: DatabaseCause,
    },

    // The inventory's rules.
    /// The issuer has given this serial number to another certificate.
    #[error("serial number {serial} is taken")]
    SerialTaken {
        /// In hexadecimal.
        serial: String,
    },
    /// Text that is no serial number.
    #[error("serial number `{given}` is not hexadecimal of 1 to 20 octets")]
    SerialNumber {
        /// What was given, escaped and cut.
        given: String,
    },
    /// The certificate is in the inventory already.
    #[error("certificate {serial} is recorded already")]
    Recorded {
        /// In hexadecimal.
        serial: String,
    },
    /// No certificate has this serial number, name or fingerprint.
    #[error("no certificate is known by `{wanted}`")]
    UnknownCertificate {
        /// What was looked for, escaped and cut.
        wanted: String,
    },
    /// Several certificates could be meant.
    #[error("`{wanted}` could be any of {}", serials.join(", "))]
    AmbiguousCertificate {
        /// What was looked for, escaped and cut.
        wanted: String,
        /// Their serial numbers, at most eight.
        serials: Vec<String>,
    },
    /// No authority has this number.
    #[error("no authority {number} in the inventory")]
    UnknownAuthority {
        /// Its number.
        number: i64,
    },
    /// No authority that still issues has this name.
    #[error("no authority `{wanted}` that still issues")]
    NoIssuer {
        /// What was looked for, escaped and cut.
        wanted: String,
    },
    /// The root's key, which signs intermediates, is not where it belongs: it is kept elsewhere, or lost.
    #[error("the root's key is not in {}", path.display())]
    NoRootKey {
        /// Where it is looked for.
        path: PathBuf,
    },
    /// The key of an authority is not kept here.
    #[error("the key of {subject} is not kept here")]
    KeyElsewhere {
        /// Its subject, escaped.
        subject: String,
    },
    /// No certification request has this number.
    #[error("no request {number} in the inventory")]
    UnknownRequest {
        /// Its number.
        number: i64,
    },
    /// The request was approved or refused before.
    #[error("request {number} is decided already")]
    RequestDecided {
        /// Its number.
        number: i64,
    },
    /// The certificate is revoked already, and not on hold.
    #[error("certificate {serial} was revoked at {}: {reason}", utc(*.at))]
    AlreadyRevoked {
        /// In hexadecimal.
        serial: String,
        /// When.
        at: OffsetDateTime,
        /// Why.
        reason: RevocationReason,
    },
    /// A CA that is revoked, or one below it, was to issue.
    #[error("CA {subject} was revoked at {}: {reason}", utc(*.at))]
    IssuerRevoked {
        /// Its subject.
        subject: String,
        /// When.
        at: OffsetDateTime,
        /// Why.
        reason: RevocationReason,
    },
    /// A root cannot revoke itself: nobody looks for a root in a CRL ([RFC 5280 §6.1]), and with its key lost, its CRL is
    /// worth nothing.
    ///
    /// [RFC 5280 §6.1]: https://www.rfc-editor.org/rfc/rfc5280#section-6.1
    #[error("{subject} is a root: no CRL can revoke it")]
    RevokesItself {
        /// Its subject.
        subject: String,
    },
    /// Only a certificate on hold can be released.
    #[error("certificate {serial} is not on hold")]
    NotOnHold {
        /// In hexadecimal.
        serial: String,
    },
    /// removeFromCRL is no reason to revoke; it stands in delta CRLs ([RFC 5280 §5.3.1]).
    ///
    /// [RFC 5280 §5.3.1]: https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1
    #[error("removeFromCRL revokes nothing")]
    RemoveFromCrl,
    /// An issuer with more revocations than one CRL holds.
    #[error("issuer has more than {limit} revocations")]
    TooManyRevocations {
        /// [`REVOCATIONS_MAX`](super::REVOCATIONS_MAX).
        limit: usize,
    },
    /// Something that is larger than the inventory keeps.
    #[error("{what} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// What: "certificate", "CRL", "request".
        what: &'static str,
        /// The bound.
        limit_bytes: usize,
    },
    /// The CRL that was signed is not the one that was to be.
    #[error("signed CRL has another {what} than it was to have")]
    CrlMismatch {
        /// What differs: "issuer", "number".
        what: &'static str,
    },
    /// Bytes that are no CRL in DER.
    #[error("CRL is malformed")]
    MalformedCrl,
    /// The audit log is not as it was written.
    #[error("audit row {sequence} {fault}")]
    Audit {
        /// Which row.
        sequence: i64,
        /// What is wrong with it.
        fault: AuditFault,
    },

    // Files that come and go as one.
    /// A file that cannot be a backup, or not one of a whole CA.
    #[error("backup {} {fault}", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: BackupFault,
    },
    /// A folder from which no CA can be taken along.
    #[error("{} {fault}", path.display())]
    Import {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        fault: ImportFault,
    },
}

impl StoreError {
    /// What the user can do about it, as a sentence without a full stop; `None` where the message says all.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Busy { .. } => "wait for the other process, or find out what it waits for".into(),
            Self::NoCa { .. } => "make a CA, restore a backup or import one".into(),
            Self::NoInventory { .. } => {
                "it is made when the CA is first used by someone who may write there".into()
            }
            Self::Foreign { path } => format!("move {} away", path.display()),
            Self::Newer { .. } => "use the newer version, or restore a backup from before".into(),
            Self::Damaged { .. } | Self::Audit { .. } => {
                "keep the file as evidence and restore a backup".into()
            }
            Self::Database { .. } => "check free space and who may write to the folder".into(),
            Self::NoRootKey { .. } => "put it there for as long as this takes".into(),
            Self::KeyElsewhere { .. } => "do this where its key is".into(),
            Self::NoIssuer { .. } => "list the authorities to see their names".into(),
            Self::AmbiguousCertificate { .. } => "name one by its serial number".into(),
            Self::UnknownCertificate { .. } => "list the certificates to see what there is".into(),
            Self::AlreadyRevoked { .. } => {
                "a revocation is final, except for certificateHold".into()
            }
            Self::IssuerRevoked {
                reason: RevocationReason::CertificateHold,
                ..
            } => "release it, or issue from another CA".into(),
            Self::IssuerRevoked { .. } => {
                "put a new CA in its place (rotate), or issue from another one".into()
            }
            Self::RevokesItself { .. } => {
                "take it out of the stores that trust it, and put a new root in its place".into()
            }
            Self::RemoveFromCrl => "release a certificate that is on hold instead".into(),
            Self::Backup { fault, .. } => return fault.hint().map(str::to_owned),
            Self::Import { fault, .. } => return fault.hint().map(str::to_owned),
            _ => return None,
        })
    }
}

/// What SQLite said; equal when its code is.
#[derive(Debug)]
pub struct DatabaseCause(pub(super) rusqlite::Error);

impl PartialEq for DatabaseCause {
    fn eq(&self, other: &Self) -> bool {
        let code = |error: &rusqlite::Error| error.sqlite_error().map(|error| error.extended_code);
        code(&self.0) == code(&other.0)
    }
}

impl fmt::Display for DatabaseCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&crate::text::printable(&self.0.to_string()))
    }
}

impl std::error::Error for DatabaseCause {}

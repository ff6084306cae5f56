//! The only part of this crate that touches a disk.
//!
//! | file | what it holds |
//! |---|---|
//! | `file.rs` | one file: written atomically, read with a bound |
//! | `place.rs` | where a name leads, and who may do what with the file there |
//! | `pair.rs` | [`Pair`]: a chain and its key, replaced together |
//! | `lock.rs` | locks between processes, with a bound on the wait |
//! | `home.rs` | [`Home`]: the state folder, its lock, making and loading the CA |
//! | `ca.rs` | [`Ca`]: the CA that the folder holds |
//! | `key_file.rs` | a key that may need a password |
//! | `open.rs` | [`Store`]: the inventory, opened; its transactions |
//! | `schema.rs`, `schema.sql` | its tables and their versions |
//! | `sql.rs` | errors, times and paths between Rust and SQLite |
//! | `adopt.rs` | the certificates of the folder, brought into the inventory |
//! | `authorities.rs`, `certificates.rs`, `requests.rs`, `revocations.rs`, `crls.rs` | a table each, its rows as structs |
//! | `certificate_record.rs` | [`CertificateRecord`], [`NewCertificate`] |
//! | `serials.rs` | serial numbers, each once |
//! | `list.rs` | [`Filter`]: looking for certificates |
//! | `audit.rs` | the audit log, whose rows are chained by hashes |
//! | `backup.rs`, `restore.rs` | all of a CA in one file, and back |
//! | `rotate.rs` | [`Rotation`]: a new intermediate or root in the place of the old one |
//! | `further.rs` | further intermediates, for keys here and of others |
//! | `work.rs` | what a change of the CA begins and ends with |
//! | `import/` | CAs that other programs made |
//! | `error.rs` | [`StoreError`] |
//!
//! ```text
//! home/                    0700
//!   lock                   held while a CA is made, so that of two processes one makes it and the other finds it
//!   ca/                    0700, appears whole or not at all
//!     root.crt             0644, what clients trust
//!     root.key             0600
//!     intermediate.crt     0644, what issues
//!     intermediate.key     0600
//!     root-HEX.key …       0600, since the first rotation: keys by the beginning of their certificate's fingerprint
//!     root-HEX.crt …       0644, since the first rotation: certificates of retired CAs
//!     cross-HEX.crt        0644, the new root signed by the old one
//!     issuer-HEX.*         further intermediates
//!     wharf.db             0600, the inventory: made when it is first opened
//!   .wharf-ca-new-XXXXXX/  what a process that was killed left behind, as is .wharf-new-XXXXXX, a file; removed by the
//!                          next one that holds the lock
//! ```
//!
//! A certificate goes through the inventory in this order, and may be cut off anywhere:
//!
//! ```text
//! (sign)                                                                     cut here: nothing; no one has it
//! record_certificate  the certificate is on the disk, and where it will be   cut here: a certificate without its files
//! (write the files)                                                          cut here: the old files, or the new ones
//! mark_written        that they are there
//! ```

mod adopt;
mod audit;
mod authorities;
mod backup;
mod ca;
mod certificate_record;
mod certificates;
mod crls;
mod error;
mod file;
mod further;
mod home;
pub mod import;
mod key_file;
mod list;
mod lock;
mod open;
mod pair;
mod place;
mod requests;
mod restore;
mod revocations;
mod rotate;
mod schema;
mod serials;
mod sql;
mod work;

pub use audit::{AuditEntry, AuditFault, AuditHead, Stamp};
pub use authorities::{AuthorityId, AuthorityRecord, AuthorityState, NewAuthority, Role};
pub use backup::BackupFault;
pub use ca::{Ca, CaCertificates};
pub use certificate_record::{
    CertificateFile, CertificateId, CertificateRecord, CertificateState, FileKind, NewCertificate,
};
pub use crls::{CrlRecord, NextCrl};
pub use error::{DatabaseCause, StoreError};
pub use file::{
    FILE_BYTES_MAX, Mode, check_replaceable, replace, write_atomic, write_new, write_with,
};
pub use home::{CaOptions, CaOrigin, Home, HomeLock, LOCK_WAIT_MAX};
pub use import::ImportFault;
pub use key_file::{PasswordFor, no_password};
pub use list::Filter;
pub use open::{Store, WAIT_MAX};
pub use pair::{Overwrite, Pair, Recovered};
pub use requests::{Decision, RequestId, RequestRecord};
pub use revocations::{REVOCATIONS_MAX, Revocation};
pub use rotate::Rotation;

//! A certificate as the inventory has it, and as it is given to it.

use std::fmt;
use std::path::PathBuf;

use time::OffsetDateTime;

use super::authorities::AuthorityId;
use super::requests::RequestId;
use super::revocations::Revocation;
use crate::certificate::Certificate;

/// The number of a certificate in its inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CertificateId(pub(super) i64);

impl fmt::Display for CertificateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A certificate to record.
#[derive(Clone, Debug)]
pub struct NewCertificate<'a> {
    /// Who signed it.
    pub issuer: AuthorityId,
    /// The certificate.
    pub certificate: &'a Certificate,
    /// What it is for: `server`, `client`, …; kept as it is.
    pub profile: &'a str,
    /// Where its files will be. A relative path is taken from the current folder.
    pub files: Vec<(FileKind, PathBuf)>,
    /// The certificate whose place it takes.
    pub replaces: Option<CertificateId>,
    /// The request that it answers, which is approved by this.
    pub request: Option<RequestId>,
}

/// What a file of a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// The certificate.
    Certificate,
    /// The certificate and those of its issuers, without the root.
    Chain,
    /// The private key.
    Key,
    /// The private key and the chain in one.
    Bundle,
}

impl FileKind {
    pub(super) const ALL: [Self; 4] = [Self::Certificate, Self::Chain, Self::Key, Self::Bundle];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Chain => "chain",
            Self::Key => "key",
            Self::Bundle => "bundle",
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A file of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateFile {
    /// What it holds.
    pub kind: FileKind,
    /// Where it is, or was to be.
    pub path: PathBuf,
    /// When it was written; `None` if it never was, as far as is known: the process was killed, or writing failed.
    pub written_at: Option<OffsetDateTime>,
}

/// What a certificate is at a time. Of several the first in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CertificateState {
    /// Its issuer took it back.
    Revoked,
    /// Its validity is over.
    Expired,
    /// Another took its place.
    Replaced,
    /// Its validity has not begun.
    NotYetValid,
    /// None of these.
    Valid,
}

impl CertificateState {
    pub(super) const ALL: [Self; 5] = [
        Self::Revoked,
        Self::Expired,
        Self::Replaced,
        Self::NotYetValid,
        Self::Valid,
    ];

    /// As in the column that `list.rs` computes.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::Replaced => "replaced",
            Self::NotYetValid => "not yet valid",
            Self::Valid => "valid",
        }
    }
}

impl fmt::Display for CertificateState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A certificate of the inventory. All text of it is escaped, so it can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateRecord {
    /// Its number.
    pub id: CertificateId,
    /// Who signed it; `None` for an issuer that is not in the inventory.
    pub issuer: Option<AuthorityId>,
    /// Its serial number in hexadecimal, as `openssl x509 -serial` prints it.
    pub serial: String,
    /// Its subject.
    pub subject: String,
    /// Its subjectAltNames with their kind: `DNS:localhost`, `IP:127.0.0.1`.
    pub names: Vec<String>,
    /// What it is for; `root` and `intermediate` for CAs.
    pub profile: String,
    /// From when it is valid.
    pub not_before: OffsetDateTime,
    /// Until when it is valid.
    pub not_after: OffsetDateTime,
    /// What it is at the time that was asked for.
    pub state: CertificateState,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of its public key in base64: what `curl --pinnedpubkey sha256//…` takes.
    pub spki_sha256: String,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
    /// Where its files are, or were to be.
    pub files: Vec<CertificateFile>,
    /// Which one took its place.
    pub replaced_by: Option<CertificateId>,
    /// When and why it was revoked.
    pub revocation: Option<Revocation>,
}

impl CertificateRecord {
    /// Whether files were planned and one of them never appeared: it was issued, and nobody has it.
    pub fn is_unwritten(&self) -> bool {
        self.files.iter().any(|file| file.written_at.is_none())
    }
}

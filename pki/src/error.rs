//! What can go wrong, by cause: the input, the policy, the cryptography, the disk.
//!
//! A message says what happened at its own level and no more; the cause beneath is in [`source`](std::error::Error::source),
//! and what the user can do about it in [`Error::hint`]. No message holds a secret, and text from outside is escaped and
//! cut.

use std::fmt;
use std::io;
use std::path::PathBuf;

use time::OffsetDateTime;

use crate::constraints::Breach;
pub use crate::constraints::SubtreeFault;
pub use crate::crl::CrlFault;
pub use crate::csr::RequestFault;
pub use crate::issue::ExtensionFault;
pub use crate::kex::KexFault;
use crate::key::{KeyAlgorithm, SignatureAlgorithm};
pub use crate::key::{KeyFault, PublicKeyFault};
use crate::lifetime;
pub use crate::name::NameFault;
use crate::name::NameKind;
pub use crate::p12::Pkcs12Fault;
pub use crate::pem::PemFault;
pub use crate::profile::ProfileFault;
use crate::profile::{KeyKind, Role};
pub use crate::store::StoreError;
pub use crate::subject::SubjectFault;
use crate::text::utc;

/// Why something of this crate was refused or failed.
#[derive(Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // Input: what was given cannot be used.
    /// A key type that this crate does not know.
    #[error(
        "key type `{given}` is none of p256, p384, p521, ed25519, rsa2048, rsa3072, rsa4096, ml-dsa-44, ml-dsa-65, \
         ml-dsa-87"
    )]
    UnknownKeyType {
        /// What was given, escaped and cut.
        given: String,
    },
    /// A name that may not stand in a certificate.
    #[error("name `{name}` {fault}")]
    Name {
        /// The name, escaped and cut.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// A subject that a certificate may not have.
    #[error("subject {fault}")]
    Subject {
        /// What is wrong with it.
        fault: SubjectFault,
    },
    /// A text that is no object identifier.
    #[error("`{given}` is no object identifier")]
    Oid {
        /// What was given, escaped and cut.
        given: String,
    },
    /// A text that is no lifetime.
    #[error("`{given}` is no lifetime")]
    LifetimeText {
        /// What was given, escaped and cut.
        given: String,
    },
    /// A text that is no purpose of a certificate.
    #[error("extended key usage `{given}` is not known, and no object identifier")]
    ExtendedKeyUsage {
        /// What was given, escaped and cut.
        given: String,
    },
    /// A subtree that name constraints may not have.
    #[error("subtree `{subtree}` {fault}")]
    Subtree {
        /// The subtree, escaped and cut.
        subtree: String,
        /// What is wrong with it.
        fault: SubtreeFault,
    },
    /// More name constraints than one CA certificate may have.
    #[error("more than {limit} name constraints")]
    TooManySubtrees {
        /// [`constraints::SUBTREES_MAX`](crate::constraints::SUBTREES_MAX).
        limit: usize,
    },
    /// A file with profiles that cannot be read as a whole.
    #[error("file with profiles cannot be read: {detail}")]
    ProfileFile {
        /// Where and why, escaped and cut.
        detail: String,
    },
    /// A profile that is not in order.
    #[error("profile `{profile}` {fault}")]
    Profile {
        /// Its name.
        profile: String,
        /// What is wrong with it.
        fault: ProfileFault,
    },
    /// A profile that there is not.
    #[error("profile `{given}` is none of {}", known.join(", "))]
    UnknownProfile {
        /// What was given, escaped and cut.
        given: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// An extension that a certificate may not have by request.
    #[error("extension `{extension}` {fault}")]
    Extension {
        /// The extension, escaped and cut.
        extension: String,
        /// What is wrong with it.
        fault: ExtensionFault,
    },
    /// More custom extensions than one certificate may carry.
    #[error("more than {limit} custom extensions for one certificate")]
    TooManyExtensions {
        /// [`issue::EXTENSIONS_MAX`](crate::issue::EXTENSIONS_MAX).
        limit: usize,
    },
    /// A URL that clients would not fetch.
    #[error("URL `{url}` has a scheme other than http, https and ldap")]
    UrlScheme {
        /// The URL, escaped and cut.
        url: String,
    },
    /// More URLs of one purpose than one certificate may carry.
    #[error("more than {limit} URLs of one purpose for one certificate")]
    TooManyUrls {
        /// [`issue::URLS_MAX`](crate::issue::URLS_MAX).
        limit: usize,
    },
    /// A public key of a kind that this crate cannot put into a certificate.
    #[error("public key is of an unknown kind")]
    UnsupportedPublicKey,
    /// PEM that cannot be read.
    #[error("{wanted} {fault}")]
    Pem {
        /// What was looked for: "certificate", "CRL", "private key", "public key" or "certification request".
        wanted: &'static str,
        /// What is wrong with it.
        fault: PemFault,
    },
    /// A PKCS#12 file that cannot be used.
    #[error("PKCS#12 file {fault}")]
    Pkcs12 {
        /// What is wrong with it.
        fault: Pkcs12Fault,
    },
    /// Bytes that are not one X.509 certificate in DER.
    #[error("certificate is malformed")]
    MalformedCertificate,
    /// A private key that cannot be used.
    #[error("private key {fault}")]
    Key {
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// A public key that cannot be used.
    #[error("public key {fault}")]
    PublicKey {
        /// What is wrong with it.
        fault: PublicKeyFault,
    },
    /// A key exchange, or a key for one, that is refused.
    #[error(transparent)]
    Kex(#[from] KexFault),
    /// A certification request that cannot be used.
    #[error("certification request {fault}")]
    Request {
        /// What is wrong with it.
        fault: RequestFault,
    },
    /// A signature of a kind that this crate does not check.
    #[error("signature algorithm is not checked here: {algorithm}")]
    UnsupportedSignatureAlgorithm {
        /// Its name, or its OID.
        algorithm: String,
    },
    /// A signature that no key of this type could have made.
    #[error("a key of type {key} does not sign with {algorithm}")]
    SignatureMismatch {
        /// How the signature says that it was made.
        algorithm: SignatureAlgorithm,
        /// What the key is.
        key: KeyAlgorithm,
    },
    /// Bytes that are not one X.509 CRL in DER.
    #[error("CRL is malformed")]
    MalformedCrl,
    /// A CRL of more bytes or entries than this crate reads or writes.
    #[error("CRL has more than {limit} {of}")]
    CrlTooLarge {
        /// [`crl::CRL_BYTES_MAX`](crate::crl::CRL_BYTES_MAX) or [`crl::ENTRIES_MAX`](crate::crl::ENTRIES_MAX).
        limit: usize,
        /// What is counted: "bytes" or "entries".
        of: &'static str,
    },
    /// A CRL that cannot be signed as it is asked for.
    #[error("CRL {fault}")]
    Crl {
        /// What is wrong with it.
        fault: CrlFault,
    },
    /// A revocation reason that RFC 5280 does not know.
    #[error("revocation reason `{given}` is none of RFC 5280 §5.3.1")]
    UnknownRevocationReason {
        /// What was given, escaped and cut.
        given: String,
    },
    /// Text or octets that are not a serial number.
    #[error("serial number `{given}` is not hexadecimal, or longer than {limit_octets} octets")]
    SerialNumber {
        /// What was given, escaped and cut.
        given: String,
        /// [`crl::SERIAL_OCTETS_MAX`](crate::crl::SERIAL_OCTETS_MAX).
        limit_octets: usize,
    },

    // Policy: the input is well-formed, and issuing from it would be wrong.
    /// An end-entity certificate without a name identifies no one.
    #[error("no name to issue for")]
    NoNames,
    /// More names than one certificate may carry.
    #[error("more than {limit} names for one certificate")]
    TooManyNames {
        /// [`issue::NAMES_MAX`](crate::issue::NAMES_MAX).
        limit: usize,
    },
    /// A kind of name that the profile does not take.
    #[error("name `{name}` is a {kind}, which profile {profile} does not take")]
    NameKind {
        /// The name.
        name: String,
        /// Its kind.
        kind: NameKind,
        /// The profile.
        profile: String,
        /// The kinds that it takes.
        allowed: Vec<NameKind>,
    },
    /// None of the names is of a kind that the profile requires.
    #[error("profile {profile} needs a name that is a {}", list(required, "or a"))]
    MissingName {
        /// The profile.
        profile: String,
        /// The kinds of which there has to be one.
        required: Vec<NameKind>,
    },
    /// A URI beside a SPIFFE ID: whoever verifies SPIFFE IDs refuses a certificate with more than one URI.
    #[error("there is another URI beside a SPIFFE ID")]
    SpiffeIdNotAlone,
    /// A kind of key that the profile does not take.
    #[error("key is {kind}, and profile {profile} takes {}", list(allowed, "or"))]
    KeyKind {
        /// The kind of the key.
        kind: KeyKind,
        /// The profile.
        profile: String,
        /// The kinds that it takes.
        allowed: Vec<KeyKind>,
    },
    /// A subject where the profile has none.
    #[error("profile {profile} leaves the subject empty")]
    SubjectGiven {
        /// The profile.
        profile: String,
    },
    /// No subject where the profile needs one.
    #[error("profile {profile} needs a subject")]
    SubjectMissing {
        /// The profile.
        profile: String,
    },
    /// A profile for the other kind of certificate.
    #[error("profile {profile} is not for {}", match wanted { Role::Ca => "a CA", Role::EndEntity => "an end entity" })]
    WrongRole {
        /// The profile.
        profile: String,
        /// What it was to be for.
        wanted: Role,
    },
    /// A lifetime of zero or less, or one that ends after the year 9999.
    #[error("lifetime is zero or ends after the year 9999")]
    Lifetime,
    /// A lifetime longer than the profile allows.
    #[error(
        "lifetime of {} is longer than the {} that profile {profile} allows",
        lifetime::words(*asked),
        lifetime::words(*limit)
    )]
    LifetimeTooLong {
        /// What was asked for.
        asked: std::time::Duration,
        /// The longest.
        limit: std::time::Duration,
        /// The profile.
        profile: String,
    },
    /// A name for which a CA may not issue.
    #[error("name `{name}` breaks the name constraints of {authority}: {breach}")]
    Constraint {
        /// The name, escaped and cut.
        name: String,
        /// The subject of the CA that has the constraints: the issuer, or one above it.
        authority: String,
        /// How it breaks them.
        breach: Breach,
    },
    /// Name constraints for a CA that has some, where it is cross-signed.
    #[error("CA to cross-sign has name constraints of its own")]
    ConstraintsGiven,
    /// More CAs above a CA than a path may have.
    #[error("more than {limit} CAs above a CA")]
    TooManyIssuers {
        /// [`chain::ISSUERS_MAX`](crate::chain::ISSUERS_MAX).
        limit: usize,
    },
    /// The certificate is not a CA's: no basicConstraints with cA true.
    #[error("certificate is not a CA certificate")]
    NotACa,
    /// The CA certificate's keyUsage lacks keyCertSign.
    #[error("CA certificate may not sign certificates")]
    MayNotSign,
    /// The CA certificate's keyUsage lacks cRLSign.
    #[error("CA certificate may not sign CRLs")]
    MayNotSignCrls,
    /// The key is not the one that the certificate names.
    #[error("key does not belong to the certificate")]
    KeyMismatch,
    /// A pathLenConstraint leaves no room, or less than was asked for.
    #[error("path length {path_len} of {authority} leaves too little room below it")]
    PathLength {
        /// The subject of the CA that has it: the issuer, or one above it.
        authority: String,
        /// How many CAs may stand between that CA and an end entity.
        path_len: u32,
    },
    /// The subject has the issuer's key.
    #[error("subject has the key of its issuer")]
    KeyReused,
    /// The subject has the issuer's distinguished name, or an end entity its commonName.
    #[error("subject has the name of its issuer")]
    SubjectReused,
    /// The CA's subject has a form that an issuer field could not repeat byte for byte.
    #[error("CA's subject has a form that cannot be repeated as issuer")]
    UnsupportedIssuerName,
    /// A certificate's validity has not begun: that of the CA, when it is to issue.
    #[error("certificate is not valid before {}", utc(*.not_before))]
    NotYetValid {
        /// When it begins.
        not_before: OffsetDateTime,
    },
    /// A certificate's validity is over: that of the CA, when it is to issue.
    #[error("certificate expired at {}", utc(*.not_after))]
    Expired {
        /// When it ended.
        not_after: OffsetDateTime,
    },
    /// A signature that was not made with this key, or not for this message.
    #[error("signature is not the one of this key")]
    BadSignature,

    /// A message is too long for an algorithm that needs all of it at once.
    #[error("message is longer than {limit_bytes} bytes, and {algorithm} needs all of it at once")]
    MessageTooLong {
        /// How it is signed.
        algorithm: SignatureAlgorithm,
        /// The limit: [`MESSAGE_BYTES_MAX`](crate::key::MESSAGE_BYTES_MAX).
        limit_bytes: usize,
    },

    // The libraries beneath.
    /// The cryptographic library failed: out of memory, or no random numbers.
    #[error("cryptographic library failed to {operation}")]
    Crypto {
        /// What it was to do.
        operation: &'static str,
    },
    /// The certificate could not be written.
    #[error("certificate cannot be encoded")]
    Encoding(#[from] rcgen::Error),

    // The disk.
    /// The operating system refused something.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: IoAction,
        /// With which file or folder.
        path: PathBuf,
        /// What the operating system answered.
        #[source]
        cause: IoCause,
    },
    /// A file that was to be new is there already.
    #[error("{} exists already", path.display())]
    FileExists {
        /// The file.
        path: PathBuf,
    },
    /// What is there is no regular file, so no file takes its place.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// A folder, a device, a pipe or a socket, or a symbolic link to one.
        path: PathBuf,
    },
    /// There is a CA already.
    #[error("there is a CA already in {}", path.display())]
    CaExists {
        /// Its folder.
        path: PathBuf,
    },
    /// The CA's folder is not what was once written there.
    #[error("{} {damage}", file.display())]
    DamagedCa {
        /// The file that is wrong.
        file: PathBuf,
        /// What is wrong with it.
        damage: Damage,
        /// What its reader said, if it was read.
        #[source]
        cause: Option<Box<Self>>,
    },
    /// The inventory, its lock, a backup or an import.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    /// Whether it is a private key's password that is missing or wrong, so that asking for it may help.
    pub fn is_password(&self) -> bool {
        match self {
            Self::Key { fault } => fault.is_password(),
            Self::Pkcs12 { fault } => fault.is_password(),
            _ => false,
        }
    }

    /// What the user can do about it, as a sentence without a full stop; `None` where the message says all.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Name { fault, .. } => fault.hint().map(str::to_owned),
            Self::Pkcs12 { fault } => fault.hint().map(str::to_owned),
            Self::Subtree { fault, .. } => fault.hint().map(str::to_owned),
            Self::Extension { fault, .. } => fault.hint().map(str::to_owned),
            Self::LifetimeText { .. } => {
                Some("write a whole number and a unit, as in 90d, 12h, 30m or 45s".into())
            }
            Self::ExtendedKeyUsage { .. } => Some(
                "the names are serverAuth, clientAuth, codeSigning, emailProtection, timeStamping and OCSPSigning".into(),
            ),
            Self::NameKind { allowed, .. } if allowed.is_empty() => {
                Some("leave names out, or choose another profile".into())
            }
            Self::NameKind { allowed, .. } => Some(format!(
                "it takes {}; choose another profile for others",
                list(allowed, "and")
            )),
            Self::NoNames => Some(
                "name it: a host, an address, an e-mail address or a URI; a subject alone names none"
                    .into(),
            ),
            Self::LifetimeTooLong { limit, profile, .. } => Some(format!(
                "ask for {} at most, or raise longest_lifetime of [profile.{profile}] in a file with profiles",
                lifetime::words(*limit)
            )),
            Self::Constraint { .. } => {
                Some("leave the name out, or issue from a CA that may issue for it".into())
            }
            Self::PathLength { .. } => {
                Some("issue from a CA that is nearer to the root, or make a root with a longer path length".into())
            }
            Self::SubjectReused => Some("give the subject another common name".into()),
            Self::Key { fault } => fault.hint().map(str::to_owned),
            Self::Kex(fault) => fault.hint().map(str::to_owned),
            Self::MessageTooLong { .. } => Some(
                "sign with an EC or RSA key, which take a message piece by piece, or sign a digest of the file".into(),
            ),
            Self::PublicKey {
                fault: PublicKeyFault::NoAgreement { .. },
            } => Some("P-256, P-384, P-521 and X25519 can, a point of a curve uncompressed".into()),
            Self::Crl { fault } => fault.hint().map(str::to_owned),
            Self::MayNotSignCrls => {
                Some("issue the CA certificate again with cRLSign in its keyUsage".into())
            }
            Self::UnknownRevocationReason { .. } => Some(format!(
                "use one of {}",
                crate::RevocationReason::ALL
                    .map(|reason| reason.to_string())
                    .join(", ")
            )),
            Self::Store(error) => error.hint(),
            Self::NotYetValid { .. } => Some("check the clock of this machine".into()),
            Self::Expired { .. } => {
                Some("check the clock of this machine; if it is right, make a new CA".into())
            }
            Self::FileExists { path } => Some(format!(
                "choose another name, or move {} away",
                path.display()
            )),
            Self::NotAFile { .. } => Some("name a file, or a place where there is nothing".into()),
            Self::Io {
                action,
                path,
                cause,
            } => io_hint(*action, path, cause.0.kind()),
            Self::CaExists { path } => Some(format!(
                "use it, or move {} away to make another",
                path.display()
            )),
            // A key in a form that is not read is not damaged.
            Self::DamagedCa {
                cause: Some(cause), ..
            } if cause.hint().is_some() => cause.hint(),
            Self::DamagedCa { file, .. } => {
                let folder = file.parent().unwrap_or(file);
                Some(format!(
                    "restore {} from a backup, or move {} away to make a new CA, which clients then have to trust anew",
                    file.display(),
                    folder.display()
                ))
            }
            _ => None,
        }
    }
}

/// `a, b or c`.
fn list<T: fmt::Display>(items: &[T], last: &str) -> String {
    let items: Vec<_> = items.iter().map(ToString::to_string).collect();
    match &items[..] {
        [front @ .., end] if !front.is_empty() => format!("{} {last} {end}", front.join(", ")),
        _ => items.concat(),
    }
}

impl From<KeyFault> for Error {
    fn from(fault: KeyFault) -> Self {
        Self::Key { fault }
    }
}

impl From<PublicKeyFault> for Error {
    fn from(fault: PublicKeyFault) -> Self {
        Self::PublicKey { fault }
    }
}

impl From<RequestFault> for Error {
    fn from(fault: RequestFault) -> Self {
        Self::Request { fault }
    }
}

impl From<Pkcs12Fault> for Error {
    fn from(fault: Pkcs12Fault) -> Self {
        Self::Pkcs12 { fault }
    }
}

/// Where there is something to do: an `EIO` has no hint.
fn io_hint(action: IoAction, path: &std::path::Path, kind: io::ErrorKind) -> Option<String> {
    match (kind, action) {
        (io::ErrorKind::PermissionDenied, IoAction::Read) => Some(format!(
            "check who owns {} and who may read it",
            path.display()
        )),
        (io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem, _) => {
            let folder = path.parent().unwrap_or(path);
            Some(format!(
                "check who may write to {}, or choose another folder",
                folder.display()
            ))
        }
        (io::ErrorKind::NotFound, IoAction::Write) => {
            let folder = path.parent().unwrap_or(path);
            Some(format!("make the folder {} first", folder.display()))
        }
        (io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded, _) => {
            Some("free some space".into())
        }
        (io::ErrorKind::NotADirectory, _) => Some(format!(
            "a part of {} is a file, not a folder",
            path.display()
        )),
        _ => None,
    }
}

/// What is wrong with a file of the CA's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It holds nothing.
    Empty,
    /// It is larger than any certificate or key.
    TooLarge {
        /// [`store::FILE_BYTES_MAX`](crate::store::FILE_BYTES_MAX).
        limit_bytes: u64,
    },
    /// It does not hold what its name says; the cause says more.
    Content,
    /// It holds a key, but not that of the certificate beside it.
    KeyMismatch,
    /// It holds a root whose signature or issuer is not its own.
    NotSelfSigned,
    /// It holds an intermediate that this root did not sign.
    NotSignedByRoot,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Empty => f.write_str("is empty"),
            Self::TooLarge { limit_bytes } => write!(f, "is larger than {limit_bytes} bytes"),
            Self::Content => f.write_str("does not hold what it should"),
            Self::KeyMismatch => f.write_str("is not the key of the certificate beside it"),
            Self::NotSelfSigned => f.write_str("is not a root: it did not sign itself"),
            Self::NotSignedByRoot => f.write_str("is not signed by the root beside it"),
        }
    }
}

/// What was asked of the operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IoAction {
    /// Reading a file or a folder.
    Read,
    /// Writing a file, or giving it its final name.
    Write,
    /// Making a folder.
    MakeFolder,
    /// Waiting for a lock.
    Lock,
}

impl fmt::Display for IoAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::MakeFolder => "make the folder",
            Self::Lock => "lock",
        })
    }
}

/// An [`io::Error`] that can be compared: equal when the [`kind`](io::Error::kind) is.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct IoCause(pub io::Error);

impl PartialEq for IoCause {
    fn eq(&self, other: &Self) -> bool {
        self.0.kind() == other.0.kind()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use time::macros::datetime;

    use super::*;

    fn io(action: IoAction, kind: io::ErrorKind) -> Error {
        Error::Io {
            action,
            path: "/srv/ca/root.key".into(),
            cause: IoCause(kind.into()),
        }
    }

    #[test]
    fn an_error_of_the_operating_system_says_what_was_tried_and_keeps_the_cause() {
        let error = io(IoAction::Read, io::ErrorKind::PermissionDenied);
        assert_eq!(error.to_string(), "cannot read /srv/ca/root.key");
        assert_eq!(error.source().unwrap().to_string(), "permission denied");
        assert_eq!(
            error.hint().unwrap(),
            "check who owns /srv/ca/root.key and who may read it"
        );
        let error = io(IoAction::Write, io::ErrorKind::ReadOnlyFilesystem);
        assert_eq!(
            error.hint().unwrap(),
            "check who may write to /srv/ca, or choose another folder"
        );
        assert_eq!(
            io(IoAction::Write, io::ErrorKind::StorageFull)
                .hint()
                .unwrap(),
            "free some space"
        );
        assert_eq!(io(IoAction::Write, io::ErrorKind::Other).hint(), None);
    }

    #[test]
    fn a_damaged_ca_names_the_file_the_damage_and_the_cause() {
        let cause = Some(Box::new(KeyFault::Malformed.into()));
        let error = Error::DamagedCa {
            file: "/srv/ca/root.key".into(),
            damage: Damage::Content,
            cause,
        };
        assert_eq!(
            error.to_string(),
            "/srv/ca/root.key does not hold what it should"
        );
        assert_eq!(
            error.source().unwrap().to_string(),
            "private key is malformed"
        );
        let hint = "restore /srv/ca/root.key from a backup, or move /srv/ca away to make a new CA, which clients then \
                    have to trust anew";
        assert_eq!(error.hint().unwrap(), hint);
    }

    #[test]
    fn a_date_is_written_for_people() {
        let error = Error::Expired {
            not_after: datetime!(2031-01-02 03:04:05 +01:00),
        };
        assert_eq!(
            error.to_string(),
            "certificate expired at 2031-01-02 02:04:05 UTC"
        );
    }
}

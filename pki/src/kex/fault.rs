//! Why a key exchange is refused.

use super::message::MessageKind;
use super::{Group, Role};
use crate::verify::{CheckKind, Report};

/// Why a key, a message or the other side of a key exchange is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KexFault {
    // Groups, keys and shares.
    /// A number that is none of a group.
    #[error("group 0x{code:04x} is not known")]
    UnknownGroup {
        /// The number.
        code: u16,
    },
    /// A name that is none of a group.
    #[error(
        "`{given}` is no group: x25519, p256, p384, ml-kem-768, x25519mlkem768 and rsa-oaep are"
    )]
    UnknownGroupName {
        /// What was given, escaped and cut.
        given: String,
    },
    /// A share or key that has not the length of its group.
    #[error("{group} wants a {what} of {wanted_bytes} bytes, this one has {found_bytes}")]
    Length {
        /// The group.
        group: Group,
        /// What it is: `public key`, `ciphertext`.
        what: &'static str,
        /// The length that it should have.
        wanted_bytes: usize,
        /// The length that it has.
        found_bytes: usize,
    },
    /// A point of small order: whatever the private key, the secret would be zero ([RFC 7748 §6.1]).
    ///
    /// [RFC 7748 §6.1]: https://www.rfc-editor.org/rfc/rfc7748#section-6.1
    #[error(
        "the public key of {group} is a point of small order: the secret would be zero, and known to everybody"
    )]
    SmallOrder {
        /// The group.
        group: Group,
    },
    /// A point that is not on the curve: what comes out of it could give the private key away.
    #[error("the public key of {group} is not a point on its curve")]
    NotOnCurve {
        /// The group.
        group: Group,
    },
    /// An encapsulation key with a coefficient beyond the modulus (FIPS 203 §7.2).
    #[error("the public key of {group} fails the modulus check of FIPS 203")]
    Modulus {
        /// The group.
        group: Group,
    },
    /// A decapsulation key that has not the hash of its own public key in it (FIPS 203 §7.3).
    #[error("the private key of {group} fails the hash check of FIPS 203")]
    KeyHash {
        /// The group.
        group: Group,
    },
    /// Two keys that are of different groups.
    #[error("the private key is of {private}, the public key of {public}")]
    GroupMismatch {
        /// That of the private key.
        private: Group,
        /// That of the public key.
        public: Group,
    },
    /// A key that is of no use for this.
    #[error("a key of {group} does not {verb}")]
    NoSuchOperation {
        /// Its group.
        group: Group,
        /// What was asked for.
        verb: &'static str,
    },
    /// A ciphertext that this private key does not decrypt.
    #[error("the ciphertext is not decrypted by this private key")]
    NotDecrypted,
    /// More bytes than HKDF has to give ([RFC 5869 §2.3]).
    ///
    /// [RFC 5869 §2.3]: https://www.rfc-editor.org/rfc/rfc5869#section-2.3
    #[error("HKDF with SHA-256 gives 1 to {limit_bytes} bytes, not {asked_bytes}")]
    TooMuchOutput {
        /// How many were asked for.
        asked_bytes: usize,
        /// How many there are.
        limit_bytes: usize,
    },
    /// The cryptographic library failed at what cannot fail on these inputs.
    #[error("the cryptographic library failed to {operation}")]
    Crypto {
        /// At what.
        operation: &'static str,
    },

    // Messages.
    /// A message of a kind that there is not.
    #[error("message type {kind} is not known")]
    UnknownMessage {
        /// Its first byte.
        kind: u8,
    },
    /// A message that is not the one whose turn it is.
    #[error("a {found} came where a {wanted} should be")]
    UnexpectedMessage {
        /// What came.
        found: MessageKind,
        /// What should have come.
        wanted: MessageKind,
    },
    /// A message after the last one.
    #[error("{found_bytes} bytes came after the last message")]
    AfterTheEnd {
        /// How many bytes.
        found_bytes: usize,
    },
    /// A message that is longer than any may be.
    #[error("a {message} of {found_bytes} bytes, where {limit_bytes} are allowed")]
    MessageTooLong {
        /// Which one.
        message: MessageKind,
        /// How long it says it is.
        found_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// A message that ends within a field.
    #[error("the {message} ends within its {field}")]
    Truncated {
        /// Which one.
        message: MessageKind,
        /// The field.
        field: &'static str,
    },
    /// A message that goes on after its last field.
    #[error("the {message} has {count_bytes} bytes after its last field")]
    Trailing {
        /// Which one.
        message: MessageKind,
        /// How many.
        count_bytes: usize,
    },
    /// Another version of the protocol.
    #[error("the client-hello is not of version KX/1")]
    Version,
    /// No share at all, or more than are read.
    #[error("the client-hello has {found} shares, where 1 to {limit} are allowed")]
    ShareCount {
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Two shares of one group.
    #[error("the client-hello has two shares of {group}")]
    ShareTwice {
        /// The group.
        group: Group,
    },
    /// No share is of a group that this side accepts.
    #[error("the client offers none of the groups that the server accepts: {accepted}")]
    NoCommonGroup {
        /// Which ones are accepted, by name.
        accepted: String,
    },
    /// The server chose a group that the client did not offer.
    #[error("the server chose {group}, which the client did not offer")]
    NotOffered {
        /// The group.
        group: Group,
    },
    /// RSA key transport needs the server's key before the exchange begins.
    #[error("RSA key transport needs the {needs}")]
    TransportKey {
        /// What is missing.
        needs: &'static str,
    },
    /// The other side ended the connection.
    #[error("the other side ended the connection before its {awaiting}")]
    Ended {
        /// What should have come.
        awaiting: MessageKind,
    },

    // Who it is.
    /// An encrypted message that does not open: another key, another transcript, or changed on its way.
    #[error(
        "the {message} does not open: the two sides have different keys, or it was changed on its way"
    )]
    NotOpened {
        /// Which one.
        message: MessageKind,
    },
    /// No certificate, where one is required.
    #[error("the {role} shows no certificate, and it has to")]
    Anonymous {
        /// Who.
        role: Role,
    },
    /// A certificate, where none was agreed on.
    #[error("the {role} shows a certificate where none was asked for")]
    UnwantedCertificate {
        /// Who.
        role: Role,
    },
    /// More certificates than a chain may have.
    #[error("the {role} shows {found} certificates, where {limit} are allowed")]
    TooManyCertificates {
        /// Who.
        role: Role,
        /// How many.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Something that is no certificate.
    #[error("certificate {at} of the {role} is malformed")]
    MalformedCertificate {
        /// Who.
        role: Role,
        /// Which one, from 0.
        at: usize,
    },
    /// No certification path to the trust anchors, or not for this.
    #[error("the certificate of the {role} is refused: {}", reasons(report))]
    CertificateRefused {
        /// Who.
        role: Role,
        /// Every reason.
        report: Box<Report>,
    },
    /// A way to sign that is not the one of the certificate's key.
    #[error(
        "the {role} signs with scheme 0x{code:04x}, which is not that of its certificate's key"
    )]
    SignatureScheme {
        /// Who.
        role: Role,
        /// The number, as TLS has it.
        code: u16,
    },
    /// The signature over the transcript is not that of the certificate's key: who shows the certificate does not have its
    /// key, or saw other messages than this side.
    #[error(
        "the signature of the {role} does not match the transcript: somebody in between changed it"
    )]
    Signature {
        /// Who.
        role: Role,
    },
    /// The MAC over the identity is not the one of the agreed keys.
    #[error("the MAC of the {role} does not match: the two sides do not have the same keys")]
    Mac {
        /// Who.
        role: Role,
    },
}

impl KexFault {
    /// A name for programs, and for whoever looks it up: `small-order`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UnknownGroup { .. } | Self::UnknownGroupName { .. } => "unknown-group",
            Self::Length { .. } => "length",
            Self::SmallOrder { .. } => "small-order",
            Self::NotOnCurve { .. } => "not-on-curve",
            Self::Modulus { .. } => "modulus",
            Self::KeyHash { .. } => "key-hash",
            Self::GroupMismatch { .. } => "group-mismatch",
            Self::NoSuchOperation { .. } => "no-such-operation",
            Self::NotDecrypted => "not-decrypted",
            Self::TooMuchOutput { .. } => "too-much-output",
            Self::Crypto { .. } => "crypto",
            Self::UnknownMessage { .. } => "unknown-message",
            Self::UnexpectedMessage { .. } => "unexpected-message",
            Self::AfterTheEnd { .. } => "after-the-end",
            Self::MessageTooLong { .. } => "message-too-long",
            Self::Truncated { .. } => "truncated",
            Self::Trailing { .. } => "trailing",
            Self::Version => "version",
            Self::ShareCount { .. } => "share-count",
            Self::ShareTwice { .. } => "share-twice",
            Self::NoCommonGroup { .. } => "no-common-group",
            Self::NotOffered { .. } => "not-offered",
            Self::TransportKey { .. } => "transport-key",
            Self::Ended { .. } => "ended",
            Self::NotOpened { .. } => "not-opened",
            Self::Anonymous { .. } => "anonymous",
            Self::UnwantedCertificate { .. } => "unwanted-certificate",
            Self::TooManyCertificates { .. } => "too-many-certificates",
            Self::MalformedCertificate { .. } => "malformed-certificate",
            Self::CertificateRefused { .. } => "certificate",
            Self::SignatureScheme { .. } => "signature-scheme",
            Self::Signature { .. } => "signature",
            Self::Mac { .. } => "mac",
        }
    }

    /// The checks of the certification path that failed; none for another fault.
    pub fn failed_checks(&self) -> Vec<CheckKind> {
        let Self::CertificateRefused { report, .. } = self else {
            return Vec::new();
        };
        let failed = report
            .checks
            .iter()
            .filter(|check| !check.failures().is_empty());
        failed.map(|check| check.check).collect()
    }

    /// What the user can do, if that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoSuchOperation { .. } => Some(
                "X25519, P-256 and P-384 derive; ML-KEM-768, X25519MLKEM768 and RSA encapsulate and decapsulate",
            ),
            Self::CertificateRefused { .. } => {
                Some("`wharf cert verify` explains each reason for the same files")
            }
            Self::NoCommonGroup { .. } => Some("name a --group on both sides that both have"),
            Self::Anonymous { .. } => Some(
                "give both sides --cert and --key, or both --no-auth, which protects against nobody in between",
            ),
            Self::TransportKey { .. } => Some(
                "RSA-OAEP needs an RSA certificate of the server, and --server-cert FILE where the client dials",
            ),
            Self::TooMuchOutput { .. } => Some("ask for fewer bytes"),
            _ => None,
        }
    }
}

fn reasons(report: &Report) -> String {
    let messages: Vec<_> = report
        .failures()
        .map(|failure| failure.message.as_str())
        .collect();
    messages.join("; ")
}

//! What a side did, with every value, for whoever explains, records or checks it.

use super::{Group, MessageKind, Role, Secret};

/// Something that a side did.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Step {
    /// Who.
    pub role: Role,
    /// What.
    pub kind: StepKind,
    /// The message that it sent or received, as it went over the wire.
    pub message: Option<Vec<u8>>,
    /// What came up, in this order.
    pub values: Vec<Value>,
}

/// What a side did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepKind {
    /// It made keys for this exchange alone.
    MadeKeys,
    /// It sent a message.
    Sent(MessageKind),
    /// It received a message.
    Received(MessageKind),
    /// It has the secret.
    Agreed(Group),
    /// It derived the keys that protect who is who.
    DerivedHandshakeKeys,
    /// The chain of the other side leads to a trust anchor, and is good for this.
    CheckedCertificate {
        /// Whom it names, escaped and cut.
        subject: String,
    },
    /// The signature of the other side covers what this side saw.
    CheckedSignature,
    /// The MAC of the other side is that of the keys that this side has.
    CheckedMac,
    /// It derived the keys of the data.
    DerivedDataKeys,
}

impl StepKind {
    /// A name for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MadeKeys => "made-keys",
            Self::Sent(_) => "sent",
            Self::Received(_) => "received",
            Self::Agreed(_) => "agreed",
            Self::DerivedHandshakeKeys => "derived-handshake-keys",
            Self::CheckedCertificate { .. } => "checked-certificate",
            Self::CheckedSignature => "checked-signature",
            Self::CheckedMac => "checked-mac",
            Self::DerivedDataKeys => "derived-data-keys",
        }
    }

    /// The message of it.
    pub fn message(&self) -> Option<MessageKind> {
        match self {
            Self::Sent(kind) | Self::Received(kind) => Some(*kind),
            _ => None,
        }
    }
}

/// A value that came up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Value {
    /// What it is, of both sides the same: `server handshake key`. [`value`](mod@super::value) has them.
    pub name: String,
    /// Whether it is a secret.
    pub visibility: Visibility,
    /// Its octets.
    pub octets: Secret,
}

/// Who may see a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// Everybody, or at least both sides.
    Public,
    /// Nobody else than who has it.
    Secret,
}

impl Value {
    pub(super) fn public(name: impl Into<String>, octets: &[u8]) -> Self {
        Self {
            name: name.into(),
            visibility: Visibility::Public,
            octets: Secret::copy(octets),
        }
    }

    pub(super) fn secret(name: impl Into<String>, octets: &[u8]) -> Self {
        Self {
            visibility: Visibility::Secret,
            ..Self::public(name, octets)
        }
    }

    /// Whether it is a secret.
    pub fn is_secret(&self) -> bool {
        self.visibility == Visibility::Secret
    }
}

use std::fmt;

use super::MessageKind;

/// A side of the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The one that begins.
    Client,
    /// The one that answers, and says first who it is.
    Server,
}

impl Role {
    /// The other side.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }

    /// `client` or `server`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }

    /// The message in which this side says who it is.
    pub fn auth(self) -> MessageKind {
        match self {
            Self::Client => MessageKind::ClientAuth,
            Self::Server => MessageKind::ServerAuth,
        }
    }

    /// Whose auth it is. Data has no such side: the server then.
    pub(super) fn of(kind: MessageKind) -> Self {
        match kind {
            MessageKind::ClientHello | MessageKind::ClientAuth => Self::Client,
            _ => Self::Server,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

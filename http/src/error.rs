use std::fmt;
use std::io;

use crate::h1::ProtocolError;

/// What a connection was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The rest of a request head.
    Head,
    /// More of a request body.
    Body,
    /// Room to write a response into.
    Write,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Body => "body",
            Self::Write => "write",
        })
    }
}

/// Why the content of a message could not be read to its end. Opaque; the predicates say what a caller may act on.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Error(Kind);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Kind {
    #[error("the peer broke the protocol")]
    Protocol(#[source] ProtocolError),
    #[error("the peer was too slow: {0}")]
    Timeout(Phase),
    #[error("the connection failed")]
    Io(#[source] io::Error),
    #[error("the connection was closed before the content was read")]
    Closed,
}

impl Error {
    /// A deadline passed.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0, Kind::Timeout(_))
    }

    /// The connection ended before the content did.
    pub fn is_truncated(&self) -> bool {
        matches!(self.0, Kind::Protocol(ProtocolError::Truncated))
    }

    /// The rule that the peer broke.
    pub fn protocol(&self) -> Option<&ProtocolError> {
        match &self.0 {
            Kind::Protocol(error) => Some(error),
            _ => None,
        }
    }
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

/// Why a connection was closed. Closing is not an error; this is for logs and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The client closed it between two requests.
    ByPeer,
    /// One side said `Connection: close`, the client spoke HTTP/1.0, or too much of a request was left unread.
    NotPersistent,
    /// Nothing was requested for the idle timeout; nothing at all for the head timeout.
    Idle,
    /// The server is draining.
    Drain,
    /// It was as old as a connection may get.
    Age,
    /// It had brought as many requests as it may.
    RequestsMax,
    /// It was idle, and the server had no room for another.
    Evicted,
    /// The client had sent all it wanted to send, and the server was told to take that for a loss of interest.
    Cancelled,
    /// The TLS handshake failed.
    Handshake,
    /// It went on in another protocol, and that has ended.
    Switched,
    /// A request was for a host that this connection is not for; the client got a 421.
    Misdirected,
    /// A deadline passed in the middle of something.
    Timeout(Phase),
    /// The client broke a rule, and was told so if it did not have its response already.
    Protocol(ProtocolError),
    /// The response could not be completed: its body failed, or did not have the length it announced.
    ResponseFailed,
    /// The service failed; the client got a 500.
    ServiceFailed,
    /// A request that changes something came as early data, which can be a recording; the client got a 425.
    TooEarly,
    /// The socket failed, or the client was gone before it had its response.
    Io(io::ErrorKind),
}

impl CloseReason {
    /// A name for counters and logs, in lower case with underscores. It does not change.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ByPeer => "by_peer",
            Self::NotPersistent => "not_persistent",
            Self::Idle => "idle",
            Self::Drain => "drain",
            Self::Age => "age",
            Self::RequestsMax => "requests_max",
            Self::Evicted => "evicted",
            Self::Cancelled => "cancelled",
            Self::Handshake => "handshake",
            Self::Switched => "switched",
            Self::Misdirected => "misdirected",
            Self::Timeout(Phase::Head) => "head_timeout",
            Self::Timeout(Phase::Body) => "body_timeout",
            Self::Timeout(Phase::Write) => "write_timeout",
            Self::Protocol(_) => "protocol",
            Self::ResponseFailed => "response_failed",
            Self::ServiceFailed => "service_failed",
            Self::TooEarly => "too_early",
            Self::Io(_) => "io",
        }
    }
}

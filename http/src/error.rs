use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use wharf_net::text::TextError;
use wharf_net::{AttemptEnd, DialError, DialPhase};

use crate::client::{ContentCodingError, ProxyError, RedirectError};
use crate::h1::ProtocolError;
use crate::https::HandshakeError;

/// What a connection was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Phase {
    /// The rest of a request head.
    Head,
    /// More of a request body.
    Body,
    /// Room to write a response into, or a request; for a client, what there is to write too: the content of a request,
    /// where that fails or has another length than was announced.
    Write,
    /// A connection of the client's pool.
    Queue,
    /// The addresses of a server.
    Resolve,
    /// A connection to one of them.
    Connect,
    /// What a proxy says to the wish for a connection.
    Proxy,
    /// The TLS handshake, with the server or, as [`Error::proxy`] tells, with a proxy.
    Handshake,
    /// The head of a response.
    Response,
    /// All of a request and its response.
    Total,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Head => "head",
            Self::Body => "body",
            Self::Write => "write",
            Self::Queue => "queue",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Proxy => "proxy",
            Self::Handshake => "handshake",
            Self::Response => "response",
            Self::Total => "total",
        })
    }
}

/// Why the content of a message could not be read to its end, or a client got no response. Opaque; the predicates say
/// what a caller may act on. `Display` says what failed, [`source`](std::error::Error::source) why.
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
    #[error("the URI is not one to send a request to: {0}")]
    Uri(&'static str),
    #[error("{} requests wait for a connection already", .0)]
    QueueFull(usize),
    #[error(transparent)]
    Dial(Box<DialError>),
    #[error("the TLS handshake failed")]
    Handshake(#[source] Box<HandshakeError>),
    #[error("the server has chosen a protocol that is not HTTP/1.1: {0}")]
    Alpn(String),
    #[error("nothing more within {1:?} ({0})")]
    Late(Phase, Duration),
    #[error("the {0} of the request is not valid")]
    Invalid(
        &'static str,
        #[source] Box<dyn std::error::Error + Send + Sync>,
    ),
    #[error("the redirect from {from} to {to} was not followed")]
    Redirect {
        from: String,
        to: String,
        #[source]
        error: RedirectError,
    },
    #[error("the content could not be decoded")]
    ContentCoding(#[source] ContentCodingError),
    #[error("no connection through the proxy {proxy}")]
    Proxy {
        proxy: String,
        #[source]
        error: Box<ProxyError>,
    },
    #[error("addresses such as {0} are denied")]
    Denied(IpAddr),
    #[error("addresses are denied, and {0:?} may be one to the proxy")]
    DeniedHost(String),
    #[error("the connection failed before anything could be asked")]
    Announce(#[source] io::Error),
    #[error("the charset {0:?} is not known")]
    Charset(String),
    #[error("the content is no text")]
    Text(#[source] Box<TextError>),
    #[cfg(feature = "json")]
    #[error("the content is not the JSON that was expected")]
    Json(#[source] serde_json::Error),
    #[error("the request cannot be sent as it is")]
    Request(#[source] ProtocolError),
    #[error("the content of the request failed")]
    RequestBody(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("{}", .0.summary())]
    Exchange(#[source] Box<Failure>),
}

/// What is known of a request that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) origin: String,
    pub(crate) stage: Stage,
    pub(crate) cause: Kind,
}

/// How far a request had come when it failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stage {
    /// Before there was a response to hand out. It was sent over so many connections.
    Request { sent: u32 },
    /// The response was handed out.
    Content,
}

impl Failure {
    fn summary(&self) -> String {
        let origin = &self.origin;
        match self.stage {
            Stage::Request { sent: 0 | 1 } => format!("the request to {origin} failed"),
            Stage::Request { sent } => {
                format!("the request to {origin} failed, sent over {sent} connections")
            }
            Stage::Content => format!("the content of the response from {origin} failed"),
        }
    }

    /// What was waited for, if that is known from nothing but how far it had come.
    fn phase(&self) -> Option<Phase> {
        let is_of_response = matches!(
            self.cause,
            Kind::Io(_) | Kind::Protocol(_) | Kind::ContentCoding(_) | Kind::Redirect { .. }
        );
        is_of_response.then_some(match self.stage {
            Stage::Request { .. } => Phase::Response,
            Stage::Content => Phase::Body,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.source()
    }
}

impl Error {
    /// A deadline passed. Of which phase, [`phase`](Self::phase) tells.
    pub fn is_timeout(&self) -> bool {
        match self.kind() {
            Kind::Timeout(_) | Kind::Late(..) => true,
            Kind::Dial(error) => {
                error.timed_out_in().is_some() || matches!(asked_last(error), Some(Kind::Late(..)))
            }
            Kind::Handshake(error) => error.is_timeout(),
            Kind::Proxy { error, .. } => {
                matches!(&**error, ProxyError::Handshake(error) if error.is_timeout())
            }
            _ => false,
        }
    }

    /// What was waited for when it failed, where that is known.
    pub fn phase(&self) -> Option<Phase> {
        match self.kind() {
            Kind::Timeout(phase) | Kind::Late(phase, _) => Some(*phase),
            Kind::QueueFull(_) => Some(Phase::Queue),
            Kind::Dial(error) if error.timed_out_in() == Some(DialPhase::Resolve) => {
                Some(Phase::Resolve)
            }
            Kind::Dial(error) if error.is_resolve() => Some(Phase::Resolve),
            Kind::Dial(error) => Some(match asked_last(error) {
                Some(Kind::Proxy { .. } | Kind::Late(..)) => Phase::Proxy,
                _ => Phase::Connect,
            }),
            Kind::Denied(_) | Kind::DeniedHost(_) | Kind::Announce(_) => Some(Phase::Connect),
            Kind::Proxy { error, .. } => Some(match **error {
                ProxyError::Handshake(_) | ProxyError::Alpn { .. } => Phase::Handshake,
                _ => Phase::Proxy,
            }),
            Kind::Handshake(_) | Kind::Alpn(_) => Some(Phase::Handshake),
            Kind::RequestBody(_)
            | Kind::Request(ProtocolError::ContentTooShort | ProtocolError::ContentTooLong) => {
                Some(Phase::Write)
            }
            _ => match &self.0 {
                Kind::Exchange(failure) => failure.phase(),
                _ => None,
            },
        }
    }

    /// The connection ended before the content did.
    pub fn is_truncated(&self) -> bool {
        matches!(self.protocol(), Some(ProtocolError::Truncated))
    }

    /// The server could not be connected to: the request has not left.
    pub fn is_connect(&self) -> bool {
        let phase = self.phase();
        phase.is_some_and(|phase| {
            matches!(
                phase,
                Phase::Resolve | Phase::Connect | Phase::Proxy | Phase::Handshake
            )
        })
    }

    /// The rule that the peer broke.
    pub fn protocol(&self) -> Option<&ProtocolError> {
        match self.kind() {
            Kind::Protocol(error) => Some(error),
            _ => None,
        }
    }

    /// How the server could not be connected to, attempt by attempt.
    pub fn dial(&self) -> Option<&DialError> {
        match self.kind() {
            Kind::Dial(error) => Some(error),
            _ => None,
        }
    }

    /// Why the content could not be decoded.
    pub fn content_coding(&self) -> Option<&ContentCodingError> {
        match self.kind() {
            Kind::ContentCoding(error) => Some(error),
            _ => None,
        }
    }

    /// Why a redirect was not followed. The text of the error has both URIs, without what may be a secret in a log: their
    /// query and fragment, and a user name and password. The path is in it.
    pub fn redirect(&self) -> Option<&RedirectError> {
        match self.kind() {
            Kind::Redirect { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Why there was no connection through a proxy, although there was one to it; a TLS handshake with the proxy is told here
    /// too, and one with the server behind it is not. Where names are resolved here and the
    /// proxy is asked for one address after the other, this is what it said to the last one; [`dial`](Self::dial) has them all.
    pub fn proxy(&self) -> Option<&ProxyError> {
        let kind = match self.kind() {
            Kind::Dial(error) => asked_last(error)?,
            kind => kind,
        };
        match kind {
            Kind::Proxy { error, .. } => Some(error),
            _ => None,
        }
    }

    /// Whether the address of the server is on the deny list of the client.
    pub fn is_denied(&self) -> bool {
        match self.kind() {
            Kind::Denied(_) | Kind::DeniedHost(_) => true,
            Kind::Dial(error) => error.is_denied(),
            _ => false,
        }
    }

    /// The same, of content from there; one that says already whose it is stays as it is.
    pub(crate) fn of_content_from(self, origin: &impl fmt::Display) -> Self {
        match self.0 {
            Kind::Exchange(_) => self,
            cause => Self(Kind::Exchange(Box::new(Failure {
                origin: origin.to_string(),
                stage: Stage::Content,
                cause,
            }))),
        }
    }

    fn kind(&self) -> &Kind {
        match &self.0 {
            Kind::Exchange(failure) => &failure.cause,
            kind => kind,
        }
    }
}

/// How the last attempt of a dial failed, if that was no connect of our own but a question to a proxy.
pub(crate) fn asked_last(error: &DialError) -> Option<&Kind> {
    let AttemptEnd::Failed(last) = &error.attempts().last()?.end else {
        return None;
    };
    last.get_ref()?.downcast_ref()
}

impl From<ContentCodingError> for Error {
    fn from(error: ContentCodingError) -> Self {
        Kind::ContentCoding(error).into()
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
            // A server waits for nothing else.
            Self::Timeout(_) => "timeout",
            Self::Protocol(_) => "protocol",
            Self::ResponseFailed => "response_failed",
            Self::ServiceFailed => "service_failed",
            Self::TooEarly => "too_early",
            Self::Io(_) => "io",
        }
    }
}

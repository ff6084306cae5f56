use std::io;

use http::StatusCode;

use super::SocksError;
use crate::h1::ProtocolError;
use crate::https::HandshakeError;

/// Why there is no connection through a proxy, although there is one to it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// There is no TLS with an `https` proxy: its certificate is not trusted, or not for its name, or it does not speak
    /// TLS. What holds there is [`ClientConfig::proxy_tls`](crate::ClientConfig::proxy_tls). It was asked for nothing.
    #[error("the TLS handshake with the proxy failed")]
    Handshake(#[source] Box<HandshakeError>),
    /// An `https` proxy wants to speak something else than HTTP/1.1 over TLS, which it was offered.
    #[error("the proxy has chosen a protocol that is not HTTP/1.1: {protocol}")]
    Alpn {
        /// What it has chosen.
        protocol: String,
    },
    /// What was asked for is not a host and a port that this protocol has words for. Nothing was sent.
    #[error("the proxy cannot be asked for this host and port")]
    Target,
    /// The proxy serves nobody whom it does not know: give it a user name and a password, as in
    /// `http://USER:PASSWORD@HOST`.
    #[error("the proxy requires a user name and a password, and was given none")]
    CredentialsRequired,
    /// The proxy does not take these credentials, or not in a form that we have: for HTTP that is `Basic`.
    #[error("the proxy did not accept the user name and password")]
    CredentialsRefused,
    /// An HTTP proxy answered CONNECT with a status that opens no tunnel.
    #[error("the proxy refused the tunnel: {status}")]
    Refused {
        /// 403: its rules forbid it. 502, 503, 504: it could not reach the host.
        status: StatusCode,
    },
    /// There was something behind the head that opens the tunnel, before anything was sent into it.
    #[error("the proxy sent bytes into the tunnel before its use began")]
    EarlyBytes,
    /// The proxy does not keep to HTTP/1.1, or exceeds a limit.
    #[error("the proxy broke the protocol")]
    Protocol(#[source] ProtocolError),
    /// A SOCKS proxy could not connect, or does not keep to its protocol.
    #[error("the SOCKS proxy did not connect")]
    Socks(#[source] SocksError),
    /// The proxy closed the connection in place of an answer, or inside of one.
    #[error("the proxy closed the connection before the end of its answer")]
    Closed,
    /// The connection to the proxy failed.
    #[error("the connection to the proxy failed")]
    Io(#[source] io::Error),
}

impl ProxyError {
    /// The status of an HTTP proxy that refused.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Refused { status } => Some(*status),
            _ => None,
        }
    }
}

impl From<ProtocolError> for ProxyError {
    fn from(error: ProtocolError) -> Self {
        match error {
            ProtocolError::NoResponse | ProtocolError::Truncated => Self::Closed,
            error => Self::Protocol(error),
        }
    }
}

impl From<SocksError> for ProxyError {
    fn from(error: SocksError) -> Self {
        Self::Socks(error)
    }
}

impl From<io::Error> for ProxyError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(error),
        }
    }
}

//! How a handshake or a stream fails.

use std::io;

/// Why a handshake failed. If TLS itself refused, the alert that says so has been handed to the transport.
#[derive(Debug)]
pub(crate) enum Failure {
    Tls(rustls::Error),
    Io(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A protocol failure as the streams report it: the `source` is rustls's error.
pub(super) fn protocol_failure(error: &rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.clone())
}

/// The peer ended the connection without `close_notify` ([RFC 8446 §6.1]): somebody may have cut it, and what was read may
/// be incomplete.
///
/// A read reports it as an [`io::Error`] of the kind [`UnexpectedEof`](io::ErrorKind::UnexpectedEof) that holds this value.
///
/// [RFC 8446 §6.1]: https://www.rfc-editor.org/rfc/rfc8446#section-6.1
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the peer ended the connection without close_notify, so what was read may be incomplete")]
pub struct Truncated;

impl Truncated {
    /// Whether `error` says that the stream was truncated.
    pub fn is(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Self>())
    }
}

impl From<Truncated> for io::Error {
    fn from(truncated: Truncated) -> Self {
        Self::new(io::ErrorKind::UnexpectedEof, truncated)
    }
}

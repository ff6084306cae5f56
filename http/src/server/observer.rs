use std::fmt;

use wharf_net::ConnInfo;

use crate::CloseReason;
use crate::h1::ProtocolError;

/// Is told what a server does not tell its service: requests that were refused before they were any, and how
/// connections end. For logs, metrics and alarms.
///
/// It is called from the tasks of the connections, so it must not block.
///
/// ```
/// use wharf_http::{Observer, Refused, Server};
/// # use wharf_http::{Incoming, service_fn};
/// # let app = service_fn(|_: http::Request<Incoming>| async { Ok::<_, std::convert::Infallible>(http::Response::new(String::new())) });
///
/// struct Log;
///
/// impl Observer for Log {
///     fn refused(&self, refused: &Refused<'_>) {
///         let peer = refused.connection.map(|connection| connection.peer.to_string());
///         eprintln!("{peer:?}: {}: {}", refused.error, refused.bytes.escape_ascii());
///     }
/// }
///
/// let server = Server::new(app).observer(Log);
/// ```
pub trait Observer: Send + Sync + 'static {
    /// A client broke a rule, and is told so by the status of the error.
    fn refused(&self, refused: &Refused<'_>) {
        let _ = refused;
    }

    /// A connection has ended in its own time. One that is dropped, as at the deadline of a drain, says nothing.
    fn closed(&self, closed: &Closed<'_>) {
        let _ = closed;
    }
}

/// What a client sent that is no HTTP/1.1.
#[derive(Debug)]
#[non_exhaustive]
pub struct Refused<'a> {
    /// Who. `None` for a stream that came without this.
    pub connection: Option<&'a ConnInfo>,
    /// Which rule it broke.
    pub error: &'a ProtocolError,
    /// The first bytes, 256 at most, of what could not be understood: a head from its beginning, or content from where
    /// it went wrong. They can hold secrets, and whatever else a client sends: escape them.
    pub bytes: &'a [u8],
}

/// A connection that has ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Closed<'a> {
    /// Whose. `None` for a stream that came without this.
    pub connection: Option<&'a ConnInfo>,
    /// Why.
    pub reason: &'a CloseReason,
    /// How many requests it brought.
    pub requests: u64,
}

/// How many bytes a [`Refused`] shows.
pub(super) const SHOWN_BYTES_MAX: usize = 256;

/// Whoever is told, if anybody.
#[derive(Clone, Default)]
pub(super) struct Observed(pub(super) Option<std::sync::Arc<dyn Observer>>);

impl fmt::Debug for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Observer" } else { "none" })
    }
}

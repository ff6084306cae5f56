use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use super::{Attempt, AttemptEnd};
use crate::Endpoint;

/// A dial that failed.
///
/// `Display` names the endpoint and every attempt, each with its address, its time and its error:
/// `cannot connect to example.com:443: [2001:db8::1]:443: no answer after 9.9s; 192.0.2.1:443: connection refused after
/// 12.3ms`.
#[derive(Debug)]
pub struct DialError {
    endpoint: Endpoint,
    cause: Cause,
    resolved: Option<Duration>,
    attempts: Vec<Attempt>,
}

#[derive(Debug)]
enum Cause {
    NotDialable,
    Resolve(io::Error),
    NoAddress,
    Denied(Vec<IpAddr>),
    NoLocalAddress,
    Late(DialPhase, Duration),
    AllFailed,
    Unix(io::Error),
}

/// What a dial was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DialPhase {
    /// The resolver.
    Resolve,
    /// An answer to one of the attempts.
    Connect,
}

impl DialError {
    fn new(endpoint: Endpoint, cause: Cause) -> Self {
        Self {
            endpoint,
            cause,
            resolved: None,
            attempts: Vec::new(),
        }
    }

    pub(crate) fn not_dialable(endpoint: Endpoint) -> Self {
        Self::new(endpoint, Cause::NotDialable)
    }

    pub(crate) fn resolve(endpoint: Endpoint, error: io::Error) -> Self {
        Self::new(endpoint, Cause::Resolve(error))
    }

    pub(crate) fn no_address(endpoint: Endpoint) -> Self {
        Self::new(endpoint, Cause::NoAddress)
    }

    pub(crate) fn denied(endpoint: Endpoint, addresses: Vec<IpAddr>) -> Self {
        Self::new(endpoint, Cause::Denied(addresses))
    }

    pub(crate) fn no_local_address(endpoint: Endpoint) -> Self {
        Self::new(endpoint, Cause::NoLocalAddress)
    }

    pub(crate) fn late(endpoint: Endpoint, phase: DialPhase, deadline: Duration) -> Self {
        Self::new(endpoint, Cause::Late(phase, deadline))
    }

    pub(crate) fn all_failed(endpoint: Endpoint, attempts: Vec<Attempt>) -> Self {
        Self::new(endpoint, Cause::AllFailed).with_attempts(attempts)
    }

    pub(crate) fn unix(endpoint: Endpoint, error: io::Error) -> Self {
        Self::new(endpoint, Cause::Unix(error))
    }

    pub(crate) fn with_attempts(self, attempts: Vec<Attempt>) -> Self {
        Self { attempts, ..self }
    }

    pub(crate) fn behind_resolving(self, took: Duration) -> Self {
        Self {
            resolved: Some(took),
            ..self
        }
    }

    /// The endpoint that was asked for.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// How long resolving the name took; next to nothing for an address. `None` if it did not come to an end.
    pub fn resolved(&self) -> Option<Duration> {
        self.resolved
    }

    /// Every attempt, in the order of their starts, which are counted from the end of resolving. Empty if it did not come to that.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// Whether the deadline passed, and what was waited for then.
    pub fn timed_out_in(&self) -> Option<DialPhase> {
        match self.cause {
            Cause::Late(phase, _) => Some(phase),
            _ => None,
        }
    }

    /// Whether the name could not be resolved, or has no address.
    pub fn is_resolve(&self) -> bool {
        matches!(self.cause, Cause::Resolve(_) | Cause::NoAddress)
    }

    /// Whether every address of the endpoint is on the deny list.
    pub fn is_denied(&self) -> bool {
        matches!(self.cause, Cause::Denied(_))
    }

    /// The class of the error. Where all attempts failed, that of the last one that did.
    pub fn kind(&self) -> io::ErrorKind {
        match &self.cause {
            Cause::NotDialable => io::ErrorKind::InvalidInput,
            Cause::Resolve(error) | Cause::Unix(error) => error.kind(),
            Cause::NoAddress => io::ErrorKind::NotFound,
            Cause::Denied(_) => io::ErrorKind::PermissionDenied,
            Cause::NoLocalAddress => io::ErrorKind::AddrNotAvailable,
            Cause::Late(..) => io::ErrorKind::TimedOut,
            Cause::AllFailed => self
                .attempts
                .iter()
                .rev()
                .find_map(|attempt| match &attempt.end {
                    AttemptEnd::Failed(error) => Some(error.kind()),
                    AttemptEnd::Connected | AttemptEnd::Unanswered => None,
                })
                .unwrap_or(io::ErrorKind::Other),
        }
    }
}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = &self.endpoint;
        match &self.cause {
            Cause::NotDialable => write!(f, "{endpoint} cannot be dialed"),
            Cause::Resolve(_) => write!(f, "cannot resolve {endpoint}"),
            Cause::NoAddress => write!(f, "{endpoint} has no address"),
            Cause::Denied(addresses) => {
                write!(f, "{endpoint} may not be dialed: denied are ")?;
                list(f, addresses, ", ")
            }
            Cause::NoLocalAddress => write!(
                f,
                "{endpoint} has no address of the family that is dialed from"
            ),
            Cause::Late(DialPhase::Resolve, deadline) => {
                write!(f, "{endpoint} was not resolved within {deadline:?}")
            }
            Cause::Late(DialPhase::Connect, deadline) => {
                write!(f, "no connection to {endpoint} within {deadline:?}")?;
                self.list_attempts(f)
            }
            Cause::AllFailed => {
                write!(f, "cannot connect to {endpoint}")?;
                self.list_attempts(f)
            }
            Cause::Unix(_) => write!(f, "cannot connect to {endpoint}"),
        }
    }
}

impl DialError {
    fn list_attempts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.attempts.is_empty() {
            return Ok(());
        }
        f.write_str(": ")?;
        list(f, &self.attempts, "; ")
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, items: &[T], between: &str) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if at == 0 { "" } else { between })?;
    }
    Ok(())
}

impl std::error::Error for DialError {
    /// The attempts are part of the text, so only an error that is not among them is a source.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Resolve(error) | Cause::Unix(error) => Some(error),
            _ => None,
        }
    }
}

/// Keeps the class; the error itself is inside.
impl From<DialError> for io::Error {
    fn from(error: DialError) -> Self {
        Self::new(error.kind(), error)
    }
}

use std::io;

use crate::Endpoint;

/// A listener could not be set up on an endpoint.
///
/// [`BindError::kind`] tells the usual causes apart: `AddrInUse` (another process listens there, or a file that is no
/// dead socket lies there), `AddrNotAvailable` (the address belongs to no interface of this host), `PermissionDenied`
/// (a port below 1024 without the capability, a folder without the right), `NotFound` (a name without address, a folder
/// that does not exist, no inherited descriptor of that name).
#[derive(Debug)]
pub struct BindError {
    endpoint: Endpoint,
    source: io::Error,
}

impl BindError {
    /// What went wrong at `endpoint`: for listeners that are made elsewhere.
    pub fn new(endpoint: Endpoint, source: io::Error) -> Self {
        Self { endpoint, source }
    }

    /// The endpoint that was asked for.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The class of the operating system's error.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl std::fmt::Display for BindError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot listen on {}", self.endpoint)
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

//! What both sides know and nobody else.

use std::fmt;

use zeroize::Zeroizing;

/// Octets that are a secret: wiped when dropped, printed as `[redacted]`.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes octets over.
    pub fn new(octets: impl Into<Zeroizing<Vec<u8>>>) -> Self {
        Self(octets.into())
    }

    /// A copy of octets.
    pub fn copy(octets: &[u8]) -> Self {
        Self(Zeroizing::new(octets.to_vec()))
    }

    /// The octets. **Whoever asks takes care of them.**
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes, [redacted])", self.0.len())
    }
}

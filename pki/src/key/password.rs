use std::fmt;

use zeroize::Zeroizing;

/// The password of an encrypted private key or a PKCS#12 file. Erased when dropped; never in `Debug`.
///
/// Where it comes from is the program's choice. This crate asks no terminal and reads no environment variable.
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the octets as they are. They should be UTF-8: that is what other programs make of what is typed.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// The first line of a file, without its end, as `openssl -passin file:` takes it.
    pub fn first_line(file: &[u8]) -> Self {
        let line = file
            .split(|octet| *octet == b'\n')
            .next()
            .unwrap_or_default();
        Self::new(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As text, which PKCS#12 wants; `None` if it is not UTF-8. It is the secret itself: it belongs in no error and no log.
    pub fn to_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

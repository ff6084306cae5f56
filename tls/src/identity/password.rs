use std::fmt;

use zeroize::Zeroizing;

/// The password of an encrypted private key. Erased when dropped; never in `Debug`.
///
/// Where it comes from is the program's choice: a file, a terminal, a service. This crate reads none of them.
#[derive(Clone)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// Takes the octets as they are. OpenSSL encrypts with the octets of the terminal, which are UTF-8 as a rule.
    pub fn new(octets: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(octets.into()))
    }

    /// The first line of a file, without its end, as `openssl -passin file:` reads it.
    pub fn first_line(file: &[u8]) -> Self {
        let line = file.split(|octet| *octet == b'\n').next().unwrap_or(file);
        Self::new(line.strip_suffix(b"\r").unwrap_or(line))
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

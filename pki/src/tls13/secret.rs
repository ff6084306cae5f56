use std::fmt;

use aws_lc_rs::{constant_time, digest};
use zeroize::Zeroizing;

/// A secret of the key schedule, or a key. It is zeroized when dropped, and not printed.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// The secret in these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Its bytes. Whoever has them can read the connection.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Its length, in bytes.
    pub fn size(&self) -> usize {
        self.0.len()
    }

    /// Eight bytes by which two secrets can be told to be the same, and from which neither can be found: the beginning of the
    /// SHA-256 of a label and the secret.
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(b"wharf fingerprint of a secret\0");
        hash.update(&self.0);
        let mut short = [0; 8];
        for (short, full) in short.iter_mut().zip(hash.finish().as_ref()) {
            *short = *full;
        }
        short
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

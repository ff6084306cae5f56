use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, digest};
use data_encoding::HEXLOWER;

/// What distinguishes one trust from another: a SHA-256 digest over everything that decides whom we accept.
///
/// Equal exactly when trust anchors, CRLs, policy and, for a server, the mode of client authentication are the same, in
/// whatever order they were loaded. Sessions are bound to it: see [`Resumption`](crate::Resumption). It is no secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrustId([u8; 32]);

impl TrustId {
    /// The digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for TrustId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for TrustId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustId({self})")
    }
}

/// Makes a [`TrustId`] of parts. Each part has a fixed length or is preceded by one, so that no two lists of parts make
/// the same octets.
pub(super) struct Digester(Context);

impl Digester {
    /// `label` says what is digested; no label is the beginning of another.
    pub(super) fn new(label: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(label.as_bytes());
        Self(context)
    }

    pub(super) fn octets<const N: usize>(mut self, octets: [u8; N]) -> Self {
        self.0.update(&octets);
        self
    }

    /// A set of DER values: their number, and the digest of each, sorted.
    pub(super) fn set<'a>(mut self, values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut digests: Vec<_> = values.map(sha256).collect();
        digests.sort_unstable();
        let number = u64::try_from(digests.len()).unwrap_or(u64::MAX);
        self.0.update(&number.to_be_bytes());
        for digest in digests {
            self.0.update(&digest);
        }
        self
    }

    pub(super) fn finish(self) -> TrustId {
        let mut id = [0; 32];
        id.copy_from_slice(self.0.finish().as_ref());
        TrustId(id)
    }
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, octets).as_ref());
    out
}

#[cfg(test)]
impl TrustId {
    pub(crate) const fn for_tests(octet: u8) -> Self {
        Self([octet; 32])
    }
}

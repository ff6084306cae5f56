use super::fault::Pkcs12Fault;

/// The most work that opening one file may take, in iterations of a key derivation: one for each block of output of each
/// derivation.
///
/// OpenSSL writes 2 048 iterations, Java 10 000, NSS and GnuTLS 600 000, each of them for two or three derivations of one to
/// three blocks: at most 3 600 000 in all. A file that asks for more is refused, without doing what it asks. The limit is
/// some seconds of one core. It is 10 000 000.
pub const WORK_MAX: u64 = 10_000_000;

/// What is left of [`WORK_MAX`].
#[derive(Debug)]
pub(crate) struct Work {
    left: u64,
}

impl Work {
    pub(crate) fn new() -> Self {
        Self { left: WORK_MAX }
    }

    /// Takes what one derivation costs, before it is done.
    pub(super) fn spend(&mut self, iterations: u64, blocks: usize) -> Result<(), Pkcs12Fault> {
        let blocks = u64::try_from(blocks).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(iterations.saturating_mul(blocks));
        self.left = left.ok_or(Pkcs12Fault::TooCostly { limit: WORK_MAX })?;
        Ok(())
    }
}

use std::sync::Arc;

use rustls::NamedGroup;
use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// The crypto provider of this stack: aws-lc-rs with rustls's default suites and groups.
///
/// X25519MLKEM768 comes first, so two up-to-date peers agree on keys that a recorded connection does not give away to a
/// future quantum computer.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// The named groups of [`provider`], the preferred one first.
pub(crate) fn groups() -> Vec<NamedGroup> {
    let groups = aws_lc_rs::default_provider().kx_groups;
    groups.iter().map(|group| group.name()).collect()
}

/// The provider with these groups alone, in this order. Those that it does not have are left out.
pub(crate) fn provider_with(groups: &[NamedGroup]) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    let known = std::mem::take(&mut provider.kx_groups);
    let one = |wanted: &NamedGroup| known.iter().find(|group| group.name() == *wanted).copied();
    provider.kx_groups = groups.iter().filter_map(one).collect();
    provider
}

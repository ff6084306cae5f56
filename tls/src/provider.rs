use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// The crypto provider of this stack: aws-lc-rs with rustls's default suites and groups.
///
/// X25519MLKEM768 comes first, so two up-to-date peers agree on keys that a recorded connection does not give away to a
/// future quantum computer.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

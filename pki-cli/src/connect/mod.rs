//! A look at a TLS server. Nothing is sent but handshakes, and nothing is trusted for having been seen.
//!
//! | file | what it holds |
//! |---|---|
//! | `look.rs` | one handshake, and what was seen of it |
//! | `trust.rs` | whether it is whom it should be |
//! | `tries.rs` | more of them: versions, groups, resumption |

mod look;
mod tries;
pub(crate) mod trust;

use anyhow::Context;
use wharf_net::Endpoint;
use wharf_pki::{Certificate, PublicKey};
use wharf_tls::ClientTlsOptions;

pub(crate) use look::{Look, Target, ended};
pub(crate) use tries::{Tries, Try};

/// Runs what waits for a server.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start")?;
    let done = runtime.block_on(future);
    // The system's resolver cannot be cut; it must not keep the process.
    runtime.shutdown_background();
    Ok(done)
}

/// The key of a live server, whoever it is.
pub(crate) fn public_key(server: &Endpoint) -> anyhow::Result<PublicKey> {
    let target = Target::new(server.clone(), None)?;
    let look = run(target.look(&ClientTlsOptions::default()))??;
    let Some(first) = look.report.presented.first() else {
        return Err(look
            .failure()
            .context("the server presented no certificate"));
    };
    Ok(Certificate::from_der(first)?.public_key()?)
}

//! tokio's `copy_bidirectional` with buffers of 256 KiB: no deadline of any kind.

#![forbid(unsafe_code)]

use wharf_bench::server::{accept_pairs, run};

const BUFFER_BYTES: usize = 256 * 1024;

fn main() -> std::io::Result<()> {
    run(accept_pairs(|mut near, mut far| async move {
        // A peer that goes away is how every run of the load ends.
        let _ = tokio::io::copy_bidirectional_with_sizes(
            &mut near,
            &mut far,
            BUFFER_BYTES,
            BUFFER_BYTES,
        )
        .await;
    }))
}

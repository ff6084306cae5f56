//! `wharf_net::relay` as it is: bulk through a pipe.

#![forbid(unsafe_code)]

use wharf_bench::server::{accept_pairs, run};
use wharf_net::{RelayOptions, relay};

fn main() -> std::io::Result<()> {
    run(accept_pairs(|mut near, mut far| async move {
        relay(&mut near, &mut far, &RelayOptions::default()).await;
    }))
}

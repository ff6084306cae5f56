//! `wharf_net::relay` through buffers, as between streams that are not both sockets.

#![forbid(unsafe_code)]

use wharf_bench::server::{accept_pairs, run};
use wharf_net::{RelayOptions, Splice, relay};

fn main() -> std::io::Result<()> {
    run(accept_pairs(|mut near, mut far| async move {
        let options = RelayOptions {
            splice: Splice::Never,
            ..RelayOptions::default()
        };
        relay(&mut near, &mut far, &options).await;
    }))
}

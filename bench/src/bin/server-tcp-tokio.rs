//! The floor: tokio's listener, a task for each connection, nothing that could refuse, count or stop.

#![forbid(unsafe_code)]

use std::io;

use wharf_bench::connections::raise_descriptor_limit;
use wharf_bench::server::{accept_all, answer, run};

fn main() -> io::Result<()> {
    raise_descriptor_limit().map_err(io::Error::other)?;
    run(accept_all(|stream| async {
        let _ = answer(stream).await;
    }))
}

//! hyper 1.x, the multi-thread runtime with one worker.

#![forbid(unsafe_code)]

use wharf_bench::web::hyper::{Threads, serve};

fn main() -> anyhow::Result<()> {
    serve(Threads::Worker, false)
}

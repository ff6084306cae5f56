//! hyper 1.x, the multi-thread runtime with one worker, answers to pipelined requests written together.

#![forbid(unsafe_code)]

use wharf_bench::web::hyper::{Threads, serve};

fn main() -> anyhow::Result<()> {
    serve(Threads::Worker, true)
}
